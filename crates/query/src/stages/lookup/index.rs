//! [`Index`]: the documents of a collection by the values of one field.
//!
//! A value matches as an equality in a filter does: an array by each of its elements and as a whole, null also where
//! the field is missing.

use std::collections::HashMap;

use jsonb::Value;

use super::super::{group_key, val};
use crate::expr::Path;
use crate::pipeline::{Cx, Flow};
use crate::{Refusal, Val};

#[derive(Default)]
pub(super) struct Index {
    documents: Vec<Box<[u8]>>,
    places: HashMap<Box<[u8]>, Vec<usize>>,
}

impl Index {
    /// Reads a collection.
    pub(super) fn read(collection: &str, path: &Path, cx: &Cx<'_>) -> Result<Self, Refusal> {
        let mut index = Self::default();
        cx.around.source.scan(collection, &mut |document| {
            cx.tick()?;
            index.add(document, path, cx)?;
            Ok(Flow::More)
        })?;
        Ok(index)
    }

    fn add(&mut self, document: Value<'_>, path: &Path, cx: &Cx<'_>) -> Result<(), Refusal> {
        let bytes = document.as_bytes();
        cx.hold(bytes.len() + size_of::<Box<[u8]>>())?;
        for key in keys(document, path, true)? {
            cx.hold(key.len() + size_of::<(Box<[u8]>, Vec<usize>)>() + size_of::<usize>())?;
            self.places.entry(key).or_default().push(self.documents.len());
        }
        self.documents.push(bytes.into());
        Ok(())
    }

    /// Calls `each` with the documents whose field has one of the values that `path` leads to in `document`, in their
    /// order, each once.
    pub(super) fn each(
        &self,
        document: Value<'_>,
        path: &Path,
        each: &mut dyn FnMut(Value<'_>) -> Result<Flow, Refusal>,
    ) -> Result<(), Refusal> {
        let keys = keys(document, path, false)?;
        let mut places: Vec<usize> = keys
            .iter()
            .filter_map(|key| self.places.get(key))
            .flatten()
            .copied()
            .collect();
        places.sort_unstable();
        places.dedup();
        for document in places.into_iter().filter_map(|place| self.documents.get(place)) {
            if each(Value::of(document))? == Flow::Enough {
                break;
            }
        }
        Ok(())
    }
}

/// The keys of the values that a path leads to, without repetition.
fn keys(document: Value<'_>, path: &Path, whole_too: bool) -> Result<Vec<Box<[u8]>>, Refusal> {
    let mut keys: Vec<Box<[u8]>> = Vec::new();
    path.leaves(&val(document)?, whole_too, &mut |value: &Val<'_>| {
        let mut key = Vec::new();
        group_key::write(value, &mut key)?;
        keys.push(key.into());
        Ok(())
    })?;
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}
