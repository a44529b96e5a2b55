//! The transaction of one batch: its operations in order, and the account of each.

use ::jobs::Report;
use blobs::BlobId;
use jsonb::Jsonb;
use model::job::{Item, ItemState, Level};
use model::{CollectionId, Error, JobSeq, Stamp, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use storage::Tx;
use storage::tables::blocks::Block;

use super::parse::{Batch, End};
use super::{Checkpoint, HALTED, Results};
use crate::articles::{self, BLOCKS, Doer, Op, Refused};
use crate::kinds::left::{Left, Word};
use crate::kinds::{Saved, to_json, too_many};

/// A failed or blocked operation as it is kept, and as it is shown later.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    article_data: Option<Box<RawValue>>,
    /// Whether it is the file as a whole that failed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    whole_file: bool,
}

/// Everything the transaction needs; it may be run again from the start.
pub(super) struct ChunkWork {
    pub(super) collection: CollectionId,
    pub(super) job: JobSeq,
    pub(super) run_by: String,
    pub(super) now: Timestamp,
    pub(super) blob: BlobId,
    pub(super) batch: Batch,
    pub(super) strict: bool,
    /// The most operations of the job that may fail.
    pub(super) max_failed: u64,
    pub(super) word: Word,
}

/// The account of one run of the transaction.
struct Account {
    items: Vec<Item>,
    failed: u64,
    /// What had failed before this batch.
    failed_before: u64,
    any_block: bool,
}

/// Why a batch is the last one, or the last one for now.
enum Stop {
    /// All operations are done.
    Whole { operations: u64 },
    /// In strict mode, one failed.
    Halted { at: u64 },
    /// The file failed at this operation, for this reason.
    Failed { at: u64, why: String },
}

impl ChunkWork {
    pub(super) fn apply(&self, tx: &mut dyn Tx) -> Result<Report, Error> {
        let mut account = Account {
            items: Vec::with_capacity(self.batch.ops.len() + 1),
            failed: 0,
            failed_before: tx.job(self.job)?.map_or(0, |job| job.counts.failed),
            any_block: tx.any_block(BLOCKS)?,
        };
        let stop = self.operations(tx, &mut account)?;
        self.report(account, stop)
    }

    /// Carries out the operations; says why it stopped, if not to go on with the next batch.
    fn operations(&self, tx: &mut dyn Tx, account: &mut Account) -> Result<Option<Stop>, Error> {
        let stamp = Stamp::new(self.now, self.run_by.as_str());
        let ops = self.batch.ops.iter().filter_map(|(_, op)| op.as_ref().ok());
        let ids: Vec<&str> = ops.map(|op| op.id.as_str()).collect();
        tx.foresee(self.collection, &ids)?;
        for (number, op) in &self.batch.ops {
            if let Some(why) = self.too_many(account) {
                return Ok(Some(Stop::Failed { at: *number, why }));
            }
            self.operation(tx, *number, op, &stamp, account)?;
            if self.strict && account.failed > 0 {
                return Ok(Some(Stop::Halted { at: *number }));
            }
        }
        let at = self.batch.next;
        if let Some(why) = self.too_many(account) {
            return Ok(Some(Stop::Failed { at, why }));
        }
        Ok(self.batch.end.as_ref().map(|end| match end {
            End::Whole { operations } => Stop::Whole {
                operations: *operations,
            },
            End::Broken(broken) => Stop::Failed {
                at,
                why: broken.to_string(),
            },
        }))
    }

    /// Why the file is not read on, if too many of its operations failed.
    fn too_many(&self, account: &Account) -> Option<String> {
        let failed = account.failed_before + account.failed;
        let sentence = || {
            too_many(
                failed,
                "operations",
                self.max_failed,
                "delta.max_failed_operations",
            )
        };
        (failed > self.max_failed).then(sentence)
    }

