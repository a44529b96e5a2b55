//! The job that empties a queue of dead letters into another queue, or back into the queues they came from.
//!
//! Each part moves up to so many messages and counts them, in one transaction; what is left is found again by looking, so
//! it needs no checkpoint. A message whose queue is gone ends the job: it stays where it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ::jobs::{Interrupt, Kind, Outcome, Report, Run, shared_time};
use model::{Code, Error, MessageSeq};
use storage::Tx;
use storage::tables::messages::{Arrival, Message};

use super::Tools;
use crate::exports::Pause;
use crate::queues::moves::Params;
use crate::queues::{Arn, Moment, Open, QueueName, Waiting};

/// The kind of the job.
pub(crate) const KIND: &str = "queues.move";
/// Its queue.
pub(crate) const QUEUE: &str = "queues";
/// Messages that are moved together: others wait for some milliseconds.
const BATCH: usize = 200;

/// See the module.
pub(crate) struct MoveMessages {
    waiting: Arc<Waiting>,
    pause: Pause,
}

impl MoveMessages {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self {
            waiting: Arc::clone(&tools.waiting),
            pause: tools.options.exports.pause.clone(),
        }
    }

    /// Moves the next ones; says how many.
    fn part(&self, run: &mut Run, params: &Arc<Params>, most: usize) -> Result<usize, Interrupt> {
        let moved = Arc::new(AtomicUsize::new(0));
        let (told, params, env) = (Arc::clone(&moved), Arc::clone(params), run.env().clone());
        let waiting = Arc::clone(&self.waiting);
        run.commit(move |tx| {
            let now = shared_time(&env, tx)?;
            let moment = Moment::new(now, Arc::clone(&waiting));
            let count = part(tx, &moment, &params, most)?;
            told.store(count, Ordering::Release);
            Ok(Report {
                processed: count as u64,
                ..Report::default()
            })
        })?;
        Ok(moved.load(Ordering::Acquire))
    }
}

impl Kind for MoveMessages {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let params: Arc<Params> = Arc::new(run.params()?);
        let rate = params.rate.and_then(|rate| usize::try_from(rate).ok());
        let most = rate.map_or(BATCH, |rate| rate.min(BATCH));
        loop {
            let moved = self.part(run, &params, most)?;
            if moved == 0 {
                return Ok(Outcome::Finished(None));
            }
            if let Some(rate) = rate {
                let time = Duration::from_secs(1).mul_f64(moved as f64 / rate as f64);
                self.pause.wait(time, &|| run.should_stop());
            }
            run.check()?;
        }
    }
}

fn queue(tx: &mut dyn Tx, name: &QueueName) -> Result<Open, Error> {
    let found = tx.queue(&name.account, &name.name)?;
    let gone = || Error::new(Code::NotFound, format!("the queue {} does not exist", name.name));
    Ok(Open::of(found.ok_or_else(gone)?)?)
}

fn part(tx: &mut dyn Tx, moment: &Moment, params: &Params, most: usize) -> Result<usize, Error> {
    let named = |arn: &str| arn.parse::<Arn>().map(|arn| arn.queue);
    let source = named(&params.source).map_err(|()| Error::internal("the source is no ARN"))?;
    let source = queue(tx, &source)?;
    let fixed = params.destination.as_deref().map(named).transpose();
    let fixed = fixed.map_err(|()| Error::internal("the destination is no ARN"))?;
    let found = tx.ready_messages(source.heap(), moment.now, most)?;
    // Neighbours with one destination go together.
    for same in found.chunk_by(|one, next| fixed.is_some() || one.source == next.source) {
        let target = match &fixed {
            Some(fixed) => fixed.clone(),
            None => origin(&same[0])?,
        };
        let target = queue(tx, &target)?;
        let arrival = Arrival {
            visible_at: moment.now,
            sent: Some(moment.now),
            source: None,
        };
        let seqs: Vec<MessageSeq> = same.iter().map(|message| message.seq).collect();
        tx.move_messages(source.heap(), target.heap(), &seqs, &arrival)?;
        moment.wake(tx, &target.name(), seqs.len(), moment.now);
    }
    Ok(found.len())
}

fn origin(message: &Message) -> Result<QueueName, Error> {
    let none = || {
        let why = "a message is no dead letter of another queue; name a destination";
        Error::new(Code::Conflict, why)
    };
    Ok(message.source.as_deref().ok_or_else(none)?.parse()?)
}
