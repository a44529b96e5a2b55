//! `$avg`: the mean of the numbers; null without any.

use jsonb::ObjectBuilder;

use super::Tally;
use crate::expr::Total;
use crate::pipeline::Cx;
use crate::{Refusal, Val};

#[derive(Default)]
pub(super) struct Avg {
    total: Total,
    count: u64,
}

impl Tally for Avg {
    #[inline]
    fn add(&mut self, value: &Val<'_>, _: &Cx<'_>) -> Result<(), Refusal> {
        self.count += u64::from(self.total.add(value)?);
        Ok(())
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, _: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        match self.count {
            0 => Ok(out.field_null(name)),
            count => Val::Double(self.total.as_f64() / count as f64).field_of(out, name),
        }
    }
}
