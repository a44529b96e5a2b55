//! `$count`: one document with the number of documents; none when there were none.

use jsonb::Value;

use super::{Parsed, Stage, State, Vars, val};
use crate::expr::{Parser, args};
use crate::pipeline::{Flow, Next};
use crate::{Refusal, cut};

#[derive(Debug)]
struct Count(String);

pub(super) fn parse(value: Value<'_>, _: &mut Parser<'_>) -> Parsed {
    let name = val(value)?;
    let name = args::string(&name, "the name of the field")?;
    if name.is_empty() || name.starts_with('$') || name.contains(['.', '\0']) {
        return Err(Refusal::new(format!(
            "`{}` is not a name for the count",
            cut(name)
        )));
    }
    Ok(Box::new(Count(name.to_owned())))
}

impl Stage for Count {
    fn name(&self) -> &'static str {
        "$count"
    }

    fn start<'p>(&'p self, _: &Vars) -> Box<dyn State + 'p> {
        Box::new(Counting {
            name: &self.0,
            count: 0,
        })
    }
}

struct Counting<'p> {
    name: &'p str,
    count: i64,
}

impl State for Counting<'_> {
    fn push(&mut self, _: Value<'_>, _: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        self.count += 1;
        Ok(Flow::More)
    }

    fn finish(&mut self, next: &mut Next<'_, '_>) -> Result<(), Refusal> {
        if self.count > 0 {
            next.push(jsonb::object().field_i64(self.name, self.count).finish().root())?;
        }
        Ok(())
    }
}
