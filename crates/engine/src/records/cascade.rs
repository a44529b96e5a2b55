//! What a change of one record means for those that refer to it.
//!
//! References hold the other record's label and copies of its fields, and what becomes of them when it is deleted is for
//! their delete policy to say. The job that does that is handed in with the change itself, in one transaction, so
//! neither is ever there without the other; it works on few records at a time, and each of them may have such a job
//! again.

use std::ops::Bound;
use std::sync::Arc;

use app::DeletePolicy;
use jobs::RunnerHandle;
use jsonb::Jsonb;
use model::job::{NewJob, Status};
use model::{Actor, Error, Record, Stamp};
use query::{KeyRange, index_key};
use serde::{Deserialize, Serialize};
use storage::Tx;
use storage::tables::records::{Expect, Place, Put, Removal, Written};

use super::catalogue::{Catalogue, EntityRef, Inbound};
use super::convert::{current, noted};
use super::draft::{Draft, Head, Ref, Slot, Spot, record};
use super::references::{id_of, reference};
use super::{Call, Category, values};
use crate::app_files::{Holder, detach_all};

/// The kind of the job.
pub(crate) const KIND: &str = "records.cascade";
/// Its queue.
const QUEUE: &str = "records";

/// What the job is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Params {
    /// The entity of the record that was changed.
    pub(crate) entity: String,
    /// Its id.
    pub(crate) id: String,
    /// Whether it was deleted.
    pub(crate) deleted: bool,
    /// Who did it.
    pub(crate) by: String,
}

/// Hands in the job, if a record has become another one to those that refer to it.
pub(super) fn after_change(
    tx: &mut dyn Tx,
    (catalogue, runner): (&Catalogue, &RunnerHandle),
    entity: &EntityRef,
    (old, new): (&Jsonb, &Jsonb),
    stamp: &Stamp,
) -> Result<(), Error> {
    for inbound in entity.inbound() {
        let seen = |body: &Jsonb| reference(body.root(), &inbound.rules.copied).map_err(Error::internal);
        let (was, is) = (seen(old)?, seen(new)?);
        let differs = was != is && (inbound.rules.follows_label || unlabelled(&was)? != unlabelled(&is)?);
        if differs && is_referred_to(tx, catalogue, inbound, &id_of(new.root())?)? {
            return hand_in(
                tx,
                (catalogue, runner),
                entity,
                (&id_of(new.root())?, false),
                stamp,
            );
        }
    }
    Ok(())
}

/// Hands in the job, if a deleted record is referred to by others that do something about it.
pub(super) fn after_deletion(
    tx: &mut dyn Tx,
    (catalogue, runner): (&Catalogue, &RunnerHandle),
    entity: &EntityRef,
    id: &str,
    stamp: &Stamp,
) -> Result<(), Error> {
    for inbound in entity.inbound() {
        if inbound.rules.on_delete != DeletePolicy::None && is_referred_to(tx, catalogue, inbound, id)? {
            return hand_in(tx, (catalogue, runner), entity, (id, true), stamp);
        }
    }
    Ok(())
}

fn unlabelled(reference: &Jsonb) -> Result<Jsonb, Error> {
    jsonb::remove_field(reference, "label").map_err(Error::internal)
}

fn is_referred_to(
    tx: &mut dyn Tx,
    catalogue: &Catalogue,
    inbound: &Inbound,
    id: &str,
) -> Result<bool, Error> {
    let collection = catalogue.entity(&inbound.entity)?.collection();
    let count = tx.count_index(collection, &inbound.index(), &[range_of(id)?], 0)?;
    Ok(count != Some(0))
}

/// The keys of references to this id.
pub(crate) fn range_of(id: &str) -> Result<KeyRange, Error> {
    let key = index_key(values::text(id).root()).map_err(Error::internal)?;
    Ok((Bound::Included(key.clone()), Bound::Included(key)))
}

fn hand_in(
    tx: &mut dyn Tx,
    (catalogue, runner): (&Catalogue, &RunnerHandle),
    entity: &EntityRef,
    (id, deleted): (&str, bool),
    stamp: &Stamp,
) -> Result<(), Error> {
    let params = Params {
        entity: entity.name.clone(),
        id: id.to_owned(),
        deleted,
        by: stamp.by.clone(),
    };
    let new = NewJob {
        id: catalogue.env().new_job_id(),
        request_id: catalogue.env().new_request_id(),
        kind: KIND,
        label: format!("Updating references to a record of {}", entity.name),
        queue: QUEUE,
        serial_key: Some(format!("{KIND}:{}:{id}", entity.collection())),
        priority: 0,
        low_priority: false,
        run_by: stamp.by.clone(),
        parent: None,
        status: Status::Pending,
        params: crate::kinds::to_json(&params)?,
        error: None,
        now: stamp.on,
    };
    runner.submit(tx, &new)?;
    Ok(())
}