    fn operation(
        &self,
        tx: &mut dyn Tx,
        number: u64,
        op: &Result<Op, Refused>,
        stamp: &Stamp,
        account: &mut Account,
    ) -> Result<(), Error> {
        let id = match op {
            Ok(op) => Some(op.id.as_str()),
            Err(refused) => refused.id.as_deref(),
        };
        if account.any_block
            && let Some(block) = id.map(|id| tx.block(BLOCKS, id)).transpose()?.flatten()
        {
            let error = format!(
                "Blocked by an earlier failed operation on article {} (job {})",
                block.key, block.job
            );
            return account.add(failure(number, ItemState::Blocked, op, &error)?);
        }
        let outcome = match op {
            Ok(op) => articles::apply(
                tx,
                op,
                Doer {
                    collection: self.collection,
                    stamp,
                    job: Some(self.job),
                },
            )?,
            Err(refused) => Err(refused.message.clone()),
        };
        match outcome {
            Ok(()) => {
                let key = id.unwrap_or_default().to_owned();
                account.add(Item {
                    number,
                    key,
                    state: ItemState::Done,
                    detail: None,
                })
            }
            Err(error) => {
                if let Some(id) = id {
                    tx.add_block(
                        BLOCKS,
                        &Block {
                            key: id.to_owned(),
                            job: self.job,
                            item: number,
                        },
                    )?;
                    account.any_block = true;
                }
                account.add(failure(number, ItemState::Failed, op, &error)?)
            }
        }
    }

    /// The account of the batch as far as it went; tells the body how that leaves the job.
    fn report(&self, mut account: Account, stop: Option<Stop>) -> Result<Report, Error> {
        let (next, halted_at) = match stop {
            Some(Stop::Halted { at }) => (at + 1, Some(at)),
            _ => (self.batch.next, None),
        };
        let mut saved = Saved::At(Checkpoint {
            blob: self.blob,
            next,
            halted_at,
        });
        let (left, total, logs) = match stop {
            None => (Left::More, None, Vec::new()),
            Some(Stop::Halted { .. }) => (Left::Held(HALTED), None, Vec::new()),
            Some(Stop::Whole { operations }) => {
                let line = format!("read to the end: {operations} operations");
                let results = to_json(&Results { operations })?;
                (
                    Left::Finished(results),
                    Some(operations),
                    vec![(Level::Info, line)],
                )
            }
            Some(Stop::Failed { at, why }) => {
                // Read again, the file would fail again and be accounted for twice.
                saved = Saved::Failed { failed: why.clone() };
                account.add(file_failure(at, &why)?)?;
                let line = format!("the file is not read on: {why}");
                (Left::Failed(why), Some(at + 1), vec![(Level::Error, line)])
            }
        };
        self.word.tell(left);
        Ok(Report {
            processed: account.items.len() as u64,
            failed: account.failed,
            items: account.items,
            logs,
            total,
            progress: Some(self.batch.progress),
            checkpoint: Some(to_json(&saved)?),
        })
    }
}

impl Account {
    fn add(&mut self, item: Item) -> Result<(), Error> {
        self.failed += u64::from(item.state != ItemState::Done);
        self.items.push(item);
        Ok(())
    }
}

/// The item that says that the file as a whole failed.
pub(super) fn file_failure(number: u64, error: &str) -> Result<Item, Error> {
    let detail = Detail {
        error,
        operation: None,
        article_data: None,
        whole_file: true,
    };
    Ok(Item {
        number,
        key: String::new(),
        state: ItemState::Failed,
        detail: Some(to_json(&detail)?),
    })
}

fn failure(number: u64, state: ItemState, op: &Result<Op, Refused>, error: &str) -> Result<Item, Error> {
    let (operation, key, data) = match op {
        Ok(op) => (Some(op.operation.as_str()), Some(&op.id), Some(&op.data)),
        Err(refused) => (
            refused.operation.as_deref(),
            refused.id.as_ref(),
            refused.data.as_ref(),
        ),
    };
    let article_data = data.map(raw).transpose()?;
    let detail = Detail {
        error,
        operation,
        article_data,
        whole_file: false,
    };
    Ok(Item {
        number,
        key: key.cloned().unwrap_or_default(),
        state,
        detail: Some(to_json(&detail)?),
    })
}

fn raw(data: &Jsonb) -> Result<Box<RawValue>, Error> {
    let text = data.to_text().map_err(Error::internal)?;
    RawValue::from_string(text).map_err(Error::internal)
}
