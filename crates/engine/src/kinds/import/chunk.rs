//! The transaction of one batch: its records in order, and the account of each.

use ::jobs::Report;
use model::job::{Item, ItemState, Level};
use model::{Code, Error, JobSeq, Stamp, Timestamp};
use storage::Tx;

use super::apply::Doer;
use super::parse::{Batch, End};
use super::record::Row;
use super::{Checkpoint, Plan};
use crate::imports::{ItemDetail, Problem};
use crate::kinds::{Saved, to_json};

/// Everything the transaction needs; it may be run again from the start.
pub(super) struct ChunkWork {
    pub(super) plan: Plan,
    pub(super) job: JobSeq,
    pub(super) run_by: String,
    pub(super) now: Timestamp,
    pub(super) max_record_bytes: usize,
    pub(super) batch: Batch,
}

impl ChunkWork {
    pub(super) fn apply(&self, tx: &mut dyn Tx) -> Result<Report, Error> {
        let stamp = Stamp {
            on: self.now,
            by: self.run_by.clone(),
        };
        let doer = Doer {
            plan: &self.plan,
            stamp: &stamp,
            job: self.job,
            max_record_bytes: self.max_record_bytes,
        };
        let mut items = Vec::with_capacity(self.batch.rows.len() + 1);
        for row in &self.batch.rows {
            items.push(record(tx, &doer, row)?);
        }
        if let Some(End::Broken(broken)) = &self.batch.end {
            let problem = Problem::new(Code::BadJson, None, broken.to_string());
            items.push(item(
                &Row::refused(self.batch.next, problem.clone()),
                Err(&problem),
            )?);
        }
        self.report(items)
    }

    fn saved(&self) -> Saved<Checkpoint> {
        match &self.batch.end {
            // Read again, the body would break again and be accounted for twice.
            Some(End::Broken(broken)) => Saved::Failed {
                failed: broken.to_string(),
            },
            _ => Saved::At(Checkpoint {
                next: self.batch.next,
            }),
        }
    }

    fn report(&self, items: Vec<Item>) -> Result<Report, Error> {
        let failed = items.iter().filter(|item| item.state != ItemState::Done).count();
        let (total, logs) = match &self.batch.end {
            None => (self.plan.work.records, Vec::new()),
            Some(End::Whole { records }) => {
                let line = format!("read to the end: {records} records");
                (*records, vec![(Level::Info, line)])
            }
            Some(End::Broken(broken)) => {
                let line = format!("cannot read the body on: {broken}");
                (self.batch.next + 1, vec![(Level::Error, line)])
            }
        };
        Ok(Report {
            processed: items.len() as u64,
            failed: failed as u64,
            items,
            logs,
            total: Some(total),
            progress: None,
            checkpoint: Some(to_json(&self.saved())?),
        })
    }
}

fn record(tx: &mut dyn Tx, doer: &Doer<'_>, row: &Row) -> Result<Item, Error> {
    match (&row.content, &row.key) {
        (Ok(content), Some(key)) => item(row, doer.apply(tx, key, content)?.as_ref()),
        (Err(problem), _) => item(row, Err(problem)),
        (Ok(_), None) => Err(Error::internal("a record was read without its key")),
    }
}

fn item(row: &Row, outcome: Result<&(), &Problem>) -> Result<Item, Error> {
    let problem = outcome.err();
    Ok(Item {
        number: row.number,
        key: row.key.clone().unwrap_or_default(),
        state: match problem {
            None => ItemState::Done,
            Some(_) => ItemState::Failed,
        },
        detail: ItemDetail::store(row.request_data_id.as_deref(), problem)?,
    })
}
