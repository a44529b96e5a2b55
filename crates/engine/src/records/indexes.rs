//! The indexes of an entity's records, as the store has them: which there are is said by `app::indexes`. An index has the
//! name of its stored path.

use app::Entity;
use app::indexes::stored;
use storage::tables::records::IndexDef;

/// Where shadow values lie.
pub(crate) const SHADOW: &str = app::values::SHADOWS;

/// An index and the fields that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Indexed {
    /// As the store has it.
    pub(crate) def: IndexDef,
    /// Paths of the definition.
    pub(crate) fields: Vec<String>,
}

/// The indexes of an entity.
pub(crate) fn of(entity: &Entity) -> Vec<Indexed> {
    let indexed = |one: app::indexes::StoredIndex| Indexed {
        def: IndexDef {
            name: one.path.clone(),
            path: one.path,
            unique: one.index.unique,
            missing: one.missing,
        },
        fields: one.index.fields,
    };
    stored(entity).into_iter().map(indexed).collect()
}
