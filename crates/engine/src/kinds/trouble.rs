//! What jobs over records of an app tell of those that they could not do right, as items.

use model::Error;
use model::job::{Item, ItemState};
use serde::Serialize;

use super::to_json;

/// Something that could not be kept or done.
#[derive(Serialize)]
pub(in crate::kinds) struct Trouble {
    /// The entity.
    pub(in crate::kinds) entity: String,
    /// The field or fields; empty when it is about whole records.
    pub(in crate::kinds) field: String,
    /// The records.
    pub(in crate::kinds) records: Vec<String>,
    /// What is wrong.
    pub(in crate::kinds) error: String,
}

impl Trouble {
    /// The item of this number, which is counted up.
    pub(in crate::kinds) fn item(&self, number: &mut u64, key: &str) -> Result<Item, Error> {
        let item = Item {
            number: *number,
            key: key.to_owned(),
            state: ItemState::Failed,
            detail: Some(to_json(self)?),
        };
        *number += 1;
        Ok(item)
    }
}
