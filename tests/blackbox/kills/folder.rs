//! Folders to begin with: a definition, and records that were put into the store as they are.

use std::fs;
use std::path::{Path, PathBuf};

use jsonb::{Jsonb, Limits};
use model::{Error, Stamp, Timestamp};
use serde_json::Value as Json;
use storage::Access;
use storage::tables::records::{Expect, Put};
use tempfile::TempDir;

use crate::support::Server;
use crate::support::place::{copy_database, place};

/// Records that are stored in one transaction.
const CHUNK: usize = 1000;

/// A folder with data and the definition of an app.
pub(super) struct Folder {
    dir: TempDir,
}

impl Folder {
    /// Puts this definition in force and stores these records, which are in the form of the store, by their entities.
    pub(super) fn new(definition: &[(&str, &str)], records: Vec<(&'static str, Vec<Json>)>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = Self { dir };
        let app = folder.define("app", definition);
        let server = Server::start(&folder.data(), &["--app", app.to_str().unwrap()]);
        assert!(server.terminate().success());
        for (entity, bodies) in records {
            fill(&folder.data(), entity, &bodies);
        }
        folder
    }

    /// Where the data is.
    pub(super) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The definition of the app.
    pub(super) fn app(&self) -> PathBuf {
        self.dir.path().join("app")
    }

    /// Writes a definition: the files by their names.
    pub(super) fn define(&self, name: &str, definition: &[(&str, &str)]) -> PathBuf {
        let root = self.dir.path().join(name);
        let settings = (
            "app.yaml",
            "name: yard\nlabel: Yard\nenvironment: prod\ntimezone: UTC\n",
        );
        for (file, text) in definition.iter().chain([&settings]) {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }
}

fn fill(dir: &Path, entity: &'static str, bodies: &[Json]) {
    let opened = place(dir).open(Access::Serve).unwrap();
    for bodies in bodies.chunks(CHUNK) {
        let bodies: Vec<(String, String, Jsonb)> = bodies.iter().map(stored).collect();
        let write = opened.store().write_blocking(move |tx| {
            let collection = tx.collection(&format!("app:{entity}"))?;
            let collection = collection.expect("the entity was defined").id;
            for (id, label, body) in &bodies {
                let put = Put {
                    id,
                    expect: Expect::Absent,
                    label,
                    archived: false,
                    tags: &[],
                    body,
                    stamp: &Stamp::new(Timestamp(0), "loader"),
                    job: None,
                };
                tx.put_record(collection, &put)?;
            }
            Ok::<_, Error>(())
        });
        write.unwrap();
    }
}

/// Id, label and body.
fn stored(body: &Json) -> (String, String, Jsonb) {
    let text = |key: &str| body[key].as_str().unwrap().to_owned();
    let stored = Jsonb::parse(body.to_string().as_bytes(), &Limits::default()).unwrap();
    (text("id"), text("label"), stored)
}

/// An id of a record: which kind it is of, and its number.
pub(super) fn id(kind: u8, number: u64) -> String {
    format!("{kind:02x}{number:022x}")
}

/// A copy of a data folder, with the database that goes with it.
pub(super) fn copied(from: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    copy(from, to.path());
    copy_database(from, to.path());
    to
}

/// A copy of a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}
