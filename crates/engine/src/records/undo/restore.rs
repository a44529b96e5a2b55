//! One record brought back to what it was before a job changed it.
//!
//! It gets its content exactly as it was, but for what it holds of records that it refers to: that is as they are now. No
//! function runs and no listener hears of it. What stands in the way may go with the next record, so a refusal of that
//! sort is tried again until nothing moves any more.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use app::permissions::Right;
use app::{FieldType, USERS};
use jobs::RunnerHandle;
use jsonb::Jsonb;
use model::{Change, ChangeEvent, Code, CollectionId, Error, HistorySeq, JobSeq, Record, Stamp, Timestamp};
use serde::{Deserialize, Serialize};
use storage::Tx;
use storage::tables::records::{Expect, Put, Removal, Written};

use super::case::{Case, change_before};
use crate::app_files::is_alive;
use crate::records::cascade::{after_change, after_deletion, range_of};
use crate::records::catalogue::{Catalogue, EntityRef};
use crate::records::convert::{current, noted};
use crate::records::draft::{Draft, Head, Ref, Slot, Spot, record};
use crate::records::files::{files_of, let_all_go, let_go};
use crate::records::references::id_of;
use crate::records::refresh::refresh;
use crate::records::rights::Rights;
use crate::records::totals::{Ledger, carried};

/// How many records may be brought back for one, each for the one before.
const DEEPEST: usize = 3;
/// Records that refer to one that is to go, of which it is asked whether they go too.
const MOST_REFERRERS: u64 = 100;

/// How long something is tried that other records stand in the way of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Patience {
    /// They must have gone, or come back, before.
    #[default]
    Strict,
    /// It is enough that the job has changed them too: they may refer to one another in a circle.
    Lenient,
    /// As before, and what is not done now is a conflict.
    Last,
}

/// See the module.
pub(crate) struct Undoing<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) runner: &'a RunnerHandle,
    pub(super) entity: &'a EntityRef,
    pub(super) rights: Rights<'a>,
    pub(super) stamp: Stamp,
    /// What the history says of it.
    pub(super) context: String,
    /// The job that is undone, and since when it may have written.
    pub(super) of: JobSeq,
    pub(super) since: Timestamp,
    /// The job that undoes it.
    pub(super) job: JobSeq,
    pub(super) patience: Patience,
    /// Files that nothing held before this are gone.
    pub(super) alive_since: Timestamp,
    /// What it means for other records.
    pub(super) ledger: Rc<RefCell<Ledger<'a>>>,
    /// The records that this is done for, each of which needs the next, the last one a record of this entity.
    pub(super) trail: Vec<(CollectionId, String)>,
}

/// What came of a record.
pub(crate) enum Outcome {
    /// It is done, or there was nothing to do at this line.
    Told,
    /// Not yet: something stands in the way that may go.
    Waits,
    /// It will be a conflict when all others are done.
    Refused,
    /// It stays as it is.
    Conflict(Conflict),
}

/// A record that was not restored.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Conflict {
    /// The entity of the record.
    pub(crate) entity: String,
    /// What the job did to it.
    pub(crate) event: &'static str,
    /// The version that the job wrote; none where it deleted the record.
    pub(crate) job_version: Option<u64>,
    /// The version that is there; none when there is no such record.
    pub(crate) version: Option<u64>,
    /// Why it was not restored.
    pub(crate) error: String,
}

/// Why a record is not restored.
enum Refused {
    /// For good.
    Final(String),
    /// As long as another record is what it is.
    ForNow(String),
    Error(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error.code() {
            Code::Forbidden => Self::Final(error.message().to_owned()),
            _ => Self::Error(error),
        }
    }
}

impl From<storage::Error> for Refused {
    fn from(error: storage::Error) -> Self {
        Self::Error(error.into())
    }
}

impl<'a> Undoing<'a> {
    /// Settles what it means for other records; the last thing that is done with it.
    pub(crate) fn settle(self, tx: &mut dyn Tx) -> Result<(), Error> {
        let ledger = Rc::into_inner(self.ledger).expect("those below it are gone");
        ledger.into_inner().settle(tx).map(|_| ())
    }

