//! The file of an entity: one content per entity, replaced by the next one that is sent, gone with the entity.

use std::ops::Range;
use std::sync::OnceLock;

use blobs::{BlobId, Reading, Stored};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use model::{Code, CollectionId, Error, Timestamp, Uuid};
use storage::tables::files::EntityBlob;
use storage::{ReadTx, Tx};

use super::sign::{FileGrant, FileMethod};
use super::{EntityKind, missing, record_id};
use crate::{Engine, contents};

/// The file of an entity being read.
pub struct EntityFile {
    /// The hash of its content, in hex: what an `ETag` may be made of.
    pub hash: String,
    /// When the content was sent.
    pub modified: Timestamp,
    /// Its bytes, or the part that was asked for.
    pub reading: Reading,
}

impl Engine {
    /// Stores the file of an entity as it arrives, holding a bounded part of it in memory. The sender bounds its length.
    /// What breaks off on the way leaves the file that was there before.
    ///
    /// # Errors
    /// `not-found` when there is no such entity, or its kind has no files; `storage-full`; what the stream ends with.
    pub async fn put_entity_file<S>(&self, grant: FileGrant, pieces: S) -> Result<Stored, Error>
    where
        S: Stream<Item = Result<Bytes, Error>> + Send,
    {
        let FileGrant { method, kind, guid } = grant;
        if method != FileMethod::Put {
            return Err(Error::new(
                Code::Forbidden,
                "the address does not allow to send a file",
            ));
        }
        let collection = self.entity_collection(kind);
        // First a look, so that nothing large is stored for nobody.
        self.store()
            .look_up(move |tx| there(tx, collection, kind, guid))
            .await?;
        let stored = self.store_content(pieces, u64::MAX).await?;
        let file = EntityBlob {
            blob: stored.id.to_string(),
            size: stored.size,
            created: self.env().now(),
        };
        let linked = self.store().write(move |tx: &mut dyn Tx| {
            there(tx, collection, kind, guid)?;
            Ok::<_, Error>(tx.set_entity_blob(&record_id(guid), &file)?)
        });
        linked.await?;
        Ok(stored)
    }

    /// Reads the file of an entity, or a range of it.
    ///
    /// # Errors
    /// `not-found` when the entity has no file; `bad-value` of `range` for one that begins behind the end.
    pub async fn entity_file(
        &self,
        grant: FileGrant,
        range: Option<Range<u64>>,
    ) -> Result<EntityFile, Error> {
        let file = self.entity_file_link(grant.kind, grant.guid).await?;
        let file = file.ok_or_else(|| Error::not_found("file of", grant.guid))?;
        let reading = self.read_content(&file.blob, range).await?;
        Ok(EntityFile {
            hash: file.blob,
            modified: file.created,
            reading,
        })
    }

    /// Hash and length of the file of an entity, if it has one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn entity_file_link(&self, kind: EntityKind, guid: Uuid) -> Result<Option<EntityBlob>, Error> {
        if kind.file_field().is_none() {
            return Ok(None);
        }
        self.store()
            .look_up(move |tx| Ok(tx.entity_blob(&record_id(guid))?))
            .await
    }

    /// Reads content, or a range of it.
    pub(crate) async fn read_content(&self, blob: &str, range: Option<Range<u64>>) -> Result<Reading, Error> {
        let blob: BlobId = blob.parse().map_err(Error::internal)?;
        self.blobs()
            .read(&blob, range)
            .await
            .map_err(|error| match error {
                blobs::Error::Range { start, size } => {
                    let message = format!("the range begins at {start}, the file has {size} bytes");
                    Error::bad_value("range", message)
                }
                other => contents::refused(other),
            })
    }

    /// Stores content of at most `limit` bytes.
    pub(crate) async fn store_content<S>(&self, pieces: S, limit: u64) -> Result<Stored, Error>
    where
        S: Stream<Item = Result<Bytes, Error>> + Send,
    {
        let broken = OnceLock::new();
        let pieces = pieces.map_err(|error| {
            let text = error.message().to_owned();
            let _ = broken.set(error);
            text
        });
        let stored = self.blobs().put(pieces, limit).await;
        match (stored, broken.into_inner()) {
            (Ok(stored), None) => Ok(stored),
            (_, Some(error)) => Err(error),
            (Err(blobs::Error::TooLarge { limit }), None) => {
                let message = format!("the file has more than {limit} bytes");
                Err(Error::new(Code::TooLarge, message))
            }
            (Err(other), None) => Err(contents::refused(other)),
        }
    }
}

fn there(
    tx: &mut (impl ReadTx + ?Sized),
    collection: CollectionId,
    kind: EntityKind,
    guid: Uuid,
) -> Result<(), Error> {
    let found = kind.file_field().is_some() && tx.record_body(collection, &record_id(guid))?.is_some();
    if found { Ok(()) } else { Err(missing(kind, guid)) }
}
