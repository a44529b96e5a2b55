//! The collection of an entity's records, and its indexes.

use app::Entity;
use model::{CollectionId, Error};
use storage::Tx;
use storage::tables::collections::CollectionOptions;

use super::super::indexes;

/// The name of the collection of an entity's records.
pub(crate) fn collection_name(entity: &str) -> String {
    format!("app:{entity}")
}

/// Makes the collection of an entity and its indexes.
///
/// # Errors
/// `conflict` when records that are there already break a unique index.
pub(crate) fn ensure(tx: &mut dyn Tx, entity: &Entity) -> Result<CollectionId, Error> {
    let options = CollectionOptions {
        history: entity.audit.is_on(),
    };
    let collection = tx
        .ensure_collection_with(&collection_name(&entity.name), options)?
        .id;
    let wanted = indexes::of(entity);
    for known in tx.indexes(collection)? {
        if wanted.iter().all(|indexed| indexed.def != known) {
            tx.drop_index(collection, &known.name)?;
        }
    }
    for indexed in &wanted {
        if !tx.declare_index(collection, &indexed.def)? {
            let (name, path) = (&entity.name, &indexed.def.path);
            let message = format!("records of {name} have the same {path}, which is to be unique");
            return Err(Error::new(model::Code::Conflict, message));
        }
    }
    Ok(collection)
}
