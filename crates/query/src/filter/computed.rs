//! `$expr` in a filter: an expression over the whole document.
//!
//! A filter has no run around it, so its expression gets what it needs when it is read: the bounds, and the clock that
//! its time is counted by. What would give another answer each time (`$$NOW`, `$rand`) is refused then.

use std::time::{Duration, Instant};

use jsonb::Value;

use crate::expr::{Expr, Parser, Scope};
use crate::pipeline::{Around, Cx, NoSource};
use crate::{Limits, Refusal, Val};

#[derive(Debug)]
pub(crate) struct Computed {
    expr: Expr,
    limits: Limits,
    begun: Instant,
}

impl Computed {
    pub(super) fn parse(value: Value<'_>, limits: &Limits) -> Result<Self, Refusal> {
        Ok(Self {
            expr: Parser::steady(limits).expr(&Val::of(value)?)?,
            limits: limits.clone(),
            begun: Instant::now(),
        })
    }

    /// Whether the expression is true of the document.
    pub(super) fn holds(&self, document: Value<'_>) -> Result<bool, Refusal> {
        let elapsed = || -> Duration { self.begun.elapsed() };
        let cx = Cx::new(Around {
            now: 0,
            elapsed: &elapsed,
            source: &NoSource,
            seed: 0,
            limits: &self.limits,
        });
        let value = self.expr.eval(&mut Scope::new(Val::of(document)?, &[], &cx));
        value
            .map(|value| value.is_true())
            .map_err(|refusal| refusal.under("$expr"))
    }
}
