//! Making, listing, removing users; renewing tokens; finding the caller behind a token.
//!
//! Source: `contracts` of the light100 dialect (admin endpoints). All but [`Engine::authenticate`] need the admin role.

use std::sync::Arc;

use model::{Actor, Code, Error, Roles, Timestamp, TokenId, UserId};
use storage::tables::identity::{NewUser as StoredUser, TokenOwner, User, UserDetails, UserStatus, UserUse};
use uuid::Builder;

use super::cache::{Found, Usage, idle_of};
use super::{password, token};
use crate::Engine;

/// The longest mail address, name and password taken, in characters.
pub(crate) const MAX_TEXT: usize = 255;
/// The shortest password taken.
pub(crate) const MIN_PASSWORD: usize = 8;

/// A user to be made.
#[derive(Clone, Default)]
pub struct NewUser {
    /// Mail address; kept in lower case.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Password in clear, at least eight characters.
    pub password: String,
    /// Roles.
    pub roles: Roles,
    /// Groups.
    pub groups: Vec<String>,
    /// Projects.
    pub projects: Vec<String>,
}

impl NewUser {
    /// Checks everything that can be known without the other users.
    ///
    /// # Errors
    /// `bad-value` with one detail for each field that is wrong.
    pub fn validate(&self) -> Result<(), Error> {
        validate(&self.email.trim().to_lowercase(), self)
    }
}

/// A user with a token that was made just now.
#[derive(Clone)]
pub struct CreatedUser {
    /// Mail address.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Roles.
    pub roles: Roles,
    /// The secret, shown this once.
    pub token: String,
}

impl Engine {
    /// The caller behind `secret`, when he was seen a moment ago and no other node can have changed that; needs no look-up.
    pub fn known_caller(&self, secret: &str) -> Option<Arc<Actor>> {
        if !self.store().is_exclusive() {
            return None;
        }
        self.inner.tokens.get(&token::hash(secret), self.env().now())
    }

    /// The caller behind `secret`.
    ///
    /// # Errors
    /// `unauthenticated` when nobody is.
    pub async fn authenticate(&self, secret: &str) -> Result<Arc<Actor>, Error> {
        self.catch_up().await?;
        let (hash, now) = (token::hash(secret), self.env().now());
        if let Some(known) = self.inner.tokens.get(&hash, now) {
            return Ok(known);
        }
        let generation = self.inner.tokens.generation();
        let found = self
            .store()
            .read(move |tx| Ok::<_, Error>(tx.token_owner(&hash)?))
            .await?;
        let refused = |why: &'static str| Error::new(Code::Unauthenticated, why);
        let owner = found.ok_or_else(|| refused("the token is not valid"))?;
        if owner.user.status != UserStatus::Active {
            return Err(refused("the user of the token is not active"));
        }
        let (usage, idle_ms) = (
            self.inner.tokens.usage(owner.token, owner.last_used),
            idle_of(&owner),
        );
        if usage.is_over(idle_ms, now) {
            return Err(refused("the session has ended"));
        }
        let actor = Arc::new(actor_of(&owner));
        self.note_use(&owner, &usage).await;
        let found = Found {
            actor: Arc::clone(&actor),
            idle_ms,
            usage,
            now,
        };
        self.inner.tokens.put(hash, found, generation);
        Ok(actor)
    }

