//! `$rand`: a number from 0 up to but not including 1.

use super::ops::{Op, Shape};
use crate::Val;

pub(super) const OPS: &[Op] = &[Op {
    name: "$rand",
    shape: Shape::Named(&[], &[]),
    // The upper 53 bits, as many as a double holds.
    run: |_, cx| Ok(Val::Double((cx.random() >> 11) as f64 / (1u64 << 53) as f64)),
}];
