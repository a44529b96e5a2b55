//! Carrying out one operation inside a transaction.
//!
//! A refusal is not an error: it is the operation's outcome, with the sentence of the contract, and leaves the article
//! as it was. An [`Error`] means that the store failed, which fails the whole chunk.

use jsonb::{Damaged, Jsonb, Kind, Value, merge_fields, remove_field};
use model::{CollectionId, Error, JobSeq, Stamp};
use storage::Tx;
use storage::tables::records::{Expect, Put, Removal, Written};

use super::operation::{Op, Operation};

/// How an operation went: done, or refused with the sentence of the contract.
pub(crate) type Applied = Result<(), String>;

/// On whose behalf operations are carried out.
#[derive(Clone, Copy)]
pub(crate) struct Doer<'a> {
    pub(crate) collection: CollectionId,
    pub(crate) stamp: &'a Stamp,
    pub(crate) job: Option<JobSeq>,
}

/// Carries out `op`.
pub(crate) fn apply(tx: &mut dyn Tx, op: &Op, doer: Doer<'_>) -> Result<Applied, Error> {
    match op.operation {
        Operation::AddArticle => add(tx, op, doer),
        Operation::ReplaceArticle => put(tx, &op.id, Expect::Any, &op.data, doer),
        Operation::DeleteArticle => delete(tx, op, doer),
        Operation::AddFeature | Operation::ReplaceFeature => set_features(tx, op, doer),
        Operation::DeleteFeature => delete_features(tx, op, doer),
    }
}

fn add(tx: &mut dyn Tx, op: &Op, doer: Doer<'_>) -> Result<Applied, Error> {
    let put = Put {
        id: &op.id,
        expect: Expect::Absent,
        ..template(&op.data, doer)
    };
    match tx.put_record(doer.collection, &put)? {
        Written::Done { .. } => Ok(Ok(())),
        _ => Ok(Err(format!(
            "Trying to add an article that already exists: {}",
            op.id
        ))),
    }
}

fn delete(tx: &mut dyn Tx, op: &Op, doer: Doer<'_>) -> Result<Applied, Error> {
    let removal = Removal {
        id: &op.id,
        expect: Expect::Any,
        stamp: doer.stamp,
        job: doer.job,
    };
    match tx.delete_record(doer.collection, &removal)? {
        Written::Done { .. } => Ok(Ok(())),
        _ => Ok(Err(format!(
            "Trying to delete an article that does not exist: {}",
            op.id
        ))),
    }
}

fn set_features(tx: &mut dyn Tx, op: &Op, doer: Doer<'_>) -> Result<Applied, Error> {
    let Some((version, body)) = tx.record_body(doer.collection, &op.id)? else {
        let id = &op.id;
        return Ok(Err(format!(
            "Trying to add feature to an existing article, but the article does not exist: {id}"
        )));
    };
    if op.operation == Operation::AddFeature
        && let Some(taken) = taken_feature(body.root(), op.data.root()).map_err(damaged)?
    {
        let id = &op.id;
        return Ok(Err(format!(
            "Trying to add feature {taken} that the article already has with another value: {id}"
        )));
    }
    let merged = with_features(&body, &op.data).map_err(damaged)?;
    put(tx, &op.id, Expect::Version(version), &merged, doer)
}

fn delete_features(tx: &mut dyn Tx, op: &Op, doer: Doer<'_>) -> Result<Applied, Error> {
    let Some((version, body)) = tx.record_body(doer.collection, &op.id)? else {
        let id = &op.id;
        return Ok(Err(format!(
            "Trying to delete feature of an existing article, but the article does not exist: {id}"
        )));
    };
    let left = without_features(body, op.data.root()).map_err(damaged)?;
    put(tx, &op.id, Expect::Version(version), &left, doer)
}

fn put(tx: &mut dyn Tx, id: &str, expect: Expect, body: &Jsonb, doer: Doer<'_>) -> Result<Applied, Error> {
    let put = Put {
        id,
        expect,
        ..template(body, doer)
    };
    match tx.put_record(doer.collection, &put)? {
        Written::Done { .. } => Ok(Ok(())),
        other => Err(Error::internal(format!(
            "article {id} changed inside its own transaction: {other:?}"
        ))),
    }
}

/// A write of an article, but for its id and what is expected.
pub(super) fn template<'a>(body: &'a Jsonb, doer: Doer<'a>) -> Put<'a> {
    let Doer { stamp, job, .. } = doer;
    Put {
        id: "",
        expect: Expect::Any,
        label: "",
        archived: false,
        tags: &[],
        body,
        stamp,
        job,
    }
}

/// The article's fields with `features` over them. The article number keeps the form in which it is stored.
pub(crate) fn with_features(body: &Jsonb, features: &Jsonb) -> Result<Jsonb, Damaged> {
    let patch = features.root();
    match patch.get("F_1")? {
        Some(id) if id.kind() != Kind::Text => {
            merge_fields(body.root(), remove_field(features, "F_1")?.root())
        }
        _ => merge_fields(body.root(), patch),
    }
}

fn without_features(mut body: Jsonb, features: Value<'_>) -> Result<Jsonb, Damaged> {
    for entry in features.entries() {
        let (name, _) = entry?;
        if name != "F_1" {
            body = remove_field(&body, &name)?;
        }
    }
    Ok(body)
}

/// The first feature that the article already has with another value.
fn taken_feature(body: Value<'_>, features: Value<'_>) -> Result<Option<String>, Damaged> {
    for entry in features.entries() {
        let (name, value) = entry?;
        let Some(present) = body.get(&name)? else { continue };
        if name != "F_1" && !same(present, value)? {
            return Ok(Some(name.into_owned()));
        }
    }
    Ok(None)
}

fn same(one: Value<'_>, other: Value<'_>) -> Result<bool, Damaged> {
    Ok(one.kind() == other.kind()
        && one.as_str()? == other.as_str()?
        && one.number_spelling()? == other.number_spelling()?)
}

pub(super) fn damaged(error: Damaged) -> Error {
    Error::internal(format!("damaged article: {error}"))
}
