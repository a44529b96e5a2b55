//! `$match`: documents that fulfil a filter.
//!
//! `$expr` may stand at the top and inside `$and`, `$or` and `$nor`; the rest of the filter is [`Filter`]'s.

use jsonb::{Kind, Value};

use super::{Lead, Parsed, Stage, State, Vars, val};
use crate::expr::{Expr, Parser, Scope};
use crate::pipeline::{Cx, Flow, Next};
use crate::{Filter, Refusal};

#[derive(Debug)]
struct Match(Condition);

/// A filter, or parts of one around expressions.
#[derive(Debug)]
enum Condition {
    Filter(Filter),
    Expr(Expr),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    None(Vec<Condition>),
}

pub(super) fn parse(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    Ok(Box::new(Match(condition(value, parser)?)))
}

/// Whether `$expr` stands anywhere it may.
fn has_expr(value: Value<'_>, depth: usize) -> Result<bool, Refusal> {
    if depth > crate::MAX_NESTING {
        return Ok(false);
    }
    for entry in value.entries() {
        let (name, value) = entry?;
        match &*name {
            "$expr" => return Ok(true),
            "$and" | "$or" | "$nor" => {
                for part in value.elements() {
                    if has_expr(part?, depth + 1)? {
                        return Ok(true);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(false)
}

fn condition(value: Value<'_>, parser: &mut Parser<'_>) -> Result<Condition, Refusal> {
    if value.kind() != Kind::Object || !has_expr(value, 0)? {
        return Ok(Condition::Filter(Filter::parse(&value, parser.limits)?));
    }
    let mut parts = Vec::new();
    let mut plain = jsonb::object();
    for entry in value.entries() {
        let (name, value) = entry?;
        let part = match &*name {
            "$expr" => parser.expr(&val(value)?).map(Condition::Expr),
            "$and" => conditions(value, parser).map(Condition::All),
            "$or" => conditions(value, parser).map(Condition::Any),
            "$nor" => conditions(value, parser).map(Condition::None),
            _ => {
                plain = plain.field_raw(&name, value);
                continue;
            }
        };
        parts.push(part.map_err(|refusal| refusal.under(name))?);
    }
    let plain = plain.finish();
    // The filter is the cheaper part.
    parts.insert(0, Condition::Filter(Filter::parse(&plain.root(), parser.limits)?));
    Ok(Condition::All(parts))
}

fn conditions(value: Value<'_>, parser: &mut Parser<'_>) -> Result<Vec<Condition>, Refusal> {
    if value.kind() != Kind::Array || value.is_empty()? {
        return Err(Refusal::new("must be an array of at least one condition"));
    }
    parser.deeper(|parser| {
        let parts = value
            .elements()
            .enumerate()
            .map(|(index, part)| condition(part?, parser).map_err(|refusal| refusal.under(index)));
        parts.collect()
    })
}

impl Condition {
    fn holds(&self, document: Value<'_>, vars: &Vars, cx: &Cx<'_>) -> Result<bool, Refusal> {
        let any = |parts: &[Self], wanted| {
            for part in parts {
                if part.holds(document, vars, cx)? == wanted {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        match self {
            Self::Filter(filter) => filter.matches(document),
            Self::Expr(expr) => Ok(expr.eval(&mut Scope::new(val(document)?, vars, cx))?.is_true()),
            Self::All(parts) => any(parts, false).map(|found| !found),
            Self::Any(parts) => any(parts, true),
            Self::None(parts) => any(parts, true).map(|found: bool| !found),
        }
    }
}

impl Stage for Match {
    fn name(&self) -> &'static str {
        "$match"
    }

    fn start<'p>(&'p self, vars: &Vars) -> Box<dyn State + 'p> {
        match &self.0 {
            Condition::Filter(filter) => Box::new(Plain(filter)),
            condition => Box::new(Matching {
                condition,
                vars: Vars::clone(vars),
            }),
        }
    }

    fn lead(&self) -> Lead<'_> {
        match &self.0 {
            Condition::Filter(filter) => Lead::Match(filter),
            _ => Lead::Other,
        }
    }
}

struct Plain<'p>(&'p Filter);

impl State for Plain<'_> {
    #[inline]
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        if self.0.matches(document)? {
            next.push(document)
        } else {
            Ok(Flow::More)
        }
    }
}

struct Matching<'p> {
    condition: &'p Condition,
    vars: Vars,
}

impl State for Matching<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        if self.condition.holds(document, &self.vars, next.cx)? {
            return next.push(document);
        }
        Ok(Flow::More)
    }
}
