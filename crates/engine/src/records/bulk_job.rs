//! What the job that deletes many records does: which ones come next, and the deletion of one.

use std::ops::ControlFlow;
use std::sync::Arc;

use app::permissions::Right;
use jobs::RunnerHandle;
use jsonb::Value;
use model::{Actor, Code, Error};
use query::{Direction, Filter};
use serde::{Deserialize, Serialize};
use storage::tables::records::{Expect, Removal, Written};
use storage::{ReadTx, Tx};

use super::cascade::after_deletion;
use super::catalogue::Catalogue;
use super::list::checked_filter;
use super::prepare::missing_record;
use super::references::id_of;
use super::rights::Rights;
use super::stored_condition::Stored;
use super::{Call, Category, EntityRef};
use crate::app_files::{Holder, detach_all};

/// The kind of the job.
pub(crate) const KIND: &str = "records.delete";
/// Its queue.
pub(crate) const QUEUE: &str = "records";
/// Records that are looked at in one go.
const LOOKED_AT: u64 = 5_000;

/// What the job is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Params {
    /// The entity.
    pub(crate) entity: String,
    /// These records; none: those of the filter.
    pub(crate) ids: Option<Vec<String>>,
    /// Those that meet it; none: all.
    pub(crate) filter: Option<Stored>,
    /// Mail address of who deletes them.
    pub(crate) by: String,
    /// The address it came from.
    pub(crate) ip: Option<String>,
    /// Whether listeners hear of it.
    pub(crate) trigger_events: bool,
    /// Whether those that refer to the records are dealt with.
    pub(crate) cascade: bool,
}

/// The records that come next, and from where to look on; none at the end.
pub(crate) struct Next {
    pub(crate) ids: Vec<String>,
    pub(crate) after: Option<String>,
}

impl Params {
    /// The call of who deletes the records, as he is now.
    pub(crate) fn call(&self, tx: &mut (impl ReadTx + ?Sized)) -> Result<Call, Error> {
        let gone = || {
            Error::new(
                Code::Forbidden,
                format!("the user {} is not there any more", self.by),
            )
        };
        let user = tx.user_by_email(&self.by)?.ok_or_else(gone)?;
        let actor = Actor {
            user: user.id,
            email: user.email,
            name: user.name,
            roles: user.roles,
            guid: user.guid,
            groups: user.groups,
            oid: user.oid,
            ..Actor::default()
        };
        Ok(Call {
            actor: Arc::new(actor),
            ip: self.ip.clone(),
            category: Category::User,
        })
    }

    /// Up to `most` records behind `after` that the filter names and the caller sees.
    pub(crate) fn next(
        &self,
        tx: &mut dyn ReadTx,
        catalogue: &Catalogue,
        after: Option<&str>,
        most: usize,
    ) -> Result<Next, Error> {
        let entity = catalogue.entity(&self.entity)?;
        let call = self.call(tx)?;
        let rights = Rights::of(catalogue, entity, &call)?;
        let filter = match &self.filter {
            Some(stored) => checked_filter(catalogue, entity, &call, &rights, &stored.condition()?)?,
            None => Filter::all(),
        };
        let (mut next, mut looked, mut failed) = (
            Next {
                ids: Vec::new(),
                after: None,
            },
            0,
            None,
        );
        let matches = |body: Value<'_>| {
            Ok::<_, Error>(filter.matches(body).map_err(Error::internal)? && rights.sees(body)?)
        };
        tx.walk_by_id(entity.collection(), after, Direction::Ascending, &mut |seen| {
            match matches(Value::of(seen.body)) {
                Ok(true) => next.ids.push(seen.id.to_owned()),
                Ok(false) => {}
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
            looked += 1;
            if next.ids.len() < most && looked < LOOKED_AT {
                return ControlFlow::Continue(());
            }
            next.after = Some(seen.id.to_owned());
            ControlFlow::Break(())
        })?;
        failed.map_or(Ok(next), Err)
    }

    /// Deletes one record, if the caller may; a refusal has written nothing.
    pub(crate) fn delete(
        &self,
        tx: &mut dyn Tx,
        (catalogue, runner): (&Catalogue, &RunnerHandle),
        call: &Call,
        id: &str,
        job: model::JobSeq,
    ) -> Result<Result<(), Error>, Error> {
        let entity = catalogue.entity(&self.entity)?.clone();
        let body = match permitted(tx, catalogue, &entity, call, id) {
            Ok(body) => body,
            Err(refused) if refused.code() == Code::Internal => return Err(refused),
            Err(refused) => return Ok(Err(refused)),
        };
        let stamp = call.stamp(catalogue.env().now(), &format!("entities.{}.delete", entity.name));
        let id = id_of(body.root())?;
        let removal = Removal {
            id: &id,
            expect: Expect::Any,
            stamp: &stamp,
            job: Some(job),
        };
        match tx.delete_record(entity.collection(), &removal)? {
            Written::Done { .. } => {}
            other => return Err(Error::internal(format!("{other:?} inside its own transaction"))),
        }
        let holder = Holder {
            entity: entity.name.clone(),
            record: id.clone(),
        };
        detach_all(tx, &holder, stamp.on)?;
        if self.cascade {
            after_deletion(tx, (catalogue, runner), &entity, &id, &stamp)?;
        }
        Ok(Ok(()))
    }
}

/// The record, which the caller may delete.
fn permitted(
    tx: &mut dyn Tx,
    catalogue: &Catalogue,
    entity: &EntityRef,
    call: &Call,
    id: &str,
) -> Result<jsonb::Jsonb, Error> {
    let rights = Rights::of(catalogue, entity, call)?;
    let found = tx.record_body(entity.collection(), id)?;
    let (_, body) = found.ok_or_else(|| missing_record(entity, id))?;
    rights.check_record(Right::Read, body.root())?;
    rights.check_record(Right::Delete, body.root())?;
    Ok(body)
}
