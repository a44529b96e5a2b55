//! `$sample`: so many documents at random, each choice as likely.

use jsonb::Value;

use super::{Parsed, Stage, State, Vars, val};
use crate::Refusal;
use crate::expr::{Parser, args, named_values};
use crate::pipeline::{Flow, Next};

#[derive(Debug)]
struct Sample(usize);

pub(super) fn parse(value: Value<'_>, _: &mut Parser<'_>) -> Parsed {
    let parts = named_values(&val(value)?, &["size"], &[])?;
    let size = parts.into_iter().flatten().next().unwrap_or(crate::Val::Missing);
    Ok(Box::new(Sample(args::positive(&size, "size")?)))
}

impl Stage for Sample {
    fn name(&self) -> &'static str {
        "$sample"
    }

    fn start<'p>(&'p self, _: &Vars) -> Box<dyn State + 'p> {
        Box::new(Sampling {
            size: self.0,
            seen: 0,
            kept: Vec::new(),
        })
    }
}

/// A reservoir: each document replaces a kept one with the chance that it belongs to the sample.
struct Sampling {
    size: usize,
    seen: u64,
    kept: Vec<Box<[u8]>>,
}

impl State for Sampling {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        self.seen += 1;
        let place = if self.kept.len() < self.size {
            next.cx.hold(size_of::<Box<[u8]>>())?;
            self.kept.push(Box::default());
            self.kept.len() - 1
        } else {
            usize::try_from(next.cx.random() % self.seen).unwrap_or(usize::MAX)
        };
        if let Some(kept) = self.kept.get_mut(place) {
            next.cx.release(kept.len());
            next.cx.hold(document.as_bytes().len())?;
            *kept = document.as_bytes().into();
        }
        Ok(Flow::More)
    }

    fn finish(&mut self, next: &mut Next<'_, '_>) -> Result<(), Refusal> {
        // The places of the first documents are not random yet.
        for last in (1..self.kept.len()).rev() {
            let bound = u64::try_from(last + 1).unwrap_or(u64::MAX);
            let other = usize::try_from(next.cx.random() % bound).unwrap_or(0);
            self.kept.swap(last, other);
        }
        for document in std::mem::take(&mut self.kept) {
            next.cx.release(document.len() + size_of::<Box<[u8]>>());
            if next.push(Value::of(&document))? == Flow::Enough {
                break;
            }
        }
        Ok(())
    }
}
