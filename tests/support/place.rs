//! Where the server of a data folder keeps its records: in the folder, or in a database that goes with it when tests are
//! to run on PostgreSQL ([`testdb::on_postgres`]). A configuration in the folder that names a database has its way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use storage::{Access, Opened, Place, postgres, sqlite};
use testdb::Database;

/// The databases by their folders. What is left at the end goes with the cluster.
static DATABASES: Mutex<BTreeMap<PathBuf, Database>> = Mutex::new(BTreeMap::new());

fn databases() -> MutexGuard<'static, BTreeMap<PathBuf, Database>> {
    let mut databases = DATABASES.lock().unwrap_or_else(PoisonError::into_inner);
    // A data folder may be made by the server only, but not the one it is to be in.
    databases.retain(|dir, _| dir.parent().is_some_and(Path::exists));
    databases
}

/// The address of the database that goes with a folder; none when the records are in it, or its configuration says where
/// they are.
pub(crate) fn database_of(dir: &Path) -> Option<String> {
    let config = std::fs::read_to_string(dir.join("stockyard.toml")).unwrap_or_default();
    if !testdb::on_postgres() || config.lines().any(|line| line.starts_with("database")) {
        return None;
    }
    let mut databases = databases();
    Some(databases.entry(dir.to_owned()).or_default().address())
}

/// Where the store of a folder is, with few threads.
pub(crate) fn place(dir: &Path) -> Place {
    match database_of(dir) {
        None => Place::Sqlite(sqlite::Options {
            readers: 1,
            ..sqlite::Options::new(dir)
        }),
        Some(address) => Place::Postgres(postgres::Options {
            readers: 1,
            scanners: 1,
            ..postgres::Options::new(address)
        }),
    }
}

/// The store of a folder, for a look beside its server.
#[track_caller]
pub(crate) fn visit(dir: &Path) -> Opened {
    place(dir).open(Access::Visit).unwrap()
}

/// What is wrong with the file of a store, if it is one.
#[track_caller]
pub(crate) fn assert_sound(dir: &Path) {
    if let Place::Sqlite(options) = place(dir) {
        sqlite::check(&options.database()).unwrap();
    }
}

/// Gives a folder a copy of the database that goes with another, if one does. Its server must have ended.
pub(crate) fn copy_database(from: &Path, to: &Path) {
    if database_of(from).is_some() {
        let mut databases = databases();
        let copy = databases[from].copied();
        databases.insert(to.to_owned(), copy);
    }
}
