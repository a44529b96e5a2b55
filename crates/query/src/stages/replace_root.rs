//! `$replaceRoot`, `$replaceWith`: another document in place of each.

use jsonb::Value;

use super::{Parsed, Stage, State, Vars, val};
use crate::expr::{Expr, Parser, Scope, args, named_values};
use crate::pipeline::{Flow, Next};
use crate::{Refusal, Val};

#[derive(Debug)]
struct ReplaceRoot {
    name: &'static str,
    root: Expr,
}

pub(super) fn replace_root(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    let parts = named_values(&val(value)?, &["newRoot"], &[])?;
    let root = parts.into_iter().flatten().next().unwrap_or(Val::Missing);
    let root = parser.expr(&root).map_err(|refusal| refusal.under("newRoot"))?;
    Ok(Box::new(ReplaceRoot {
        name: "$replaceRoot",
        root,
    }))
}

pub(super) fn replace_with(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    let root = parser.expr(&val(value)?)?;
    Ok(Box::new(ReplaceRoot {
        name: "$replaceWith",
        root,
    }))
}

impl Stage for ReplaceRoot {
    fn name(&self) -> &'static str {
        self.name
    }

    fn start<'p>(&'p self, vars: &Vars) -> Box<dyn State + 'p> {
        Box::new(Replacing {
            root: &self.root,
            vars: Vars::clone(vars),
        })
    }
}

struct Replacing<'p> {
    root: &'p Expr,
    vars: Vars,
}

impl State for Replacing<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let root = self
            .root
            .eval(&mut Scope::new(val(document)?, &self.vars, next.cx))?;
        match root {
            Val::Document(crate::Doc::Stored(stored)) => next.push(stored),
            Val::Document(_) => next.push(root.to_jsonb()?.root()),
            other => Err(args::expected("the new root", "a document", &other)),
        }
    }
}
