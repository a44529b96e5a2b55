//! Accumulators: what `$group` and its like make of many documents.
//!
//! A [`Field`] is parsed once; each group has a [`Tally`] for it. What a tally keeps is owned and counted against
//! the run's memory.

mod avg;
mod count;
mod extreme;
mod first_last;
mod kept;
mod merge_objects;
mod n;
mod push;
mod ranked;
mod std_dev;
mod sum;

use jsonb::ObjectBuilder;

use crate::expr::{Expr, Order, Parser, named_values, unknown};
use crate::pipeline::Cx;
use crate::{Refusal, Text, Val, cut};

pub(crate) use kept::Kept;
pub(crate) use std_dev::Spread;

/// One computed field of a group.
#[derive(Debug)]
pub(crate) struct Field {
    name: Text<'static>,
    input: Expr,
    kind: Kind,
}

/// Which accumulator.
#[derive(Debug, Clone)]
enum Kind {
    Sum,
    Avg,
    Count,
    Min,
    Max,
    First,
    Last,
    Push,
    AddToSet,
    StdDev {
        sample: bool,
    },
    MergeObjects,
    FirstN(usize),
    LastN(usize),
    ExtremeN {
        n: usize,
        most: bool,
    },
    /// Sorted; the input is an array of the output and the document.
    Ranked {
        order: Order,
        n: Option<usize>,
        top: bool,
    },
}

/// What one group has gathered for one field.
pub(crate) trait Tally {
    /// Takes the value of one document.
    fn add(&mut self, value: &Val<'_>, cx: &Cx<'_>) -> Result<(), Refusal>;

    /// Writes the result as the field `name`.
    fn finish(&mut self, out: ObjectBuilder, name: &str, cx: &Cx<'_>) -> Result<ObjectBuilder, Refusal>;
}

impl Field {
    /// A field that counts documents.
    pub(crate) fn counting(name: &'static str) -> Self {
        Self {
            name: name.into(),
            input: Expr::Literal(Val::Null),
            kind: Kind::Count,
        }
    }

    /// Parses `name: {accumulator: argument}`.
    pub(crate) fn parse(name: &str, value: &Val<'_>, parser: &mut Parser<'_>) -> Result<Self, Refusal> {
        if name.contains('.') || name.starts_with('$') {
            return Err(Refusal::new(format!("`{}` is not a name for a field", cut(name))));
        }
        let Val::Document(document) = value else {
            return Err(Refusal::new("must be a document with an accumulator"));
        };
        let mut entries = document.iter();
        let (Some(entry), None) = (entries.next(), entries.next()) else {
            return Err(Refusal::new("must have exactly one accumulator"));
        };
        let (operator, argument) = entry?;
        let parsed = accumulator(&operator, &argument, parser);
        let (kind, input) = parsed.map_err(|refusal| refusal.under(&*operator))?;
        Ok(Self {
            name: name.to_owned().into(),
            input,
            kind,
        })
    }

    /// The field's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What is evaluated for each document.
    pub(crate) fn input(&self) -> &Expr {
        &self.input
    }

