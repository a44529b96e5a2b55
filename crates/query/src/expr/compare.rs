//! `$cmp`, `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`: BSON's order over all types.

use std::cmp::Ordering;

use super::Args;
use super::ops::{Op, Shape};
use crate::{Val, compare, equal};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "$cmp",
        shape: Shape::List(2, 2),
        run: |args, _| Ok(Val::Int(order(args) as i64)),
    },
    Op {
        name: "$eq",
        shape: Shape::List(2, 2),
        run: |args, _| Ok(Val::Bool(same(args))),
    },
    Op {
        name: "$ne",
        shape: Shape::List(2, 2),
        run: |args, _| Ok(Val::Bool(!same(args))),
    },
    Op {
        name: "$gt",
        shape: Shape::List(2, 2),
        run: |args, _| Ok(Val::Bool(order(args).is_gt())),
    },
    Op {
        name: "$gte",
        shape: Shape::List(2, 2),
        run: |args, _| Ok(Val::Bool(order(args).is_ge())),
    },
    Op {
        name: "$lt",
        shape: Shape::List(2, 2),
        run: |args, _| Ok(Val::Bool(order(args).is_lt())),
    },
    Op {
        name: "$lte",
        shape: Shape::List(2, 2),
        run: |args, _| Ok(Val::Bool(order(args).is_le())),
    },
];

fn order(args: Args<'_, '_>) -> Ordering {
    compare(args.at(0), args.at(1))
}

fn same(args: Args<'_, '_>) -> bool {
    equal(args.at(0), args.at(1))
}
