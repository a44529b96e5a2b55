//! `stockyard backup`: a copy of everything, taken while the server runs.
//!
//! First the database, in one consistent copy; then the contents that this copy refers to, each verified against its
//! hash. A content may be gone by then: its job was deleted after the copy was made, and a sweep took it. So when one is
//! missing, the database is copied anew and only what is new is fetched. What is still missing then is damage that was
//! there before: it is listed, the rest is saved, and the exit status says so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use blobs::{BlobId, Blobs};
use model::Env;
use storage::Place;
use storage::sqlite::{self, Access};

use crate::archive::copy::{make_folder, measure, sync_folders, write_new};
use crate::archive::target::Target;
use crate::archive::{CONFIG, DATABASE, Entry, Manifest, blob_path};
use crate::cli::StoreArgs;
use crate::config::Config;
use crate::{output, store};

/// Copies of the database at most, before what is missing counts as damage.
const ROUNDS: usize = 3;
/// Contents asked for at once.
const BATCH: u64 = 1000;

/// Options of the command.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  stockyard backup --data-dir /var/lib/stockyard --to /backup/2026-11-22
  stockyard restore --from /backup/2026-11-22 --data-dir /var/lib/stockyard-new")]
pub(crate) struct Args {
    /// Folder for the backup, empty or new
    #[arg(long, env = "STOCKYARD_TO", value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

/// Makes the backup.
///
/// # Errors
/// When it cannot be made; nothing stays behind then.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = args.store.load()?;
    if matches!(config.place(), Place::Postgres(_)) {
        bail!(
            "records are in PostgreSQL: back that up with its own means (pg_dump), and copy the folder or the bucket of contents"
        );
    }
    store::require(&config)?;
    let target = Target::new(&args.to)?;
    let manifest = back_up(&config, target.folder())?;
    manifest.write(target.folder())?;
    target.keep();
    let (files, size) = (manifest.blobs.len(), output::size(manifest.bytes()));
    output::line(format_args!(
        "backed up the database and {files} files, {size}, to {}",
        args.to.display()
    ))?;
    for id in &manifest.missing {
        output::complain(&anyhow::anyhow!(
            "content {id} is missing or damaged in {}; the job it belongs to cannot be repeated",
            config.data_dir.display()
        ));
    }
    Ok(match manifest.missing.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn back_up(config: &Config, to: &Path) -> anyhow::Result<Manifest> {
    let created = Env::system().now().to_string();
    let source = store::contents(config)?;
    let mut copied: BTreeMap<String, Entry> = BTreeMap::new();
    for round in 1.. {
        let (database, wanted) = copy_database(config, to)?;
        let mut missing = Vec::new();
        for id in &wanted {
            if !copied.contains_key(id) {
                match copy_blob(&source, id, to)? {
                    Some(entry) => drop(copied.insert(id.clone(), entry)),
                    None => missing.push(id.clone()),
                }
            }
        }
        if missing.is_empty() || round == ROUNDS {
            drop_unwanted(&mut copied, &wanted, to)?;
            let mut manifest = Manifest::new(created, database);
            manifest.config = copy_config(config, to)?;
            manifest.blobs = copied.into_values().collect();
            manifest.missing = missing;
            sync(&manifest, to)?;
            return Ok(manifest);
        }
    }
    bail!("a backup takes at least one round")
}

/// Copies the database and lists what the copy refers to.
fn copy_database(config: &Config, to: &Path) -> anyhow::Result<(Entry, BTreeSet<String>)> {
    // Looking into a store puts files beside it, so that happens in a folder that goes away.
    let passing = tempfile::tempdir_in(to).context("cannot make a temporary folder in the target")?;
    let (copy, path) = (passing.path().join(DATABASE), to.join(DATABASE));
    sqlite::back_up(&config.sqlite().database(), &copy)?;
    let wanted = referenced(passing.path())?;
    let entry = measure(&copy)?;
    fs::rename(&copy, &path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok((entry, wanted))
}

/// Every content that the store in `folder` refers to.
fn referenced(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let opened = sqlite::open(&sqlite::Options::new(folder), Access::Visit)?;
    let (store, mut all, mut after) = (opened.store(), BTreeSet::new(), String::new());
    loop {
        let from = after.clone();
        let page = store.read_blocking(move |tx| tx.referenced_blobs(&from, BATCH))?;
        let Some(last) = page.last() else { return Ok(all) };
        after.clone_from(last);
        all.extend(page);
    }
}

/// Copies one content; `None` when it is not there, or is not what its name says.
fn copy_blob(source: &Blobs, id: &str, to: &Path) -> anyhow::Result<Option<Entry>> {
    let Ok(blob) = id.parse::<BlobId>() else {
        return Ok(None);
    };
    let content = match source.open(&blob) {
        Ok(content) => content,
        Err(blobs::Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let path = blob_path(to, id)?;
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let entry = write_new(content.file, &path)?;
    if entry.sha256 == id {
        return Ok(Some(entry));
    }
    fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    Ok(None)
}

/// Removes what only an earlier copy of the database referred to.
fn drop_unwanted(
    copied: &mut BTreeMap<String, Entry>,
    wanted: &BTreeSet<String>,
    to: &Path,
) -> anyhow::Result<()> {
    let unwanted: Vec<_> = copied
        .keys()
        .filter(|id| !wanted.contains(*id))
        .cloned()
        .collect();
    for id in unwanted {
        let path = blob_path(to, &id)?;
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        copied.remove(&id);
    }
    Ok(())
}

fn copy_config(config: &Config, to: &Path) -> anyhow::Result<Option<Entry>> {
    let path = config.data_dir.join(CONFIG);
    if !path.is_file() {
        return Ok(None);
    }
    let file = fs::File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    write_new(file, &to.join(CONFIG)).map(Some)
}

/// The files are on disk; their names are not yet.
fn sync(manifest: &Manifest, to: &Path) -> anyhow::Result<()> {
    let blobs = to.join("blobs");
    let paths = manifest.blobs.iter().map(|entry| blob_path(to, &entry.sha256));
    let paths = paths.collect::<anyhow::Result<Vec<_>>>()?;
    let mut folders: BTreeSet<_> = paths.iter().filter_map(|path| path.parent()).collect();
    folders.extend(paths.first().map(|_| blobs.as_path()));
    folders.insert(to);
    folders.extend(to.parent().filter(|parent| parent.is_dir()));
    sync_folders(&folders)
}
