//! `$first`, `$last`: the value of the first or last document, in the order they come in.

use jsonb::ObjectBuilder;

use super::{Kept, Tally};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

#[derive(Default)]
pub(super) struct First(Option<Kept>);

#[derive(Default)]
pub(super) struct Last(Option<Kept>);

impl Tally for First {
    fn add(&mut self, value: &Val<'_>, cx: &Cx<'_>) -> Result<(), Refusal> {
        if self.0.is_none() {
            self.0 = Some(Kept::of(value, cx)?);
        }
        Ok(())
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, _: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        match &self.0 {
            Some(kept) => kept.field(out, name),
            None => Ok(out.field_null(name)),
        }
    }
}

impl Tally for Last {
    fn add(&mut self, value: &Val<'_>, cx: &Cx<'_>) -> Result<(), Refusal> {
        if let Some(before) = self.0.take() {
            before.release(cx);
        }
        self.0 = Some(Kept::of(value, cx)?);
        Ok(())
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, _: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        match &self.0 {
            Some(kept) => kept.field(out, name),
            None => Ok(out.field_null(name)),
        }
    }
}
