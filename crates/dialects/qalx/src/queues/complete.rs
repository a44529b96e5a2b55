//! `POST /qalx/queue/{guid}/complete`: a job is done. Stores its result as an item, finishes its message and takes what the
//! worker says of itself, all or nothing. Not part of the documented API.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use edge::{Fault, Path};
use engine::entities::{Completed, Completion, Entity, EntityKind, Report};
use http::StatusCode;
use jsonb::{Kind, Value};
use model::{Error, Uuid};

use crate::bots::{self, save_worker};
use crate::call::{Call, guid, json};
use crate::dto::fields::Wanted;
use crate::dto::guids::{guid_of, not_a_guid};
use crate::dto::read::{Reading, Sent};
use crate::dto::{member, text, write, wrong_kind};
use crate::entities::Answer;
use crate::noun::Noun;

pub(crate) async fn complete(
    call: Call,
    Path(queue): Path<String>,
    request: Request,
) -> Result<Response, Fault> {
    let queue = guid(Noun::of(EntityKind::Queue), &queue)?;
    let body = call.object(request).await?;
    let body = body.root();
    let receipt = text(body, "receipt_handle")?.ok_or_else(|| Error::missing("receipt_handle"))?;
    let result = result(&call, body)?;
    let worker = worker(&call, body)?;
    let (worker, report) = worker.unzip();
    let sends_file = result.has_file;
    let done = Completion {
        queue,
        receipt,
        result: result.into_new(Noun::of(EntityKind::Item))?,
        report,
    };
    let done = call.qalx.engine.complete(&call.actor, done).await?;
    Ok(answer(&call, &done, sends_file, worker)?)
}

fn result(call: &Call, body: Value<'_>) -> Result<Sent, Error> {
    let item = member(body, "item")?.ok_or_else(|| Error::missing("item"))?;
    if item.kind() != Kind::Object {
        return Err(wrong_kind("item", "an object", item));
    }
    let now = call.qalx.engine.env().now();
    let sent = Sent::read(Noun::of(EntityKind::Item), item, Reading::Whole, now);
    sent.map_err(|error| error.under("item"))
}

/// The worker that reports, and what it says; none when nobody does.
fn worker(call: &Call, body: Value<'_>) -> Result<Option<(Uuid, Report)>, Error> {
    let Some(worker) = member(body, "worker")? else {
        return Ok(None);
    };
    if worker.kind() != Kind::Object {
        return Err(wrong_kind("worker", "an object", worker));
    }
    let id = id(worker, "guid")?.ok_or_else(|| Error::missing("worker.guid"))?;
    let bot = id_or_own(call, worker)?;
    let sent = save_worker::sent(worker, call.qalx.engine.env().now());
    let sent = sent.map_err(|error| error.under("worker"))?;
    let change = Arc::new(move |bot: &Entity| save_worker::changed(bot, id, &sent));
    Ok(Some((id, Report { bot, change })))
}

/// The bot that a worker belongs to: the caller itself unless another is named.
fn id_or_own(call: &Call, worker: Value<'_>) -> Result<Uuid, Error> {
    let bot = id(worker, "bot")?.or(call.actor.bot);
    bot.ok_or_else(|| Error::missing("worker.bot"))
}

fn id(worker: Value<'_>, name: &str) -> Result<Option<Uuid>, Error> {
    let Some(value) = member(worker, name)? else {
        return Ok(None);
    };
    let wrong = || not_a_guid(&format!("worker.{name}"), value);
    guid_of(value)?.ok_or_else(wrong).map(Some)
}

/// The item as it was stored, and the worker as it is now.
fn answer(call: &Call, done: &Completed, sends_file: bool, worker: Option<Uuid>) -> Result<Response, Error> {
    let item = Answer::new(call, Noun::of(EntityKind::Item)).sending_file(sends_file);
    let mut out = b"{\"item\":".to_vec();
    item.write(&mut out, &done.item, &Wanted::All, None)?;
    out.extend_from_slice(b",\"worker\":");
    match (&done.bot, worker) {
        (Some(bot), Some(worker)) => {
            let (_, worker) = bots::find(bot, worker)?;
            write::selected(&mut out, worker, &Wanted::All)?;
        }
        _ => out.extend_from_slice(b"null"),
    }
    out.push(b'}');
    Ok(json(StatusCode::CREATED, out))
}
