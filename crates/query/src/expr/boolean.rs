//! `$and`, `$or`, `$not`; the first two stop at the operand that decides.

use super::ops::{FormOp, Op, Shape};
use super::{Expr, Form, Parser, Scope};
use crate::{Refusal, Val};

pub(super) const OPS: &[Op] = &[Op {
    name: "$not",
    shape: Shape::List(1, 1),
    run: |args, _| Ok(Val::Bool(!args.at(0).is_true())),
}];

pub(super) const FORMS: &[FormOp] = &[
    ("$and", |parser, value| decide(parser, value, "$and", false)),
    ("$or", |parser, value| decide(parser, value, "$or", true)),
];

/// Looks for an operand that is `decisive`; without one the answer is the opposite.
#[derive(Debug)]
struct Decide {
    operands: Vec<Expr>,
    decisive: bool,
}

fn decide(
    parser: &mut Parser<'_>,
    value: &Val<'_>,
    name: &'static str,
    decisive: bool,
) -> Result<Expr, Refusal> {
    let operands = parser.exprs(value)?;
    Ok(Expr::Form(name, Box::new(Decide { operands, decisive })))
}

impl Form for Decide {
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        for operand in &self.operands {
            if operand.eval(scope)?.is_true() == self.decisive {
                return Ok(Val::Bool(self.decisive));
            }
        }
        Ok(Val::Bool(!self.decisive))
    }
}
