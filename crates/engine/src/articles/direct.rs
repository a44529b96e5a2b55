//! The direct calls on one article: read, copy, update, delete.

use jsonb::{Jsonb, merge_fields};
use model::{Actor, Code, CollectionId, Error, HistorySeq, Stamp};
use storage::Tx;
use storage::tables::records::{Expect, Put, Removal, Written};

use super::apply::{Doer, damaged, template, with_features};
use super::fields::check_id;
use super::{Article, Fields};
use crate::Engine;

/// A copy to be made.
#[derive(Clone, Debug)]
pub struct NewCopy {
    /// The number of the article to copy.
    pub source: String,
    /// The number of the copy.
    pub number: String,
    /// Fields that the copy has instead of, or beside, those of the source.
    pub fields: Fields,
}

/// What is known of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// The version that the deletion made.
    pub version: u64,
    /// Its place in the history of all articles.
    pub seq: HistorySeq,
    /// How often the store had been opened for serving by then.
    pub epoch: u64,
}

impl Engine {
    /// Reads an article.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn article(&self, _actor: &Actor, id: &str) -> Result<Article, Error> {
        let found = self.store().record_body(self.article_collection(), id).await?;
        let (version, body) = found.ok_or_else(|| missing(id))?;
        let id = id.to_owned();
        Ok(Article { id, version, body })
    }

    /// Makes an article by copying another.
    ///
    /// # Errors
    /// `not-found` for the source, `already-exists` and `bad-value` for the new number.
    pub async fn copy_article(&self, actor: &Actor, copy: NewCopy) -> Result<Article, Error> {
        let bad_number =
            |message: String| Error::bad_value("customNumber", message.replacen("F_1", "customNumber", 1));
        check_id(copy.number.clone()).map_err(bad_number)?;
        let (collection, stamp) = (self.article_collection(), self.stamp(actor));
        self.store()
            .write(move |tx| copy_in(tx, collection, &copy, &stamp))
            .await
    }

    /// Sets fields of an article; with none, only reads it.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn update_article(&self, actor: &Actor, id: &str, fields: Fields) -> Result<Article, Error> {
        let (collection, stamp, id) = (self.article_collection(), self.stamp(actor), id.to_owned());
        self.store()
            .write(move |tx| update_in(tx, collection, &id, &fields, &stamp))
            .await
    }

    /// Deletes an article.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn delete_article(&self, actor: &Actor, id: &str) -> Result<Deleted, Error> {
        let (collection, stamp, id, epoch) = (
            self.article_collection(),
            self.stamp(actor),
            id.to_owned(),
            self.epoch(),
        );
        self.store()
            .write(move |tx| {
                let removal = Removal {
                    id: &id,
                    expect: Expect::Any,
                    stamp: &stamp,
                    job: None,
                };
                match tx.delete_record(collection, &removal)? {
                    Written::Done { version, seq } => Ok(Deleted { version, seq, epoch }),
                    _ => Err(missing(&id)),
                }
            })
            .await
    }
}

fn copy_in(
    tx: &mut dyn Tx,
    collection: CollectionId,
    copy: &NewCopy,
    stamp: &Stamp,
) -> Result<Article, Error> {
    let Some((_, source)) = tx.record_body(collection, &copy.source)? else {
        return Err(missing(&copy.source));
    };
    let changed = with_features(&source, copy.fields.body()).map_err(damaged)?;
    let number = jsonb::object().field_str("F_1", &copy.number).finish();
    let body = merge_fields(changed.root(), number.root()).map_err(damaged)?;
    let doer = Doer {
        collection,
        stamp,
        job: None,
    };
    let put = Put {
        id: &copy.number,
        expect: Expect::Absent,
        ..template(&body, doer)
    };
    match tx.put_record(collection, &put)? {
        Written::Done { version, .. } => Ok(Article {
            id: copy.number.clone(),
            version,
            body,
        }),
        _ => Err(taken(&copy.number)),
    }
}

fn update_in(
    tx: &mut dyn Tx,
    collection: CollectionId,
    id: &str,
    fields: &Fields,
    stamp: &Stamp,
) -> Result<Article, Error> {
    let Some((version, body)) = tx.record_body(collection, id)? else {
        return Err(missing(id));
    };
    if fields.body().root().is_empty().map_err(damaged)? {
        return Ok(Article {
            id: id.to_owned(),
            version,
            body,
        });
    }
    let body: Jsonb = with_features(&body, fields.body()).map_err(damaged)?;
    let doer = Doer {
        collection,
        stamp,
        job: None,
    };
    let put = Put {
        id,
        expect: Expect::Version(version),
        ..template(&body, doer)
    };
    match tx.put_record(collection, &put)? {
        Written::Done { version, .. } => Ok(Article {
            id: id.to_owned(),
            version,
            body,
        }),
        other => Err(Error::internal(format!(
            "article {id} changed inside its own transaction: {other:?}"
        ))),
    }
}

fn missing(id: &str) -> Error {
    Error::not_found("Article", id)
}

fn taken(number: &str) -> Error {
    let message = format!("an article with this number already exists: {number}");
    Error::of_field(Code::AlreadyExists, "customNumber".to_owned(), message)
}
