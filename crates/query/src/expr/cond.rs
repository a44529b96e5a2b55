//! `$cond`, `$ifNull`, `$switch`: only what is chosen is evaluated.

use super::ops::FormOp;
use super::parse::named_values;
use super::{Expr, Form, Parser, Scope};
use crate::{Refusal, Val};

pub(super) const FORMS: &[FormOp] = &[("$cond", cond), ("$ifNull", if_null), ("$switch", switch)];

/// Conditions with their results, in order.
#[derive(Debug)]
struct Choice {
    branches: Vec<(Expr, Expr)>,
    otherwise: Option<Expr>,
}

impl Form for Choice {
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        for (condition, result) in &self.branches {
            if condition.eval(scope)?.is_true() {
                return result.eval(scope);
            }
        }
        match &self.otherwise {
            Some(otherwise) => otherwise.eval(scope),
            None => Err(Refusal::new("no branch applies and there is no `default`")),
        }
    }
}

fn cond(parser: &mut Parser<'_>, value: &Val<'_>) -> Result<Expr, Refusal> {
    let parts = match value {
        Val::Array(_) => parser.exprs(value)?,
        named => {
            let parts = parser.named(named, &["if", "then", "else"], &[])?;
            parts.into_iter().flatten().collect()
        }
    };
    let [condition, then, otherwise]: [Expr; 3] = parts.try_into().map_err(|parts: Vec<Expr>| {
        Refusal::new(format!("takes exactly 3 arguments, not {}", parts.len()))
    })?;
    let choice = Choice {
        branches: vec![(condition, then)],
        otherwise: Some(otherwise),
    };
    Ok(Expr::Form("$cond", Box::new(choice)))
}

fn switch(parser: &mut Parser<'_>, value: &Val<'_>) -> Result<Expr, Refusal> {
    let parts = named_values(value, &["branches"], &["default"])?;
    let Some(Some(Val::Array(list))) = parts.first() else {
        return Err(Refusal::new("`branches` must be an array"));
    };
    let mut branches = Vec::new();
    for (index, branch) in list.iter().enumerate() {
        let parsed = parser.named(&branch?, &["case", "then"], &[]);
        let parsed = parsed.map_err(|refusal| refusal.under(format_args!("branches.{index}")))?;
        let mut parsed = parsed.into_iter().flatten();
        if let (Some(case), Some(then)) = (parsed.next(), parsed.next()) {
            branches.push((case, then));
        }
    }
    if branches.is_empty() {
        return Err(Refusal::new("needs at least one branch"));
    }
    let otherwise = match parts.get(1) {
        Some(Some(default)) => Some(parser.expr(default).map_err(|refusal| refusal.under("default"))?),
        _ => None,
    };
    Ok(Expr::Form("$switch", Box::new(Choice { branches, otherwise })))
}

/// The first operand that is neither null nor missing, else the last.
#[derive(Debug)]
struct IfNull(Vec<Expr>);

fn if_null(parser: &mut Parser<'_>, value: &Val<'_>) -> Result<Expr, Refusal> {
    let operands = parser.exprs(value)?;
    match operands.len() {
        0 | 1 => Err(Refusal::new(format!(
            "takes at least 2 arguments, not {}",
            operands.len()
        ))),
        _ => Ok(Expr::Form("$ifNull", Box::new(IfNull(operands)))),
    }
}

impl Form for IfNull {
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        let mut last = Val::Missing;
        for operand in &self.0 {
            last = operand.eval(scope)?;
            if !last.is_nullish() {
                break;
            }
        }
        Ok(last)
    }
}
