//! What the job of an action is to do, and its handing in.

use app::{Action, ActionKind};
use jsonb::Jsonb;
use model::job::{NewJob, Status};
use model::{Env, Error, Job, Timestamp};
use serde::{Deserialize, Serialize};

use super::super::bulk_job::caller;
use super::super::catalogue::Catalogue;
use super::super::list::checked_filter;
use super::super::rights::Rights;
use super::super::stored_condition::Stored;
use super::super::unit::Unit;
use super::super::{Call, Category, EntityRef, Selection};
use super::{Acting, action_of};
use crate::Engine;

/// The kind of the job.
pub(crate) const KIND: &str = "execute-action";
/// Its queue.
const QUEUE: &str = "records";

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Params {
    /// The entity.
    pub(crate) entity: String,
    /// The action.
    pub(crate) action: String,
    /// On these records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ids: Option<Vec<String>>,
    /// On those that meet it; none: on all, unless there are ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) filter: Option<Stored>,
    /// Parameters, as JSON.
    pub(crate) parameters: String,
    /// Mail address of who runs it.
    pub(crate) by: String,
    /// The address it came from.
    pub(crate) ip: Option<String>,
    /// Whether a script runs it, past permissions.
    #[serde(default)]
    pub(crate) by_script: bool,
}

impl Params {
    pub(super) fn of(
        entity: &EntityRef,
        action: &Action,
        (which, sent, call): (Option<&Selection>, &Jsonb, &Call),
    ) -> Result<Self, Error> {
        let (ids, filter) = match which {
            Some(Selection::Ids(ids)) => (Some(super::super::bulk::each_once(ids)), None),
            Some(Selection::Filter(Some(condition))) => (None, Some(Stored::of(condition)?)),
            Some(Selection::Filter(None)) | None => (None, None),
        };
        Ok(Self {
            entity: entity.name.clone(),
            action: action.name.clone(),
            ids,
            filter,
            parameters: sent.to_text().map_err(Error::internal)?,
            by: call.actor.email.clone(),
            ip: call.ip.clone(),
            by_script: call.category == Category::Script,
        })
    }

    /// The call of who runs it, as he is now.
    pub(crate) fn call(&self, tx: &mut (impl storage::ReadTx + ?Sized)) -> Result<Call, Error> {
        let category = match self.by_script {
            true => Category::Script,
            false => Category::User,
        };
        caller(tx, &self.by, self.ip.as_deref(), category)
    }

    /// Which records it is on; none for an action that is on none.
    pub(crate) fn which(&self, action: &Action) -> Result<Option<Selection>, Error> {
        Ok(match (action.kind, &self.ids, &self.filter) {
            (ActionKind::Global, ..) => None,
            (_, Some(ids), _) => Some(Selection::Ids(ids.clone())),
            (_, None, filter) => {
                let condition = filter.as_ref().map(Stored::condition).transpose()?;
                Some(Selection::Filter(condition))
            }
        })
    }
}

impl Params {
    /// Runs the action on one record; what it is answered with, if that is to be told.
    pub(crate) fn perform_on(&self, unit: &Unit, call: &Call, id: &str) -> Result<Option<Jsonb>, Error> {
        let entity = unit.entity(&self.entity)?;
        let action = action_of(&entity, &self.action)?;
        let sent = unit.json(&self.parameters)?;
        let value = unit.perform_on(&entity, action, (id, &sent, call))?;
        Ok(value.filter(|_| action.result_as_response))
    }

    /// Runs an action on many records, or on none.
    pub(crate) fn perform_all(&self, unit: &Unit, call: &Call) -> Result<Option<Jsonb>, Error> {
        let entity = unit.entity(&self.entity)?;
        let action = action_of(&entity, &self.action)?;
        let sent = unit.json(&self.parameters)?;
        let which = self.which(action)?;
        let value = unit.perform_all(&entity, action, (which.as_ref(), &sent, call))?;
        Ok(value.filter(|_| action.kind == ActionKind::ManyRecords || action.result_as_response))
    }
}

/// What the action of a job runs on, by the definition in force.
pub(crate) fn kind_of(catalogue: &Catalogue, params: &Params) -> Result<ActionKind, Error> {
    Ok(action_of(catalogue.entity(&params.entity)?, &params.action)?.kind)
}

/// The job of an action.
pub(super) fn job_of(
    params: &Params,
    (env, now): (&Env, Timestamp),
    low_priority: bool,
) -> Result<NewJob, Error> {
    Ok(NewJob {
        id: env.new_job_id(),
        request_id: env.new_request_id(),
        kind: KIND,
        label: format!("Executing action {} on entity {}", params.action, params.entity),
        queue: QUEUE,
        serial_key: None,
        priority: 0,
        low_priority,
        run_by: params.by.clone(),
        parent: None,
        status: Status::Pending,
        params: crate::kinds::to_json(params)?,
        error: None,
        now,
    })
}

impl Engine {
    /// Hands in the job of an action; permissions on each record are asked then.
    pub(super) async fn submit_action(
        &self,
        call: &Call,
        entity: &EntityRef,
        mut acting: Acting,
    ) -> Result<Job, Error> {
        let action = action_of(entity, &acting.action)?;
        self.check_parameters(call, entity, &acting).await?;
        if let Some(Selection::Filter(Some(condition))) = &acting.which {
            let catalogue = self.catalogue()?;
            let rights = Rights::of(&catalogue, entity, call)?;
            checked_filter(&catalogue, entity, call, &rights, condition)?;
            if super::super::bulk::sensitive(entity, condition) {
                // What a job is to do is kept as text, so it names the records and not the value.
                let ids = self.matching_ids(call, entity, Some(condition.clone())).await?;
                acting.which = Some(Selection::Ids(ids));
            }
        }
        let params = Params::of(entity, action, (acting.which.as_ref(), &acting.parameters, call))?;
        let new = job_of(&params, (self.env(), self.env().now()), acting.low_priority)?;
        let runner = self.runner().clone();
        let inserted = self
            .store()
            .write(move |tx| Ok::<_, Error>(runner.submit(tx, &new)?));
        Ok(inserted.await?.into_job())
    }
}
