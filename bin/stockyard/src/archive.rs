//! The form of a backup: a folder with the database, the contents it refers to, and a list of both.
//!
//! ```text
//! DIR/manifest.json        written last: a folder without it is no backup
//! DIR/stockyard.db         a consistent copy of the database
//! DIR/stockyard.toml       the configuration, if it was in the data folder
//! DIR/blobs/ab/<64 hex>    each content that the copy refers to
//! ```
//!
//! Contents have their hash as name, so a backup is verified without the program too: `sha256sum` says the same.

pub(crate) mod copy;
pub(crate) mod target;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

/// The database in a backup.
pub(crate) const DATABASE: &str = "stockyard.db";
/// The configuration in a backup and in a data folder.
pub(crate) const CONFIG: &str = "stockyard.toml";
/// The list.
const MANIFEST: &str = "manifest.json";
/// The form described above.
const FORMAT: u32 = 1;

/// The list of what a backup holds.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The form of the folder.
    format: u32,
    /// The release that made it.
    release: String,
    /// When it was begun.
    pub(crate) created: String,
    /// The database.
    pub(crate) database: Entry,
    /// The configuration.
    pub(crate) config: Option<Entry>,
    /// The contents.
    pub(crate) blobs: Vec<Entry>,
    /// Contents that the database refers to and the data folder did not have, or not undamaged.
    pub(crate) missing: Vec<String>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Its size.
    pub(crate) bytes: u64,
    /// Its SHA-256, in hex digits.
    pub(crate) sha256: String,
}

impl Manifest {
    /// An empty list.
    pub(crate) fn new(created: String, database: Entry) -> Self {
        Self {
            format: FORMAT,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            created,
            database,
            config: None,
            blobs: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// The bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        let files = self.blobs.iter().chain(&self.config).chain([&self.database]);
        files.map(|entry| entry.bytes).sum()
    }

    /// Writes the list, which makes the folder a backup.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let (path, passing) = (folder.join(MANIFEST), folder.join("manifest.json.new"));
        let text = serde_json::to_string_pretty(self)?;
        let write = || {
            fs::write(&passing, text + "\n")?;
            File::open(&passing)?.sync_all()?;
            fs::rename(&passing, &path)?;
            File::open(folder)?.sync_all()
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    /// Reads the list of a backup.
    ///
    /// # Errors
    /// When the folder is no backup, or one of another form.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(MANIFEST);
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "{} is no complete backup: cannot read {}",
                folder.display(),
                path.display()
            )
        })?;
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let unreadable = || format!("cannot read {}", path.display());
        let head: Head = serde_json::from_str(&text).with_context(unreadable)?;
        if head.format != FORMAT {
            bail!(
                "{} has format {}, this release reads format {FORMAT}; restore it with the release that made it",
                path.display(),
                head.format
            );
        }
        serde_json::from_str(&text).with_context(unreadable)
    }
}

/// Where a content is in a backup. The name is checked to be a hash before it becomes a path.
///
/// # Errors
/// When it is none.
pub(crate) fn blob_path(folder: &Path, sha256: &str) -> anyhow::Result<PathBuf> {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if sha256.len() != 64 || !sha256.bytes().all(hex) {
        bail!("the manifest names a content {sha256:?}, which is no SHA-256");
    }
    Ok(folder.join("blobs").join(&sha256[..2]).join(sha256))
}
