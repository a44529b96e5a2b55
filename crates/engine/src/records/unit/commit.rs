//! What a unit of work comes to, in order, and its writing in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use jobs::RunnerHandle;
use jsonb::Jsonb;
use model::job::NewJob;
use model::{CollectionId, Error, JobId, JobSeq, Stamp};
use storage::Tx;
use storage::tables::records::{Deed, Expect, Removal, Written};

use super::super::EntityRef;
use super::super::cascade::after_deletion;
use super::super::catalogue::Catalogue;
use super::super::commit::Failed;
use super::super::files::let_all_go;
use super::super::import_rows::{Chunk, RowImport};
use super::super::prepare::{Prepared, Task};
use super::super::references::Resolved;
use super::super::totals::Ledger;
use super::pending::Mark;
use super::people::Person;

/// One thing to be done.
#[derive(Clone)]
pub(super) enum Op {
    /// A record is made or changed.
    Save {
        task: Arc<Task>,
        prepared: Box<Prepared>,
    },
    /// A row of an import is stored.
    Row {
        import: Arc<RowImport>,
        chunk: Arc<Chunk>,
    },
    /// A record is removed.
    Remove(Box<Going>),
    /// Something was done with a record, of which its history is to tell.
    Deed {
        collection: CollectionId,
        id: String,
        stamp: Stamp,
    },
    /// A user is changed.
    Person(Box<Person>),
    /// A record must be as it was: of this version, or not there.
    Rely {
        collection: CollectionId,
        id: String,
        version: Option<u64>,
    },
    /// References must lead where they did.
    Refer(Vec<Resolved>),
    /// A job is handed in.
    Job(Box<NewJob>),
}

/// A record that is removed.
#[derive(Clone)]
pub(super) struct Going {
    pub(super) entity: EntityRef,
    pub(super) id: String,
    /// As the store counts.
    pub(super) version: u64,
    pub(super) body: Jsonb,
    pub(super) stamp: Stamp,
    /// Whether those that refer to it are dealt with.
    pub(super) cascade: bool,
}

/// See the module.
#[derive(Clone, Default)]
pub(crate) struct Ops {
    all: Vec<Op>,
    /// What is looked at before anything is written.
    first: Vec<Op>,
    /// How many of them change records.
    changes: usize,
    marks: BTreeMap<String, Mark>,
}

impl Ops {
    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.first.is_empty() && self.marks.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn changes(&self) -> usize {
        self.changes
    }

    /// The users who are changed, in order.
    pub(super) fn people(&self) -> impl Iterator<Item = &Person> {
        self.all.iter().filter_map(|op| match op {
            Op::Person(person) => Some(&**person),
            _ => None,
        })
    }

    /// Whether a job with this id is to be handed in.
    pub(super) fn hands_in(&self, id: &JobId) -> bool {
        let is_it = |op: &Op| matches!(op, Op::Job(new) if new.id == *id);
        self.all.iter().any(is_it)
    }

    pub(super) fn push(&mut self, op: Op) {
        self.changes += match &op {
            Op::Save { .. } | Op::Remove(_) => 1,
            Op::Row { chunk, .. } => chunk.writes.len(),
            Op::Person(_) => 1,
            Op::Deed { .. } | Op::Rely { .. } | Op::Refer(_) | Op::Job(_) => 0,
        };
        self.all.push(op);
    }

    /// Puts one before all others.
    pub(super) fn push_first(&mut self, op: Op) {
        self.first.push(op);
    }

    pub(super) fn truncate(&mut self, len: usize, changes: usize) {
        self.all.truncate(len);
        self.changes = changes;
    }

    pub(super) fn counters(&mut self, marks: &BTreeMap<String, Mark>) {
        self.marks = marks.clone();
    }
}

