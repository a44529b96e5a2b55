//! A user as he is shown.

use engine::accounts::{Account, AccountGroup, IdentityProvider, Localization};
use serde::Serialize;

/// A user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View<'a> {
    id: &'a str,
    email: &'a str,
    status: &'static str,
    first_name: &'a str,
    last_name: &'a str,
    full_name: &'a str,
    groups: Vec<Group<'a>>,
    permissions: Permissions,
    localization: Zone<'a>,
    identity_providers: Vec<Provider<'a>>,
    version: u64,
}

/// A user as he sees himself: with what newer servers keep of him.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Current<'a> {
    #[serde(flatten)]
    user: View<'a>,
    integrations: [(); 0],
    phone_number: Option<()>,
    two_factor_authentication: bool,
    two_factor_authentication_key: Option<()>,
}

/// A group of a user.
#[derive(Serialize)]
pub(super) struct Group<'a> {
    id: &'a str,
    name: &'a str,
    label: &'a str,
    primary: bool,
    external: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Permissions {
    developer: bool,
    users_management: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Zone<'a> {
    timezone: Option<&'a str>,
    timezone_mode: &'static str,
    lang: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Provider<'a> {
    id: &'a str,
    name: &'a str,
    label: &'a str,
    external_id: Option<&'a str>,
}

impl<'a> View<'a> {
    pub(super) fn of(account: &'a Account) -> Self {
        Self {
            id: &account.id,
            email: &account.email,
            status: account.status.as_str(),
            first_name: &account.first_name,
            last_name: &account.last_name,
            full_name: &account.full_name,
            groups: account.groups.iter().map(Group::of).collect(),
            permissions: Permissions {
                developer: account.developer,
                // Developers manage users anyway, and the original never says it of them.
                users_management: account.admin && !account.developer,
            },
            localization: Zone::of(&account.localization),
            identity_providers: account.providers.iter().map(Provider::of).collect(),
            version: account.version,
        }
    }
}

impl<'a> Current<'a> {
    pub(super) fn of(account: &'a Account) -> Self {
        Self {
            user: View::of(account),
            integrations: [],
            phone_number: None,
            two_factor_authentication: false,
            two_factor_authentication_key: None,
        }
    }
}

impl<'a> Group<'a> {
    pub(super) fn of(group: &'a AccountGroup) -> Self {
        Self {
            id: &group.id,
            name: &group.name,
            label: &group.label,
            primary: group.primary,
            external: group.external,
        }
    }
}

impl<'a> Zone<'a> {
    fn of(localization: &'a Localization) -> Self {
        Self {
            timezone: localization.timezone.as_deref(),
            timezone_mode: if localization.fixed_timezone {
                "MANUAL"
            } else {
                "AUTO"
            },
            lang: localization.language.as_deref(),
        }
    }
}

impl<'a> Provider<'a> {
    fn of(provider: &'a IdentityProvider) -> Self {
        Self {
            id: &provider.id,
            name: &provider.name,
            label: &provider.label,
            external_id: provider.external_id.as_deref(),
        }
    }
}
