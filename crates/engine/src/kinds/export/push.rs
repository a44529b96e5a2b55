//! Pushing articles to a Navision through OData, one request after another.
//!
//! Every article is an item of the job. Items and the place reached are committed per page; what was sent of a page that
//! was not committed is sent again by the next run, which does no harm: a `PATCH` sets what is set already, and a
//! `DELETE` finds nothing.

mod answer;
mod body;
mod client;
mod token;
mod url;

use ::jobs::{Interrupt, Report, Run};
use model::job::{Item, ItemState, Level};
use model::{Code, Error};
use serde::Serialize;

use super::source::{Entry, Page, Source, share};
use super::{Checkpoint, Params, Results};
use crate::kinds::Tools;
use crate::kinds::to_json;
use client::Client;

/// Why one article could not be brought over.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Failure {
    error: String,
    /// The status of the last answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

pub(super) fn push(
    run: &mut Run,
    tools: &Tools,
    (params, name): (&Params, &str),
    mut at: Checkpoint,
) -> Result<Results, Interrupt> {
    let options = &tools.options.exports;
    let Some(target) = options.targets.get(name) else {
        let message = format!("push target {name} is not configured any more");
        return Err(Error::new(Code::BadValue, message).into());
    };
    let mut client = Client::new(tools, name, target, &params.mapping);
    let mut source = Source::new(tools.articles, options.push_articles, options.chunk_bytes);
    while !at.ended {
        let page = source.next(run.store(), &at)?;
        let mut items = Vec::with_capacity(page.entries.len());
        let sent = send(run, &mut client, &page, &mut at, &mut items);
        match sent {
            Ok(()) => {
                at.place = page.place;
                at.ended = page.is_last;
                commit(run, &at, items)?;
            }
            // What was sent is accounted for, though the job fails.
            Err(Interrupt::Failed(error)) => {
                commit(run, &at, items)?;
                return Err(Interrupt::Failed(error));
            }
            Err(interrupt) => return Err(interrupt),
        }
    }
    Ok(Results {
        records: at.records,
        deleted: at.deleted,
        watermark: at.watermark,
        failed: Some(at.failed),
        blob: None,
        size: None,
        replaced: None,
        removed: None,
    })
}

fn send(
    run: &mut Run,
    client: &mut Client<'_>,
    page: &Page,
    at: &mut Checkpoint,
    items: &mut Vec<Item>,
) -> Result<(), Interrupt> {
    for entry in &page.entries {
        run.check()?;
        let outcome = client.bring(run, entry)?;
        items.push(item(entry, at.records + at.deleted, &outcome)?);
        at.failed += u64::from(outcome.is_err());
        at.count(entry.body.is_none());
    }
    Ok(())
}

fn item(entry: &Entry, number: u64, outcome: &Result<(), Failure>) -> Result<Item, Error> {
    let (state, detail) = match outcome {
        Ok(()) => (ItemState::Done, None),
        Err(failure) => (ItemState::Failed, Some(to_json(failure)?)),
    };
    Ok(Item {
        number,
        key: entry.id.clone(),
        state,
        detail,
    })
}

fn commit(run: &mut Run, at: &Checkpoint, items: Vec<Item>) -> Result<(), Interrupt> {
    let failed = items
        .iter()
        .filter(|item| item.state == ItemState::Failed)
        .count();
    let mut report = Report {
        processed: items.len() as u64,
        failed: failed as u64,
        items,
        total: at.ended.then_some(at.records + at.deleted),
        progress: Some(share(at)),
        checkpoint: Some(to_json(at)?),
        logs: Vec::new(),
    };
    if at.ended {
        let line = format!(
            "sent {} articles and {} deletions, {} of them failed",
            at.records, at.deleted, at.failed
        );
        report.logs.push((Level::Info, line));
    }
    run.commit(move |_| Ok(report.clone()))
}
