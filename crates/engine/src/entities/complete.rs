//! Finishing a job with its result: the message, the item that came of it and the word of the worker, in one transaction.
//!
//! Only one who still holds the message by this receipt handle can do so. Whoever comes too late – his time was over and the
//! message went to another – leaves nothing behind, so a job has one result however often it was begun.

use std::fmt;
use std::sync::Arc;

use model::{Actor, Code, Error, Uuid};
use storage::Tx;

use super::change::check;
use super::create::insert;
use super::sight::Sight;
use super::{Change, Entity, EntityKind, NewEntity, queues};
use crate::Engine;
use crate::queues::{Caller, Fault, FaultKind, Moment, Scope, settle};

/// How a worker's bot is changed, by what it is.
type ChangeOf = Arc<dyn Fn(&Entity) -> Result<Change, Error> + Send + Sync>;

/// A job that is done.
#[derive(Clone, Debug)]
pub struct Completion {
    /// The queue that its message came from.
    pub queue: Uuid,
    /// The receipt handle of the message.
    pub receipt: String,
    /// The result: an item to be made.
    pub result: NewEntity,
    /// What a worker says of itself.
    pub report: Option<Report>,
}

/// What a worker says of itself: a change of its bot.
#[derive(Clone)]
pub struct Report {
    /// The bot.
    pub bot: Uuid,
    /// The change; it may be asked for more than once.
    pub change: ChangeOf,
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("bot", &self.bot)
            .finish_non_exhaustive()
    }
}

/// What was made and changed.
#[derive(Clone, Debug)]
pub struct Completed {
    /// The result.
    pub item: Entity,
    /// The bot whose worker reported.
    pub bot: Option<Entity>,
}

impl Engine {
    /// Stores the result of a job, finishes its message and notes what the worker says, all or nothing.
    ///
    /// # Errors
    /// `conflict` when the message is not held by the receipt handle any more; `bad-value` of `receipt_handle` when that is
    /// none of this queue; `not-found` for a queue or bot that the caller may not see; as [`Engine::create_entity`].
    pub async fn complete(&self, actor: &Actor, done: Completion) -> Result<Completed, Error> {
        if self.outside().is_some() {
            let message = "the messages of this server's queues are kept by another service, where nothing can be finished \
                           together with an item here";
            return Err(Error::new(Code::BadRequest, message));
        }
        let of_item = |error: Error| error.under("item");
        let ready = self
            .ready(actor, EntityKind::Item, &done.result)
            .map_err(of_item)?;
        let (engine, actor) = (self.clone(), actor.clone());
        let completed = self.store().write(move |tx| {
            let sight = Sight::of(tx, &actor)?;
            engine.finish(tx, &actor, &sight, &done)?;
            let (items, stamp) = (engine.entity_collection(EntityKind::Item), engine.stamp(&actor));
            Ok(Completed {
                item: insert(tx, items, &ready, &sight, &stamp).map_err(of_item)?,
                bot: match &done.report {
                    Some(report) => Some(engine.note(tx, &actor, &sight, report)?),
                    None => None,
                },
            })
        });
        completed.await
    }

    /// Finishes the message for one who sees the queue and still holds it.
    fn finish(&self, tx: &mut dyn Tx, actor: &Actor, sight: &Sight, done: &Completion) -> Result<(), Error> {
        let aim = self.aim(actor, EntityKind::Queue, done.queue);
        let queue = self.entity_in(tx, &aim, sight)?;
        let moment = Moment::of(self, tx)?;
        let id = queues::keep(tx, done.queue, &queue.body, moment.now)?;
        let caller = Caller {
            actor: Arc::new(actor.clone()),
            scope: Scope::Queue(id),
        };
        let finished = settle::finish(tx, &moment, &caller, &queues::name(done.queue), &done.receipt);
        finished.map_err(refusal)
    }

    fn note(&self, tx: &mut dyn Tx, actor: &Actor, sight: &Sight, report: &Report) -> Result<Entity, Error> {
        let aim = self.aim(actor, EntityKind::Bot, report.bot);
        let checked = |bot: &Entity| {
            let change = (report.change)(bot)?;
            check(EntityKind::Bot, &change)?;
            Ok(change)
        };
        self.change_seen(tx, &aim, sight, &checked)
    }
}

/// A refusal in the words of the call.
fn refusal(fault: Fault) -> Error {
    match fault.kind() {
        FaultKind::Handle => Error::bad_value("receipt_handle", fault.message().to_owned()),
        FaultKind::NotHeld => Error::new(Code::Conflict, fault.message().to_owned()),
        _ => fault.into(),
    }
}
