//! Carrying out an import's operation on one record inside a transaction.
//!
//! A refusal is not an error: it is how the record went, and it leaves the store as it was. An [`Error`] means that the
//! store failed, which fails the whole chunk.

use jsonb::{Jsonb, merge_fields};
use model::{Code, Error, JobSeq, Record, Stamp};
use storage::Tx;
use storage::tables::records::{Expect, Put, Removal, Written};

use super::Plan;
use crate::articles::with_features;
use crate::imports::{Operation, Problem};

/// On whose behalf, and how large a record may become.
pub(super) struct Doer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) stamp: &'a Stamp,
    pub(super) job: JobSeq,
    pub(super) max_record_bytes: usize,
}

type Applied = Result<Result<(), Problem>, Error>;

impl Doer<'_> {
    /// Carries out the plan's operation on the record `key`.
    pub(super) fn apply(&self, tx: &mut dyn Tx, key: &str, content: &Jsonb) -> Applied {
        let operation = self.plan.operation;
        match operation {
            Operation::Insert => return self.write(tx, key, None, content),
            Operation::Delete => return self.delete(tx, key),
            Operation::Update | Operation::Upsert | Operation::Reset => {}
        }
        match tx.record(self.plan.work.collection, key)? {
            None if operation == Operation::Update => Ok(Err(self.missing(key))),
            None => self.write(tx, key, None, content),
            Some(old) if operation == Operation::Reset => self.write(tx, key, Some(&old), content),
            Some(old) => match self.merged(&old, content)? {
                Ok(merged) => self.write(tx, key, Some(&old), &merged),
                Err(problem) => Ok(Err(problem)),
            },
        }
    }

    /// The fields of `content` over those of the stored record.
    fn merged(&self, old: &Record, content: &Jsonb) -> Result<Result<Jsonb, Problem>, Error> {
        let merged = if self.plan.articles {
            with_features(&old.body, content)
        } else {
            merge_fields(old.body.root(), content.root())
        };
        let merged = merged.map_err(|error| Error::internal(format!("record {}: {error}", old.id)))?;
        let limit = self.max_record_bytes;
        if merged.as_bytes().len() > limit {
            let (entity, id) = (&self.plan.entity, &old.id);
            let message = format!("{entity} {id} would become larger than {limit} bytes");
            return Ok(Err(Problem::new(Code::TooLarge, None, message)));
        }
        Ok(Ok(merged))
    }

    /// Creates the record, or replaces the content of `old`; what stands beside the content stays.
    fn write(&self, tx: &mut dyn Tx, key: &str, old: Option<&Record>, body: &Jsonb) -> Applied {
        let put = Put {
            id: key,
            expect: old.map_or(Expect::Absent, |old| Expect::Version(old.version)),
            label: old.map_or("", |old| &old.label),
            archived: old.is_some_and(|old| old.archived),
            tags: old.map_or(&[], |old| &old.tags),
            body,
            stamp: self.stamp,
            job: Some(self.job),
        };
        match tx.put_record(self.plan.work.collection, &put)? {
            Written::Done { .. } => Ok(Ok(())),
            Written::Taken { index } => Ok(Err(self.taken(key, &index))),
            Written::Conflict { .. } if old.is_none() => {
                let message = format!("{} already exists: {key}", self.plan.entity);
                Ok(Err(self.about_key(Code::AlreadyExists, message)))
            }
            Written::Conflict { actual } => Err(Error::internal(format!(
                "record {key} changed inside its own transaction: {actual:?}"
            ))),
        }
    }

    fn delete(&self, tx: &mut dyn Tx, key: &str) -> Applied {
        let removal = Removal {
            id: key,
            expect: Expect::Any,
            stamp: self.stamp,
            job: Some(self.job),
        };
        match tx.delete_record(self.plan.work.collection, &removal)? {
            Written::Done { .. } => Ok(Ok(())),
            _ => Ok(Err(self.missing(key))),
        }
    }

    fn missing(&self, key: &str) -> Problem {
        let message = format!("{} not found: {key}", self.plan.entity);
        self.about_key(Code::NotFound, message)
    }

    fn taken(&self, key: &str, index: &str) -> Problem {
        let entity = &self.plan.entity;
        let message = format!("{entity} {key} has a value of {index} that another record has already");
        Problem::new(Code::AlreadyExists, Some(index), message)
    }

    fn about_key(&self, code: Code, message: String) -> Problem {
        let field = if self.plan.articles { "F_1" } else { "id" };
        Problem::new(code, Some(field), message)
    }
}
