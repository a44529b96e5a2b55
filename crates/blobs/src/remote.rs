//! Content in a store of objects, such as a bucket of S3.
//!
//! ```text
//! PREFIX/content/<64 hex digits>/<id of the copy>    content: the newest copy counts
//! PREFIX/uploads/<id of the copy>                    an upload in parts that is under way, or broke off
//! ```
//!
//! Every put, and every touch, makes a *copy* with a name that no other has. So who sweeps can look at the copies there
//! are, decide, and delete exactly these: one that another node puts meanwhile has another name and stays. That needs no
//! lock, no clock but the store's own, and no write that depends on a condition, which not every store has.
//!
//! The trait is synchronous and the client of the store is not, so the work runs on threads of its own, and callers wait.

mod keys;
mod reader;
mod threads;
mod tidy;
mod upload;

use std::io::{Read, Seek};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, TryStreamExt};
use object_store::multipart::MultipartStore;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, path};
use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::sync::Semaphore;

use crate::backend::{Backend, Content, Listed, Stat};
use crate::service::{copy, damaged};
use crate::{BlobId, Error, Result};

use keys::Keys;
use reader::Pieces;
use threads::Threads;

/// A store of objects that takes uploads in parts.
pub trait Store: ObjectStore + MultipartStore {}

impl<S: ObjectStore + MultipartStore> Store for S {}

/// Time for a call that moves no content.
const CALL: Duration = Duration::from_secs(20);
/// Content larger than this is not copied by the store itself: S3 refuses to.
const LARGEST_COPY: u64 = 5 << 30;
/// How often a copy is looked up that a sweep may take away between look-up and use.
const LOOKS: usize = 3;

/// Content in a store of objects.
pub struct Remote {
    store: Arc<dyn Store>,
    keys: Keys,
    /// Where jobs get their local copies.
    local: PathBuf,
    /// Parts in memory, of all uploads together.
    parts: Arc<Semaphore>,
    threads: Threads,
    advice: Box<dyn Fn(&object_store::Error) -> String + Send + Sync>,
}

/// One copy of content.
#[derive(Debug)]
struct Copy {
    key: path::Path,
    stat: Stat,
}

impl Copy {
    fn of(meta: ObjectMeta) -> Self {
        let stat = Stat {
            size: meta.size,
            modified: meta.last_modified.into(),
        };
        Self {
            key: meta.location,
            stat,
        }
    }

    /// What is greater is newer. Times are often whole seconds; names begin with a finer one.
    fn age(&self) -> (SystemTime, &str) {
        (self.stat.modified, self.key.as_ref())
    }
}

impl Remote {
    /// Content under `prefix` in a store. Jobs get local copies in the folder `local`. `advice` turns the store's errors
    /// into sentences for the operator.
    ///
    /// # Errors
    /// When the system gives no threads; the prefix, when it cannot be one.
    pub fn new(
        store: Arc<dyn Store>,
        prefix: &str,
        local: PathBuf,
        advice: impl Fn(&object_store::Error) -> String + Send + Sync + 'static,
    ) -> Result<Self, String> {
        let keys = Keys::under(prefix)?;
        let threads = Threads::start().map_err(|error| format!("cannot start threads: {error}"))?;
        Ok(Self {
            store,
            keys,
            local,
            parts: Arc::new(Semaphore::new(upload::PARTS_IN_MEMORY)),
            threads,
            advice: Box::new(advice),
        })
    }

    /// Waits for a call that moves no content.
    fn call<T: Send + 'static>(
        &self,
        doing: &'static str,
        call: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.within(CALL, doing, call)?.map_err(away(doing))
    }

    /// Waits for a call at most that long.
    fn within<T: Send + 'static>(
        &self,
        time: Duration,
        doing: &'static str,
        call: impl Future<Output = T> + Send + 'static,
    ) -> Result<T> {
        self.threads.wait(time, call).ok_or_else(|| Error::Away {
            doing,
            cause: format!("no answer within {} s", time.as_secs()),
        })
    }

    /// All copies of content, the newest one last.
    fn copies(&self, id: &BlobId) -> Result<Vec<Copy>> {
        let (store, keys, id) = (Arc::clone(&self.store), self.keys.clone(), *id);
        let mut copies = self.call("look for content", async move {
            let copies = keys.copies(&*store, &id).map_ok(|(_, copy)| copy);
            copies.try_collect::<Vec<_>>().await
        })?;
        copies.sort_by(|a, b| a.age().cmp(&b.age()));
        Ok(copies)
    }

    fn newest(&self, id: &BlobId) -> Result<Option<Copy>> {
        Ok(self.copies(id)?.pop())
    }

    /// Uses the newest copy, and looks again when it went away between the look and the use; `None` when there is none.
    fn with_newest<T>(
        &self,
        id: &BlobId,
        mut act: impl FnMut(Copy) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        for _ in 0..LOOKS {
            let Some(copy) = self.newest(id)? else { break };
            if let Some(done) = act(copy)? {
                return Ok(Some(done));
            }
        }
        Ok(None)
    }

    /// Deletes one object; that it is gone already is fine.
    fn remove(&self, key: path::Path) -> Result<()> {
        let store = Arc::clone(&self.store);
        self.call("delete content", async move {
            found(store.delete(&key).await).map(drop)
        })
    }

    /// Reads a part of a copy; `None` when the copy is gone.
    fn part(&self, key: &path::Path, range: Range<u64>) -> Result<Option<Pieces>> {
        let (store, key, handle) = (Arc::clone(&self.store), key.clone(), self.threads.handle());
        self.call("read content", async move {
            found(reader::open(&*store, &key, range, &handle).await)
        })
    }

    /// A local copy, whole and compared with the hash, which goes away with its last handle.
    fn fetch(&self, id: &BlobId, from: &mut dyn Read) -> Result<Content> {
        let mut file = tempfile::tempfile_in(&self.local).map_err(Error::io("write in", &self.local))?;
        let (mut hash, mut size) = (Sha256::new(), 0);
        copy(from, Error::read(id), |piece| {
            hash.update(piece);
            size += piece.len() as u64;
            std::io::Write::write_all(&mut file, piece).map_err(Error::io("write in", &self.local))
        })?;
        let found = BlobId::from_hash(hash);
        if found != *id {
            return Err(damaged(id, format!("its {size} bytes hash to {found}")));
        }
        file.rewind().map_err(Error::io("seek in", &self.local))?;
        Ok(Content { file, size })
    }
}

