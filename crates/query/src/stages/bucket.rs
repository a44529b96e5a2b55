//! `$bucket`: groups between given boundaries.

use jsonb::Value;

use super::group::{Group, Id, output};
use super::{Parsed, val};
use crate::accumulators::Field;
use crate::expr::{Parser, args, named_values};
use crate::{Refusal, Val, compare};

pub(super) fn parse(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    let parts = named_values(&val(value)?, &["groupBy", "boundaries"], &["default", "output"])?;
    let mut parts = parts.into_iter();
    let (by, bounds) = (parts.next().flatten(), parts.next().flatten());
    let (outside, fields) = (parts.next().flatten(), parts.next().flatten());
    let by = parser
        .expr(&by.unwrap_or(Val::Missing))
        .map_err(|refusal| refusal.under("groupBy"))?;
    let bounds =
        boundaries(&bounds.unwrap_or(Val::Missing), parser).map_err(|refusal| refusal.under("boundaries"))?;
    let outside = match outside {
        None => None,
        Some(value) => Some(default(&value, &bounds, parser).map_err(|refusal| refusal.under("default"))?),
    };
    let fields = match fields {
        None => vec![Field::counting("count")],
        Some(fields) => output(&fields, parser).map_err(|refusal| refusal.under("output"))?,
    };
    Ok(Box::new(Group::new(
        "$bucket",
        Id::Bounds { by, bounds, outside },
        fields,
    )))
}

fn constant(value: &Val<'_>, parser: &mut Parser<'_>) -> Result<Val<'static>, Refusal> {
    let expr = parser.expr(value)?;
    expr.constant()
        .cloned()
        .ok_or_else(|| Refusal::new("must be constant"))
}

/// At least two constants of one type, each greater than the one before.
fn boundaries(value: &Val<'_>, parser: &mut Parser<'_>) -> Result<Vec<Val<'static>>, Refusal> {
    let bounds = args::elements(&constant(value, parser)?, "the boundaries")?;
    if bounds.len() < 2 {
        return Err(Refusal::new("needs at least two boundaries"));
    }
    for pair in bounds.windows(2) {
        let [low, high] = pair else { continue };
        if low.rank() != high.rank() {
            return Err(Refusal::new("the boundaries must be of one type"));
        }
        if compare(low, high).is_ge() {
            return Err(Refusal::new("the boundaries must be in ascending order"));
        }
    }
    Ok(bounds)
}

/// The id of everything outside, which must not look like a bucket inside.
fn default(
    value: &Val<'_>,
    bounds: &[Val<'static>],
    parser: &mut Parser<'_>,
) -> Result<Val<'static>, Refusal> {
    let value = constant(value, parser)?;
    let below = bounds.first().is_some_and(|first| compare(&value, first).is_lt());
    let above = bounds.last().is_some_and(|last| compare(&value, last).is_ge());
    if below || above {
        return Ok(value);
    }
    Err(Refusal::new(
        "must be less than the first boundary, or not less than the last",
    ))
}
