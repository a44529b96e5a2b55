//! `$indexOfBytes`, `$indexOfCP`: where a string is in another, from -1.

use super::super::args::{Args, string, whole};
use super::super::ops::{Op, Shape};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

pub(in crate::expr) const OPS: &[Op] = &[
    Op {
        name: "$indexOfBytes",
        shape: Shape::List(2, 4),
        run: index_of_bytes,
    },
    Op {
        name: "$indexOfCP",
        shape: Shape::List(2, 4),
        run: index_of_cp,
    },
];

/// The start and end given as the arguments 2 and 3.
pub(in crate::expr) fn bounds(args: Args<'_, '_>) -> Result<(usize, usize), Refusal> {
    let bound = |index, what: &str, default| match args.given(index) {
        None => Ok(default),
        Some(value) => {
            let number = whole(value, what)?;
            usize::try_from(number)
                .map_err(|_| Refusal::new(format!("{what} must be at least 0, not {number}")))
        }
    };
    Ok((bound(2, "the start", 0)?, bound(3, "the end", usize::MAX)?))
}

fn index_of_bytes<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.at(0).is_nullish() {
        return Ok(Val::Null);
    }
    let (text, part) = (
        string(args.at(0), "the string")?,
        string(args.at(1), "the substring")?,
    );
    let (start, end) = bounds(args)?;
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let within = text.get(start..end.min(text.len()));
    let found = within.and_then(|within| match part {
        [] => Some(0),
        part => jump_find(within, part),
    });
    Ok(place(found, start))
}

fn index_of_cp<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.at(0).is_nullish() {
        return Ok(Val::Null);
    }
    let (text, part) = (
        string(args.at(0), "the string")?,
        string(args.at(1), "the substring")?,
    );
    let (start, end) = bounds(args)?;
    // Places in bytes, also of the end itself.
    let at = |index: usize| {
        text.char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .nth(index)
    };
    let Some(from) = at(start) else {
        return Ok(Val::Int(-1));
    };
    let to = at(end).unwrap_or(text.len());
    let within = text.get(from..to);
    let found = within.and_then(|within| Some(within.get(..within.find(part)?)?.chars().count()));
    Ok(place(found, start))
}

fn place(found: Option<usize>, start: usize) -> Val<'static> {
    let place = found.and_then(|found| i64::try_from(found + start).ok());
    Val::Int(place.unwrap_or(-1))
}

/// The first place of `part`, which need not be at a character's boundary.
fn jump_find(text: &[u8], part: &[u8]) -> Option<usize> {
    // Valid UTF-8 is only found at boundaries, so searching characters finds the same; a cut range is not text.
    match (std::str::from_utf8(text), std::str::from_utf8(part)) {
        (Ok(text), Ok(part)) => text.find(part),
        _ => text.windows(part.len()).position(|window| window == part),
    }
}