    /// Restores the record that the line in a place is of, if it is told of there, and those that it needs. What was
    /// restored is added to `restored`.
    pub(crate) fn line(
        &self,
        tx: &mut dyn Tx,
        (id, place): (&str, HistorySeq),
        restored: &mut Vec<String>,
    ) -> Result<Outcome, Error> {
        let (line, done) = match self.case(tx, id, place)? {
            Case::Told => return Ok(Outcome::Told),
            Case::Lost(line, why) => (line, Err(Refused::Final(why.to_owned()))),
            Case::Created(line) => {
                let done = self.remove(tx, id);
                (line, done)
            }
            Case::Changed(line, before) | Case::Deleted(line, before) => {
                let done = self.put_back(tx, (id, before), restored);
                (line, done)
            }
        };
        match done {
            Ok(true) => {
                restored.push(id.to_owned());
                Ok(Outcome::Told)
            }
            Ok(false) => Ok(Outcome::Told),
            Err(Refused::ForNow(_)) if self.patience != Patience::Last => Ok(Outcome::Waits),
            Err(Refused::Final(_)) if self.patience != Patience::Last => Ok(Outcome::Refused),
            Err(Refused::Final(why) | Refused::ForNow(why)) => {
                Ok(Outcome::Conflict(self.conflict(tx, &line, why)?))
            }
            Err(Refused::Error(error)) => Err(error),
        }
    }

    fn conflict(&self, tx: &mut dyn Tx, line: &Change, error: String) -> Result<Conflict, Error> {
        let present = tx.record_body(self.entity.collection(), &line.id)?;
        // Clients count from 0, the store from 1.
        let shown = |version: u64| version.saturating_sub(1);
        Ok(Conflict {
            entity: self.entity.name.clone(),
            event: line.event.as_str(),
            job_version: (line.event != ChangeEvent::Deleted).then(|| shown(line.version)),
            version: present.map(|(version, _)| shown(version)),
            error,
        })
    }

    /// Takes away a record that the job made; whether it was there.
    fn remove(&self, tx: &mut dyn Tx, id: &str) -> Result<bool, Refused> {
        let Some((version, body)) = tx.record_body(self.entity.collection(), id)? else {
            return Ok(false);
        };
        self.rights.check_record(Right::Read, body.root())?;
        self.rights.check_record(Right::Delete, body.root())?;
        self.check_referrers(tx, id)?;
        let removal = Removal {
            id,
            expect: Expect::Version(version),
            stamp: &self.stamp,
            job: Some(self.job),
        };
        match self.ledger.borrow_mut().remove(tx, self.entity, &removal)? {
            Written::Done { .. } => {}
            other => return Err(unexpected(&other).into()),
        }
        let_all_go(tx, self.entity, (id, &body), self.stamp.on)?;
        let around = (self.catalogue, self.runner);
        after_deletion(tx, around, self.entity, id, (&self.stamp, Some(self.of)))?;
        Ok(true)
    }

    /// Refuses to take away what others refer to.
    fn check_referrers(&self, tx: &mut dyn Tx, id: &str) -> Result<(), Refused> {
        let range = range_of(id)?;
        for inbound in self.entity.inbound() {
            let referrer = self.catalogue.entity(&inbound.entity)?;
            let (collection, ranges) = (referrer.collection(), std::slice::from_ref(&range));
            let places = tx.index_places(collection, &inbound.index(), ranges, MOST_REFERRERS)?;
            let why = || Refused::ForNow(format!("records of {} refer to it", referrer.name));
            for found in tx.records_at(collection, &places.ok_or_else(why)?)? {
                let itself = collection == self.entity.collection() && found.id == id;
                if !itself && !self.goes_too(tx, referrer, &found.id)? {
                    return Err(why());
                }
            }
        }
        Ok(())
    }

    /// Whether another record is to be restored too, and that is enough.
    fn goes_too(&self, tx: &mut dyn Tx, entity: &EntityRef, id: &str) -> Result<bool, Error> {
        if self.patience == Patience::Strict {
            return Ok(false);
        }
        let newest = change_before(tx, entity, id, HistorySeq(i64::MAX))?;
        Ok(newest.is_some_and(|newest| newest.job == Some(self.of)))
    }

