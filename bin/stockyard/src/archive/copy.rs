//! Copying with a hash taken on the way, so that what is written is what was meant.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use super::Entry;

/// Hands all of `from` on, piece by piece, and tells what it was.
///
/// # Errors
/// The reader's and the taker's.
pub(crate) fn pour(mut from: impl Read, mut to: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<Entry> {
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 256 << 10]);
    loop {
        let length = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&buffer[..length]);
        to(&buffer[..length])?;
        bytes += length as u64;
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Entry { bytes, sha256 })
}

/// What a file is.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn measure(path: &Path) -> anyhow::Result<Entry> {
    let measured = File::open(path).and_then(|file| pour(file, |_| Ok(())));
    measured.with_context(|| format!("cannot read {}", path.display()))
}

/// Writes all of `from` to the new file `to`, which is on disk then.
///
/// # Errors
/// When it is there already, and the disk's.
pub(crate) fn write_new(from: impl Read, to: &Path) -> anyhow::Result<Entry> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).open(to)?;
        let entry = pour(from, |piece| file.write_all(piece))?;
        file.sync_all()?;
        Ok::<_, io::Error>(entry)
    };
    write().with_context(|| format!("cannot write {}", to.display()))
}

/// Copies a file to a new one, and refuses what is not as `expected`.
///
/// # Errors
/// Names the file that differs.
pub(crate) fn copy_expected(from: &Path, to: &Path, expected: &Entry) -> anyhow::Result<()> {
    let file = File::open(from).with_context(|| format!("cannot read {}", from.display()))?;
    let found = write_new(file, to)?;
    require(from, &found, expected)
}

/// Refuses what is not as `expected`.
///
/// # Errors
/// Names the file that differs.
pub(crate) fn require(path: &Path, found: &Entry, expected: &Entry) -> anyhow::Result<()> {
    if found == expected {
        return Ok(());
    }
    bail!(
        "{} is damaged: it has {} bytes with SHA-256 {}, the manifest says {} bytes with {}",
        path.display(),
        found.bytes,
        found.sha256,
        expected.bytes,
        expected.sha256
    )
}

/// Brings the names of new files to disk.
///
/// # Errors
/// The disk's.
pub(crate) fn sync_folders(folders: &BTreeSet<&Path>) -> anyhow::Result<()> {
    for folder in folders {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.with_context(|| format!("cannot write {}", folder.display()))?;
    }
    Ok(())
}

/// Makes a folder and those above it.
///
/// # Errors
/// Names the folder.
pub(crate) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}