/// Writes what a unit of work comes to, all of it or nothing.
///
/// # Errors
/// [`Failed::Stale`] when something that it relies on has changed.
pub(crate) fn write(
    tx: &mut dyn Tx,
    (catalogue, runner): (&Catalogue, &RunnerHandle),
    ops: &Ops,
    job: Option<JobSeq>,
) -> Result<(), Failed> {
    if ops.is_empty() {
        return Ok(());
    }
    if !catalogue.is_current(tx)? {
        return Err(Failed::Stale);
    }
    foresee(tx, &ops.all)?;
    let mut ledger = Ledger::of(catalogue);
    for op in ops.first.iter().chain(&ops.all) {
        op.write(tx, (catalogue, runner), (&mut ledger, job))?;
    }
    ledger.settle(tx)?;
    for (name, mark) in &ops.marks {
        if tx.mark(name)? != mark.stored {
            return Err(Failed::Stale);
        }
        tx.set_mark(name, &mark.now)?;
    }
    Ok(())
}

/// Says which records will be written, so that a store that is far away fetches them at once.
fn foresee(tx: &mut dyn Tx, ops: &[Op]) -> Result<(), Error> {
    let mut known: BTreeMap<CollectionId, Vec<&str>> = BTreeMap::new();
    for op in ops {
        let (collection, id) = match op {
            Op::Save { task, .. } => (task.entity.collection(), task.id.as_str()),
            Op::Remove(going) => (going.entity.collection(), going.id.as_str()),
            Op::Rely { collection, id, .. } | Op::Deed { collection, id, .. } => (*collection, id.as_str()),
            Op::Row { chunk, .. } => {
                for write in &chunk.writes {
                    known
                        .entry(write.entity.collection())
                        .or_default()
                        .push(&write.id);
                }
                continue;
            }
            Op::Refer(_) | Op::Job(_) | Op::Person(_) => continue,
        };
        known.entry(collection).or_default().push(id);
    }
    for (collection, ids) in known {
        tx.foresee(collection, &ids)?;
    }
    Ok(())
}

impl Op {
    fn write(
        &self,
        tx: &mut dyn Tx,
        (catalogue, runner): (&Catalogue, &RunnerHandle),
        (ledger, job): (&mut Ledger<'_>, Option<JobSeq>),
    ) -> Result<(), Failed> {
        match self {
            Self::Save { task, prepared } => task.commit(tx, prepared, ledger).map(|_| ()),
            Self::Row { import, chunk } => match import.write_all((tx, ledger), chunk)? {
                true => Ok(()),
                false => Err(Failed::Stale),
            },
            Self::Remove(going) => going.write(tx, (catalogue, runner), (ledger, job)),
            Self::Deed {
                collection,
                id,
                stamp,
            } => {
                tx.note_deed(*collection, &Deed { id, stamp, job })?;
                Ok(())
            }
            Self::Rely {
                collection,
                id,
                version,
            } => match tx.record_body(*collection, id)?.map(|(version, _)| version) == *version {
                true => Ok(()),
                false => Err(Failed::Stale),
            },
            Self::Refer(all) => {
                for resolved in all {
                    if !resolved.holds(tx)? {
                        return Err(Failed::Stale);
                    }
                }
                Ok(())
            }
            Self::Job(new) => {
                runner.submit(tx, new)?;
                Ok(())
            }
            Self::Person(person) => Ok(person.write(tx)?),
        }
    }
}

impl Going {
    fn write(
        &self,
        tx: &mut dyn Tx,
        (catalogue, runner): (&Catalogue, &RunnerHandle),
        (ledger, job): (&mut Ledger<'_>, Option<JobSeq>),
    ) -> Result<(), Failed> {
        let removal = Removal {
            id: &self.id,
            expect: Expect::Version(self.version),
            stamp: &self.stamp,
            job,
        };
        let Written::Done { .. } = ledger.remove(tx, &self.entity, &removal)? else {
            return Err(Failed::Stale);
        };
        let_all_go(tx, &self.entity, (&self.id, &self.body), self.stamp.on)?;
        if self.cascade {
            let by = (&self.stamp, job);
            after_deletion(tx, (catalogue, runner), &self.entity, &self.id, by)?;
        }
        Ok(())
    }
}
