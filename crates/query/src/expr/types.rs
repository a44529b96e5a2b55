//! `$type`, `$isNumber`, `$isArray`.

use super::ops::{Op, Shape};
use crate::Val;

pub(super) const OPS: &[Op] = &[
    Op {
        name: "$type",
        shape: Shape::List(1, 1),
        run: |args, _| Ok(Val::str(args.at(0).type_name())),
    },
    Op {
        name: "$isNumber",
        shape: Shape::List(1, 1),
        run: |args, _| Ok(Val::Bool(args.at(0).is_number())),
    },
    Op {
        name: "$isArray",
        shape: Shape::List(1, 1),
        run: |args, _| Ok(Val::Bool(matches!(args.at(0), Val::Array(_)))),
    },
];
