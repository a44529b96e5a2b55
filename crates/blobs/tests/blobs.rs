//! What is special to a folder, and what the service does by itself: through the public interface and a look at the
//! folder. What every place must do is in `contract.rs`.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "blobs/partial.rs"]
mod partial;
#[path = "blobs/put.rs"]
mod put;
#[path = "blobs/read.rs"]
mod read;
#[path = "blobs/sweep.rs"]
mod sweep;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use blobs::{BlobId, Blobs};
use tempfile::TempDir;

/// A store in a folder of its own.
struct Store {
    dir: TempDir,
    blobs: Blobs,
}

impl Store {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::disk(dir.path()).unwrap();
        Self { dir, blobs }
    }

    fn add(&self, content: &[u8]) -> BlobId {
        let mut upload = self.blobs.upload(u64::MAX).unwrap();
        upload.append(content).unwrap();
        upload.finish().unwrap().id
    }

    fn path(&self, id: &BlobId) -> PathBuf {
        let name = id.to_string();
        self.dir.path().join(&name[..2]).join(&name[2..4]).join(name)
    }

    fn temporary(&self) -> Vec<PathBuf> {
        files(&self.dir.path().join("tmp"))
    }

    fn set_modified(&self, path: &Path, time: SystemTime) {
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

fn ago(hours: u64) -> SystemTime {
    SystemTime::now() - Duration::from_secs(hours * 3600)
}
