//! `$skip`: all but the first so many documents.

use jsonb::Value;

use super::{Parsed, Passes, Stage, State, Vars, val};
use crate::Refusal;
use crate::expr::{Parser, args};
use crate::pipeline::{Flow, Next};

#[derive(Debug)]
struct Skip(usize);

pub(super) fn parse(value: Value<'_>, _: &mut Parser<'_>) -> Parsed {
    let count = args::whole(&val(value)?, "the number to skip")?;
    match usize::try_from(count) {
        Ok(count) => Ok(Box::new(Skip(count))),
        Err(_) => Err(Refusal::new(format!(
            "the number to skip must be at least 0, not {count}"
        ))),
    }
}

impl Stage for Skip {
    fn name(&self) -> &'static str {
        "$skip"
    }

    fn start<'p>(&'p self, _: &Vars) -> Box<dyn State + 'p> {
        Box::new(Left(self.0))
    }

    fn passes(&self) -> Option<Passes> {
        Some(Passes::AllBut(self.0))
    }
}

/// How many documents are still skipped.
struct Left(usize);

impl State for Left {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        match self.0 {
            0 => next.push(document),
            _ => {
                self.0 -= 1;
                Ok(Flow::More)
            }
        }
    }
}
