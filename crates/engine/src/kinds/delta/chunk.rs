//! The transaction of one batch: its operations in order, and the account of each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::jobs::Report;
use blobs::BlobId;
use jsonb::Jsonb;
use model::job::{Item, ItemState, Level};
use model::{CollectionId, Error, JobSeq, Stamp, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use storage::Tx;
use storage::tables::blocks::Block;

use super::Checkpoint;
use super::parse::{Batch, End};
use crate::articles::{self, BLOCKS, Doer, Op, Refused};
use crate::kinds::{Saved, to_json};

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
    pub(super) halted: Arc<AtomicBool>,
}

/// The account of one run of the transaction.
struct Account {
    items: Vec<Item>,
    failed: u64,
    any_block: bool,
}

impl ChunkWork {
    pub(super) fn apply(&self, tx: &mut dyn Tx) -> Result<Report, Error> {
        self.halted.store(false, Ordering::Release);
        let stamp = Stamp {
            on: self.now,
            by: self.run_by.clone(),
        };
        let any_block = tx.any_block(BLOCKS)?;
        let mut account = Account {
            items: Vec::with_capacity(self.batch.ops.len() + 1),
            failed: 0,
            any_block,
        };
        for (number, op) in &self.batch.ops {
            self.operation(tx, *number, op, &stamp, &mut account)?;
            if self.strict && account.failed > 0 {
                self.halted.store(true, Ordering::Release);
                return self.report(account, number + 1, Some(*number));
            }
        }
        if let Some(End::Broken(broken)) = &self.batch.end {
            account
                .items
                .push(file_failure(self.batch.next, &broken.to_string())?);
            account.failed += 1;
        }
        self.report(account, self.batch.next, None)
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

    /// The account of the batch, up to the operation that halted the queue if one did.
    fn report(&self, account: Account, next: u64, halted_at: Option<u64>) -> Result<Report, Error> {
        let end = self.batch.end.as_ref().filter(|_| halted_at.is_none());
        let checkpoint = Some(to_json(&match end {
            // Read again, the file would break again and be accounted for twice.
            Some(End::Broken(broken)) => Saved::Failed {
                failed: broken.to_string(),
            },
            _ => Saved::At(Checkpoint {
                blob: self.blob,
                next,
                halted_at,
            }),
        })?);
        let (total, logs) = match end {
            None => (None, Vec::new()),
            Some(End::Whole { operations }) => (
                Some(*operations),
                vec![(Level::Info, format!("read to the end: {operations} operations"))],
            ),
            Some(End::Broken(broken)) => (
                Some(self.batch.next + 1),
                vec![(Level::Error, format!("cannot read the file on: {broken}"))],
            ),
        };
        let (processed, progress) = (account.items.len() as u64, Some(self.batch.progress));
        Ok(Report {
            processed,
            failed: account.failed,
            items: account.items,
            logs,
            total,
            progress,
            checkpoint,
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
