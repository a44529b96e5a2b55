//! The floor: what the disk takes for 4 KiB.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use crate::stats::micros;

const PAGE: usize = 4096;
/// Pages of the file, overwritten in turn.
const PAGES: u64 = 256;

/// A file that is there already, so that an overwrite changes nothing but its content.
pub(super) struct Floor {
    file: File,
    next: u64,
}

impl Floor {
    /// Makes the file in `folder`.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let file = File::create(folder.join("pages"))?;
        for page in 0..PAGES {
            file.write_all_at(&[1; PAGE], page * PAGE as u64)?;
        }
        file.sync_all()?;
        Ok(Self { file, next: 0 })
    }

    /// Overwrites the next page and waits until it is on disk; in microseconds.
    pub(super) fn flush(&mut self) -> io::Result<f64> {
        let begun = Instant::now();
        self.next += 1;
        self.file
            .write_all_at(&[self.next as u8; PAGE], self.next % PAGES * PAGE as u64)?;
        self.file.sync_data()?;
        Ok(micros(begun.elapsed()))
    }
}
