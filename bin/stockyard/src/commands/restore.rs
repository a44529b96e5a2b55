//! `stockyard restore`: a new data folder from a backup.
//!
//! Every file is measured while it is copied, and the database is checked page by page, before the folder counts as a
//! store: the database gets its name last. A failure leaves the target as empty as it was.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use blobs::Blobs;
use storage::sqlite;

use crate::archive::copy::{copy_expected, pour, require, sync_folders};
use crate::archive::target::Target;
use crate::archive::{CONFIG, DATABASE, Entry, Manifest, blob_path};
use crate::config::{Config, Overrides};
use crate::{output, store};

/// Options of the command.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  stockyard restore --from /backup/2026-11-22 --data-dir /var/lib/stockyard-new
  stockyard serve --data-dir /var/lib/stockyard-new")]
pub(crate) struct Args {
    /// Folder of the backup
    #[arg(long, env = "STOCKYARD_FROM", value_name = "DIR")]
    from: PathBuf,
    /// Data folder to make, empty or new
    #[arg(long, env = "STOCKYARD_DATA_DIR", value_name = "DIR")]
    data_dir: PathBuf,
    /// Where to put file contents instead of the data folder: `s3://bucket/prefix`, as for `serve`; with the endpoint and
    /// the region of AWS_ENDPOINT_URL and AWS_REGION
    #[arg(long, env = "STOCKYARD_BLOBS", value_name = "URL", hide_env_values = true)]
    blobs: Option<String>,
}

/// Restores the backup.
///
/// # Errors
/// Names what is missing or damaged; nothing stays behind then.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let manifest = Manifest::read(&args.from)?;
    let target = Target::new(&args.data_dir)?;
    restore(&manifest, args, target.folder())?;
    target.keep();
    let (files, size) = (manifest.blobs.len(), output::size(manifest.bytes()));
    output::line(format_args!(
        "restored the database and {files} files, {size}, as of {}, to {}",
        manifest.created,
        args.data_dir.display()
    ))?;
    for id in &manifest.missing {
        output::complain(&anyhow::anyhow!(
            "content {id} was missing when the backup was made"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn restore(manifest: &Manifest, args: &Args, to: &Path) -> anyhow::Result<()> {
    let from = args.from.as_path();
    let config = Config::default().overridden(Overrides {
        data_dir: Some(to.to_owned()),
        blobs: args.blobs.clone(),
        ..Overrides::default()
    });
    let blobs = store::contents(&config)?;
    for entry in &manifest.blobs {
        restore_blob(&blobs, entry, from)?;
    }
    if let Some(entry) = &manifest.config {
        copy_expected(&from.join(CONFIG), &to.join(CONFIG), entry)?;
    }
    let (path, passing) = (config.sqlite().database(), to.join("restoring.db"));
    copy_expected(&from.join(DATABASE), &passing, &manifest.database)?;
    sqlite::check(&passing).with_context(|| format!("the database of {}", from.display()))?;
    fs::rename(&passing, &path).with_context(|| format!("cannot write {}", path.display()))?;
    let above = to.parent().filter(|parent| parent.is_dir());
    sync_folders(&BTreeSet::from_iter([to].into_iter().chain(above)))
}

fn restore_blob(blobs: &Blobs, entry: &Entry, from: &Path) -> anyhow::Result<()> {
    let path = blob_path(from, &entry.sha256)?;
    let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut upload = blobs.upload(u64::MAX)?;
    let found = pour(file, |piece| upload.append(piece).map_err(std::io::Error::other))
        .with_context(|| format!("cannot copy {}", path.display()))?;
    require(&path, &found, entry)?;
    upload.finish()?;
    Ok(())
}
