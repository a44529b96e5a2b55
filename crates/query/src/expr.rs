//! Aggregation expressions: what `$project`, `$group` and their like compute for each document.
//!
//! An expression is parsed once into a tree ([`Expr`]) and evaluated per document in a [`Scope`]. Most operators
//! are plain functions of their arguments' values and stand in tables, one per family ([`ops`]); those that decide
//! what to evaluate, or bind variables, are [`Form`]s. Values are borrowed from the document as far as possible.

pub(crate) mod args;
mod arith;
mod array;
mod boolean;
mod compare;
mod cond;
mod convert;
mod date;
mod distance;
mod field;
mod literal;
mod looping;
mod member;
mod object;
mod ops;
mod parse;
mod pick;
mod rand;
mod regex;
mod round;
mod set;
mod sort_array;
mod string;
mod trig;
mod types;
mod variable;

use crate::pipeline::Cx;
use crate::{Refusal, Text, Val};

pub(crate) use args::Args;
pub(crate) use arith::Total;
pub(crate) use field::{Base, Path};
pub(crate) use object::Merged;
pub(crate) use ops::Op;
pub(crate) use parse::{Parser, named_values, unknown};
pub(crate) use sort_array::Order;
pub(crate) use variable::variables;

/// An expression.
#[derive(Debug)]
pub(crate) enum Expr {
    /// A constant.
    Literal(Val<'static>),
    /// A variable, or a path into it.
    Field(Base, Path),
    /// `$$NOW`.
    Now,
    /// An array of expressions.
    Array(Vec<Expr>),
    /// A document of expressions.
    Object(Vec<(Text<'static>, Expr)>),
    /// An operator that is a function of its arguments; absent ones were optional.
    Call(&'static Op, Vec<Option<Expr>>),
    /// An operator that evaluates its parts itself.
    Form(&'static str, Box<dyn Form>),
}

/// An operator that evaluates its parts itself.
pub(crate) trait Form: std::fmt::Debug + Send + Sync {
    /// The value for the document in `scope`.
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal>;
}

/// What an expression is evaluated on.
pub(crate) struct Scope<'a, 'c> {
    /// The document.
    pub(crate) root: Val<'a>,
    /// The variables that are bound, by slot.
    pub(crate) vars: Vec<Val<'a>>,
    pub(crate) cx: &'c Cx<'c>,
}

impl<'a, 'c> Scope<'a, 'c> {
    /// The scope of a document in a pipeline whose own variables are `vars`.
    pub(crate) fn new(root: Val<'a>, vars: &[Val<'static>], cx: &'c Cx<'c>) -> Self {
        Self {
            root,
            vars: vars.to_vec(),
            cx,
        }
    }

    /// Evaluates with one more variable.
    pub(crate) fn with(&mut self, value: Val<'a>, body: &'a Expr) -> Result<Val<'a>, Refusal> {
        self.vars.push(value);
        let result = body.eval(self);
        self.vars.pop();
        result
    }
}

impl Expr {
    /// The value for the document in `scope`.
    pub(crate) fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Field(base, path) => path.of(base.value(scope)),
            Self::Now => Ok(Val::date(scope.cx.around.now)),
            Self::Array(items) => array_of(items, scope),
            Self::Object(fields) => object_of(fields, scope),
            Self::Call(op, args) => call(op, args, scope).map_err(|refusal| refusal.under(op.name)),
            Self::Form(name, form) => {
                scope.cx.tick()?;
                form.eval(scope).map_err(|refusal| refusal.under(name))
            }
        }
    }

    /// The constant this is, if it is one.
    pub(crate) fn constant(&self) -> Option<&Val<'static>> {
        match self {
            Self::Literal(value) => Some(value),
            _ => None,
        }
    }
}

fn array_of<'a>(items: &'a [Expr], scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        let value = item.eval(scope)?;
        values.push(if value.is_missing() { Val::Null } else { value });
    }
    built_array(values, scope.cx)
}

fn object_of<'a>(fields: &'a [(Text<'static>, Expr)], scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
    let mut values = Vec::with_capacity(fields.len());
    for (name, field) in fields {
        let value = field.eval(scope).map_err(|refusal| refusal.under(&**name))?;
        if !value.is_missing() {
            values.push((name.clone(), value));
        }
    }
    built_document(values, scope.cx)
}

fn call<'a>(
    op: &'static Op,
    args: &'a [Option<Expr>],
    scope: &mut Scope<'a, '_>,
) -> Result<Val<'a>, Refusal> {
    scope.cx.tick()?;
    let mut eval = |arg: &'a Option<Expr>| arg.as_ref().map(|arg| arg.eval(scope)).transpose();
    // Most operators take one or two arguments: those need no allocation.
    match args {
        [one] => {
            let values = [eval(one)?];
            (op.run)(Args(&values), scope.cx)
        }
        [one, two] => {
            let values = [eval(one)?, eval(two)?];
            (op.run)(Args(&values), scope.cx)
        }
        _ => {
            let values = args.iter().map(eval).collect::<Result<Vec<_>, Refusal>>()?;
            (op.run)(Args(&values), scope.cx)
        }
    }
}

/// An array, if it is not too large.
pub(crate) fn built_array<'a>(items: Vec<Val<'a>>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let array = Val::array(items)?;
    cx.fits(array.weight())?;
    Ok(array)
}

/// A document, if it is not too large.
pub(crate) fn built_document<'a>(fields: Vec<(Text<'a>, Val<'a>)>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let document = Val::document(fields)?;
    cx.fits(document.weight())?;
    Ok(document)
}

/// A string, if it is not too large.
pub(crate) fn built_string<'a>(text: String, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    cx.fits(text.len())?;
    Ok(Val::str(text))
}
