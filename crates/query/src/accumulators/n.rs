//! `$firstN`, `$lastN`, `$minN`, `$maxN`: so many values as an array.

use std::collections::VecDeque;

use jsonb::ObjectBuilder;

use super::{Kept, Tally};
use crate::pipeline::Cx;
use crate::{Refusal, Val, compare};

fn write<'k>(
    kept: impl Iterator<Item = &'k Kept>,
    out: ObjectBuilder,
    name: &str,
    cx: &Cx<'_>,
) -> Result<ObjectBuilder, Refusal> {
    let mut items = jsonb::array();
    for value in kept {
        items = value.item(items)?;
    }
    let items = items.finish();
    cx.fits(items.as_bytes().len())?;
    Ok(out.field_body(name, &items))
}

pub(super) struct FirstN {
    n: usize,
    kept: Vec<Kept>,
}

impl FirstN {
    pub(super) fn new(n: usize) -> Self {
        Self { n, kept: Vec::new() }
    }
}

impl Tally for FirstN {
    fn add(&mut self, value: &Val<'_>, cx: &Cx<'_>) -> Result<(), Refusal> {
        if self.kept.len() < self.n {
            self.kept.push(Kept::of(value, cx)?);
        }
        Ok(())
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, cx: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        write(self.kept.iter(), out, name, cx)
    }
}

pub(super) struct LastN {
    n: usize,
    kept: VecDeque<Kept>,
}

impl LastN {
    pub(super) fn new(n: usize) -> Self {
        Self {
            n,
            kept: VecDeque::new(),
        }
    }
}

impl Tally for LastN {
    fn add(&mut self, value: &Val<'_>, cx: &Cx<'_>) -> Result<(), Refusal> {
        if self.kept.len() == self.n
            && let Some(first) = self.kept.pop_front()
        {
            first.release(cx);
        }
        self.kept.push_back(Kept::of(value, cx)?);
        Ok(())
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, cx: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        write(self.kept.iter(), out, name, cx)
    }
}

/// The least or greatest; up to twice as many are kept between two clean-ups.
pub(super) struct ExtremeN {
    n: usize,
    most: bool,
    kept: Vec<Kept>,
}

impl ExtremeN {
    pub(super) fn new(n: usize, most: bool) -> Self {
        Self {
            n,
            most,
            kept: Vec::new(),
        }
    }

    fn prune(&mut self, cx: &Cx<'_>) -> Result<(), Refusal> {
        cx.work(self.kept.len())?;
        self.kept
            .sort_by(|left, right| match (left.view(), right.view()) {
                (Ok(left), Ok(right)) if self.most => compare(&right, &left),
                (Ok(left), Ok(right)) => compare(&left, &right),
                // Damage is reported when the value is written.
                _ => std::cmp::Ordering::Equal,
            });
        for dropped in self.kept.drain(self.n.min(self.kept.len())..) {
            dropped.release(cx);
        }
        Ok(())
    }
}

impl Tally for ExtremeN {
    fn add(&mut self, value: &Val<'_>, cx: &Cx<'_>) -> Result<(), Refusal> {
        if value.is_nullish() {
            return Ok(());
        }
        self.kept.push(Kept::of(value, cx)?);
        if self.kept.len() > self.n.saturating_mul(2).max(16) {
            self.prune(cx)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, cx: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        self.prune(cx)?;
        write(self.kept.iter(), out, name, cx)
    }
}
