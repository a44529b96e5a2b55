//! `$trim`, `$ltrim`, `$rtrim`: whitespace, or the characters given.

use super::super::args::{Args, text};
use super::super::built_string;
use super::super::ops::{Op, Shape};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

const SHAPE: Shape = Shape::Named(&["input"], &["chars"]);

pub(in crate::expr) const OPS: &[Op] = &[
    Op {
        name: "$trim",
        shape: SHAPE,
        run: |args, cx| trim(args, cx, true, true),
    },
    Op {
        name: "$ltrim",
        shape: SHAPE,
        run: |args, cx| trim(args, cx, true, false),
    },
    Op {
        name: "$rtrim",
        shape: SHAPE,
        run: |args, cx| trim(args, cx, false, true),
    },
];

/// What MongoDB's manual lists as whitespace.
const BLANK: &str = "\0 \t\n\u{b}\u{c}\r\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\
                     \u{2007}\u{2008}\u{2009}\u{200a}";

fn trim<'a>(args: Args<'_, 'a>, cx: &Cx<'_>, left: bool, right: bool) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let input = text(args.at(0), "input")?;
    let chars = args.given(1).map(|chars| text(chars, "chars")).transpose()?;
    let chars = chars.as_deref().unwrap_or(BLANK);
    let trimmed = |char: char| chars.contains(char);
    let mut rest: &str = &input;
    if left {
        rest = rest.trim_start_matches(trimmed);
    }
    if right {
        rest = rest.trim_end_matches(trimmed);
    }
    built_string(rest.to_owned(), cx)
}