impl Backend for Remote {
    fn adopt(&self, id: &BlobId, staged: TempPath) -> Result<()> {
        let mut file = std::fs::File::open(&staged).map_err(Error::io("open", &staged))?;
        let size = file.metadata().map_err(Error::io("look at", &staged))?.len();
        self.upload(id, size, &mut file)
    }

    /// A job reads for long, and takes what breaks off for the end of a broken file. So it gets all of it beforehand.
    fn open(&self, id: &BlobId) -> Result<Content> {
        let opened = self.with_newest(id, |copy| {
            let part = self.part(&copy.key, 0..copy.stat.size)?;
            part.map(|mut pieces| self.fetch(id, &mut pieces)).transpose()
        });
        opened?.ok_or(Error::NotFound { id: *id })
    }

    fn reader(&self, id: &BlobId, range: Range<u64>) -> Result<Box<dyn Read + Send>> {
        let part = self.with_newest(id, |copy| self.part(&copy.key, range.clone()));
        let pieces = part?.ok_or(Error::NotFound { id: *id })?;
        Ok(Box::new(pieces))
    }

    fn stat(&self, id: &BlobId) -> Result<Option<Stat>> {
        Ok(self.newest(id)?.map(|copy| copy.stat))
    }

    fn touch(&self, id: &BlobId) -> Result<bool> {
        let touched = self.with_newest(id, |copy| {
            let size = copy.stat.size;
            if size > LARGEST_COPY {
                let part = self.part(&copy.key, 0..size)?;
                return part
                    .map(|mut pieces| self.upload(id, size, &mut pieces))
                    .transpose();
            }
            let (store, to) = (Arc::clone(&self.store), self.keys.new_copy(id));
            let copying = async move { store.copy(&copy.key, &to).await };
            let copied = self.within(upload::ONE_PART, "copy content", copying)?;
            found(copied).map_err(away("copy content"))
        });
        Ok(touched?.is_some())
    }

    fn delete(&self, id: &BlobId) -> Result<bool> {
        let copies = self.copies(id)?;
        let was_there = !copies.is_empty();
        copies.into_iter().try_for_each(|copy| self.remove(copy.key))?;
        Ok(was_there)
    }

    fn delete_older(&self, id: &BlobId, older_than: SystemTime) -> Result<Option<u64>> {
        let copies = self.copies(id)?;
        let Some(newest) = copies.last().map(|copy| copy.stat) else {
            return Ok(None);
        };
        if newest.modified >= older_than {
            return Ok(None);
        }
        // Exactly these: a copy that was made since has another name.
        copies.into_iter().try_for_each(|copy| self.remove(copy.key))?;
        Ok(Some(newest.size))
    }

    fn list(&self, after: Option<&BlobId>, limit: usize) -> Result<Vec<Listed>> {
        let (store, keys) = (Arc::clone(&self.store), self.keys.clone());
        let after = after.copied();
        self.call("list contents", async move {
            let mut copies = keys.walk(&*store, after.as_ref());
            let mut page: Vec<(BlobId, Copy)> = Vec::new();
            while let Some((id, copy)) = copies.next().await.transpose()? {
                let is_next = page.last().is_none_or(|(last, _)| *last != id);
                if is_next && page.len() == limit {
                    break;
                }
                match page.last_mut() {
                    Some((_, newest)) if !is_next && copy.age() > newest.age() => *newest = copy,
                    _ if is_next => page.push((id, copy)),
                    _ => {}
                }
            }
            let listed = |(id, Copy { stat, .. })| Listed { id, stat };
            Ok(page.into_iter().map(listed).collect())
        })
    }

    fn tidy(&self, older_than: SystemTime) -> Result<u64> {
        Ok(self.abort_unfinished(older_than)? + self.thin(older_than)?)
    }

    fn probe(&self) -> Result<(), String> {
        let (store, keys) = (Arc::clone(&self.store), self.keys.clone());
        let tried = self.within(CALL, "try it", async move {
            keys.walk(&*store, None).next().await.transpose()?;
            let key = keys.new_upload();
            store.put(&key, "".into()).await?;
            store.get(&key).await?.bytes().await?;
            store.delete(&key).await
        });
        match tried {
            Ok(done) => done.map_err(|error| (self.advice)(&error)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Turns "no such object" into `None`.
fn found<T>(result: object_store::Result<T>) -> object_store::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Wraps an error of the store.
fn away(doing: &'static str) -> impl FnOnce(object_store::Error) -> Error {
    move |error| Error::Away {
        doing,
        cause: shortened(&error),
    }
}

/// What an error and its first cause say, in one line of bounded length: some repeat whole answers of the server.
pub(crate) fn shortened(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let first = causes.last().map(ToString::to_string).unwrap_or_default();
    if !text.contains(&first) {
        text = format!("{text}: {first}");
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(600) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
