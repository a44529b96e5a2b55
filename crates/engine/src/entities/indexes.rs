//! Which paths of entities are indexed.
//!
//! Few, since each costs every write: what the known clients look for by itself. A guid is the record's id and needs
//! none. `name` finds bots, queues, blueprints and factories, which clients look up by name before each use.
//! `metadata.data._class` is what sets, groups and items of one sort are kept apart by, and `tags.value` finds the ones
//! of one project (the values of tags differ, their names hardly do). `metadata.data.pyqalx.factory_guid` leads from a
//! factory to its bots. The configuration adds more (`[qalx] indexes`).

use std::collections::BTreeMap;

use model::Error;
use serde::{Deserialize, Serialize};
use storage::Tx;
use storage::tables::records::IndexDef;

use super::{Collections, EntityKind};

/// The longest path of an index, in bytes.
const MAX_PATH: usize = 255;

/// Paths to index beside the usual ones, by kind.
pub type Indexes = BTreeMap<EntityKind, Vec<IndexPath>>;

/// A dotted path of field names into the stored document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IndexPath(String);

impl TryFrom<String> for IndexPath {
    type Error = String;

    fn try_from(path: String) -> Result<Self, String> {
        let is_name = |name: &str| !name.is_empty() && !name.starts_with('$');
        // An index knows fields, not positions in arrays.
        let is_position = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        if path.len() <= MAX_PATH && path.split('.').all(|name| is_name(name) && !is_position(name)) {
            return Ok(Self(path));
        }
        Err(format!(
            "{path:?} is no path of field names with dots between them, at most {MAX_PATH} bytes"
        ))
    }
}

impl From<IndexPath> for String {
    fn from(path: IndexPath) -> Self {
        path.0
    }
}

/// The usual indexes of a kind.
fn usual(kind: EntityKind) -> &'static [&'static str] {
    match kind {
        EntityKind::Item | EntityKind::Set | EntityKind::Group => &["metadata.data._class", "tags.value"],
        EntityKind::Bot => &["name", "metadata.data.pyqalx.factory_guid"],
        EntityKind::Blueprint | EntityKind::Queue | EntityKind::Factory => &["name"],
    }
}

/// All indexes of a kind. An index has the name of its path.
fn wanted(kind: EntityKind, more: &Indexes) -> Vec<IndexDef> {
    let mut defs: Vec<IndexDef> = Vec::new();
    let more = more.get(&kind).into_iter().flatten().map(|path| path.0.as_str());
    for path in usual(kind).iter().copied().chain(more) {
        if defs.iter().all(|def| def.path != path) {
            defs.push(IndexDef {
                name: path.to_owned(),
                path: path.to_owned(),
                // Clients refer to blueprints by name, so a name must lead to one.
                unique: kind == EntityKind::Blueprint && path == "name",
                missing: false,
            });
        }
    }
    defs
}

/// Declares what is wanted, and forgets what is not wanted any more.
pub(crate) fn declare(tx: &mut dyn Tx, collections: &Collections, more: &Indexes) -> Result<(), Error> {
    for kind in EntityKind::ALL {
        let (collection, wanted) = (collections.of(kind), wanted(kind, more));
        for known in tx.indexes(collection)? {
            if !wanted.contains(&known) {
                tx.drop_index(collection, &known.name)?;
            }
        }
        for def in &wanted {
            if !tx.declare_index(collection, def)? {
                let message = format!("two {}s have the same {}", kind.as_str(), def.path);
                return Err(Error::internal(message));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::IndexPath;

    #[test]
    fn paths_are_names_with_dots_between() {
        for good in ["data.a", "metadata.data._class", "ä"] {
            assert!(IndexPath::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "a..b", ".a", "a.", "a.0", "$where", "a.$b", &"a".repeat(256)] {
            assert!(IndexPath::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
