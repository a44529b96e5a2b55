//! `$sort`: all documents in order; equal ones stay in the order they came in.
//!
//! With a `$limit` after it only as many documents are kept (up to twice as many, between two clean-ups), so the
//! top of a large collection takes little memory.

use jsonb::Value;

use super::{Lead, Parsed, Stage, State, Vars};
use crate::expr::Parser;
use crate::pipeline::{Cx, Flow, Next};
use crate::{Refusal, Sort as Order, SortKey};

#[derive(Debug)]
pub(super) struct Sort {
    order: Order,
    most: usize,
}

impl Sort {
    pub(super) fn by(order: Order) -> Self {
        Self {
            order,
            most: usize::MAX,
        }
    }
}

pub(super) fn parse(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    let order = Order::parse(&value, parser.limits)?;
    match order.is_empty() {
        true => Err(Refusal::new("needs at least one path")),
        false => Ok(Box::new(Sort::by(order))),
    }
}

impl Stage for Sort {
    fn name(&self) -> &'static str {
        "$sort"
    }

    fn start<'p>(&'p self, _: &Vars) -> Box<dyn State + 'p> {
        Box::new(Sorting {
            spec: self,
            rows: Vec::new(),
            worst: None,
        })
    }

    fn lead(&self) -> Lead<'_> {
        Lead::Sort(&self.order)
    }

    fn take_at_most(&mut self, count: usize) {
        self.most = self.most.min(count);
    }
}

/// A document held back.
struct Row {
    key: SortKey<'static>,
    document: Box<[u8]>,
    weight: usize,
}

struct Sorting<'p> {
    spec: &'p Sort,
    rows: Vec<Row>,
    /// The key of the last document that is surely among those asked for.
    worst: Option<SortKey<'static>>,
}

impl Sorting<'_> {
    /// Drops what is beyond those asked for.
    fn prune(&mut self, cx: &Cx<'_>) -> Result<(), Refusal> {
        cx.work(self.rows.len())?;
        self.rows
            .sort_by(|left, right| self.spec.order.compare(&left.key, &right.key));
        if self.rows.len() > self.spec.most {
            let dropped = self.rows.drain(self.spec.most..);
            cx.release(dropped.map(|row| row.weight).sum());
        }
        if self.rows.len() == self.spec.most {
            self.worst = self.rows.last().map(|row| row.key.clone());
        }
        Ok(())
    }
}

impl State for Sorting<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let key = self.spec.order.key(document)?;
        if let Some(worst) = &self.worst
            && self.spec.order.compare(&key, worst).is_ge()
        {
            return Ok(Flow::More);
        }
        let key = key.into_owned()?;
        let document: Box<[u8]> = document.as_bytes().into();
        let weight = size_of::<Row>() + document.len() + key.weight();
        next.cx.hold(weight)?;
        self.rows.push(Row {
            key,
            document,
            weight,
        });
        if self.rows.len() >= self.spec.most.saturating_mul(2).max(64) && self.rows.len() > self.spec.most {
            self.prune(next.cx)?;
        }
        Ok(Flow::More)
    }

    fn finish(&mut self, next: &mut Next<'_, '_>) -> Result<(), Refusal> {
        self.prune(next.cx)?;
        for row in std::mem::take(&mut self.rows) {
            next.cx.release(row.weight);
            if next.push(Value::of(&row.document))? == Flow::Enough {
                break;
            }
        }
        Ok(())
    }
}
