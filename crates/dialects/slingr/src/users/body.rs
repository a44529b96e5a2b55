//! What clients send of users.
//!
//! They send back what they got, so everything that is shown is taken; what cannot be changed this way (the id, the full
//! name, the status, and what newer servers keep) is passed over. Any other field is refused.

use engine::accounts::{GroupChoice, Localization, ProviderChoice};
use model::Error;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::Labels;

/// What fields are called in complaints.
pub(super) const LABELS: Labels = Labels::Known(&[
    ("email", "Email"),
    ("firstName", "First name"),
    ("lastName", "Last name"),
    ("password", "Password"),
    ("groups", "Groups"),
    ("permissions", "Permissions"),
    ("localization", "Localization"),
    ("identityProviders", "Identity providers"),
    ("version", "Version"),
]);

/// A user, or what is to change of one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct User {
    pub(super) version: Option<u64>,
    pub(super) email: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) password: Option<String>,
    pub(super) groups: Option<Vec<Group>>,
    pub(super) permissions: Option<Permissions>,
    pub(super) localization: Option<Zone>,
    pub(super) identity_providers: Option<Vec<Provider>>,
    pub(super) options: Option<Choices>,
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(rename = "label")]
    _label: Option<IgnoredAny>,
    #[serde(rename = "entity")]
    _entity: Option<IgnoredAny>,
    #[serde(rename = "status")]
    _status: Option<IgnoredAny>,
    #[serde(rename = "fullName")]
    _full_name: Option<IgnoredAny>,
    #[serde(rename = "notifyUser")]
    _notify_user: Option<IgnoredAny>,
    #[serde(rename = "integrations")]
    _integrations: Option<IgnoredAny>,
    #[serde(rename = "phoneNumber")]
    _phone_number: Option<IgnoredAny>,
    #[serde(rename = "twoFactorAuthentication")]
    _two_factor: Option<IgnoredAny>,
    #[serde(rename = "twoFactorAuthenticationKey")]
    _two_factor_key: Option<IgnoredAny>,
}

/// How a user is made. Nobody is notified: this server sends no such mails.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Choices {
    #[serde(default)]
    pub(super) generate_password: bool,
}

/// A group, by id or name.
#[derive(Deserialize)]
pub(super) struct Group {
    id: Option<String>,
    name: Option<String>,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    external: bool,
}

/// What a user may do beside what his groups say.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Permissions {
    pub(super) developer: Option<bool>,
    #[serde(alias = "userManagement")]
    users_management: Option<bool>,
}

impl Permissions {
    /// Whether the user is to be an admin. Of developers it is never shown, so `false` beside one says nothing.
    pub(super) fn admin(&self) -> Option<bool> {
        self.users_management
            .filter(|admin| *admin || self.developer != Some(true))
    }
}

/// Zone and language.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Zone {
    timezone: Option<String>,
    timezone_mode: Option<Mode>,
    lang: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Mode {
    Auto,
    Manual,
}

/// A system that knows the user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provider {
    id: Option<String>,
    name: Option<String>,
    external_id: Option<String>,
}

impl From<Group> for GroupChoice {
    fn from(group: Group) -> Self {
        Self {
            id: group.id,
            name: group.name,
            primary: group.primary,
            external: group.external,
        }
    }
}

impl From<Zone> for Localization {
    fn from(zone: Zone) -> Self {
        Self {
            timezone: zone.timezone.filter(|zone| !zone.is_empty()),
            fixed_timezone: zone.timezone_mode == Some(Mode::Manual),
            language: zone.lang.filter(|lang| !lang.is_empty()),
        }
    }
}

impl From<Provider> for ProviderChoice {
    fn from(provider: Provider) -> Self {
        Self {
            id: provider.id,
            name: provider.name,
            external_id: provider.external_id,
        }
    }
}

/// A complaint in the form of this part of the API.
pub(super) fn complaint(error: Error) -> Error {
    crate::error::as_validation(error, LABELS)
}
