//! A place of its own for each test.

use std::io;
use std::time::{Duration, SystemTime};

use blobs::{BlobId, Blobs};
use bytes::Bytes;
use futures_util::stream;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A service on an empty place.
pub(crate) struct Bed {
    pub(crate) blobs: Blobs,
    pub(crate) runtime: Runtime,
    pub(crate) dir: TempDir,
    /// How finely the place tells times apart.
    tick: Duration,
}

impl Bed {
    pub(crate) fn disk() -> Self {
        Self::new(Duration::from_millis(10), |dir| Blobs::disk(dir).unwrap())
    }

    #[cfg(feature = "s3")]
    pub(crate) fn remote() -> Self {
        match std::env::var("STOCKYARD_TEST_S3") {
            Ok(address) => {
                let address = format!("{address}/{}", uuid::Uuid::new_v4());
                let address = address.parse().unwrap();
                let options = blobs::S3Options::default();
                Self::new(Duration::from_millis(1100), |dir| {
                    Blobs::s3(dir, &address, &options).unwrap()
                })
            }
            Err(_) => Self::in_memory(std::sync::Arc::default()),
        }
    }

    /// On a store in memory, which the test can look into.
    #[cfg(feature = "s3")]
    pub(crate) fn in_memory(store: std::sync::Arc<object_store::memory::InMemory>) -> Self {
        Self::new(Duration::from_millis(10), |dir| {
            let remote = blobs::Remote::new(store, "a/prefix", dir.join("tmp"), ToString::to_string);
            Blobs::with_backend(dir, Box::new(remote.unwrap())).unwrap()
        })
    }

    fn new(tick: Duration, make: impl FnOnce(&std::path::Path) -> Blobs) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            blobs: make(dir.path()),
            runtime: Runtime::new().unwrap(),
            dir,
            tick,
        }
    }

    pub(crate) fn add(&self, content: &[u8]) -> BlobId {
        let mut upload = self.blobs.upload(u64::MAX).unwrap();
        upload.append(content).unwrap();
        upload.finish().unwrap().id
    }

    /// A moment that what was put before is older than, and what is put afterwards is not. The clock is the place's own,
    /// so there is no other way than to let it pass.
    pub(crate) fn moment(&self) -> SystemTime {
        std::thread::sleep(self.tick * 2);
        let moment = SystemTime::now();
        std::thread::sleep(self.tick);
        moment
    }

    pub(crate) fn temporary(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("tmp")).unwrap().count()
    }

    pub(crate) fn ids(&self) -> Vec<BlobId> {
        let listed = self.blobs.list(None, 10_000).unwrap();
        listed.iter().map(|entry| entry.id).collect()
    }
}

/// Bytes that do not repeat soon.
pub(crate) fn bytes(length: u32) -> Vec<u8> {
    (0..length)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

pub(crate) fn pieces(
    content: &[u8],
    size: usize,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send + use<> {
    let pieces: Vec<_> = content
        .chunks(size)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    stream::iter(pieces)
}
