//! `$limit`: the first so many documents.

use jsonb::Value;

use super::{Lead, Parsed, Passes, Stage, State, Vars, val};
use crate::Refusal;
use crate::expr::{Parser, args};
use crate::pipeline::{Flow, Next};

#[derive(Debug)]
struct Limit(usize);

pub(super) fn parse(value: Value<'_>, _: &mut Parser<'_>) -> Parsed {
    Ok(Box::new(Limit(args::positive(&val(value)?, "the limit")?)))
}

impl Stage for Limit {
    fn name(&self) -> &'static str {
        "$limit"
    }

    fn start<'p>(&'p self, _: &Vars) -> Box<dyn State + 'p> {
        Box::new(Left(self.0))
    }

    fn lead(&self) -> Lead<'_> {
        Lead::Limit(u64::try_from(self.0).unwrap_or(u64::MAX))
    }

    fn passes(&self) -> Option<Passes> {
        Some(Passes::Only(self.0))
    }
}

/// How many documents may still pass.
struct Left(usize);

impl State for Left {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        self.0 -= 1;
        let flow = next.push(document)?;
        Ok(if self.0 == 0 { Flow::Enough } else { flow })
    }
}
