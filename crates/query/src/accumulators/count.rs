//! `$count`: how many documents.

use jsonb::ObjectBuilder;

use super::Tally;
use crate::pipeline::Cx;
use crate::{Refusal, Val};

#[derive(Default)]
pub(super) struct Count(i64);

impl Tally for Count {
    #[inline]
    fn add(&mut self, _: &Val<'_>, _: &Cx<'_>) -> Result<(), Refusal> {
        self.0 += 1;
        Ok(())
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, _: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        Ok(out.field_i64(name, self.0))
    }
}