    /// Gives a record the content that it had, or makes it again; whether that changes anything.
    fn put_back(
        &self,
        tx: &mut dyn Tx,
        (id, before): (&str, Jsonb),
        restored: &mut Vec<String>,
    ) -> Result<bool, Refused> {
        let collection = self.entity.collection();
        let there = tx.record(collection, id)?;
        let now = match &there {
            Some(there) => Some(current(tx, self.catalogue, self.entity, there.body.clone())?),
            None => None,
        };
        self.check_references(tx, (id, &before), now.as_ref(), restored)?;
        let mut draft = self.draft(tx, before)?;
        let version = there.as_ref().map_or(0, |there| there.version);
        let (mut body, label) = self.laid_out(&draft, version)?;
        if let Some(there) = &there {
            body = carried(self.entity, &body, &there.body)?.unwrap_or(body);
        }
        self.check_rights(now.as_ref(), &body)?;
        if let Some(now) = &now
            && noted(now, 0, 0).map_err(Error::internal)? == noted(&body, 0, 0).map_err(Error::internal)?
        {
            return Ok(false);
        }
        let held = self.check_files(tx, &mut draft, now.as_ref())?;
        let put = Put {
            id,
            expect: match &there {
                Some(there) => Expect::Version(there.version),
                None => Expect::Absent,
            },
            label: &label,
            archived: false,
            tags: &[],
            body: &body,
            stamp: &self.stamp,
            job: Some(self.job),
        };
        let (written, fresh) = match there {
            Some(_) => self.ledger.borrow_mut().put(tx, self.entity, &put)?,
            None => self.ledger.borrow_mut().put_again(tx, self.entity, &put)?,
        };
        let body = fresh.as_ref().unwrap_or(&body);
        match written {
            Written::Done { .. } => {}
            Written::Taken { index } => {
                let why = format!("another record has what must be its own: {index}");
                return Err(Refused::ForNow(why));
            }
            other @ Written::Conflict { .. } => return Err(unexpected(&other).into()),
        }
        for file in held {
            tx.hold_file(&file, &self.entity.name, id)?;
        }
        self.follow(tx, (there.as_ref(), now.as_ref()), body)?;
        Ok(true)
    }

    /// What comes with a record that is another one now.
    fn follow(
        &self,
        tx: &mut dyn Tx,
        (there, now): (Option<&Record>, Option<&Jsonb>),
        body: &Jsonb,
    ) -> Result<(), Error> {
        if let Some(there) = there {
            let_go(tx, self.entity, (there, body), self.stamp.on)?;
        }
        if let Some(now) = now {
            let around = (self.catalogue, self.runner);
            let by = (&self.stamp, Some(self.of));
            after_change(tx, around, self.entity, (now, body), by)?;
        }
        Ok(())
    }

    /// An earlier content by the definition in force, which says of other records what is true now.
    fn draft(&self, tx: &mut dyn Tx, before: Jsonb) -> Result<Draft, Error> {
        let before = current(tx, self.catalogue, self.entity, before)?;
        let mut draft = Draft::of_stored(&self.entity.fields, before.root()).map_err(Error::internal)?;
        let all = self.catalogue.entities().map(|entity| entity.name.clone());
        let all: BTreeSet<String> = all.collect();
        refresh(tx, (self.catalogue, self.entity), &mut draft, &all)?;
        Ok(draft)
    }

    fn laid_out(&self, draft: &Draft, version: u64) -> Result<(Jsonb, String), Error> {
        let head = Head {
            version,
            transient: false,
            entity: self.entity,
            zone: self.catalogue.zone(),
        };
        let (body, label) = record(draft, &head).map_err(Error::internal)?;
        let body = match self.entity.form() {
            0 => body,
            form => noted(&body, version, form).map_err(Error::internal)?,
        };
        Ok((body, label))
    }

    fn check_rights(&self, now: Option<&Jsonb>, body: &Jsonb) -> Result<(), Error> {
        let Some(now) = now else {
            return self.rights.check_record(Right::Create, body.root());
        };
        self.rights.check_record(Right::Read, now.root())?;
        self.rights.check_record(Right::Update, now.root())
    }

