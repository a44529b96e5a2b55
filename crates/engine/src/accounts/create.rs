//! Making accounts, and what is checked of the fields of any.

use app::PasswordPolicy;
use model::{Actor, Code, Error, Roles};
use storage::tables::identity::{NewUser as StoredUser, UserDetails};
use uuid::Builder;

use super::groups::{GroupChoice, Groups};
use super::view::{Localization, full_name};
use super::{Account, ProviderChoice, policy, providers, rights, secret};
use crate::Engine;
use crate::identity::{self, MAX_TEXT, password, public_id, taken};
use storage::tables::identity::User;

/// An account to be made.
#[derive(Clone, Default)]
pub struct NewAccount {
    /// Mail address; kept in lower case.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Password in clear; not needed when one is made up.
    pub password: Option<String>,
    /// Makes up a password if none is given. Nobody gets to know it; it lasts until another one is set.
    pub generate_password: bool,
    /// Groups.
    pub groups: Vec<GroupChoice>,
    /// Whether he is a developer.
    pub developer: bool,
    /// Whether he is an admin.
    pub admin: bool,
    /// Zone and language.
    pub localization: Localization,
    /// Other systems that know him; none for this server alone.
    pub providers: Vec<ProviderChoice>,
}

impl Engine {
    /// Makes an active user without any token.
    ///
    /// # Errors
    /// `forbidden` unless the caller manages users; validation errors, all of them at once; `already-exists`.
    pub async fn create_account(&self, actor: &Actor, new: NewAccount) -> Result<Account, Error> {
        rights::require_manager(actor)?;
        let app = self.app();
        let groups = Groups::find(app.as_deref(), &new.groups)?;
        let providers = providers::find(&new.providers)?;
        let email = new.email.trim().to_lowercase();
        let (first_name, last_name) = (new.first_name.trim(), new.last_name.trim());
        let policy = policy::passwords(app.as_deref(), &groups.names);
        refuse(
            [
                name_complaint("firstName", "First name", first_name),
                name_complaint("lastName", "Last name", last_name),
                email_complaint(&email),
                new_password_complaint(&policy, &new),
                zone_complaint(&new.localization),
            ]
            .into_iter()
            .flatten(),
        )?;
        let made_up = || secret::new(self.env());
        let password_hash = password::hash(new.password.clone().unwrap_or_else(made_up)).await?;
        let Localization {
            timezone,
            fixed_timezone,
            language,
        } = new.localization.clone();
        let guid = Builder::from_random_bytes(self.env().random_bytes()).into_uuid();
        let now = self.env().now();
        let stored = StoredUser {
            guid,
            oid: public_id(guid, now),
            name: full_name(first_name, last_name),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email,
            password_hash,
            roles: Roles {
                admin: new.admin,
                developer: new.developer,
            },
            groups: groups.names,
            projects: Vec::new(),
            now,
            details: UserDetails {
                timezone,
                fixed_timezone,
                language,
                providers,
                external_groups: groups.external,
            },
        };
        let made = self.store().write(move |tx| {
            tx.insert_user(&stored)?.ok_or_else(|| taken(&stored.email))?;
            tx.user_by_oid(&stored.oid)?
                .ok_or_else(|| Error::internal("a user that was just made is not there"))
        });
        Ok(self.account_view(&made.await?))
    }
}

/// What is wrong with one field.
pub(super) struct Complaint {
    code: Code,
    field: &'static str,
    message: String,
}

/// Refuses with all complaints.
pub(super) fn refuse(complaints: impl Iterator<Item = Complaint>) -> Result<(), Error> {
    let mut complaints = complaints;
    let Some(Complaint { code, field, message }) = complaints.next() else {
        return Ok(());
    };
    let first = Error::of_field(code, field.to_owned(), message);
    Err(complaints.fold(first, |error, further| {
        error.with_detail(further.field, further.message)
    }))
}

pub(super) fn name_complaint(field: &'static str, label: &str, name: &str) -> Option<Complaint> {
    let length = name.chars().count();
    let (code, message) = if length == 0 {
        (Code::MissingField, format!("{label} cannot be empty"))
    } else if length > MAX_TEXT {
        let message = format!("{label} must not be longer than {MAX_TEXT} characters, got {length}");
        (Code::BadValue, message)
    } else if name.chars().any(char::is_control) {
        (
            Code::BadValue,
            format!("{label} must not have control characters"),
        )
    } else {
        return None;
    };
    Some(Complaint { code, field, message })
}

pub(super) fn email_complaint(email: &str) -> Option<Complaint> {
    let field = "email";
    if email.is_empty() {
        let message = "Email cannot be empty".to_owned();
        let code = Code::MissingField;
        return Some(Complaint { code, field, message });
    }
    let length = email.chars().count();
    let too_long = || format!("the email must not be longer than {MAX_TEXT} characters, got {length}");
    let message = match identity::email_complaint(email) {
        None if length > MAX_TEXT => too_long(),
        None if email.chars().any(char::is_control) => {
            "the email must not have control characters".to_owned()
        }
        None => return None,
        Some(message) => message,
    };
    let code = Code::BadValue;
    Some(Complaint { code, field, message })
}

pub(super) fn password_complaint(policy: &PasswordPolicy, password: &str) -> Option<Complaint> {
    let (code, field) = (Code::BadValue, "password");
    policy::complaint(policy, password).map(|message| Complaint { code, field, message })
}

fn new_password_complaint(policy: &PasswordPolicy, new: &NewAccount) -> Option<Complaint> {
    match &new.password {
        Some(password) => password_complaint(policy, password),
        None if new.generate_password => None,
        None => Some(Complaint {
            code: Code::MissingField,
            field: "password",
            message: "Password cannot be empty".to_owned(),
        }),
    }
}

pub(super) fn zone_complaint(localization: &Localization) -> Option<Complaint> {
    let zone = localization.timezone.as_deref()?;
    let unknown = jiff::tz::TimeZone::get(zone).is_err();
    unknown.then(|| Complaint {
        code: Code::BadValue,
        field: "localization.timezone",
        message: format!("there is no time zone {zone:?}"),
    })
}

impl Localization {
    /// Makes it the user's.
    pub(super) fn give_to(&self, user: &mut User) {
        user.details.timezone.clone_from(&self.timezone);
        user.details.fixed_timezone = self.fixed_timezone;
        user.details.language.clone_from(&self.language);
    }
}
