//! Where the bytes come from: a file, unpacked when it is gzip, with a bound on what it unpacks to.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

/// How many bytes of the file have been read, for showing progress. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Bytes read of the file as it is stored, packed or not.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Counted<R> {
    inner: R,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress.0.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Refuses to go on after so many bytes, so that a small file cannot unpack to a disk full of zeros.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::FileTooLarge,
                "the file unpacks to more bytes than are taken here",
            )
        })?;
        Ok(count)
    }
}

/// The content of `file`, unpacked if it begins like gzip.
///
/// # Errors
/// When the first bytes cannot be read.
pub fn open_gzip_or_plain(
    file: impl Read + Send + 'static,
    max_unpacked_bytes: u64,
    progress: &Progress,
) -> io::Result<Box<dyn Read + Send>> {
    let counted = Counted {
        inner: file,
        progress: progress.clone(),
    };
    let mut buffered = BufReader::with_capacity(64 << 10, counted);
    let is_gzip = buffered.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let left = max_unpacked_bytes;
    Ok(if is_gzip {
        Box::new(Bounded {
            inner: MultiGzDecoder::new(buffered),
            left,
        })
    } else {
        Box::new(Bounded {
            inner: buffered,
            left,
        })
    })
}
