//! The names of objects.

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use uuid::Uuid;

use super::Copy;
use crate::BlobId;

/// Names under one prefix.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    content: Path,
    uploads: Path,
}

impl Keys {
    /// Names under `prefix`, which may be empty.
    pub(super) fn under(prefix: &str) -> Result<Self, String> {
        let prefix = Path::parse(prefix).map_err(|error| error.to_string())?;
        Ok(Self {
            content: prefix.clone().join("content"),
            uploads: prefix.join("uploads"),
        })
    }

    /// Where the copies of content are.
    pub(super) fn content(&self, id: &BlobId) -> Path {
        self.content.clone().join(id.to_string())
    }

    /// A name for a new copy of content. Later ones are greater.
    pub(super) fn new_copy(&self, id: &BlobId) -> Path {
        self.content(id).join(unique())
    }

    /// Where uploads in parts are noted.
    pub(super) fn uploads(&self) -> &Path {
        &self.uploads
    }

    /// A name for a new note.
    pub(super) fn new_upload(&self) -> Path {
        self.uploads.clone().join(unique())
    }

    /// Every copy of every content after `after`, in order of content. What is none of ours is left out.
    pub(super) fn walk(
        &self,
        store: &dyn ObjectStore,
        after: Option<&BlobId>,
    ) -> BoxStream<'static, object_store::Result<(BlobId, Copy)>> {
        let listed = match after {
            // "0" is the character after "/": behind all copies of that content, and before any other.
            Some(id) => {
                let behind = self.content.clone().join(format!("{id}0"));
                store.list_with_offset(Some(&self.content), &behind)
            }
            None => store.list(Some(&self.content)),
        };
        self.ours(listed)
    }

    /// The copies of one content.
    pub(super) fn copies(
        &self,
        store: &dyn ObjectStore,
        id: &BlobId,
    ) -> BoxStream<'static, object_store::Result<(BlobId, Copy)>> {
        self.ours(store.list(Some(&self.content(id))))
    }

    fn ours(
        &self,
        listed: BoxStream<'static, object_store::Result<ObjectMeta>>,
    ) -> BoxStream<'static, object_store::Result<(BlobId, Copy)>> {
        let depth = self.content.parts().count();
        listed
            .try_filter_map(move |meta| {
                let id = meta.location.parts().nth(depth);
                let id = id.and_then(|part| part.as_ref().parse().ok());
                let is_copy = meta.location.parts().count() == depth + 2;
                let copy = id.filter(|_| is_copy).map(|id| (id, Copy::of(meta)));
                std::future::ready(Ok(copy))
            })
            .boxed()
    }
}

fn unique() -> String {
    Uuid::now_v7().simple().to_string()
}
