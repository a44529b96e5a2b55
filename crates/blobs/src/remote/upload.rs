//! Content on its way out to the store.
//!
//! Small content goes in one piece. Larger content goes in parts, and before the first one a note is left under
//! `uploads/` of what was begun, so that a later sweep can take back what a crash left half done; the store itself would
//! keep, and charge for, its parts for ever.
//!
//! The store dates content by the begin of its upload, and a sweep counts from there. So an upload has an end: an hour's
//! grace must be longer than it and the transaction that follows.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use object_store::multipart::PartId;
use object_store::{MultipartId, ObjectStoreExt, path};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use super::{Remote, away, found};
use crate::{BlobId, Error, Result};

/// The size of a part, unless that makes too many.
const PART: u64 = 8 << 20;
/// Parts of one upload at most. S3 takes 10,000.
const MOST_PARTS: u64 = 9_000;
/// Parts of all uploads that may be in memory at once.
pub(super) const PARTS_IN_MEMORY: usize = 6;
/// Parts of one upload that may be under way at once.
const PARTS_AHEAD: usize = 3;
/// Time for one part.
pub(super) const ONE_PART: Duration = Duration::from_secs(60);
/// Time for all parts.
const ALL_PARTS: Duration = Duration::from_secs(30 * 60);

/// A part under way, with the right to be in memory.
type Sending = JoinHandle<object_store::Result<PartId>>;

/// An upload in parts.
struct Parts<'a> {
    remote: &'a Remote,
    key: path::Path,
    note: path::Path,
    id: MultipartId,
    sent: Vec<PartId>,
    sending: VecDeque<Sending>,
}

impl Remote {
    /// Stores `size` bytes as a new copy of content. When this returns, the store has them.
    pub(super) fn upload(&self, id: &BlobId, size: u64, from: &mut dyn Read) -> Result<()> {
        let key = self.keys.new_copy(id);
        let started = Instant::now();
        let length = PART.max(size.div_ceil(MOST_PARTS));
        if size <= length {
            let (permit, bytes) = self.next_part(from, size)?;
            let store = Arc::clone(&self.store);
            let put = self.within(ONE_PART, "store content", async move {
                let put = store.put(&key, bytes.into()).await;
                drop(permit);
                put
            })?;
            return put.map(drop).map_err(away("store content"));
        }
        let mut parts = self.begin(key)?;
        match parts.send_all(size, length, from, started) {
            Ok(()) => parts.complete(),
            Err(error) => {
                parts.give_up();
                Err(error)
            }
        }
    }

    /// Begins an upload in parts: first the store, then the note. A crash between the two leaves an upload without
    /// parts, which costs nothing.
    fn begin(&self, key: path::Path) -> Result<Parts<'_>> {
        let (store, note) = (Arc::clone(&self.store), self.keys.new_upload());
        let (of, at) = (key.clone(), note.clone());
        let id = self.call("begin an upload", async move {
            let id = store.create_multipart(&of).await?;
            store.put(&at, format!("{of}\n{id}").into()).await?;
            Ok(id)
        })?;
        Ok(Parts {
            remote: self,
            key,
            note,
            id,
            sent: Vec::new(),
            sending: VecDeque::new(),
        })
    }

    /// Reads the next part, once there is room for it.
    fn next_part(&self, from: &mut dyn Read, length: u64) -> Result<(OwnedSemaphorePermit, Bytes)> {
        let waiting = Arc::clone(&self.parts).acquire_owned();
        let permit = self.within(ALL_PARTS, "wait for other uploads", waiting)?;
        let permit = permit.map_err(|closed| Error::Away {
            doing: "wait for other uploads",
            cause: closed.to_string(),
        })?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(usize::MAX));
        let read = from.take(length).read_to_end(&mut bytes).and_then(|read| {
            let whole = read as u64 == length;
            whole
                .then_some(())
                .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
        });
        read.map_err(|error| match error.downcast::<Error>() {
            Ok(ours) => ours,
            Err(error) => Error::io("read", std::path::Path::new("the staged file"))(error),
        })?;
        Ok((permit, bytes.into()))
    }

    /// Takes back an upload in parts and its note. That the upload has ended, one way or the other, is fine.
    pub(super) fn take_back(&self, key: path::Path, id: MultipartId, note: path::Path) -> Result<()> {
        let store = Arc::clone(&self.store);
        self.call("take back an upload", async move {
            found(store.abort_multipart(&key, &id).await)?;
            found(store.delete(&note).await).map(drop)
        })
    }
}

impl Parts<'_> {
    fn send_all(&mut self, size: u64, length: u64, from: &mut dyn Read, started: Instant) -> Result<()> {
        let mut begin = 0;
        while begin < size {
            if started.elapsed() > ALL_PARTS {
                return Err(Error::Away {
                    doing: "store content",
                    cause: format!(
                        "{size} bytes take longer than {} minutes",
                        ALL_PARTS.as_secs() / 60
                    ),
                });
            }
            if self.sending.len() == PARTS_AHEAD {
                self.await_one()?;
            }
            let (permit, bytes) = self.remote.next_part(from, length.min(size - begin))?;
            begin += bytes.len() as u64;
            self.send(permit, bytes);
        }
        while !self.sending.is_empty() {
            self.await_one()?;
        }
        Ok(())
    }

    fn send(&mut self, permit: OwnedSemaphorePermit, bytes: Bytes) {
        let number = self.sent.len() + self.sending.len();
        let (store, key, id) = (Arc::clone(&self.remote.store), self.key.clone(), self.id.clone());
        self.sending
            .push_back(self.remote.threads.handle().spawn(async move {
                let sent = store.put_part(&key, &id, number, bytes.into()).await;
                drop(permit);
                sent
            }));
    }

    /// Waits for the first part that is under way.
    fn await_one(&mut self) -> Result<()> {
        let Some(part) = self.sending.pop_front() else {
            return Ok(());
        };
        let sent = self.remote.within(ONE_PART, "store a part of content", part)??;
        self.sent.push(sent.map_err(away("store a part of content"))?);
        Ok(())
    }

    fn complete(mut self) -> Result<()> {
        let (store, key, id) = (Arc::clone(&self.remote.store), self.key.clone(), self.id.clone());
        let sent = std::mem::take(&mut self.sent);
        let completing = async move { store.complete_multipart(&key, &id, sent).await };
        let completed = self.remote.within(ONE_PART, "end an upload", completing);
        match completed.and_then(|done| done.map_err(away("end an upload"))) {
            // Should the note stay, a sweep finds that there is nothing to take back.
            Ok(_) => {
                let _ = self.remote.remove(self.note);
                Ok(())
            }
            Err(error) => {
                self.give_up();
                Err(error)
            }
        }
    }

    /// Takes back what was sent, if that can be done at once; else a sweep does it.
    fn give_up(self) {
        for part in &self.sending {
            part.abort();
        }
        let _ = self.remote.take_back(self.key, self.id, self.note);
    }
}
