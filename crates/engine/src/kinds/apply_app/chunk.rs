//! One chunk of a stage, in a transaction of its own.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use ::jobs::Report;
use model::job::{Item, Level};
use model::{Error, JobSeq, Record, Timestamp};
use storage::Tx;
use storage::tables::indexes::{Filled, IndexState};
use storage::tables::walks::Direction;

use super::Position;
use super::work::{Stage, Work};
use crate::apps::{State, let_files_go, number};
use crate::kinds::to_json;
use crate::kinds::trouble::Trouble;
use crate::records::{AllComputed, Counted, EntityRef, Ledger, Rewrite, Taken, put_counted, stores_results};

/// Records converted together: enough to be quick, few enough to let other writers in.
pub(super) const RECORDS: u64 = 200;
/// Entries of indexes added together.
const ENTRIES: u64 = 1000;
/// Rows swept together.
const ROWS: u64 = 2000;
/// Files of entities that are gone let go together.
const FILES: u64 = 500;

/// See the module.
pub(super) struct Chunk {
    pub(super) work: Arc<Work>,
    pub(super) from: Position,
    /// What functions gave for the next records.
    pub(super) computed: AllComputed,
    /// What was counted for them.
    pub(super) counted: Counted,
    pub(super) job: JobSeq,
    pub(super) now: Timestamp,
}

/// What is done with one record.
type OneRecord<'a> = dyn Fn(&Rewrite<'_>, &mut dyn Tx, &Record) -> Result<Vec<Taken>, Error> + 'a;

/// Where a chunk ended and what it did.
type Ended = (Position, Report);

impl Chunk {
    /// Does the work; answers where it ended.
    pub(super) fn apply(&self, tx: &mut dyn Tx) -> Result<Ended, Error> {
        if number(tx)? != self.work.number {
            let mut position = self.from.clone();
            position.overtaken = true;
            return self.ended(position, Report::default());
        }
        let (position, report) = match &self.work.stages[self.from.stage] {
            Stage::Convert(name) => {
                self.records(tx, name, &|rewrite, tx, record| rewrite.convert(tx, record))
            }
            Stage::Compute(name) => {
                self.compute(tx, name, &|rewrite, tx, record| rewrite.convert(tx, record))
            }
            Stage::Refresh(name, targets) => self.refresh(tx, name, targets),
            Stage::Indexes(name) => self.indexes(tx, name),
            Stage::Count(name) => self.count(tx, name),
            Stage::Sweep => self.sweep(tx),
            Stage::Settle => self.settle(tx),
        }?;
        self.ended(position, report)
    }

    fn ended(&self, position: Position, report: Report) -> Result<Ended, Error> {
        let report = Report {
            checkpoint: Some(to_json(&position)?),
            total: Some(self.work.total),
            ..report
        };
        Ok((position, report))
    }

    fn refresh(&self, tx: &mut dyn Tx, name: &str, targets: &BTreeSet<String>) -> Result<Ended, Error> {
        let refresh: &OneRecord<'_> = &|rewrite, tx, record| rewrite.refresh(tx, record, targets);
        match stores_results(self.work.catalogue.entity(name)?) {
            true => self.compute(tx, name, refresh),
            false => self.records(tx, name, refresh),
        }
    }

    /// Rewrites the next records of an entity.
    fn records(&self, tx: &mut dyn Tx, name: &str, rewrite: &OneRecord<'_>) -> Result<Ended, Error> {
        let entity = self.work.catalogue.entity(name)?;
        let (mut position, until) = self.reached(tx, entity)?;
        let writer = self.writer(entity);
        let mut report = Report::default();
        let mut records = tx.records_after(entity.collection(), &position.after, RECORDS)?;
        records.retain(|record| record.id <= until);
        for record in &records {
            for taken in rewrite(&writer, tx, record)? {
                report.failed += 1;
                report.items.push(taken_out(&mut position, name, &taken)?);
            }
        }
        writer.settle(tx)?;
        report.processed = records.len() as u64;
        match records.last() {
            Some(last) if last.id < until => {
                position.after.clone_from(&last.id);
                position.until = Some(until);
                Ok((position, report))
            }
            _ => Ok((position.next_stage(), report)),
        }
    }

    /// Writes what functions gave, up to the first record that was made or changed since they were called. What else is
    /// to be done with a record on which one failed is done `otherwise`.
    fn compute(&self, tx: &mut dyn Tx, name: &str, otherwise: &OneRecord<'_>) -> Result<Ended, Error> {
        let entity = self.work.catalogue.entity(name)?;
        let writer = self.writer(entity);
        let ended = self.replace(tx, (name, entity), &writer, otherwise)?;
        writer.settle(tx)?;
        Ok(ended)
    }

    fn replace(
        &self,
        tx: &mut dyn Tx,
        (name, entity): (&str, &EntityRef),
        writer: &Rewrite<'_>,
        otherwise: &OneRecord<'_>,
    ) -> Result<Ended, Error> {
        let (mut position, until) = self.reached(tx, entity)?;
        let mut records =
            tx.records_after(entity.collection(), &position.after, self.computed.len() as u64)?;
        records.retain(|record| record.id <= until);
        let mut report = Report::default();
        for record in &records {
            let computed = self.computed.get(&record.id);
            let Some(computed) = computed.filter(|computed| computed.version == record.version) else {
                position.until = Some(until);
                return Ok((position, report));
            };
            let taken = match &computed.body {
                Ok(body) => writer.replace(tx, record, body)?,
                Err(error) => {
                    report.failed += 1;
                    report
                        .items
                        .push(uncomputed(&mut position, name, &record.id, error)?);
                    otherwise(writer, tx, record)?
                }
            };
            for taken in taken {
                report.failed += 1;
                report.items.push(taken_out(&mut position, name, &taken)?);
            }
            report.processed += 1;
            position.after.clone_from(&record.id);
        }
        if tx
            .records_after(entity.collection(), &position.after, 1)?
            .is_empty()
            || position.after >= until
        {
            return Ok((position.next_stage(), report));
        }
        position.until = Some(until);
        Ok((position, report))
    }

