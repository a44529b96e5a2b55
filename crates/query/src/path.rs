//! Dotted paths.
//!
//! A step is a field name; one of digits is also a position in an array. A client chooses the path, so its steps are
//! bounded; that bounds every recursion along it.

use crate::{Limits, Refusal, cut};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: Box<str>,
    /// The position in an array that the name also stands for.
    pub(crate) index: Option<usize>,
}

/// A path of at least one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(pub(crate) Box<[Step]>);

impl Path {
    /// Reads `a.b.0`.
    pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        let steps: Box<[Step]> = text.split('.').take(limits.depth + 1).map(Step::new).collect();
        Limits::check(steps.len(), limits.depth, "a path has too many steps", "depth")?;
        match steps.iter().find(|step| step.name.is_empty()) {
            Some(_) => Err(Refusal::new(format!(
                "the path {:?} has an empty step",
                cut(text)
            ))),
            None => Ok(Self(steps)),
        }
    }
}

impl Step {
    fn new(name: &str) -> Self {
        let plain = name == "0" || !name.starts_with(['0', '+']);
        Self {
            name: name.into(),
            index: name.parse().ok().filter(|_| plain),
        }
    }

    /// Whether it may name a part of an extended JSON scalar, which has no parts.
    pub(crate) fn is_reserved(&self) -> bool {
        self.name.starts_with('$')
    }
}