    /// A user who is active, for credentials that are no tokens; kept in memory like the callers behind tokens.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn active_user(&self, id: UserId) -> Result<Option<Arc<Actor>>, Error> {
        self.catch_up().await?;
        // No token has this form.
        let (key, now) = (token::hash(&format!("user {id}")), self.env().now());
        if let Some(known) = self.inner.tokens.get(&key, now) {
            return Ok(Some(known));
        }
        let generation = self.inner.tokens.generation();
        let before = UserId(id.0.saturating_sub(1));
        let found = self
            .store()
            .look_up(move |tx| Ok::<_, Error>(tx.users_after(before, 1)?));
        let is_meant = |user: &User| user.id == id && user.status == UserStatus::Active;
        let Some(user) = found.await?.into_iter().find(is_meant) else {
            return Ok(None);
        };
        let actor = Arc::new(of_user(&user));
        let found = Found {
            actor: Arc::clone(&actor),
            idle_ms: None,
            usage: self.inner.tokens.usage(TokenId(0), None),
            now,
        };
        self.inner.tokens.put(key, found, generation);
        Ok(Some(actor))
    }

    /// Makes a user and a token for him.
    ///
    /// # Errors
    /// `forbidden` unless `actor` is an admin; validation errors, all of them at once; `already-exists`.
    pub async fn create_user(&self, actor: &Actor, new: NewUser) -> Result<CreatedUser, Error> {
        require_admin(actor)?;
        self.make_user(new).await
    }

    /// [`Engine::create_user`] without a caller: for the command line and the first start.
    ///
    /// # Errors
    /// As [`Engine::create_user`], but never `forbidden`.
    pub async fn make_user(&self, new: NewUser) -> Result<CreatedUser, Error> {
        let email = new.email.trim().to_lowercase();
        new.validate()?;
        let password_hash = password::hash(new.password.clone()).await?;
        let secret = token::new_secret(self.env());
        let (hash, now) = (token::hash(&secret), self.env().now());
        let NewUser {
            name,
            roles,
            groups,
            projects,
            ..
        } = new;
        let (first_name, last_name) = split_name(&name);
        let guid = Builder::from_random_bytes(self.env().random_bytes()).into_uuid();
        let stored = StoredUser {
            oid: public_id(guid, now),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            details: UserDetails::default(),
            guid,
            email: email.clone(),
            name: name.clone(),
            password_hash,
            roles,
            groups,
            projects,
            now,
        };
        let made = self.store().write(move |tx| {
            let Some(user) = tx.insert_user(&stored)? else {
                return Ok(false);
            };
            tx.insert_token(user, &hash, "first", now)?;
            Ok::<_, Error>(true)
        });
        if made.await? {
            Ok(CreatedUser {
                email,
                name,
                roles,
                token: secret,
            })
        } else {
            Err(taken(&email))
        }
    }

    /// All users, in the order in which they were made.
    ///
    /// # Errors
    /// `forbidden` unless `actor` is an admin.
    pub async fn users(&self, actor: &Actor) -> Result<Vec<UserUse>, Error> {
        require_admin(actor)?;
        self.store().read(|tx| Ok(tx.users(0, u64::MAX)?)).await
    }

    /// Whether there is any user yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn has_users(&self) -> Result<bool, Error> {
        self.store().read(|tx| Ok(tx.has_users()?)).await
    }

    /// Replaces the projects of a user, by name; what he sees changes at once.
    ///
    /// # Errors
    /// `forbidden` unless `actor` is an admin; `not-found`.
    pub async fn set_user_projects(
        &self,
        actor: &Actor,
        email: &str,
        projects: Vec<String>,
    ) -> Result<(), Error> {
        require_admin(actor)?;
        let email = email.trim().to_lowercase();
        let changed = self.store().write(move |tx| {
            let user = user_of(tx, &email)?;
            tx.set_user_projects(user.id, &projects)?;
            Ok::<_, Error>(())
        });
        changed.await?;
        self.inner.tokens.clear();
        Ok(())
    }

    /// Removes a user who is no admin, with his tokens.
    ///
    /// # Errors
    /// `forbidden` unless `actor` is an admin and the user is none; `not-found`.
    pub async fn delete_user(&self, actor: &Actor, email: &str) -> Result<(), Error> {
        require_admin(actor)?;
        let email = email.trim().to_lowercase();
        let removed = self.store().write(move |tx| {
            let user = user_of(tx, &email)?;
            if user.roles.admin {
                return Err(Error::new(
                    Code::Forbidden,
                    format!("an admin cannot be deleted: {email}"),
                ));
            }
            tx.delete_user(user.id)?;
            Ok(())
        });
        removed.await?;
        self.inner.tokens.clear();
        Ok(())
    }

    /// Revokes all tokens of a user and makes a new one.
    ///
    /// # Errors
    /// `forbidden` unless `actor` is an admin; `not-found`.
    pub async fn renew_token(&self, actor: &Actor, email: &str) -> Result<CreatedUser, Error> {
        require_admin(actor)?;
        self.replace_tokens(email, true).await
    }

    /// Makes a further token for a user, without a caller: for the command line.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn make_token(&self, email: &str) -> Result<CreatedUser, Error> {
        self.replace_tokens(email, false).await
    }

    async fn replace_tokens(&self, email: &str, revoke: bool) -> Result<CreatedUser, Error> {
        let email = email.trim().to_lowercase();
        let secret = token::new_secret(self.env());
        let (hash, now) = (token::hash(&secret), self.env().now());
        let replaced = self.store().write(move |tx| {
            let user = user_of(tx, &email)?;
            if revoke {
                tx.delete_tokens(user.id)?;
            }
            tx.insert_token(user.id, &hash, "personal", now)?;
            Ok::<_, Error>(user)
        });
        let user = replaced.await?;
        self.inner.tokens.clear();
        Ok(CreatedUser {
            email: user.email,
            name: user.name,
            roles: user.roles,
            token: secret,
        })
    }

    async fn note_use(&self, owner: &TokenOwner, usage: &Usage) {
        let now = self.env().now();
        if !usage.note(idle_of(owner), now) {
            return;
        }
        let used: [(TokenId, _); 1] = [(owner.token, now)];
        let noted: Result<(), Error> = self.store().write(move |tx| Ok(tx.touch_tokens(&used)?)).await;
        if let Err(error) = noted {
            // Reads go on when the disk is full; the note is not worth refusing the request.
            tracing::warn!(
                token.id = owner.token.0,
                error = error.message(),
                "cannot note the use of a token"
            );
        }
    }
}

