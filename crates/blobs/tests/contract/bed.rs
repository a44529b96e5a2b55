//! A place of its own for each test.

use std::io;
#[cfg(feature = "s3")]
use std::path::Path;
use std::time::SystemTime;

use blobs::{BlobId, Blobs};
use bytes::Bytes;
use futures_util::stream;
use tempfile::{NamedTempFile, TempDir};
use tokio::runtime::Runtime;

/// A service on an empty place.
pub(crate) struct Bed {
    pub(crate) blobs: Blobs,
    pub(crate) runtime: Runtime,
    pub(crate) dir: TempDir,
    /// The time as the place notes it of what is put now.
    clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
}

impl Bed {
    pub(crate) fn disk() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::disk(dir.path()).unwrap();
        Self::new(dir, blobs, clock_of_files())
    }

    #[cfg(feature = "s3")]
    pub(crate) fn remote() -> Self {
        match std::env::var("STOCKYARD_TEST_S3") {
            Ok(address) => {
                let dir = tempfile::tempdir().unwrap();
                let place = |folder: &Path| {
                    let address = format!("{address}/{}", uuid::Uuid::new_v4());
                    let (address, options) = (address.parse().unwrap(), blobs::S3Options::default());
                    Blobs::s3(folder, &address, &options).unwrap()
                };
                let (blobs, beside) = (place(dir.path()), place(&dir.path().join("beside")));
                Self::new(dir, blobs, move || {
                    let id = add(&beside, b"now");
                    beside.stat(&id).unwrap().unwrap().modified
                })
            }
            Err(_) => Self::in_memory(std::sync::Arc::default()),
        }
    }

    /// On a store in memory, which the test can look into.
    #[cfg(feature = "s3")]
    pub(crate) fn in_memory(store: std::sync::Arc<object_store::memory::InMemory>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let remote = blobs::Remote::new(store, "a/prefix", dir.path().join("tmp"), ToString::to_string);
        let blobs = Blobs::with_backend(dir.path(), Box::new(remote.unwrap())).unwrap();
        Self::new(dir, blobs, clock_of_files())
    }

    fn new(dir: TempDir, blobs: Blobs, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self {
            blobs,
            runtime: Runtime::new().unwrap(),
            dir,
            clock: Box::new(clock),
        }
    }

    pub(crate) fn add(&self, content: &[u8]) -> BlobId {
        add(&self.blobs, content)
    }

    /// A moment that what was put before is older than, and what is put afterwards is not: the next step of the place's own
    /// clock, which is watched until it takes it.
    pub(crate) fn moment(&self) -> SystemTime {
        let begun = (self.clock)();
        loop {
            let moment = (self.clock)();
            if moment > begun {
                return moment;
            }
            std::thread::yield_now();
        }
    }

    pub(crate) fn temporary(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("tmp")).unwrap().count()
    }

    pub(crate) fn ids(&self) -> Vec<BlobId> {
        let listed = self.blobs.list(None, 10_000).unwrap();
        listed.iter().map(|entry| entry.id).collect()
    }
}

/// The time of files as they are written, which moves on in steps.
fn clock_of_files() -> impl Fn() -> SystemTime {
    let probe = NamedTempFile::new().unwrap();
    move || {
        std::fs::write(probe.path(), b"now").unwrap();
        std::fs::metadata(probe.path()).unwrap().modified().unwrap()
    }
}

fn add(blobs: &Blobs, content: &[u8]) -> BlobId {
    let mut upload = blobs.upload(u64::MAX).unwrap();
    upload.append(content).unwrap();
    upload.finish().unwrap().id
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
