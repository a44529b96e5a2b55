//! `$sortByCount`: groups by how many documents they have, the largest first.

use jsonb::Value;

use super::group::{Group, Id};
use super::sort::Sort;
use super::{Parsed, Stage, State, Vars, val};
use crate::accumulators::Field;
use crate::expr::Parser;
use crate::pipeline::Pipeline;
use crate::pipeline::{Chain, Flow, Next};
use crate::{Direction, Refusal, Sort as Order, Val};

#[derive(Debug)]
struct SortByCount(Pipeline);

pub(super) fn parse(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    let value = val(value)?;
    if !matches!(&value, Val::Document(_)) && !value.as_str().is_some_and(|text| text.starts_with('$')) {
        return Err(Refusal::new("must be a path or an expression to group by"));
    }
    let id = parser.expr(&value)?;
    let counts = Group::new("$group", Id::Expr(id), vec![Field::counting("count")]);
    let descending = [("count".to_owned(), Direction::Descending)];
    let sort = Sort::by(Order::by(descending, parser.limits)?);
    Ok(Box::new(SortByCount(Pipeline::of(vec![
        Box::new(counts),
        Box::new(sort),
    ]))))
}

impl Stage for SortByCount {
    fn name(&self) -> &'static str {
        "$sortByCount"
    }

    fn start<'p>(&'p self, vars: &Vars) -> Box<dyn State + 'p> {
        Box::new(Both(Chain::start(&self.0, vars)))
    }
}

/// The two stages this one stands for.
struct Both<'p>(Chain<'p>);

impl State for Both<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let cx = next.cx;
        self.0.push(document, cx, &mut |document| next.push(document))
    }

    fn finish(&mut self, next: &mut Next<'_, '_>) -> Result<(), Refusal> {
        let cx = next.cx;
        self.0.finish(cx, &mut |document| next.push(document))
    }
}