    /// Refuses references that lead nowhere, unless the record has them now. What the job deleted is brought back first.
    fn check_references(
        &self,
        tx: &mut dyn Tx,
        (id, before): (&str, &Jsonb),
        now: Option<&Jsonb>,
        restored: &mut Vec<String>,
    ) -> Result<(), Refused> {
        let before = current(tx, self.catalogue, self.entity, before.clone())?;
        let known = now.map_or_else(|| Ok(BTreeSet::new()), |now| references(now, self.entity))?;
        for (entity, to) in references(&before, self.entity)?.difference(&known) {
            let there = match entity.as_str() {
                USERS => tx.user_by_oid(to)?.is_some(),
                name if name == self.entity.name && to == id => true,
                name => self.brings(tx, id, (self.catalogue.entity(name)?, to), restored)?,
            };
            if !there {
                let why = format!("it refers to a record of {entity} that is not there: {to}");
                return Err(Refused::ForNow(why));
            }
        }
        Ok(())
    }

    /// Whether a record is there, or could be brought back, that the one with the id `for_id` needs.
    fn brings(
        &self,
        tx: &mut dyn Tx,
        for_id: &str,
        (entity, id): (&'a EntityRef, &str),
        restored: &mut Vec<String>,
    ) -> Result<bool, Error> {
        let is_there = |tx: &mut dyn Tx| Ok::<_, Error>(tx.record_body(entity.collection(), id)?.is_some());
        if is_there(tx)? {
            return Ok(true);
        }
        let newest = change_before(tx, entity, id, HistorySeq(i64::MAX))?;
        let Some(newest) = newest.filter(|newest| newest.job == Some(self.of)) else {
            return Ok(false);
        };
        let here = (self.entity.collection(), for_id.to_owned());
        let trail = [&self.trail[..], &[here]].concat();
        let is_it = |one: &(CollectionId, String)| *one == (entity.collection(), id.to_owned());
        if trail.iter().any(is_it) {
            return Ok(self.patience != Patience::Strict);
        }
        if trail.len() > DEEPEST {
            return Ok(false);
        }
        let below = Undoing {
            entity,
            rights: Rights::of(self.catalogue, entity, self.rights.call())?,
            stamp: self.stamp.clone(),
            context: self.context.clone(),
            ledger: Rc::clone(&self.ledger),
            trail,
            ..*self
        };
        below.line(tx, (id, newest.seq), restored)?;
        is_there(tx)
    }

    /// The files that the record is to hold from now on; refuses those that are gone.
    fn check_files(
        &self,
        tx: &mut dyn Tx,
        draft: &mut Draft,
        now: Option<&Jsonb>,
    ) -> Result<BTreeSet<String>, Refused> {
        let mut files = files_of(draft, &self.entity.fields);
        if let Some(now) = now {
            let mut now = Draft::of_stored(&self.entity.fields, now.root()).map_err(Error::internal)?;
            let held = files_of(&mut now, &self.entity.fields);
            files.retain(|file| !held.contains(file));
        }
        for file in &files {
            if !is_alive(tx, file, self.alive_since)? {
                return Err(Refused::Final(format!("a file of it is gone: {file}")));
            }
        }
        Ok(files)
    }
}

/// What a record refers to: entities and ids.
fn references(body: &Jsonb, entity: &EntityRef) -> Result<BTreeSet<(String, String)>, Error> {
    let mut draft = Draft::of_stored(&entity.fields, body.root()).map_err(Error::internal)?;
    let (mut all, mut outcome) = (BTreeSet::new(), Ok(()));
    draft.each_mut(&entity.fields, &Spot::default(), &mut |_, field, slot, _| {
        if let (FieldType::Relationship(rules), Slot::Refs(list)) = (&field.kind, slot) {
            for one in list {
                if let Ref::Known(value) = one {
                    match id_of(value.root()) {
                        Ok(id) => drop(all.insert((rules.entity.clone(), id))),
                        Err(error) => outcome = Err(error),
                    }
                }
            }
        }
    });
    outcome.map(|()| all)
}

fn unexpected(written: &Written) -> Error {
    Error::internal(format!("{written:?} inside its own transaction"))
}
