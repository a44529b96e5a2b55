//! `$mergeObjects`: documents laid over each other, the last on top.

use jsonb::ObjectBuilder;

use super::Tally;
use crate::expr::Merged;
use crate::pipeline::Cx;
use crate::{Refusal, Val};

#[derive(Default)]
pub(super) struct MergeObjects(Merged<'static>);

impl Tally for MergeObjects {
    fn add(&mut self, value: &Val<'_>, cx: &Cx<'_>) -> Result<(), Refusal> {
        if value.is_nullish() {
            return Ok(());
        }
        // Counted as if nothing were replaced: what is held is never more.
        cx.hold(value.weight())?;
        self.0.add(&value.clone().into_owned()?, cx)
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, cx: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        let document = Val::document(std::mem::take(&mut self.0).fields)?;
        cx.fits(document.weight())?;
        document.field_of(out, name)
    }
}
