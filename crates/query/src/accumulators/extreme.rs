//! `$min`, `$max`: by BSON's order; null and missing do not count.

use jsonb::ObjectBuilder;

use super::{Kept, Tally};
use crate::pipeline::Cx;
use crate::{Refusal, Val, compare};

pub(super) struct Extreme {
    found: Option<Kept>,
    most: bool,
}

impl Extreme {
    pub(super) fn new(most: bool) -> Self {
        Self { found: None, most }
    }
}

impl Tally for Extreme {
    fn add(&mut self, value: &Val<'_>, cx: &Cx<'_>) -> Result<(), Refusal> {
        if value.is_nullish() {
            return Ok(());
        }
        if let Some(found) = &self.found {
            let order = compare(value, &found.view()?);
            if if self.most { order.is_le() } else { order.is_ge() } {
                return Ok(());
            }
            found.release(cx);
        }
        self.found = Some(Kept::of(value, cx)?);
        Ok(())
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, _: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        match &self.found {
            Some(found) => found.field(out, name),
            None => Ok(out.field_null(name)),
        }
    }
}
