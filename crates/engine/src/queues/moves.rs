//! Moving messages from a queue of dead letters to another queue, or back to where they came from.
//!
//! It is a job like any other (`kinds/move_messages`): each part is one transaction of messages and checkpoint, so whatever
//! happens no message is lost or doubled. Which jobs belong to a queue is noted in a mark, the latest first.

use ::jobs::Action;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::job::{NewJob, Status};
use model::{Error, Job, JobSeq, QueueId};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use storage::tables::queues::QueueFilter;
use storage::{ReadTx, Tx};

use super::{Arn, Caller, Fault, FaultKind, Open, QueueName, Queues, open};
use crate::kinds::move_messages::{KIND, QUEUE};

/// Tasks that are remembered for a queue.
const REMEMBERED: usize = 10;
/// The most messages per second that may be asked for.
const FASTEST: i64 = 500;

/// What to move.
#[derive(Clone, Debug)]
pub struct MoveRequest {
    /// From where.
    pub source: Arn,
    /// To where; none: each message back to the queue that it was a dead letter of.
    pub destination: Option<Arn>,
    /// At most so many messages per second.
    pub rate: Option<i64>,
}

/// What the job is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Params {
    /// ARN of the source, as it was given.
    pub(crate) source: String,
    /// ARN of the destination, as it was given.
    pub(crate) destination: Option<String>,
    pub(crate) rate: Option<i64>,
    /// Messages there were at the beginning.
    pub(crate) count: u64,
}

/// A task.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveTask {
    /// What it is named by.
    pub handle: String,
    /// How far it is.
    pub status: Status,
    /// ARN of the source.
    pub source: String,
    /// ARN of the destination.
    pub destination: Option<String>,
    /// Messages per second.
    pub rate: Option<i64>,
    /// How many were moved.
    pub moved: u64,
    /// How many there were.
    pub count: u64,
    /// When it was begun.
    pub started: model::Timestamp,
    /// Why it failed.
    pub failure: Option<String>,
}

fn mark(queue: QueueId) -> String {
    format!("queue-moves:{queue}")
}

fn remembered(tx: &mut (impl ReadTx + ?Sized), queue: QueueId) -> Result<Vec<Job>, Fault> {
    let mark = tx.mark(&mark(queue))?.unwrap_or_default();
    let mut jobs = Vec::new();
    for seq in mark.split(',').filter_map(|seq| seq.parse().ok()) {
        jobs.extend(tx.job(JobSeq(seq))?);
    }
    Ok(jobs)
}

fn handle(job: &Job, source: &str) -> String {
    STANDARD.encode(json!({ "taskId": job.id.to_string(), "sourceArn": source }).to_string())
}

fn task(job: &Job) -> Result<MoveTask, Fault> {
    let params: Params = serde_json::from_str(&job.params).map_err(Error::internal)?;
    Ok(MoveTask {
        handle: handle(job, &params.source),
        status: job.status,
        source: params.source,
        destination: params.destination,
        rate: params.rate,
        moved: job.counts.processed,
        count: params.count,
        started: job.created,
        failure: job.error.clone(),
    })
}

fn refused(reason: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(FaultKind::Parameter, reason)
}

/// The source and the destination, if the one may be emptied into the other.
fn checked(tx: &mut dyn Tx, caller: &Caller, request: &MoveRequest) -> Result<Open, Fault> {
    let found = |fault: Fault| match fault.kind() {
        FaultKind::NoQueue => Fault::new(
            FaultKind::NoTask,
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        ),
        _ => fault,
    };
    let source = open(tx, caller, &request.source.queue).map_err(found)?;
    let to = request.source.queue.to_string();
    if tx
        .queues(QueueFilter::DeadLettersTo(&to), ("", ""), 1)?
        .is_empty()
    {
        return Err(refused("Source queue must be configured as a Dead Letter Queue."));
    }
    if let Some(destination) = &request.destination {
        let open = open(tx, caller, &destination.queue).map_err(found)?;
        if open.queue.id == source.queue.id {
            return Err(refused("Source and destination must be different queues."));
        }
        if open.settings.fifo != source.settings.fifo {
            return Err(refused("Source and destination must be queues of the same type."));
        }
    }
    let mut tasks = remembered(tx, source.queue.id)?.into_iter();
    if tasks.any(|job| !job.status.is_final()) {
        return Err(refused(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        ));
    }
    Ok(source)
}

