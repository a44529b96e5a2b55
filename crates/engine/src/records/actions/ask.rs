//! Actions that functions run.

use app::ActionKind;
use jsonb::Jsonb;
use model::{Code, Error};

use super::super::stored_condition::Stored;
use super::super::unit::{Given, Reply, Unit};
use super::super::{EntityRef, Selection};
use super::action_of;
use super::job::{Params, job_of};

impl Unit {
    /// Runs an action in the name of a function: what it returned, or the id of the job that runs it.
    pub(in crate::records) fn answer_action(&self, given: &Given) -> Result<Reply, Error> {
        let entity = given.entity(self)?;
        let action = action_of(&entity, &given.text("name")?)?.clone();
        let which = match (given.ids()?, given.has("query")) {
            (Some(ids), _) => Some(Selection::Ids(ids)),
            (None, true) => Some(Selection::Filter(given.query(self)?.filter)),
            (None, false) => None,
        };
        super::fits(&action, which.as_ref())?;
        let sent = match given.part("parameters")? {
            sent if sent.root().kind() == jsonb::Kind::Null => jsonb::object().finish(),
            sent => sent,
        };
        let call = self.script_call();
        if action.in_background {
            let params = Params::of(&entity, &action, (which.as_ref(), &sent, &call))?;
            let new = job_of(&params, (self.env(), self.now()), false)?;
            let id = new.id.as_str().to_owned();
            self.hand_in(new);
            return Ok(Reply::Text(id));
        }
        let value = match (action.kind, which) {
            (ActionKind::OneRecord, Some(which)) => {
                let ids = self.ids_of(&entity, &which)?;
                return self.on_each(&entity, &action, (&ids, &sent));
            }
            (_, which) => self.perform_all(&entity, &action, (which.as_ref(), &sent, &call))?,
        };
        Ok(value.map_or(Reply::Null, Reply::Value))
    }

    fn on_each(
        &self,
        entity: &EntityRef,
        action: &app::Action,
        (ids, sent): (&[String], &Jsonb),
    ) -> Result<Reply, Error> {
        let call = self.script_call();
        let mut all = jsonb::object();
        for id in ids {
            let value = self.perform_on(entity, action, (id, sent, &call))?;
            if let [_] = ids {
                return Ok(value.map_or(Reply::Null, Reply::Value));
            }
            all = match value {
                Some(value) => all.field_body(id, &value),
                None => all.field_null(id),
            };
        }
        Ok(Reply::Value(all.finish()))
    }

    /// The ids of chosen records.
    pub(crate) fn ids_of(&self, entity: &EntityRef, which: &Selection) -> Result<Vec<String>, Error> {
        const MOST: usize = 10_000;
        let filter = match which {
            Selection::Ids(ids) => return Ok(ids.clone()),
            Selection::Filter(filter) => filter.clone(),
        };
        let mut ids = Vec::new();
        let query = super::super::unit::Query::of(entity, filter);
        self.each(&query, &mut |body| {
            ids.push(super::super::references::id_of(body.root())?);
            match ids.len() > MOST {
                true => {
                    let message = format!("an action runs on {MOST} records at most within a script");
                    Err(Error::new(Code::BadRequest, message))
                }
                false => Ok(()),
            }
        })?;
        Ok(ids)
    }

    /// Hands in the job that deletes the records of a query, and answers its id.
    pub(in crate::records) fn answer_delete(&self, given: &Given) -> Result<Reply, Error> {
        let query = given.query(self)?;
        let params = super::super::bulk_job::Params {
            entity: query.entity.name.clone(),
            ids: None,
            filter: query.filter.as_ref().map(Stored::of).transpose()?,
            by: self.caller().actor.email.clone(),
            ip: self.caller().ip.clone(),
            trigger_events: true,
            cascade: true,
            by_script: true,
        };
        let new = params.new_job((self.env(), self.now()), &query.entity.label, false)?;
        let id = new.id.as_str().to_owned();
        self.hand_in(new);
        Ok(Reply::Text(id))
    }
}
