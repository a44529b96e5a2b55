//! Listeners that hear of what a unit of work does: at once and within it, or as jobs that are handed in with it.

use std::sync::Arc;

use app::{Condition, DataEvent, DataEventKind, Listener, Trigger};
use jobs::RunnerHandle;
use jsonb::{Jsonb, Value};
use model::job::{NewJob, Status};
use model::{Code, Error, JobId};
use script::Argument;
use serde::{Deserialize, Serialize};
use storage::Tx;

use super::super::catalogue::{Catalogue, EntityRef};
use super::super::rights::lowered;
use super::super::{Call, Category, values};
use super::Unit;
use super::commit::Op;

/// The kind of the job that runs a listener.
pub(crate) const KIND: &str = "execute-listener";
/// Its queue.
const QUEUE: &str = "records";

/// What became of a record.
pub(in crate::records) struct Event<'a> {
    pub(in crate::records) entity: &'a EntityRef,
    pub(in crate::records) kind: DataEventKind,
    pub(in crate::records) before: Option<&'a Jsonb>,
    pub(in crate::records) after: Option<&'a Jsonb>,
    /// Whose doing it was.
    pub(in crate::records) source: Category,
}

/// What a listener is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Heard {
    /// The listener.
    pub(crate) listener: String,
    /// The event, as it is told.
    pub(crate) event: serde_json::Value,
    /// The entity of the records, for events of records.
    #[serde(rename = "of", default, skip_serializing_if = "Option::is_none")]
    pub(crate) entity: Option<String>,
    /// The record after it, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<String>,
    /// The record before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) old: Option<String>,
    /// Mail address of whose doing it was.
    #[serde(default)]
    pub(crate) by: String,
    /// How many listeners led to this one.
    #[serde(default)]
    pub(crate) depth: u32,
}

/// How many listeners may follow from one another.
const DEPTH: u32 = 50;

impl Event<'_> {
    /// What a listener is told of it; nothing when it does not listen to such events.
    fn heard_by(
        &self,
        listener: &Listener,
        around: (&Catalogue, &Call),
        depth: u32,
    ) -> Result<Option<Heard>, Error> {
        let Trigger::Data { events, .. } = &listener.trigger else {
            return Ok(None);
        };
        for wanted in events {
            let by = match self.source {
                Category::User => wanted.by_users,
                Category::Script => wanted.by_scripts,
                Category::System => false,
            };
            if by && self.is_met(wanted, around)? {
                return Ok(Some(Heard {
                    listener: listener.name.clone(),
                    event: serde_json::json!({ "type": "DATA", "dataEvent": word(&wanted.kind) }),
                    entity: Some(self.entity.name.clone()),
                    record: text(self.after)?,
                    old: text(self.before)?,
                    by: around.1.actor.email.clone(),
                    depth,
                }));
            }
        }
        Ok(None)
    }

    fn is_met(&self, wanted: &DataEvent, around: (&Catalogue, &Call)) -> Result<bool, Error> {
        let condition = wanted.condition.as_ref();
        let meets = |record| self.meets(condition, record, around);
        if wanted.kind == DataEventKind::ConditionMet {
            let saved = matches!(self.kind, DataEventKind::Created | DataEventKind::Changed);
            return Ok(saved && meets(self.after)? && !(self.before.is_some() && meets(self.before)?));
        }
        Ok(wanted.kind == self.kind && meets(self.after.or(self.before))?)
    }

    fn meets(
        &self,
        condition: Option<&Condition>,
        record: Option<&Jsonb>,
        (catalogue, call): (&Catalogue, &Call),
    ) -> Result<bool, Error> {
        let (Some(condition), Some(record)) = (condition, record) else {
            return Ok(true);
        };
        let filter = lowered(catalogue, self.entity, condition, call).map_err(Error::internal)?;
        filter.matches(record.root()).map_err(Error::internal)
    }
}

/// Hands in the jobs of listeners that hear of a change in the background, where none hears of it at once.
pub(in crate::records) fn tell_later(
    tx: &mut dyn Tx,
    (catalogue, runner): (&Catalogue, &RunnerHandle),
    event: &Event<'_>,
    call: &Call,
) -> Result<(), Error> {
    for listener in event
        .entity
        .heard()
        .iter()
        .filter(|listener| listener.in_background)
    {
        if let Some(heard) = event.heard_by(listener, (catalogue, call), 1)? {
            let env = catalogue.env();
            runner.submit(tx, &job_of(listener, &heard, env, env.now())?)?;
        }
    }
    Ok(())
}

