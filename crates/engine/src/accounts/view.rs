//! An account as it is shown: a user together with what the app knows of his groups.

use app::App;
use storage::tables::identity::{IdentityProvider, User, UserDetails, UserStatus};

use crate::apps::group_id;

/// A user as others see him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Public id: 24 hex digits.
    pub id: String,
    /// Mail address.
    pub email: String,
    /// Whether he may come in.
    pub status: UserStatus,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Both names.
    pub full_name: String,
    /// Groups; the first is the primary one.
    pub groups: Vec<AccountGroup>,
    /// Whether he is a developer.
    pub developer: bool,
    /// Whether he is an admin, who manages users.
    pub admin: bool,
    /// Zone and language.
    pub localization: Localization,
    /// Systems that know him, this one among them.
    pub providers: Vec<IdentityProvider>,
    /// Grows with every change; the first is 0.
    pub version: u64,
}

/// A group of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountGroup {
    /// Public id: 24 hex digits.
    pub id: String,
    /// Name.
    pub name: String,
    /// Label; the name, if the app does not know the group.
    pub label: String,
    /// Whether its rules of passwords count.
    pub primary: bool,
    /// Whether another system gave it to the user.
    pub external: bool,
}

/// Zone and language of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Localization {
    /// Time zone, as in `Europe/Berlin`.
    pub timezone: Option<String>,
    /// Whether the zone was chosen by hand.
    pub fixed_timezone: bool,
    /// Language.
    pub language: Option<String>,
}

impl Account {
    /// The user as `app` sees him.
    pub(crate) fn of(user: &User, app: Option<&App>) -> Self {
        let UserDetails {
            timezone,
            fixed_timezone,
            language,
            providers,
            ..
        } = &user.details;
        Self {
            id: user.oid.clone(),
            email: user.email.clone(),
            status: user.status,
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            full_name: user.name.clone(),
            groups: groups(user, app),
            developer: user.roles.developer,
            admin: user.roles.admin,
            localization: Localization {
                timezone: timezone.clone(),
                fixed_timezone: *fixed_timezone,
                language: language.clone(),
            },
            providers: if providers.is_empty() {
                vec![own_provider()]
            } else {
                providers.clone()
            },
            version: user.version,
        }
    }
}

fn groups(user: &User, app: Option<&App>) -> Vec<AccountGroup> {
    let group = |(place, name): (usize, &String)| AccountGroup {
        id: group_id(name),
        name: name.clone(),
        label: label(name, app),
        primary: place == 0,
        external: user.details.external_groups.contains(name),
    };
    user.groups.iter().enumerate().map(group).collect()
}

/// The label of a group, or its name.
pub(super) fn label(name: &str, app: Option<&App>) -> String {
    let known = app.and_then(|app| app.group(name));
    known.map_or_else(|| name.to_owned(), |group| group.label.clone())
}

/// This server as a system that knows its users.
pub(super) fn own_provider() -> IdentityProvider {
    IdentityProvider {
        id: "__slingr__".to_owned(),
        name: "slingr".to_owned(),
        label: "Slingr".to_owned(),
        external_id: None,
    }
}

/// First and last name together.
pub(super) fn full_name(first: &str, last: &str) -> String {
    format!("{first} {last}").trim().to_owned()
}
