//! `GET /users`. The documents have `size` and `offset` without `_` here; both spellings are taken.

use axum::response::Response;
use edge::Fault;
use engine::accounts::{AccountFilter, AccountOffset, UserStatus};
use model::Error;

use super::view::View;
use crate::answer::{self, Paged};
use crate::call::Call;
use crate::parameters::{Parameters, bad};

const KNOWN: [&str; 9] = [
    "firstName",
    "lastName",
    "fullName",
    "email",
    "developer",
    "status",
    "groups",
    "size",
    "offset",
];
const USUAL: u64 = 20;
const LARGEST: u64 = 1000;

/// A page of users, in the order in which they were made.
pub(super) async fn list(call: Call) -> Result<Response, Fault> {
    let parameters = Parameters::read(call.query(), &KNOWN)?;
    let size = match parameters.count("size")? {
        Some(size) if (1..=LARGEST).contains(&size) => size,
        Some(size) => {
            let expected = format!("a number from 1 to {LARGEST}");
            return Err(bad("size", &expected, &size.to_string()).into());
        }
        None => parameters.size(USUAL, LARGEST)?,
    };
    let offset = parameters.text("offset").or_else(|| parameters.text("_offset"));
    let offset = offset.map_or(Ok(AccountOffset::Start), begin)?;
    let found = call
        .slingr
        .engine
        .accounts(filter(&parameters)?, offset, size)
        .await?;
    let page = Paged {
        total: found.total,
        offset: found.entries.last().map(|account| account.id.clone()),
        items: found.entries.iter().map(View::of).collect(),
    };
    Ok(answer::json(&page)?)
}

fn begin(offset: &str) -> Result<AccountOffset, Error> {
    if model::is_record_id(offset) {
        return Ok(AccountOffset::After(offset.to_ascii_lowercase()));
    }
    let skip = offset.parse().map(AccountOffset::Skip);
    skip.map_err(|_| bad("offset", "a number of users or the id of one", offset))
}

fn filter(parameters: &Parameters) -> Result<AccountFilter, Error> {
    let text = |name: &str| parameters.text(name).map(str::to_owned);
    let status = |word: &str| {
        let unknown = || bad("status", "ACTIVE, INACTIVE or BLOCKED", word);
        UserStatus::parse(&word.to_ascii_uppercase()).ok_or_else(unknown)
    };
    let statuses = parameters.words("status").unwrap_or_default();
    let groups = parameters.words("groups").unwrap_or_default();
    Ok(AccountFilter {
        first_name: text("firstName"),
        last_name: text("lastName"),
        full_name: text("fullName"),
        email: text("email"),
        developer: parameters.boolean("developer")?,
        statuses: statuses.into_iter().map(status).collect::<Result<_, _>>()?,
        groups: groups.into_iter().map(str::to_owned).collect(),
    })
}
