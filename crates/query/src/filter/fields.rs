//! [`Fields`]: conditions on paths of one document, met in one walk over its fields.
//!
//! Paths with a common beginning share the way down as long as it leads through objects; at an array each condition goes
//! on alone, since each may be met by another element.

use std::sync::Arc;

use jsonb::{Kind, Value};

use super::terms::Term;
use super::walk;
use crate::Refusal;
use crate::ops::Test;
use crate::path::{Path, Step};

/// A test at the end of a path.
#[derive(Debug, Clone)]
pub(crate) struct PathTest {
    pub(crate) path: Path,
    pub(crate) test: Arc<Test>,
}

/// Conditions, all of which must hold.
#[derive(Debug)]
pub(crate) struct Fields {
    /// As given, for the planner.
    tests: Vec<PathTest>,
    level: Level,
}

/// The conditions that begin at one document.
#[derive(Debug, Default)]
struct Level(Vec<Branch>);

/// The conditions on paths with the same first step.
#[derive(Debug)]
struct Branch {
    step: Step,
    /// What comes behind that step; empty for conditions on its own value.
    rests: Vec<(Box<[Step]>, Arc<Test>)>,
    /// The same conditions arranged for a value that is an object, where that is worth it.
    inner: Option<Inner>,
}

#[derive(Debug)]
struct Inner {
    ends: Vec<Arc<Test>>,
    level: Level,
}

/// Bits that tell which branches have been met.
const WIDTH: usize = 64;

impl Fields {
    pub(crate) fn new(tests: Vec<PathTest>) -> Self {
        let rests = tests
            .iter()
            .map(|one| (one.path.0.clone(), Arc::clone(&one.test)))
            .collect();
        Self {
            tests,
            level: Level::of(rests),
        }
    }

    #[inline]
    pub(crate) fn matches(&self, document: Value<'_>) -> Result<bool, Refusal> {
        match document.kind() {
            Kind::Array => self.level.matches_array(document),
            _ => self.level.matches(document),
        }
    }

    pub(super) fn terms(&self, terms: &mut Vec<Term>) {
        for one in &self.tests {
            one.test.terms(&one.path.0, terms);
        }
    }

    /// The conditions as given.
    pub(crate) fn tests(&self) -> &[PathTest] {
        &self.tests
    }
}

impl Level {
    /// Each path has at least one step.
    fn of(paths: Vec<(Box<[Step]>, Arc<Test>)>) -> Self {
        let mut branches: Vec<Branch> = Vec::new();
        for (path, test) in paths {
            let Some((step, rest)) = path.split_first() else {
                continue;
            };
            let rest = (rest.into(), test);
            match branches.iter_mut().find(|branch| branch.step == *step) {
                Some(branch) => branch.rests.push(rest),
                None => branches.push(Branch {
                    step: step.clone(),
                    rests: vec![rest],
                    inner: None,
                }),
            }
        }
        for branch in &mut branches {
            branch.inner = Inner::of(&branch.rests);
        }
        Self(branches)
    }

    #[inline]
    fn matches(&self, document: Value<'_>) -> Result<bool, Refusal> {
        self.0.chunks(WIDTH).try_fold(true, |so_far, branches| {
            Ok(so_far && together(branches, document)?)
        })
    }

    /// An array as `$elemMatch` sees it: a document with its positions as names.
    #[cold]
    fn matches_array(&self, array: Value<'_>) -> Result<bool, Refusal> {
        for branch in &self.0 {
            let value = match branch.step.index {
                Some(index) => array.index(index)?,
                None => None,
            };
            if !branch.matches(value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// At most [`WIDTH`] branches in one walk, which ends at the first that fails and when all were met.
#[inline]
fn together(branches: &[Branch], document: Value<'_>) -> Result<bool, Refusal> {
    let mut open = u64::MAX >> (WIDTH - branches.len().clamp(1, WIDTH));
    for entry in document.raw_entries() {
        let (key, value) = entry?;
        for (at, branch) in branches.iter().enumerate() {
            if open >> at & 1 == 1 && key.is_key(&branch.step.name)? {
                if !branch.matches(Some(value))? {
                    return Ok(false);
                }
                open &= !(1 << at);
                if open == 0 {
                    return Ok(true);
                }
                break;
            }
        }
    }
    for (at, branch) in branches.iter().enumerate() {
        if open >> at & 1 == 1 && !branch.matches(None)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Branch {
    #[inline]
    fn matches(&self, value: Option<Value<'_>>) -> Result<bool, Refusal> {
        if let (Some(inner), Some(object)) = (&self.inner, value)
            && object.kind() == Kind::Object
        {
            return inner.matches(object);
        }
        for (rest, test) in &self.rests {
            if !walk::matches(test, value, rest)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Inner {
    /// None when nothing is shared, or a step could name a part of an extended JSON scalar.
    fn of(rests: &[(Box<[Step]>, Arc<Test>)]) -> Option<Self> {
        let (ends, deep): (Vec<_>, Vec<_>) = rests.iter().cloned().partition(|(rest, _)| rest.is_empty());
        let reserved = |(rest, _): &(Box<[Step]>, _)| rest.first().is_some_and(Step::is_reserved);
        if deep.len() < 2 || deep.iter().any(reserved) {
            return None;
        }
        Some(Self {
            ends: ends.into_iter().map(|(_, test)| test).collect(),
            level: Level::of(deep),
        })
    }

    fn matches(&self, object: Value<'_>) -> Result<bool, Refusal> {
        for test in &self.ends {
            if !walk::matches(test, Some(object), &[])? {
                return Ok(false);
            }
        }
        self.level.matches(object)
    }
}
