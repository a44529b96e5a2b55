//! The transaction of one batch: its records in order, and the account of each.

use ::jobs::Report;
use model::job::{Item, ItemState, Level};
use model::{Code, Error, JobSeq, Stamp, Timestamp};
use storage::Tx;

use super::apply::Doer;
use super::parse::{Batch, End};
use super::record::Row;
use super::{Checkpoint, Plan, Results};
use crate::imports::{ItemDetail, Problem};
use crate::kinds::left::{Left, Word};
use crate::kinds::{Saved, to_json, too_many};

/// Everything the transaction needs; it may be run again from the start.
pub(super) struct ChunkWork {
    pub(super) plan: Plan,
    pub(super) job: JobSeq,
    pub(super) run_by: String,
    pub(super) now: Timestamp,
    pub(super) max_record_bytes: usize,
    /// The most records of the job that may fail.
    pub(super) max_failed: u64,
    pub(super) batch: Batch,
    pub(super) word: Word,
}

/// The account of one run of the transaction.
struct Account {
    items: Vec<Item>,
    failed: u64,
    /// What had failed before this batch.
    failed_before: u64,
}

/// Why a batch is the last one.
enum Stop {
    /// All records are done.
    Whole { records: u64 },
    /// The body failed at this record, for this reason.
    Failed { at: u64, problem: Problem },
}

impl ChunkWork {
    pub(super) fn apply(&self, tx: &mut dyn Tx) -> Result<Report, Error> {
        let mut account = Account {
            items: Vec::with_capacity(self.batch.rows.len() + 1),
            failed: 0,
            failed_before: tx.job(self.job)?.map_or(0, |job| job.counts.failed),
        };
        let stop = self.records(tx, &mut account)?;
        self.report(account, stop)
    }

    /// Carries out the operation on the records; says why it stopped, if not to go on with the next batch.
    fn records(&self, tx: &mut dyn Tx, account: &mut Account) -> Result<Option<Stop>, Error> {
        let stamp = Stamp::new(self.now, self.run_by.as_str());
        let doer = Doer {
            plan: &self.plan,
            stamp: &stamp,
            job: self.job,
            max_record_bytes: self.max_record_bytes,
        };
        let keys: Vec<&str> = self
            .batch
            .rows
            .iter()
            .filter_map(|row| row.key.as_deref())
            .collect();
        tx.foresee(self.plan.work.collection, &keys)?;
        for row in &self.batch.rows {
            account.add(record(tx, &doer, row)?);
            if let Some(problem) = self.too_many(account) {
                let at = row.number + 1;
                return Ok(Some(Stop::Failed { at, problem }));
            }
        }
        Ok(self.batch.end.as_ref().map(|end| match end {
            End::Whole { records } => Stop::Whole { records: *records },
            End::Broken(broken) => Stop::Failed {
                at: self.batch.next,
                problem: Problem::new(Code::BadJson, None, broken.to_string()),
            },
        }))
    }

    /// Why the body is not read on, if too many of its records failed.
    fn too_many(&self, account: &Account) -> Option<Problem> {
        let failed = account.failed_before + account.failed;
        let sentence = || too_many(failed, "records", self.max_failed, "imports.max_failed_records");
        (failed > self.max_failed).then(|| Problem::new(Code::TooLarge, None, sentence()))
    }

    /// The account of the batch as far as it went; tells the body how that leaves the job.
    fn report(&self, mut account: Account, stop: Option<Stop>) -> Result<Report, Error> {
        let mut saved = Saved::At(Checkpoint {
            next: self.batch.next,
        });
        let known = self.plan.work.records;
        let (left, total, logs) = match stop {
            None => (Left::More, known, Vec::new()),
            Some(Stop::Whole { records }) => {
                let line = format!("read to the end: {records} records");
                let results = to_json(&Results { records })?;
                (Left::Finished(results), records, vec![(Level::Info, line)])
            }
            Some(Stop::Failed { at, problem }) => {
                let why = problem.message.clone();
                // Read again, the body would fail again and be accounted for twice.
                saved = Saved::Failed { failed: why.clone() };
                account.add(item(&Row::refused(at, problem.clone()), Err(&problem))?);
                let line = format!("the body is not read on: {why}");
                (Left::Failed(why), at + 1, vec![(Level::Error, line)])
            }
        };
        self.word.tell(left);
        Ok(Report {
            processed: account.items.len() as u64,
            failed: account.failed,
            items: account.items,
            logs,
            total: Some(total),
            progress: None,
            checkpoint: Some(to_json(&saved)?),
        })
    }
}

impl Account {
    fn add(&mut self, item: Item) {
        self.failed += u64::from(item.state != ItemState::Done);
        self.items.push(item);
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
