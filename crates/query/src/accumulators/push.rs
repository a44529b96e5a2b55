//! `$push`, `$addToSet`: the values as an array; missing ones are left out.

use std::collections::HashSet;

use jsonb::{ArrayBuilder, ObjectBuilder};

use super::{Tally, kept};
use crate::pipeline::Cx;
use crate::stages::group_key;
use crate::{Refusal, Val};

/// The elements, written as they come.
#[derive(Default)]
pub(super) struct Push {
    items: ArrayBuilder,
    bytes: usize,
}

impl Tally for Push {
    fn add(&mut self, value: &Val<'_>, cx: &Cx<'_>) -> Result<(), Refusal> {
        if value.is_missing() {
            return Ok(());
        }
        let weight = written(value);
        cx.hold(weight)?;
        self.bytes = self.bytes.saturating_add(weight);
        self.items = kept::item(std::mem::take(&mut self.items), value)?;
        Ok(())
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, cx: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        let items = std::mem::take(&mut self.items).finish();
        cx.release(std::mem::take(&mut self.bytes));
        cx.fits(items.as_bytes().len())?;
        Ok(out.field_body(name, &items))
    }
}

/// About how many bytes a value takes once it is written.
fn written(value: &Val<'_>) -> usize {
    match value {
        Val::Null | Val::Bool(_) | Val::Int(_) | Val::Double(_) => 12,
        Val::Str(text) => text.len() + 9,
        other => other.weight(),
    }
}

/// The elements, and the keys of those that are there already.
#[derive(Default)]
pub(super) struct AddToSet {
    keys: HashSet<Box<[u8]>>,
    items: Push,
}

impl Tally for AddToSet {
    fn add(&mut self, value: &Val<'_>, cx: &Cx<'_>) -> Result<(), Refusal> {
        if value.is_missing() {
            return Ok(());
        }
        let mut key = Vec::new();
        group_key::write(value, &mut key)?;
        if self.keys.contains(key.as_slice()) {
            return Ok(());
        }
        cx.hold(key.len() + size_of::<Box<[u8]>>())?;
        self.keys.insert(key.into());
        self.items.add(value, cx)
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, cx: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        let keys = std::mem::take(&mut self.keys);
        cx.release(keys.iter().map(|key| key.len() + size_of::<Box<[u8]>>()).sum());
        self.items.finish(out, name, cx)
    }
}