    /// Starts it for a group.
    pub(crate) fn start(&self) -> Box<dyn Tally> {
        match &self.kind {
            Kind::Sum => Box::new(sum::Sum::default()),
            Kind::Avg => Box::new(avg::Avg::default()),
            Kind::Count => Box::new(count::Count::default()),
            Kind::Min => Box::new(extreme::Extreme::new(false)),
            Kind::Max => Box::new(extreme::Extreme::new(true)),
            Kind::First => Box::new(first_last::First::default()),
            Kind::Last => Box::new(first_last::Last::default()),
            Kind::Push => Box::new(push::Push::default()),
            Kind::AddToSet => Box::new(push::AddToSet::default()),
            Kind::StdDev { sample } => Box::new(std_dev::StdDev::new(*sample)),
            Kind::MergeObjects => Box::new(merge_objects::MergeObjects::default()),
            Kind::FirstN(n) => Box::new(n::FirstN::new(*n)),
            Kind::LastN(n) => Box::new(n::LastN::new(*n)),
            Kind::ExtremeN { n, most } => Box::new(n::ExtremeN::new(*n, *most)),
            Kind::Ranked { order, n, top } => Box::new(ranked::Ranked::new(order.clone(), *n, *top)),
        }
    }
}

fn accumulator(name: &str, argument: &Val<'_>, parser: &mut Parser<'_>) -> Result<(Kind, Expr), Refusal> {
    let kind = match name {
        "$sum" => Kind::Sum,
        "$avg" => Kind::Avg,
        "$min" => Kind::Min,
        "$max" => Kind::Max,
        "$first" => Kind::First,
        "$last" => Kind::Last,
        "$push" => Kind::Push,
        "$addToSet" => Kind::AddToSet,
        "$stdDevPop" => Kind::StdDev { sample: false },
        "$stdDevSamp" => Kind::StdDev { sample: true },
        "$mergeObjects" => Kind::MergeObjects,
        "$count" => {
            named_values(argument, &[], &[])?;
            return Ok((Kind::Count, Expr::Literal(Val::Null)));
        }
        "$firstN" | "$lastN" | "$minN" | "$maxN" => return n_of(name, argument, parser),
        "$top" | "$bottom" | "$topN" | "$bottomN" => return ranked(name, argument, parser),
        _ => {
            let refusal = unknown(name);
            let known = refusal.why.starts_with("not supported");
            let none = || Refusal::new(format!("there is no accumulator `{}`", cut(name)));
            return Err(if known { refusal } else { none() });
        }
    };
    Ok((kind, parser.expr(argument)?))
}

/// A number of values to keep; a constant, so that it is the same for all groups.
fn constant_n(value: &Val<'_>, parser: &mut Parser<'_>) -> Result<usize, Refusal> {
    let expr = parser.expr(value).map_err(|refusal| refusal.under("n"))?;
    let Some(constant) = expr.constant() else {
        return Err(Refusal::new("`n` must be a constant"));
    };
    crate::expr::args::positive(constant, "n")
}

fn n_of(name: &str, argument: &Val<'_>, parser: &mut Parser<'_>) -> Result<(Kind, Expr), Refusal> {
    let mut parts = named_values(argument, &["input", "n"], &[])?
        .into_iter()
        .flatten();
    let (Some(input), Some(n)) = (parts.next(), parts.next()) else {
        return Err(Refusal::new("an argument is missing"));
    };
    let n = constant_n(&n, parser)?;
    let kind = match name {
        "$firstN" => Kind::FirstN(n),
        "$lastN" => Kind::LastN(n),
        name => Kind::ExtremeN {
            n,
            most: name == "$maxN",
        },
    };
    Ok((
        kind,
        parser.expr(&input).map_err(|refusal| refusal.under("input"))?,
    ))
}

fn ranked(name: &str, argument: &Val<'_>, parser: &mut Parser<'_>) -> Result<(Kind, Expr), Refusal> {
    let required: &[&str] = if name.ends_with('N') {
        &["sortBy", "output", "n"]
    } else {
        &["sortBy", "output"]
    };
    let mut parts = named_values(argument, required, &[])?.into_iter().flatten();
    let (Some(order), Some(output), n) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Refusal::new("an argument is missing"));
    };
    if !matches!(order, Val::Document(_)) {
        return Err(Refusal::new(
            "`sortBy` must be a document of fields and directions",
        ));
    }
    let order = Order::parse(&order).map_err(|refusal| refusal.under("sortBy"))?;
    let n = n.map(|n| constant_n(&n, parser)).transpose()?;
    let output = parser.expr(&output).map_err(|refusal| refusal.under("output"))?;
    let document = parser.expr(&Val::str("$$CURRENT"))?;
    let kind = Kind::Ranked {
        order,
        n,
        top: name.starts_with("$top"),
    };
    Ok((kind, Expr::Array(vec![output, document])))
}