    /// Where the stage is, and up to which record it goes.
    fn reached(&self, tx: &mut dyn Tx, entity: &EntityRef) -> Result<(Position, String), Error> {
        let position = self.from.clone();
        let until = match &position.until {
            Some(until) => until.clone(),
            None => last_id(tx, entity)?,
        };
        Ok((position, until))
    }

    fn writer<'w>(&'w self, entity: &'w EntityRef) -> Rewrite<'w> {
        Rewrite {
            catalogue: &self.work.catalogue,
            entity,
            job: self.job,
            now: self.now,
            ledger: RefCell::new(Ledger::of(&self.work.catalogue)),
        }
    }

    /// Fills the next index of an entity.
    fn indexes(&self, tx: &mut dyn Tx, name: &str) -> Result<Ended, Error> {
        let entity = self.work.catalogue.entity(name)?;
        let mut position = self.from.clone();
        for indexed in entity.indexed() {
            let (collection, def) = (entity.collection(), &indexed.def);
            let key = (name.to_owned(), def.name.clone());
            if position.broken.contains(&key) || tx.begin_index(collection, def)? == IndexState::Ready {
                continue;
            }
            let mut report = Report::default();
            match tx.fill_index(collection, &def.name, ENTRIES)? {
                Filled::UpTo(_) => {}
                Filled::Whole => drop(tx.finish_index(collection, &def.name)?),
                Filled::Conflict { first, second } => {
                    let item = shared(&mut position, entity, &indexed.fields, [first, second])?;
                    position.broken.push(key);
                    (report.failed, report.processed) = (1, 1);
                    report.items.push(item);
                }
            }
            return Ok((position, report));
        }
        Ok((position.next_stage(), Report::default()))
    }

    /// Writes what was counted.
    fn count(&self, tx: &mut dyn Tx, name: &str) -> Result<Ended, Error> {
        let catalogue = &self.work.catalogue;
        let entity = catalogue.entity(name)?;
        let (mut position, until) = self.reached(tx, entity)?;
        put_counted(tx, (catalogue, entity), &self.counted)?;
        let report = Report {
            processed: self.counted.looked,
            ..Report::default()
        };
        match &self.counted.last {
            Some(last) if *last < until => {
                position.after.clone_from(last);
                position.until = Some(until);
                Ok((position, report))
            }
            _ => Ok((position.next_stage(), report)),
        }
    }

    fn sweep(&self, tx: &mut dyn Tx) -> Result<Ended, Error> {
        let (files, swept) = (let_files_go(tx, self.now, FILES)?, tx.sweep(ROWS)?);
        let position = match files < FILES && swept < ROWS {
            true => self.from.next_stage(),
            false => self.from.clone(),
        };
        Ok((position, Report::default()))
    }

    fn settle(&self, tx: &mut dyn Tx) -> Result<Ended, Error> {
        let state = State::load(tx)?;
        let mut state = state.ok_or_else(|| Error::internal("the app is gone while it is applied"))?;
        state.settle(tx)?;
        let line = format!("definition {} is carried out", state.number);
        let report = Report {
            logs: vec![(Level::Info, line)],
            ..Report::default()
        };
        Ok((self.from.next_stage(), report))
    }
}

/// The greatest id of an entity's records; empty when there are none.
fn last_id(tx: &mut dyn Tx, entity: &EntityRef) -> Result<String, Error> {
    let mut last = String::new();
    tx.walk_by_id(entity.collection(), None, Direction::Descending, &mut |seen| {
        seen.id.clone_into(&mut last);
        std::ops::ControlFlow::Break(())
    })?;
    Ok(last)
}

/// The item of a value that was taken out of a record.
fn taken_out(position: &mut Position, entity: &str, taken: &Taken) -> Result<Item, Error> {
    let (record, path) = (&taken.record, &taken.path);
    let trouble = Trouble {
        entity: entity.to_owned(),
        field: path.clone(),
        records: vec![record.clone()],
        error: format!("{path} of record {record} of {entity} was emptied: another record has its value"),
    };
    trouble.item(&mut position.items, record)
}

/// The item of a record that a function failed on.
fn uncomputed(position: &mut Position, entity: &str, record: &str, error: &Error) -> Result<Item, Error> {
    let error = error.message();
    let trouble = Trouble {
        entity: entity.to_owned(),
        field: String::new(),
        records: vec![record.to_owned()],
        error: format!("labels and values of record {record} of {entity} could not be computed: {error}"),
    };
    trouble.item(&mut position.items, record)
}

/// The item of a value that two records share and that is to be unique.
fn shared(
    position: &mut Position,
    entity: &EntityRef,
    fields: &[String],
    records: [String; 2],
) -> Result<Item, Error> {
    let (name, fields) = (&entity.name, fields.join(", "));
    let [first, second] = &records;
    let error = format!(
        "{fields} of {name} cannot be unique: records {first} and {second} have the same value; change one and apply \
         the definition again"
    );
    let trouble = Trouble {
        entity: name.clone(),
        field: fields,
        records: records.to_vec(),
        error,
    };
    trouble.item(&mut position.items, name)
}