/// Carries a change over to the record in one place, which referred to the changed one.
pub(crate) fn follow(
    tx: &mut dyn Tx,
    (catalogue, runner): (&Catalogue, &RunnerHandle),
    params: &Params,
    inbound: &Inbound,
    place: Place,
) -> Result<(), Error> {
    let referrer = catalogue.entity(&inbound.entity)?.clone();
    let Some(found) = tx.records_at(referrer.collection(), &[place])?.pop() else {
        return Ok(());
    };
    let now = catalogue.env().now();
    let actor = Actor {
        email: params.by.clone(),
        ..Actor::default()
    };
    let call = Call {
        actor: Arc::new(actor),
        ip: None,
        category: Category::System,
    };
    let stamp = call.stamp(now, "cascade");
    let around = (catalogue, runner);
    // The record may still wait for a change of the app.
    let stored = current(tx, catalogue, &referrer, found.body.clone())?;
    if params.deleted && inbound.rules.on_delete == DeletePolicy::Delete {
        if refers(&stored, inbound, &referrer, &params.id)? {
            delete(tx, around, &referrer, &found, &stamp)?;
        }
        return Ok(());
    }
    let replacement = replacement(tx, catalogue, params, inbound)?;
    if !params.deleted && replacement.is_none() {
        // It was deleted since; that has a job of its own.
        return Ok(());
    }
    let mut draft = Draft::of_stored(&referrer.fields, stored.root()).map_err(Error::internal)?;
    let before = draft.clone();
    replace(&mut draft, &referrer, inbound, (&params.id, replacement.as_ref()));
    let head = |version| Head {
        version,
        transient: false,
        entity: &referrer,
        zone: catalogue.zone(),
    };
    let build = |draft: &Draft, version| record(draft, &head(version)).map_err(Error::internal);
    if build(&before, found.version)?.0 == build(&draft, found.version)?.0 {
        return Ok(());
    }
    let (mut body, label) = build(&draft, found.version)?;
    if referrer.form() > 0 {
        body = noted(&body, found.version, referrer.form()).map_err(Error::internal)?;
    }
    let put = Put {
        id: &found.id,
        expect: Expect::Version(found.version),
        label: &label,
        archived: false,
        tags: &[],
        body: &body,
        stamp: &stamp,
        job: None,
    };
    match tx.put_record(referrer.collection(), &put)? {
        Written::Done { .. } => after_change(tx, around, &referrer, (&found.body, &body), &stamp),
        // A copied value that is unique may be taken; then the copy stays as it was.
        Written::Taken { .. } => Ok(()),
        other => Err(Error::internal(format!("{other:?} inside its own transaction"))),
    }
}

/// Deletes a record that goes with the one it referred to.
fn delete(
    tx: &mut dyn Tx,
    around: (&Catalogue, &RunnerHandle),
    referrer: &EntityRef,
    found: &Record,
    stamp: &Stamp,
) -> Result<(), Error> {
    let removal = Removal {
        id: &found.id,
        expect: Expect::Version(found.version),
        stamp,
        job: None,
    };
    tx.delete_record(referrer.collection(), &removal)?;
    let holder = Holder {
        entity: referrer.name.clone(),
        record: found.id.clone(),
    };
    detach_all(tx, &holder, stamp.on)?;
    after_deletion(tx, around, referrer, &found.id, stamp)
}

/// What references to the changed record are to hold; none when it is gone, or they are to go.
fn replacement(
    tx: &mut dyn Tx,
    catalogue: &Catalogue,
    params: &Params,
    inbound: &Inbound,
) -> Result<Option<Jsonb>, Error> {
    if params.deleted {
        return Ok(None);
    }
    let target = catalogue.entity(&params.entity)?;
    let stored = tx.record_body(target.collection(), &params.id)?;
    let reference = stored.map(|(_, body)| reference(body.root(), &inbound.rules.copied));
    reference.transpose().map_err(Error::internal)
}

fn refers(body: &Jsonb, inbound: &Inbound, referrer: &EntityRef, id: &str) -> Result<bool, Error> {
    let mut draft = Draft::of_stored(&referrer.fields, body.root()).map_err(Error::internal)?;
    let mut found = false;
    draft.each_mut(&referrer.fields, &Spot::default(), &mut |spot, _, slot, _| {
        if let (true, Slot::Refs(list)) = (spot.path == inbound.path, slot) {
            found |= list.iter().any(|one| is_to(one, id));
        }
    });
    Ok(found)
}

fn is_to(one: &Ref, id: &str) -> bool {
    matches!(one, Ref::Known(value) if id_of(value.root()).is_ok_and(|known| known == id))
}

/// Puts what is given in place of references to this id, or takes them out.
fn replace(draft: &mut Draft, referrer: &EntityRef, inbound: &Inbound, (id, with): (&str, Option<&Jsonb>)) {
    draft.each_mut(&referrer.fields, &Spot::default(), &mut |spot, _, slot, _| {
        let (true, Slot::Refs(list)) = (spot.path == inbound.path, slot) else {
            return;
        };
        let Some(with) = with else {
            list.retain(|one| inbound.rules.on_delete != DeletePolicy::Remove || !is_to(one, id));
            return;
        };
        for one in list.iter_mut().filter(|one| is_to(one, id)) {
            let Ref::Known(old) = &*one else {
                continue;
            };
            let label = old.root().get("label").ok().flatten();
            let kept = match label.filter(|_| !inbound.rules.follows_label) {
                Some(label) => jsonb::set_field(with, "label", label).unwrap_or_else(|_| with.clone()),
                None => with.clone(),
            };
            *one = Ref::Known(kept);
        }
    });
}
