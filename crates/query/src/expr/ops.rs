//! The tables of operators, and how their arguments are written.

use super::{Args, Expr, Parser};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

/// An operator that is a function of its arguments.
pub(crate) struct Op {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) run: for<'a> fn(Args<'_, 'a>, &Cx<'_>) -> Result<Val<'a>, Refusal>,
}

/// How arguments are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A list of so many, at least and at most; a single one may stand without a list.
    List(usize, usize),
    /// A document with these keys: those that must be there, and those that may.
    Named(&'static [&'static str], &'static [&'static str]),
    /// A document of named keys, or an expression alone that stands for the first.
    Either(&'static str, &'static [&'static str]),
}

/// An operator that evaluates its parts itself: its name and its parser.
pub(crate) type FormOp = (
    &'static str,
    fn(&mut Parser<'_>, &Val<'_>) -> Result<Expr, Refusal>,
);

/// Any number of arguments.
pub(crate) const ANY: usize = usize::MAX;

impl std::fmt::Debug for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const TABLES: &[&[Op]] = &[
    super::arith::OPS,
    super::array::access::OPS,
    super::array::make::OPS,
    super::boolean::OPS,
    super::compare::OPS,
    super::convert::OPS,
    super::date::OPS,
    super::date::text::OPS,
    super::date::whole::OPS,
    super::date::shifting::OPS,
    super::distance::OPS,
    super::member::OPS,
    super::object::OPS,
    super::pick::OPS,
    super::rand::OPS,
    super::round::OPS,
    super::set::OPS,
    super::string::OPS,
    super::string::find::OPS,
    super::string::trim::OPS,
    super::trig::OPS,
    super::types::OPS,
];

const FORMS: &[&[FormOp]] = &[
    super::boolean::FORMS,
    super::cond::FORMS,
    super::literal::FORMS,
    super::looping::FORMS,
    super::regex::FORMS,
    super::sort_array::FORMS,
    super::variable::FORMS,
    super::object::FORMS,
];

/// The operator with a name.
pub(crate) fn plain(name: &str) -> Option<&'static Op> {
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .find(|op| op.name == name)
}

/// The form with a name.
pub(crate) fn form(name: &str) -> Option<&'static FormOp> {
    FORMS
        .iter()
        .flat_map(|table| table.iter())
        .find(|(known, _)| *known == name)
}

/// Why an operator of MongoDB's is not here.
pub(crate) fn refused(name: &str) -> Option<&'static str> {
    Some(match name {
        "$function" | "$accumulator" | "$where" => "javascript is not run in pipelines",
        "$toDecimal" => "decimals are kept and compared, not made",
        "$meta" => "there is no text search",
        "$tsSecond" | "$tsIncrement" => "timestamps are kept and compared, not taken apart",
        "$binarySize" | "$bsonSize" => "there is no bson",
        "$sampleRate" => "$sample does what it does",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page that lists what there is.
    const PAGE: &str = include_str!("../../../../docs/query.md");

    #[test]
    fn every_operator_is_there_once_and_on_the_page() {
        let plain = TABLES.iter().flat_map(|table| table.iter()).map(|op| op.name);
        let forms = FORMS.iter().flat_map(|table| table.iter()).map(|(name, _)| *name);
        let mut seen = std::collections::HashSet::new();
        for name in plain.chain(forms) {
            assert!(seen.insert(name), "{name} is defined twice");
            assert!(
                PAGE.contains(&format!("`{name}`")),
                "{name} is not in docs/query.md"
            );
            assert!(refused(name).is_none(), "{name} is refused and defined");
        }
        assert_eq!(seen.len(), 140);
    }
}
