//! `$top`, `$bottom`, `$topN`, `$bottomN`: what the first or last documents have, in an order of their own.

use std::cmp::Ordering;

use jsonb::ObjectBuilder;

use super::{Kept, Tally};
use crate::expr::Order;
use crate::pipeline::Cx;
use crate::{Refusal, Val};

/// A document's place and what it contributes.
struct Row {
    key: Vec<Val<'static>>,
    output: Kept,
}

/// The rows at one end of the order; up to twice as many are kept between two clean-ups.
pub(super) struct Ranked {
    order: Order,
    /// How many; none asks for one alone, not in an array.
    n: Option<usize>,
    top: bool,
    rows: Vec<Row>,
}

impl Ranked {
    pub(super) fn new(order: Order, n: Option<usize>, top: bool) -> Self {
        Self {
            order,
            n,
            top,
            rows: Vec::new(),
        }
    }

    fn count(&self) -> usize {
        self.n.unwrap_or(1)
    }

    /// Sorts, and drops what is at the other end. Rows that are equal stay in the order they came in.
    fn prune(&mut self, cx: &Cx<'_>) -> Result<(), Refusal> {
        cx.work(self.rows.len())?;
        let order = |left: &Row, right: &Row| -> Ordering { self.order.compare(&left.key, &right.key) };
        self.rows.sort_by(order);
        let beyond = self.rows.len().saturating_sub(self.count());
        let dropped = if self.top {
            self.count().min(self.rows.len())..self.rows.len()
        } else {
            0..beyond
        };
        for row in self.rows.drain(dropped) {
            row.output.release(cx);
            cx.release(row.key.iter().map(Val::weight).sum());
        }
        Ok(())
    }
}

impl Tally for Ranked {
    fn add(&mut self, value: &Val<'_>, cx: &Cx<'_>) -> Result<(), Refusal> {
        let Val::Array(pair) = value else {
            return Ok(());
        };
        let key = self.order.key(&pair.at(1)?)?;
        let key = key
            .into_iter()
            .map(Val::into_owned)
            .collect::<Result<Vec<_>, Refusal>>()?;
        cx.hold(key.iter().map(Val::weight).sum())?;
        let output = Kept::of(&pair.at(0)?, cx)?;
        self.rows.push(Row { key, output });
        if self.rows.len() > self.count().saturating_mul(2).max(16) {
            self.prune(cx)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, cx: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        self.prune(cx)?;
        if self.n.is_none() {
            return match self.rows.first() {
                Some(row) => row.output.field(out, name),
                None => Ok(out.field_null(name)),
            };
        }
        let mut items = jsonb::array();
        for row in &self.rows {
            items = row.output.item(items)?;
        }
        let items = items.finish();
        cx.fits(items.as_bytes().len())?;
        Ok(out.field_body(name, &items))
    }
}
