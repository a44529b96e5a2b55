//! `$literal` (and `$const`, its other name): a value that is not read as an expression.

use super::ops::FormOp;
use super::{Expr, Parser};
use crate::{Refusal, Val};

pub(super) const FORMS: &[FormOp] = &[("$literal", literal), ("$const", literal)];

fn literal(_: &mut Parser<'_>, value: &Val<'_>) -> Result<Expr, Refusal> {
    Ok(Expr::Literal(value.clone().into_owned()?))
}
