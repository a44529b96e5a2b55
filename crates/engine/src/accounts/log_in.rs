//! Logging in and out.
//!
//! Wrong passwords are counted per user and block him when the rules of his primary group say so. Everything that may
//! have changed while the password was hashed is looked at again in the transaction that makes the session.

use std::net::IpAddr;

use app::App;
use model::{Actor, Code, Error};
use storage::Tx;
use storage::tables::identity::{NewSession, User, UserStatus};

use super::rights::forbidden;
use super::{Account, policy, secret};
use crate::Engine;
use crate::identity::{hash_secret, password};

/// The longest password that is looked at, in bytes.
const LONGEST: usize = 4096;

/// Who wants to come in.
#[derive(Clone, Default)]
pub struct LogIn {
    /// Mail address.
    pub email: String,
    /// Password in clear.
    pub password: String,
    /// Mail address of the user to act as.
    pub impersonated: Option<String>,
    /// Where the request came from.
    pub ip: Option<IpAddr>,
}

/// A new session.
#[derive(Clone)]
pub struct LoggedIn {
    /// Its secret: 32 letters and digits, shown this once.
    pub token: String,
    /// Whose rights it has.
    pub account: Account,
    /// Mail address of who logged in, when he acts as another.
    pub impersonator: Option<String>,
}

impl Engine {
    /// Makes a session for whoever shows the right password.
    ///
    /// # Errors
    /// `missing-field`; `unauthenticated` for an unknown address and a wrong password alike; `forbidden` for a user who
    /// is not active, an address that his groups do not allow, and for acting as somebody he may not; `not-found` when
    /// that one is not there.
    pub async fn open_session(&self, wanted: LogIn) -> Result<LoggedIn, Error> {
        let LogIn {
            email,
            password,
            impersonated,
            ip,
        } = wanted;
        self.catch_up().await?;
        let user = self.check_password(&email, password).await?;
        let app = self.app();
        if !policy::allows_address(app.as_deref(), &user.groups, ip) {
            return Err(forbidden("the groups of the user do not allow this address"));
        }
        let token = secret::new(self.env());
        let opening = Opening {
            hash: hash_secret(&token),
            now: self.env().now(),
            default_ms: self.options().slingr.session_ms(),
            impersonated: impersonated.map(|email| email.trim().to_lowercase()),
            user,
            app,
        };
        let (acted, impersonator) = self.store().write(move |tx| opening.run(tx)).await?;
        Ok(LoggedIn {
            token,
            account: self.account_view(&acted),
            impersonator,
        })
    }

    /// Ends the caller's session at once; tokens that are no sessions stay.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn close_session(&self, actor: &Actor) -> Result<(), Error> {
        let Some(token) = actor.token else { return Ok(()) };
        self.store()
            .write(move |tx| Ok::<_, Error>(tx.delete_session(token)?))
            .await?;
        self.inner.tokens.clear();
        Ok(())
    }

    /// Refuses an address that the groups of the caller do not allow.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn check_address(&self, actor: &Actor, ip: Option<IpAddr>) -> Result<(), Error> {
        if policy::allows_address(self.app().as_deref(), &actor.groups, ip) {
            return Ok(());
        }
        Err(forbidden("the groups of the user do not allow this address"))
    }

    async fn check_password(&self, email: &str, password: String) -> Result<User, Error> {
        let email = email.trim().to_lowercase();
        for (field, text) in [("email", &email), ("password", &password)] {
            if text.is_empty() {
                return Err(Error::missing(field));
            }
        }
        if password.len() > LONGEST {
            return Err(refused());
        }
        let found = self
            .store()
            .read(move |tx| Ok::<_, Error>(tx.user_by_email(&email)?))
            .await?;
        let Some(user) = found else {
            password::pretend(password).await?;
            return Err(refused());
        };
        if !password::verify(password, user.password_hash.clone()).await? {
            self.count_failure(&user).await?;
            return Err(refused());
        }
        let active = require_active(&user);
        active.map(|()| user)
    }

    async fn count_failure(&self, user: &User) -> Result<(), Error> {
        let app = self.app();
        let most = policy::passwords(app.as_deref(), &user.groups).maximum_login_attempts;
        let oid = user.oid.clone();
        let blocked = self.store().write(move |tx| {
            let Some(mut user) = tx.user_by_oid(&oid)? else {
                return Ok(false);
            };
            if user.status != UserStatus::Active {
                return Ok(false);
            }
            user.failed_logins = user.failed_logins.saturating_add(1);
            let blocked = most.is_some_and(|most| user.failed_logins >= most.max(1));
            if blocked {
                user.status = UserStatus::Blocked;
                user.version += 1;
                tx.end_sessions(user.id, None)?;
            }
            tx.update_user(&user)?;
            Ok::<_, Error>(blocked)
        });
        if blocked.await? {
            self.inner.tokens.clear();
            tracing::warn!(
                user.id = user.id.0,
                "a user was blocked after too many wrong passwords"
            );
        }
        Ok(())
    }
}

fn refused() -> Error {
    Error::new(Code::Unauthenticated, "mail address and password do not fit")
}

fn require_active(user: &User) -> Result<(), Error> {
    match user.status {
        UserStatus::Active => Ok(()),
        UserStatus::Inactive => Err(forbidden("the user is inactive")),
        UserStatus::Blocked => Err(forbidden("the user is blocked after too many wrong passwords")),
    }
}

/// A session about to be made for a user whose password was right.
struct Opening {
    user: User,
    impersonated: Option<String>,
    hash: [u8; 32],
    now: model::Timestamp,
    default_ms: i64,
    app: Option<std::sync::Arc<App>>,
}

impl Opening {
    /// Makes the session: as whom, and by whom if that is another.
    fn run(&self, tx: &mut dyn Tx) -> Result<(User, Option<String>), Error> {
        let mut user = tx.user_by_oid(&self.user.oid)?.ok_or_else(refused)?;
        if user.password_hash != self.user.password_hash {
            return Err(refused());
        }
        require_active(&user)?;
        if user.failed_logins > 0 {
            user.failed_logins = 0;
            tx.update_user(&user)?;
        }
        let acted = self.acted(tx, &user)?;
        let app = self.app.as_deref();
        let own = policy::idle_ms(app, &user.groups, self.default_ms);
        let idle_ms = match &acted {
            Some(acted) => own.min(policy::idle_ms(app, &acted.groups, self.default_ms)),
            None => own,
        };
        let impersonator = acted.is_some().then(|| user.email.clone());
        let acted = acted.unwrap_or(user);
        tx.insert_session(&NewSession {
            user: acted.id,
            hash: self.hash,
            idle_ms,
            impersonator: impersonator.clone(),
            now: self.now,
        })?;
        Ok((acted, impersonator))
    }

    /// The other user to act as.
    fn acted(&self, tx: &mut dyn Tx, by: &User) -> Result<Option<User>, Error> {
        let Some(email) = &self.impersonated else {
            return Ok(None);
        };
        let mut groups = policy::known(self.app.as_deref(), &by.groups);
        if !by.roles.developer && !by.roles.admin && !groups.any(|group| group.impersonates) {
            return Err(forbidden("the user may not act as another"));
        }
        let acted = tx
            .user_by_email(email)?
            .ok_or_else(|| Error::not_found("user", email))?;
        if acted.roles.developer && !by.roles.developer {
            return Err(forbidden("only developers may act as a developer"));
        }
        if acted.roles.admin && !by.roles.admin && !by.roles.developer {
            return Err(forbidden("only admins and developers may act as an admin"));
        }
        require_active(&acted)?;
        Ok(Some(acted))
    }
}
