//! `$sum`: numbers added; what is not a number does not count.

use jsonb::ObjectBuilder;

use super::Tally;
use crate::expr::Total;
use crate::pipeline::Cx;
use crate::{Refusal, Val};

#[derive(Default)]
pub(super) struct Sum(Total);

impl Tally for Sum {
    #[inline]
    fn add(&mut self, value: &Val<'_>, _: &Cx<'_>) -> Result<(), Refusal> {
        self.0.add(value).map(|_| ())
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, _: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        self.0.value().field_of(out, name)
    }
}
