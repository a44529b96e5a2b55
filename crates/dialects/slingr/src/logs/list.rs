//! `GET /status/logs`: lines of the log, oldest first; without an offset the newest ones.

use axum::response::Response;
use edge::Fault;
use engine::app_logs::{Kind, LogFilter, LogPage};
use model::Error;

use super::view::View;
use super::words::{levels, span};
use crate::answer::{self, Paged};
use crate::call::Call;
use crate::parameters::{Parameters, bad};

const KNOWN: [&str; 7] = ["userEmail", "period", "from", "to", "level", "message", "type"];
const USUAL: u64 = 200;
const LARGEST: u64 = 1000;

/// A page of lines.
pub(crate) async fn list(call: Call) -> Result<Response, Fault> {
    let parameters = Parameters::read(call.query(), &KNOWN)?;
    let page = LogPage {
        size: parameters.size(USUAL, LARGEST)?,
        after: parameters.text("_offset").map(str::to_owned),
    };
    let engine = &call.slingr.engine;
    let (from, to) = span(engine, &parameters)?;
    let text = |name: &str| parameters.text(name).map(str::to_owned);
    let filter = LogFilter {
        user_email: text("userEmail"),
        message: text("message"),
        period: None,
        from,
        to,
        levels: levels(&parameters)?,
        kinds: kinds(&parameters)?,
    };
    let found = engine.app_logs(&call.actor, filter, page).await?;
    let page = Paged {
        total: found.total,
        offset: found.entries.last().map(|entry| entry.id.clone()),
        items: found.entries.into_iter().map(View::from).collect(),
    };
    Ok(answer::json(&page)?)
}

fn kinds(parameters: &Parameters) -> Result<Vec<Kind>, Error> {
    let words = parameters.words("type").unwrap_or_default();
    let unknown = |word: &str| bad("type", "APP, ENDPOINT or EXTERNAL", word);
    words
        .into_iter()
        .map(|word| Kind::parse(word).ok_or_else(|| unknown(word)))
        .collect()
}
