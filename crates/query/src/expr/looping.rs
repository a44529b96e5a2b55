//! `$map`, `$filter`, `$reduce`: an expression for each element of an array.

use super::args::{expected, whole};
use super::ops::FormOp;
use super::parse::named_values;
use super::variable::check_name;
use super::{Expr, Form, Parser, Scope, built_array};
use crate::{Refusal, Val};

pub(super) const FORMS: &[FormOp] = &[("$map", map), ("$filter", filter), ("$reduce", reduce)];

#[derive(Debug)]
struct Map {
    input: Expr,
    body: Expr,
}

#[derive(Debug)]
struct Filter {
    input: Expr,
    condition: Expr,
    limit: Option<Expr>,
}

#[derive(Debug)]
struct Reduce {
    input: Expr,
    start: Expr,
    body: Expr,
}

/// Parses `input`, and `body` with the variable that `as` names.
fn looped(
    parser: &mut Parser<'_>,
    parts: &[Option<Val<'_>>],
    input: usize,
    body: (usize, &str),
    name: usize,
) -> Result<(Expr, Expr), Refusal> {
    let at = |index: usize| parts.get(index).and_then(Option::as_ref);
    let missing = || Refusal::new("an argument is missing");
    let name = match at(name) {
        None => "this".to_owned(),
        Some(Val::Str(name)) => {
            check_name(name).map_err(|refusal| refusal.under("as"))?;
            name.to_string()
        }
        Some(other) => return Err(expected("as", "a string", other)),
    };
    let input = parser
        .expr(at(input).ok_or_else(missing)?)
        .map_err(|refusal| refusal.under("input"))?;
    let value = at(body.0).ok_or_else(missing)?;
    let parsed = parser.with_names(&[&name], |parser| parser.expr(value));
    Ok((input, parsed.map_err(|refusal| refusal.under(body.1))?))
}

fn map(parser: &mut Parser<'_>, value: &Val<'_>) -> Result<Expr, Refusal> {
    let parts = named_values(value, &["input", "in"], &["as"])?;
    let (input, body) = looped(parser, &parts, 0, (1, "in"), 2)?;
    Ok(Expr::Form("$map", Box::new(Map { input, body })))
}

fn filter(parser: &mut Parser<'_>, value: &Val<'_>) -> Result<Expr, Refusal> {
    let parts = named_values(value, &["input", "cond"], &["as", "limit"])?;
    let (input, condition) = looped(parser, &parts, 0, (1, "cond"), 2)?;
    let limit = match parts.get(3) {
        Some(Some(limit)) => Some(parser.expr(limit).map_err(|refusal| refusal.under("limit"))?),
        _ => None,
    };
    Ok(Expr::Form(
        "$filter",
        Box::new(Filter {
            input,
            condition,
            limit,
        }),
    ))
}

fn reduce(parser: &mut Parser<'_>, value: &Val<'_>) -> Result<Expr, Refusal> {
    let parts = named_values(value, &["input", "initialValue", "in"], &[])?;
    let (Some(Some(input)), Some(Some(start)), Some(Some(body))) =
        (parts.first(), parts.get(1), parts.get(2))
    else {
        return Err(Refusal::new("an argument is missing"));
    };
    let input = parser.expr(input).map_err(|refusal| refusal.under("input"))?;
    let start = parser
        .expr(start)
        .map_err(|refusal| refusal.under("initialValue"))?;
    let body = parser.with_names(&["value", "this"], |parser| parser.expr(body));
    let body = body.map_err(|refusal| refusal.under("in"))?;
    Ok(Expr::Form("$reduce", Box::new(Reduce { input, start, body })))
}

/// The array to go over; none when it is null or missing.
fn input<'a>(expr: &'a Expr, scope: &mut Scope<'a, '_>) -> Result<Option<crate::Arr<'a>>, Refusal> {
    match expr.eval(scope)? {
        Val::Missing | Val::Null => Ok(None),
        Val::Array(array) => Ok(Some(array)),
        other => Err(expected("input", "an array", &other)),
    }
}

impl Form for Map {
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        let Some(items) = input(&self.input, scope)? else {
            return Ok(Val::Null);
        };
        let (mut out, mut weight) = (Vec::new(), 0usize);
        for item in items.iter() {
            scope.cx.tick()?;
            let value = scope.with(item?, &self.body)?;
            weight = weight.saturating_add(value.weight());
            scope.cx.fits(weight)?;
            out.push(if value.is_missing() { Val::Null } else { value });
        }
        built_array(out, scope.cx)
    }
}

impl Form for Filter {
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        let Some(items) = input(&self.input, scope)? else {
            return Ok(Val::Null);
        };
        let limit = match &self.limit {
            None => usize::MAX,
            Some(limit) => match limit.eval(scope)? {
                Val::Missing | Val::Null => usize::MAX,
                limit => super::args::positive(&Val::Int(whole(&limit, "limit")?), "limit")?,
            },
        };
        let mut out = Vec::new();
        for item in items.iter() {
            scope.cx.tick()?;
            let item = item?;
            if scope.with(item.clone(), &self.condition)?.is_true() {
                out.push(item);
                if out.len() == limit {
                    break;
                }
            }
        }
        built_array(out, scope.cx)
    }
}

impl Form for Reduce {
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        let Some(items) = input(&self.input, scope)? else {
            return Ok(Val::Null);
        };
        let mut value = self.start.eval(scope)?;
        for item in items.iter() {
            scope.cx.tick()?;
            scope.vars.push(value);
            let next = scope.with(item?, &self.body);
            scope.vars.pop();
            value = next?;
        }
        Ok(value)
    }
}
