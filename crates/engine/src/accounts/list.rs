//! Listing accounts. Names are compared in the way of people, so in memory rather than in the store; there are
//! thousands of users, not millions.

use app::App;
use model::{Error, PageOf, UserId};
use storage::ReadTx;
use storage::tables::identity::{User, UserStatus};

use super::view::{Account, label};
use crate::Engine;

/// Users read at once.
const BATCH: u64 = 500;
/// The longest page.
const LARGEST: u64 = 1000;

/// Which accounts; what is none or empty does not count. Texts are parts, in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Both names.
    pub full_name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Whether developers or all others.
    pub developer: Option<bool>,
    /// One of these.
    pub statuses: Vec<UserStatus>,
    /// Label of one of their groups.
    pub groups: Vec<String>,
}

/// Where a page begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AccountOffset {
    /// At the first account.
    #[default]
    Start,
    /// After so many.
    Skip(u64),
    /// After the account with this id.
    After(String),
}

impl Engine {
    /// Accounts in the order in which they were made, and how many there are of this filter.
    ///
    /// # Errors
    /// `bad-value` for a page that is too long or begins after nobody.
    pub async fn accounts(
        &self,
        filter: AccountFilter,
        offset: AccountOffset,
        size: u64,
    ) -> Result<PageOf<Account>, Error> {
        if size > LARGEST {
            let message = format!("a page has {LARGEST} users at most, got {size}");
            return Err(Error::bad_value("size", message));
        }
        let (app, filter) = (self.app(), filter.lowered());
        self.store()
            .scan(move |tx| list(tx, &filter, &offset, size, app.as_deref()))
            .await
    }
}

fn list(
    tx: &mut dyn ReadTx,
    filter: &AccountFilter,
    offset: &AccountOffset,
    size: u64,
    app: Option<&App>,
) -> Result<PageOf<Account>, Error> {
    let (skip, behind) = match offset {
        AccountOffset::Start => (0, UserId(0)),
        AccountOffset::Skip(count) => (*count, UserId(0)),
        AccountOffset::After(id) => (0, after(tx, id)?),
    };
    let (mut total, mut entries, mut last) = (0, Vec::new(), UserId(0));
    loop {
        let batch = tx.users_after(last, BATCH)?;
        let Some(end) = batch.last() else {
            return Ok(PageOf { entries, total });
        };
        last = end.id;
        for user in batch.iter().filter(|user| filter.fits(user, app)) {
            let shown = total >= skip && user.id > behind && (entries.len() as u64) < size;
            total += 1;
            if shown {
                entries.push(Account::of(user, app));
            }
        }
    }
}

fn after(tx: &mut dyn ReadTx, id: &str) -> Result<UserId, Error> {
    let unknown = || Error::bad_value("offset", format!("there is no user with the id {id:?}"));
    Ok(tx.user_by_oid(id)?.ok_or_else(unknown)?.id)
}

impl AccountFilter {
    /// All texts in lower case, as they are compared.
    fn lowered(mut self) -> Self {
        let texts = [
            &mut self.first_name,
            &mut self.last_name,
            &mut self.full_name,
            &mut self.email,
        ];
        for text in texts.into_iter().flatten().chain(&mut self.groups) {
            *text = text.to_lowercase();
        }
        self
    }

    fn fits(&self, user: &User, app: Option<&App>) -> bool {
        part(&self.first_name, &user.first_name)
            && part(&self.last_name, &user.last_name)
            && part(&self.full_name, &user.name)
            && part(&self.email, &user.email)
            && self.developer.is_none_or(|wanted| wanted == user.roles.developer)
            && (self.statuses.is_empty() || self.statuses.contains(&user.status))
            && (self.groups.is_empty() || self.has_group(user, app))
    }

    fn has_group(&self, user: &User, app: Option<&App>) -> bool {
        let labels = user.groups.iter().map(|name| label(name, app).to_lowercase());
        labels
            .into_iter()
            .any(|label| self.groups.iter().any(|wanted| label.contains(wanted)))
    }
}

fn part(wanted: &Option<String>, text: &str) -> bool {
    wanted
        .as_deref()
        .is_none_or(|wanted| text.to_lowercase().contains(wanted))
}