impl Unit {
    /// Lets listeners hear of a change of a record.
    pub(in crate::records) fn fire(&self, event: &Event<'_>) -> Result<(), Error> {
        for listener in event.entity.heard() {
            let (call, depth) = (&self.around().call, self.around().depth + 1);
            if let Some(heard) = event.heard_by(listener, (self.catalogue(), call), depth)? {
                self.tell(listener, &heard)?;
            }
        }
        Ok(())
    }

    /// Runs a listener now, or hands in the job that does.
    pub(super) fn tell(&self, listener: &Listener, heard: &Heard) -> Result<(), Error> {
        if heard.depth > DEPTH {
            let message = format!(
                "the listener {} follows from {DEPTH} others, which seem to go in a circle",
                listener.name
            );
            return Err(Error::new(Code::BadRequest, message));
        }
        if listener.in_background {
            let new = self.new_job(listener, heard)?;
            self.0.state.borrow_mut().ops.push(Op::Job(Box::new(new)));
            return Ok(());
        }
        self.listen(heard)
    }

    /// Runs a listener.
    ///
    /// # Errors
    /// What it failed with; `not-found` when the app has no such listener any more.
    pub(crate) fn listen(&self, heard: &Heard) -> Result<(), Error> {
        let catalogue = Arc::clone(self.catalogue());
        let listener = catalogue.app().listeners.get(&heard.listener);
        let missing = || Error::not_found("listener", &heard.listener);
        let listener = listener.ok_or_else(missing)?;
        let program = catalogue
            .scripts()
            .listener(&heard.listener)
            .ok_or_else(missing)?;
        let event = parsed(&heard.event.to_string())?;
        let record = heard.record.as_deref().map(parsed).transpose()?;
        let old = heard.old.as_deref().map(parsed).transpose()?;
        let mut arguments = vec![Argument::Json(&event)];
        if let Some(entity) = heard.entity.as_deref() {
            let shape = catalogue.scripts().shape(entity);
            let shape = shape.ok_or_else(|| Error::not_found("entity", entity))?;
            for body in [&record, &old] {
                arguments.push(match body {
                    Some(body) => Argument::Record {
                        shape,
                        body,
                        is_new: false,
                    },
                    None => Argument::None,
                });
            }
        }
        self.run(program, &listener.function.0, &arguments).map(|_| ())
    }

    /// The job that runs a listener.
    fn new_job(&self, listener: &Listener, heard: &Heard) -> Result<NewJob, Error> {
        let around = self.around();
        job_of(listener, heard, &around.env, around.now)
    }
}

/// The job that runs a listener in the background.
pub(crate) fn job_of(
    listener: &Listener,
    heard: &Heard,
    env: &model::Env,
    now: model::Timestamp,
) -> Result<NewJob, Error> {
    let id: JobId = env.new_job_id();
    Ok(NewJob {
        id,
        request_id: env.new_request_id(),
        kind: KIND,
        label: format!("Executing listener {}", listener.label),
        queue: QUEUE,
        serial_key: None,
        priority: 0,
        low_priority: false,
        run_by: heard.by.clone(),
        parent: None,
        status: Status::Pending,
        params: crate::kinds::to_json(heard)?,
        error: None,
        now,
    })
}

/// The call of a listener that nobody called for: the server's own.
pub(crate) fn as_server() -> Call {
    Call {
        category: Category::Script,
        ..Call::of(&Arc::default())
    }
}

fn word(kind: &DataEventKind) -> &'static str {
    match kind {
        DataEventKind::Created => "RECORD_CREATED",
        DataEventKind::Changed => "RECORD_CHANGED",
        DataEventKind::Deleted => "RECORD_DELETED",
        DataEventKind::ConditionMet => "CONDITION_MET",
        DataEventKind::Action(_) => "ACTION_PERFORMED",
    }
}

fn text(body: Option<&Jsonb>) -> Result<Option<String>, Error> {
    let plain = |body: &Jsonb| {
        let stripped = jsonb::remove_field(body, super::super::indexes::SHADOW)?;
        stripped.to_text()
    };
    body.map(plain).transpose().map_err(Error::internal)
}

pub(super) fn parsed(text: &str) -> Result<Jsonb, Error> {
    let limits = jsonb::Limits {
        max_bytes: usize::MAX,
        max_string: usize::MAX,
        ..jsonb::Limits::default()
    };
    Jsonb::parse(text.as_bytes(), &limits).map_err(Error::internal)
}

/// A value by itself.
pub(super) fn own(value: Value<'_>) -> Jsonb {
    values::copy(value)
}
