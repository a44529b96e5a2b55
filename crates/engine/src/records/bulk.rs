//! Deleting many records.

use std::collections::HashSet;

use app::Condition;
use app::lower::fields_used;
use app::permissions::Right;
use model::{Code, Error, Job};

use super::bulk_job::Params;
use super::list::checked_filter;
use super::rights::Rights;
use super::stored_condition::Stored;
use super::{Call, DeleteOptions, EntityRef, ListQuery, Outcome, Selection, Shape};
use crate::Engine;

/// Records that are deleted at most while a client waits.
const MOST: usize = 1000;

impl Engine {
    /// Deletes records one by one and says for each id how that went.
    ///
    /// # Errors
    /// `bad-request` for more than a thousand, or a condition that cannot be followed; `forbidden`.
    pub async fn delete_records(
        &self,
        call: &Call,
        entity: &EntityRef,
        which: &Selection,
        options: DeleteOptions,
    ) -> Result<Vec<(String, Outcome)>, Error> {
        let catalogue = self.catalogue()?;
        Rights::of(&catalogue, entity, call)?.check(Right::Delete)?;
        let ids = self.selected(call, entity, which).await?;
        let mut outcomes = Vec::with_capacity(ids.len());
        for id in ids {
            let outcome = self.delete_one(call, entity, &id, options).await;
            outcomes.push((id, outcome));
        }
        Ok(outcomes)
    }

    /// Hands in the job that deletes records; permissions on each of them are asked then.
    ///
    /// # Errors
    /// `bad-request` for a condition that cannot be followed; `forbidden`.
    pub async fn submit_delete(
        &self,
        call: &Call,
        entity: &EntityRef,
        which: &Selection,
        options: DeleteOptions,
    ) -> Result<Job, Error> {
        let catalogue = self.catalogue()?;
        let rights = Rights::of(&catalogue, entity, call)?;
        rights.check(Right::Delete)?;
        let (ids, filter) = match which {
            Selection::Ids(ids) => (Some(each_once(ids)), None),
            Selection::Filter(Some(condition)) => {
                checked_filter(&catalogue, entity, call, &rights, condition)?;
                match sensitive(entity, condition) {
                    // What a job is to do is kept as text, so it names the records and not the value.
                    true => {
                        let ids = self.matching_ids(call, entity, Some(condition.clone())).await?;
                        (Some(ids), None)
                    }
                    false => (None, Some(Stored::of(condition)?)),
                }
            }
            Selection::Filter(None) => (None, None),
        };
        let params = Params {
            entity: entity.name.clone(),
            ids,
            filter,
            by: call.actor.email.clone(),
            ip: call.ip.clone(),
            trigger_events: options.trigger_events,
            cascade: options.cascade,
            by_script: false,
        };
        let around = (self.env(), self.env().now());
        let new = params.new_job(around, &entity.label, options.low_priority)?;
        let runner = self.runner().clone();
        let inserted = self
            .store()
            .write(move |tx| Ok::<_, Error>(runner.submit(tx, &new)?));
        Ok(inserted.await?.into_job())
    }

    /// The ids of a selection, each once.
    pub(super) async fn selected(
        &self,
        call: &Call,
        entity: &EntityRef,
        which: &Selection,
    ) -> Result<Vec<String>, Error> {
        let ids = match which {
            Selection::Ids(ids) => each_once(ids),
            Selection::Filter(filter) => self.matching_ids(call, entity, filter.clone()).await?,
        };
        match ids.len() > MOST {
            true => Err(too_many(false)),
            false => Ok(ids),
        }
    }

    pub(super) async fn matching_ids(
        &self,
        call: &Call,
        entity: &EntityRef,
        filter: Option<Condition>,
    ) -> Result<Vec<String>, Error> {
        let sensitive = filter
            .as_ref()
            .is_some_and(|condition| sensitive(entity, condition));
        let query = ListQuery {
            filter,
            size: MOST as u64,
            shape: Shape {
                fields: Some(vec!["id".to_owned()]),
                ..Shape::default()
            },
            ..ListQuery::default()
        };
        let found = self.list_records(call, entity, &query).await?;
        if found.total > MOST as u64 {
            return Err(too_many(sensitive));
        }
        found
            .items
            .iter()
            .map(|item| super::references::id_of(item.root()))
            .collect()
    }
}

/// Ids, each once.
pub(super) fn each_once(ids: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    let ids = ids.iter().map(|id| id.to_ascii_lowercase());
    ids.filter(|id| seen.insert(id.clone())).collect()
}

/// Whether a condition looks at a sensitive field.
pub(super) fn sensitive(entity: &EntityRef, condition: &Condition) -> bool {
    fields_used(condition).iter().any(|path| {
        let mut ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
        ends.any(|end| {
            entity
                .fields
                .at(&path[..end])
                .is_some_and(|field| field.sensitive)
        })
    })
}

fn too_many(sensitive: bool) -> Error {
    if sensitive {
        let message =
            format!("a condition on a sensitive field may name at most {MOST} records to be deleted");
        return Error::new(Code::BadRequest, message);
    }
    let message = format!("more than {MOST} records are deleted by a job only, ask for one with _async=true");
    Error::of_field(Code::BadRequest, "_async".to_owned(), message)
}
