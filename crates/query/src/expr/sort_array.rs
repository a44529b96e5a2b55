//! `$sortArray`: sorting the elements of an array, whole or by their fields; also what `$top` and its like sort by.

use std::cmp::Ordering;

use super::args::expected;
use super::ops::FormOp;
use super::parse::named_values;
use super::{Expr, Form, Parser, Path, Scope, built_array};
use crate::{Refusal, Val, compare};

pub(super) const FORMS: &[FormOp] = &[("$sortArray", parse)];

/// An order of values: by themselves, or by fields of theirs.
#[derive(Debug, Clone)]
pub(crate) struct Order(Vec<(Path, bool)>);

impl Order {
    /// Reads `1`, `-1` or `{field: 1, …}`.
    pub(crate) fn parse(value: &Val<'_>) -> Result<Self, Refusal> {
        let Val::Document(document) = value else {
            return Ok(Self(vec![(Path::empty(), descending(value)?)]));
        };
        let mut keys = Vec::new();
        for field in document.iter() {
            let (name, direction) = field?;
            let key = Path::parse(&name).and_then(|path| Ok((path, descending(&direction)?)));
            keys.push(key.map_err(|refusal| refusal.under(&*name))?);
        }
        match keys.len() {
            0 => Err(Refusal::new("needs at least one field")),
            1..=32 => Ok(Self(keys)),
            _ => Err(Refusal::new("sorts by at most 32 fields")),
        }
    }

    /// What a value is sorted by.
    pub(crate) fn key<'a>(&self, value: &Val<'a>) -> Result<Vec<Val<'a>>, Refusal> {
        self.0
            .iter()
            .map(|(path, descending)| {
                let found = path.of(value)?;
                // A value that is sorted by itself counts as a whole, arrays too.
                if path.names().is_empty() {
                    Ok(found)
                } else {
                    representative(found, *descending)
                }
            })
            .collect()
    }

    /// How two keys are ordered.
    pub(crate) fn compare(&self, left: &[Val<'_>], right: &[Val<'_>]) -> Ordering {
        let pairs = self.0.iter().zip(left.iter().zip(right));
        pairs.fold(Ordering::Equal, |order, ((_, descending), (left, right))| {
            order.then_with(|| {
                let order = compare(left, right);
                if *descending { order.reverse() } else { order }
            })
        })
    }
}

/// What an array stands for in a sort: its least element, or the greatest when it descends.
fn representative(value: Val<'_>, descending: bool) -> Result<Val<'_>, Refusal> {
    let Val::Array(items) = value else {
        return Ok(if value.is_missing() { Val::Null } else { value });
    };
    let mut best: Option<Val<'_>> = None;
    for item in items.iter() {
        let item = item?;
        let better = best.as_ref().is_none_or(|best| {
            let order = compare(&item, best);
            if descending { order.is_gt() } else { order.is_lt() }
        });
        if better {
            best = Some(item);
        }
    }
    // An empty array is less than null.
    Ok(best.unwrap_or(Val::Missing))
}

fn descending(value: &Val<'_>) -> Result<bool, Refusal> {
    match value.as_i64() {
        Some(1) => Ok(false),
        Some(-1) => Ok(true),
        _ => Err(Refusal::new("the direction must be 1 or -1")),
    }
}

#[derive(Debug)]
struct SortArray {
    input: Expr,
    order: Order,
}

fn parse(parser: &mut Parser<'_>, value: &Val<'_>) -> Result<Expr, Refusal> {
    let mut parts = named_values(value, &["input", "sortBy"], &[])?
        .into_iter()
        .flatten();
    let (Some(input), Some(order)) = (parts.next(), parts.next()) else {
        return Err(Refusal::new("an argument is missing"));
    };
    let input = parser.expr(&input).map_err(|refusal| refusal.under("input"))?;
    let order = Order::parse(&order).map_err(|refusal| refusal.under("sortBy"))?;
    Ok(Expr::Form("$sortArray", Box::new(SortArray { input, order })))
}

impl Form for SortArray {
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        let items = match self.input.eval(scope)? {
            Val::Missing | Val::Null => return Ok(Val::Null),
            Val::Array(items) => items,
            other => return Err(expected("input", "an array", &other)),
        };
        let mut keyed = Vec::new();
        for item in items.iter() {
            scope.cx.tick()?;
            let item = item?;
            keyed.push((self.order.key(&item)?, item));
        }
        keyed.sort_by(|(left, _), (right, _)| self.order.compare(left, right));
        built_array(keyed.into_iter().map(|(_, item)| item).collect(), scope.cx)
    }
}