impl Queues {
    /// Begins to move messages; answers what the task is named by.
    ///
    /// # Errors
    /// `NoTask` for queues that are not there, `Denied`, `Parameter`.
    pub async fn start_move(&self, caller: &Caller, request: MoveRequest) -> Result<String, Fault> {
        caller.require_account()?;
        if let Some(rate) = request.rate.filter(|rate| !(1..=FASTEST).contains(rate)) {
            let reason = "It must be from 1 to 500";
            return Err(Fault::parameter("MaxNumberOfMessagesPerSecond", rate, reason));
        }
        let (queues, caller) = (self.clone(), caller.clone());
        self.write(move |tx, moment| {
            let source = checked(tx, &caller, &request)?;
            let counts = tx.message_counts(source.heap(), moment.now)?;
            let params = Params {
                source: request.source.to_string(),
                destination: request.destination.as_ref().map(Arn::to_string),
                rate: request.rate,
                count: counts.visible,
            };
            let new = queues.move_job(&caller, &request.source.queue, &params, moment.now)?;
            let job = queues.engine.runner().submit(tx, &new)?.into_job();
            let mut seqs = vec![job.seq.to_string()];
            let earlier = remembered(tx, source.queue.id)?;
            seqs.extend(earlier.iter().take(REMEMBERED - 1).map(|job| job.seq.to_string()));
            tx.set_mark(&mark(source.queue.id), &seqs.join(","))?;
            Ok(handle(&job, &params.source))
        })
        .await
    }

    fn move_job(
        &self,
        caller: &Caller,
        source: &QueueName,
        params: &Params,
        now: model::Timestamp,
    ) -> Result<NewJob, Error> {
        let env = self.engine.env();
        Ok(NewJob {
            id: env.new_job_id(),
            request_id: env.new_request_id(),
            kind: KIND,
            label: format!("Move of messages from {}", source.name),
            queue: QUEUE,
            serial_key: Some(format!("{KIND}:{source}")),
            priority: 0,
            low_priority: false,
            run_by: caller.actor.email.clone(),
            parent: None,
            status: Status::Pending,
            params: serde_json::to_string(params).map_err(Error::internal)?,
            error: None,
            now,
        })
    }

    /// The latest tasks of a queue, at most `limit`, the newest first.
    ///
    /// # Errors
    /// `NoQueue`, `Denied`.
    pub async fn moves(
        &self,
        caller: &Caller,
        source: &QueueName,
        limit: usize,
    ) -> Result<Vec<MoveTask>, Fault> {
        caller.require_account()?;
        let (caller, source) = (caller.clone(), source.clone());
        self.read(move |tx| {
            let open = open(tx, &caller, &source)?;
            let jobs = remembered(tx, open.queue.id)?;
            jobs.iter().take(limit).map(task).collect()
        })
        .await
    }

    /// Cancels a task; what is moved already stays moved. Answers how many messages that is.
    ///
    /// # Errors
    /// `NoTask` for one that is not there; `Unsupported` for one that has ended; `Denied`.
    pub async fn cancel_move(&self, caller: &Caller, handle: &str) -> Result<u64, Fault> {
        caller.require_account()?;
        let no_task = || Fault::new(FaultKind::NoTask, "Task does not exist.");
        let (id, source) = named(handle).ok_or_else(no_task)?;
        let (queues, caller) = (self.clone(), caller.clone());
        self.write(move |tx, moment| {
            let open = open(tx, &caller, &source.queue)?;
            let jobs = remembered(tx, open.queue.id)?;
            let job = jobs.into_iter().find(|job| job.id.to_string() == id);
            let job = job.ok_or_else(no_task)?;
            if job.status.is_final() {
                let message = "Only active tasks can be cancelled.";
                return Err(Fault::new(FaultKind::Unsupported, message));
            }
            let runner = queues.engine.runner();
            let job = runner.steer(tx, job.seq, Action::CancelRunning, moment.now)?;
            Ok(job.counts.processed)
        })
        .await
    }
}

/// The job and the source that a handle names.
fn named(handle: &str) -> Option<(String, Arn)> {
    let text = STANDARD.decode(handle).ok()?;
    let task: Json = serde_json::from_slice(&text).ok()?;
    let source = task["sourceArn"].as_str()?.parse().ok()?;
    Some((task["taskId"].as_str()?.to_owned(), source))
}
