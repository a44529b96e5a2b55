//! `$let`: variables for one expression.

use super::ops::FormOp;
use super::parse::named_values;
use super::{Expr, Form, Parser, Scope};
use crate::{Refusal, Text, Val, cut};

pub(super) const FORMS: &[FormOp] = &[("$let", parse)];

#[derive(Debug)]
struct Let {
    vars: Vec<Expr>,
    body: Expr,
}

fn parse(parser: &mut Parser<'_>, value: &Val<'_>) -> Result<Expr, Refusal> {
    let parts = named_values(value, &["vars", "in"], &[])?;
    let (Some(Some(vars)), Some(Some(body))) = (parts.first(), parts.get(1)) else {
        return Err(Refusal::new("needs `vars` and `in`"));
    };
    let vars = variables(parser, vars).map_err(|refusal| refusal.under("vars"))?;
    let names: Vec<&str> = vars.iter().map(|(name, _)| &**name).collect();
    let body = parser.with_names(&names, |parser| parser.expr(body));
    let body = body.map_err(|refusal| refusal.under("in"))?;
    let vars = vars.into_iter().map(|(_, value)| value).collect();
    Ok(Expr::Form("$let", Box::new(Let { vars, body })))
}

/// A document of variables: their names and what they are bound to.
pub(crate) fn variables<'a>(
    parser: &mut Parser<'_>,
    value: &Val<'a>,
) -> Result<Vec<(Text<'a>, Expr)>, Refusal> {
    let Val::Document(document) = value else {
        return Err(Refusal::new(format!(
            "must be a document, not {}",
            value.type_name()
        )));
    };
    let mut vars = Vec::new();
    for field in document.iter() {
        let (name, value) = field?;
        check_name(&name)?;
        let value = parser.expr(&value).map_err(|refusal| refusal.under(&*name))?;
        vars.push((name, value));
    }
    Ok(vars)
}

/// A user's variable starts with a lower case letter (or is `CURRENT`), so that it cannot hide a system variable.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let starts_well = name
        .chars()
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || !first.is_ascii());
    let goes_on_well = name
        .chars()
        .all(|char| char.is_ascii_alphanumeric() || char == '_' || !char.is_ascii());
    if (starts_well && goes_on_well) || name == "CURRENT" {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "`{}` is not a name for a variable",
        cut(name)
    )))
}

impl Form for Let {
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        // The variables of one $let do not see each other.
        let values = self
            .vars
            .iter()
            .map(|var| var.eval(scope))
            .collect::<Result<Vec<_>, Refusal>>()?;
        let before = scope.vars.len();
        scope.vars.extend(values);
        let result = self.body.eval(scope);
        scope.vars.truncate(before);
        result
    }
}
