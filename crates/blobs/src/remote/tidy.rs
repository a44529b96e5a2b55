//! Clearing away what nobody will come back for: uploads that broke off, and copies that a newer one has replaced.

use std::sync::Arc;
use std::time::SystemTime;

use futures_util::{StreamExt, TryStreamExt};
use object_store::{ObjectStoreExt, path};

use super::{Copy, Remote, found};
use crate::{BlobId, Result};

/// Contents and notes looked at in one call.
const PAGE: usize = 500;

impl Remote {
    /// Takes back uploads in parts that were begun before `older_than`; returns how many.
    pub(super) fn abort_unfinished(&self, older_than: SystemTime) -> Result<u64> {
        let mut cleared = 0;
        loop {
            let notes = self.old_notes(older_than)?;
            for note in &notes {
                self.abort_noted(note.clone())?;
                cleared += 1;
            }
            if notes.len() < PAGE {
                return Ok(cleared);
            }
        }
    }

    fn old_notes(&self, older_than: SystemTime) -> Result<Vec<path::Path>> {
        let (store, folder) = (Arc::clone(&self.store), self.keys.uploads().clone());
        self.call("list uploads", async move {
            let old = store.list(Some(&folder)).try_filter_map(move |meta| {
                let is_old = SystemTime::from(meta.last_modified) < older_than;
                std::future::ready(Ok(is_old.then_some(meta.location)))
            });
            old.take(PAGE).try_collect().await
        })
    }

    fn abort_noted(&self, note: path::Path) -> Result<()> {
        let (store, key) = (Arc::clone(&self.store), note.clone());
        let text = self.call("read the note of an upload", async move {
            let Some(found) = found(store.get(&key).await)? else {
                return Ok(None);
            };
            found.bytes().await.map(Some)
        })?;
        let text = text.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        let begun = text.as_deref().and_then(|text| {
            let (key, id) = text.split_once('\n')?;
            Some((path::Path::parse(key).ok()?, id.to_owned()))
        });
        match begun {
            Some((key, id)) => self.take_back(key, id, note),
            // Left by a probe, or taken back by another node.
            None => self.remove(note),
        }
    }

    /// Deletes all copies but the newest of each content whose newest one is older than `older_than`, so that whoever
    /// reads an older one has had that long. Returns how many.
    pub(super) fn thin(&self, older_than: SystemTime) -> Result<u64> {
        let (mut thinned, mut after) = (0, None);
        loop {
            let (replaced, last) = self.replaced(after, older_than)?;
            for key in replaced {
                self.remove(key)?;
                thinned += 1;
            }
            match last {
                Some(id) => after = Some(id),
                None => return Ok(thinned),
            }
        }
    }

    /// The replaced copies of the next contents, and the last of these contents; none when there is no further one.
    fn replaced(
        &self,
        after: Option<BlobId>,
        older_than: SystemTime,
    ) -> Result<(Vec<path::Path>, Option<BlobId>)> {
        let (store, keys) = (Arc::clone(&self.store), self.keys.clone());
        self.call("list contents", async move {
            let mut copies = keys.walk(&*store, after.as_ref());
            let (mut replaced, mut seen) = (Vec::new(), 0);
            let mut group: Option<(BlobId, Vec<Copy>)> = None;
            while let Some((id, copy)) = copies.next().await.transpose()? {
                match &mut group {
                    Some((of, copies)) if *of == id => copies.push(copy),
                    _ => {
                        if let Some((of, copies)) = group.take() {
                            replaced.extend(all_but_newest(copies, older_than));
                            seen += 1;
                            if seen == PAGE {
                                return Ok((replaced, Some(of)));
                            }
                        }
                        group = Some((id, vec![copy]));
                    }
                }
            }
            let last = group.map(|(_, copies)| copies).unwrap_or_default();
            replaced.extend(all_but_newest(last, older_than));
            Ok((replaced, None))
        })
    }
}

fn all_but_newest(mut copies: Vec<Copy>, older_than: SystemTime) -> Vec<path::Path> {
    copies.sort_by(|a, b| a.age().cmp(&b.age()));
    match copies.pop() {
        Some(newest) if newest.stat.modified < older_than => {
            copies.into_iter().map(|copy| copy.key).collect()
        }
        _ => Vec::new(),
    }
}
