//! `$redact`: what a document and its parts may show, decided level by level.

use jsonb::{Jsonb, Kind, Value};

use super::{Parsed, Stage, State, Vars, val};
use crate::expr::{Expr, Parser, Scope};
use crate::pipeline::{Flow, Next};
use crate::{Doc, MAX_NESTING, Refusal, Val};

#[derive(Debug)]
struct Redact(Expr);

pub(super) fn parse(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    let was = std::mem::replace(&mut parser.redacting, true);
    // Paths are read at the level that is looked at, not from the root.
    let value = val(value)?;
    let expr = parser.with_names(&["CURRENT"], |parser| parser.expr(&value));
    parser.redacting = was;
    Ok(Box::new(Redact(expr?)))
}

impl Stage for Redact {
    fn name(&self) -> &'static str {
        "$redact"
    }

    fn start<'p>(&'p self, vars: &Vars) -> Box<dyn State + 'p> {
        Box::new(Redacting {
            expr: &self.0,
            vars: Vars::clone(vars),
        })
    }
}

struct Redacting<'p> {
    expr: &'p Expr,
    vars: Vars,
}

impl State for Redacting<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let mut scope = Scope::new(val(document)?, &self.vars, next.cx);
        match level(self.expr, document, &mut scope, 0)? {
            Some(made) => next.push(made.root()),
            None => Ok(Flow::More),
        }
    }
}

/// What is left of a document; none when it is pruned.
fn level<'a>(
    expr: &'a Expr,
    document: Value<'a>,
    scope: &mut Scope<'a, '_>,
    depth: usize,
) -> Result<Option<Jsonb>, Refusal> {
    scope.cx.tick()?;
    let decision = scope.with(Val::Document(Doc::Stored(document)), expr)?;
    match decision.as_str() {
        Some("keep") => Ok(Some(Jsonb::from_stored(document.as_bytes().to_vec()))),
        Some("prune") => Ok(None),
        Some("descend") => {
            let mut out = jsonb::object();
            for entry in document.entries() {
                let (name, value) = entry?;
                if let Some(value) = inside(expr, value, scope, depth + 1)? {
                    out = out.field_body(&name, &value);
                }
            }
            Ok(Some(out.finish()))
        }
        _ => Err(Refusal::new("must give $$KEEP, $$PRUNE or $$DESCEND")),
    }
}

fn inside<'a>(
    expr: &'a Expr,
    value: Value<'a>,
    scope: &mut Scope<'a, '_>,
    depth: usize,
) -> Result<Option<Jsonb>, Refusal> {
    if depth > MAX_NESTING {
        return Err(Refusal::new(format!(
            "a document nests deeper than {MAX_NESTING} levels"
        )));
    }

    if value.kind() == Kind::Array {
        let mut out = jsonb::array();
        for element in value.elements() {
            if let Some(element) = inside(expr, element?, scope, depth + 1)? {
                out = out.item_body(&element);
            }
        }
        return Ok(Some(out.finish()));
    }
    match Val::of(value)? {
        Val::Document(Doc::Stored(document)) => level(expr, document, scope, depth),
        _ => Ok(Some(Jsonb::from_stored(value.as_bytes().to_vec()))),
    }
}