fn user_of(tx: &mut dyn storage::Tx, email: &str) -> Result<User, Error> {
    tx.user_by_email(email)?
        .ok_or_else(|| Error::not_found("user", email))
}

fn actor_of(owner: &TokenOwner) -> Actor {
    Actor {
        token: Some(owner.token),
        bot: owner.bot,
        impersonator: owner.impersonator.clone(),
        ..of_user(&owner.user)
    }
}

fn of_user(user: &User) -> Actor {
    Actor {
        user: user.id,
        email: user.email.clone(),
        name: user.name.clone(),
        roles: user.roles,
        guid: user.guid,
        groups: user.groups.clone(),
        projects: user.projects.clone(),
        oid: user.oid.clone(),
        ..Actor::default()
    }
}

/// The public id of 24 hex digits that goes with a guid: the time in seconds, then its random end.
pub(crate) fn public_id(guid: model::Uuid, now: Timestamp) -> String {
    let seconds = u32::try_from(now.0 / 1000).unwrap_or(0);
    format!("{seconds:08x}{:016x}", guid.as_u64_pair().1)
}

/// First and last name, apart at the last space.
fn split_name(name: &str) -> (&str, &str) {
    let name = name.trim();
    let (first, last) = name.rsplit_once(' ').unwrap_or((name, ""));
    (first.trim_end(), last)
}

/// Refuses a caller who is no admin.
///
/// # Errors
/// `forbidden`.
pub(crate) fn require_admin(actor: &Actor) -> Result<(), Error> {
    if actor.is_admin() {
        Ok(())
    } else {
        Err(Error::new(Code::Forbidden, "this action needs the admin role"))
    }
}

pub(crate) fn taken(email: &str) -> Error {
    Error::of_field(
        Code::AlreadyExists,
        "email".to_owned(),
        format!("the email has already been taken: {email}"),
    )
}

fn validate(email: &str, new: &NewUser) -> Result<(), Error> {
    let complaints = [
        ("name", text_complaint("name", &new.name)),
        (
            "email",
            text_complaint("email", email).or_else(|| email_complaint(email)),
        ),
        ("password", password_complaint(&new.password)),
    ];
    let mut found = complaints
        .into_iter()
        .filter_map(|(field, complaint)| Some((field, complaint?)));
    let Some((field, complaint)) = found.next() else {
        return Ok(());
    };
    let first = Error::bad_value(field, complaint);
    Err(found.fold(first, |error, (field, complaint)| {
        error.with_detail(field, complaint)
    }))
}

fn text_complaint(field: &str, text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some(format!("the {field} field is required"));
    }
    let length = text.chars().count();
    let too_long = format!("the {field} must not be longer than {MAX_TEXT} characters, got {length}");
    if length > MAX_TEXT {
        return Some(too_long);
    }
    text.chars()
        .any(char::is_control)
        .then(|| format!("the {field} must not have control characters"))
}

pub(crate) fn email_complaint(email: &str) -> Option<String> {
    let (local, domain) = email.rsplit_once('@').unwrap_or_default();
    let plain = |part: &str| !part.is_empty() && !part.contains(['@', ' ', ',', ';', '<', '>', '"']);
    let fits = plain(local) && plain(domain) && !domain.starts_with('.') && !domain.ends_with('.');
    (!fits).then(|| format!("the email must be a mail address, got {email:?}"))
}

fn password_complaint(password: &str) -> Option<String> {
    let length = password.chars().count();
    match length {
        0 => Some("the password field is required".to_owned()),
        1..MIN_PASSWORD => Some(format!(
            "the password must be at least {MIN_PASSWORD} characters, got {length}"
        )),
        _ if length > MAX_TEXT => Some(format!(
            "the password must not be longer than {MAX_TEXT} characters, got {length}"
        )),
        _ => None,
    }
}
