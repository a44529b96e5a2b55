//! Content in a folder: `DIR/ab/cd/<64 hex digits>`, written elsewhere and renamed into place.
//!
//! Durability: the staged file is synced before the rename, and the folders up to `DIR` after it, always all of them:
//! a parent made by a concurrent upload may not be on disk yet when ours returns.
//!
//! Replacing and deleting happen under one lock (a mutex for this process, a lock on `DIR/lock` for others that share
//! the folder), so that "older than" is still true at the moment of deletion. Nothing else waits for it.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tempfile::TempPath;

use crate::backend::{Backend, Content, Listed, Stat};
use crate::{BlobId, Error, Result};

/// Content in a folder of a local disk.
#[derive(Debug)]
pub struct Disk {
    dir: PathBuf,
    lock: Mutex<File>,
}

impl Disk {
    /// Opens the folder, making it when it is not there.
    pub fn open(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).map_err(Error::io("make", dir))?;
        let path = dir.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        Ok(Self {
            dir: dir.to_owned(),
            lock: Mutex::new(lock),
        })
    }

    fn path(&self, id: &BlobId) -> PathBuf {
        let name = id.to_string();
        self.dir.join(&name[..2]).join(&name[2..4]).join(name)
    }

    fn lock(&self) -> Result<Held<'_>> {
        let file = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        file.lock().map_err(Error::io("lock", &self.dir))?;
        Ok(Held(file))
    }
}

/// The right to replace and delete; given back on drop.
struct Held<'a>(MutexGuard<'a, File>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // Unlocking a file we have locked cannot fail; closing it at exit would unlock it too.
        let _ = self.0.unlock();
    }
}

impl Backend for Disk {
    fn adopt(&self, id: &BlobId, staged: TempPath) -> Result<()> {
        let path = self.path(id);
        // The last write may be long ago; the grace time of a sweep counts from here.
        File::open(&staged)
            .and_then(|file| {
                file.set_modified(SystemTime::now())?;
                file.sync_all()
            })
            .map_err(Error::io("sync", &staged))?;
        let folders: Vec<_> = path.ancestors().skip(1).take(3).collect();
        fs::create_dir_all(folders[0]).map_err(Error::io("make", folders[0]))?;
        let held = self.lock()?;
        staged
            .persist(&path)
            .map_err(|e| Error::io("store", &path)(e.error))?;
        drop(held);
        folders.into_iter().try_for_each(sync_folder)
    }

    fn open(&self, id: &BlobId) -> Result<Content> {
        let path = self.path(id);
        let file = found(File::open(&path), "open", &path)?.ok_or(Error::NotFound { id: *id })?;
        let size = file.metadata().map_err(Error::io("look at", &path))?.len();
        Ok(Content { file, size })
    }

    fn stat(&self, id: &BlobId) -> Result<Option<Stat>> {
        stat(&self.path(id))
    }

    fn touch(&self, id: &BlobId) -> Result<bool> {
        let path = self.path(id);
        let _held = self.lock()?;
        let Some(file) = found(File::open(&path), "open", &path)? else {
            return Ok(false);
        };
        file.set_modified(SystemTime::now())
            .map_err(Error::io("touch", &path))?;
        Ok(true)
    }

    fn delete(&self, id: &BlobId) -> Result<bool> {
        let path = self.path(id);
        let _held = self.lock()?;
        Ok(found(fs::remove_file(&path), "delete", &path)?.is_some())
    }

    fn delete_older(&self, id: &BlobId, older_than: SystemTime) -> Result<Option<u64>> {
        let path = self.path(id);
        let _held = self.lock()?;
        match stat(&path)? {
            Some(stat) if stat.modified < older_than => {
                Ok(found(fs::remove_file(&path), "delete", &path)?.map(|()| stat.size))
            }
            _ => Ok(None),
        }
    }

    fn list(&self, after: Option<&BlobId>, limit: usize) -> Result<Vec<Listed>> {
        let after = after.map(BlobId::to_string).unwrap_or_default();
        let (after_first, after_second) = (after.get(..2).unwrap_or(""), after.get(2..4).unwrap_or(""));
        let mut page = Vec::new();
        for first in names(&self.dir, |name| is_shard(name) && name >= after_first)? {
            let folder = self.dir.join(&first);
            let from = if first == after_first { after_second } else { "" };
            for second in names(&folder, |name| is_shard(name) && name >= from)? {
                list_leaf(&folder.join(second), &after, limit, &mut page)?;
                if page.len() >= limit {
                    return Ok(page);
                }
            }
        }
        Ok(page)
    }
}

/// Adds the content of one folder that sorts behind `after`.
fn list_leaf(folder: &Path, after: &str, limit: usize, page: &mut Vec<Listed>) -> Result<()> {
    for name in names(folder, |name| name > after)? {
        if page.len() >= limit {
            break;
        }
        let Ok(id) = name.parse() else { continue };
        // Deleted since the folder was read: not there.
        if let Some(stat) = stat(&folder.join(name))? {
            page.push(Listed { id, stat });
        }
    }
    Ok(())
}

fn is_shard(name: &str) -> bool {
    name.len() == 2 && name.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

/// The names in a folder that pass, sorted. Names that are not UTF-8 are none of ours.
pub(crate) fn names(folder: &Path, pass: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let Some(entries) = found(fs::read_dir(folder), "list", folder)? else {
        return Ok(Vec::new());
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(Error::io("list", folder))?.file_name();
        names.extend(name.into_string().ok().filter(|name| pass(name)));
    }
    names.sort_unstable();
    Ok(names)
}

/// Size and modified time of a file, if it is there.
pub(crate) fn stat(path: &Path) -> Result<Option<Stat>> {
    let Some(meta) = found(fs::metadata(path), "look at", path)? else {
        return Ok(None);
    };
    let modified = meta.modified().map_err(Error::io("look at", path))?;
    Ok(Some(Stat {
        size: meta.len(),
        modified,
    }))
}

/// Turns "no such file" into `None`.
pub(crate) fn found<T>(result: io::Result<T>, doing: &'static str, path: &Path) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io(doing, path)(e)),
    }
}

/// Makes the entries of a folder survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::io("sync", folder))
}
