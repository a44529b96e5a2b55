//! [`Sort`]: the order of results.
//!
//! A document sorts by the least of the values at a path, or by the greatest when descending; an empty array comes before
//! null, a missing field counts as null. Each path is looked at on its own, also where several lead through one array.

use std::cmp::Ordering;

use jsonb::{Kind, Value};

use crate::path::{Path, Step};
use crate::{Limits, Refusal, Val, compare, cut, extended};

/// Paths that one sort may have, as in MongoDB.
const MOST: usize = 32;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

/// An order of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort(Vec<(String, Path, Direction)>);

/// What a document sorts by: one value per path.
#[derive(Debug, Clone)]
pub struct SortKey<'a>(Vec<Val<'a>>);

impl Sort {
    /// Reads `{"a.b": 1, "c": -1}`.
    ///
    /// # Errors
    /// A [`Refusal`] that says what cannot be read, and where.
    pub fn parse(sort: &Value<'_>, limits: &Limits) -> Result<Self, Refusal> {
        if sort.kind() != Kind::Object {
            return Err(Refusal::new("a sort is an object of paths and directions"));
        }
        let mut paths = Vec::new();
        for entry in sort.entries() {
            let (path, value) = entry?;
            let direction = direction(value).map_err(|refusal| refusal.under(&path))?;
            paths.push((path.into_owned(), direction));
            few(paths.len())?;
        }
        Self::by(paths, limits)
    }

    /// The order by these paths, the first one first.
    ///
    /// # Errors
    /// A [`Refusal`] for a path that cannot be read, and for too many.
    pub fn by(
        paths: impl IntoIterator<Item = (String, Direction)>,
        limits: &Limits,
    ) -> Result<Self, Refusal> {
        let mut order = Vec::new();
        for (text, direction) in paths {
            let path = Path::parse(&text, limits).map_err(|refusal| refusal.under(&text))?;
            order.push((text, path, direction));
            few(order.len())?;
        }
        Ok(Self(order))
    }

    /// Whether it leaves everything as it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths and their directions, for the planner.
    pub fn paths(&self) -> impl Iterator<Item = (&str, Direction)> {
        self.0
            .iter()
            .map(|(text, _, direction)| (text.as_str(), *direction))
    }

    /// What a document sorts by.
    ///
    /// # Errors
    /// A [`Refusal`] when its bytes are damaged.
    pub fn key<'a>(&self, document: Value<'a>) -> Result<SortKey<'a>, Refusal> {
        let value = |(_, path, direction): &(String, Path, Direction)| {
            let mut best = Best {
                direction: *direction,
                value: None,
            };
            best.visit(Some(document), &path.0)?;
            Ok(best.value.unwrap_or(Val::Null))
        };
        Ok(SortKey(self.0.iter().map(value).collect::<Result<_, Refusal>>()?))
    }

    /// Which of two documents comes first.
    #[must_use]
    pub fn compare(&self, left: &SortKey<'_>, right: &SortKey<'_>) -> Ordering {
        let pairs = left.0.iter().zip(&right.0);
        for ((_, _, direction), (left, right)) in self.0.iter().zip(pairs) {
            let order = direction.of(compare(left, right));
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

impl<'a> SortKey<'a> {
    /// A key of these values.
    #[must_use]
    pub fn of(values: Vec<Val<'a>>) -> Self {
        Self(values)
    }
}

impl SortKey<'_> {
    /// The same key without borrowed parts.
    ///
    /// # Errors
    /// A [`Refusal`] when stored bytes are damaged or nest too deep.
    pub fn into_owned(self) -> Result<SortKey<'static>, Refusal> {
        Ok(SortKey(
            self.0
                .into_iter()
                .map(Val::into_owned)
                .collect::<Result<_, _>>()?,
        ))
    }

    /// About how many bytes it holds in memory.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.0.iter().map(Val::weight).sum()
    }

    /// The values, one per path.
    #[must_use]
    pub fn values(&self) -> &[Val<'_>] {
        &self.0
    }
}

impl Direction {
    /// An order, turned round where this is the other way.
    #[must_use]
    pub fn of(self, order: Ordering) -> Ordering {
        match self {
            Self::Ascending => order,
            Self::Descending => order.reverse(),
        }
    }
}

fn few(paths: usize) -> Result<(), Refusal> {
    match paths {
        0..=MOST => Ok(()),
        _ => Err(Refusal::new(format!("a sort has at most {MOST} paths"))),
    }
}

fn direction(value: Value<'_>) -> Result<Direction, Refusal> {
    match Val::of(value)?.as_i64() {
        Some(1) => Ok(Direction::Ascending),
        Some(-1) => Ok(Direction::Descending),
        _ => {
            let found = cut(&value.to_text()?);
            Err(Refusal::new(format!("a direction is 1 or -1, found {found}")))
        }
    }
}

/// The value to sort by among those a path leads to.
struct Best<'a> {
    direction: Direction,
    value: Option<Val<'a>>,
}

impl<'a> Best<'a> {
    fn offer(&mut self, value: Val<'a>) {
        let better = match &self.value {
            None => true,
            Some(best) => self.direction.of(compare(&value, best)).is_lt(),
        };
        if better {
            self.value = Some(value);
        }
    }

    /// Goes one step deeper with each call.
    fn visit(&mut self, value: Option<Value<'a>>, path: &[Step]) -> Result<(), Refusal> {
        let Some(here) = value else {
            self.offer(Val::Null);
            return Ok(());
        };
        match (path.split_first(), here.kind()) {
            (None, Kind::Array) => self.elements(here)?,
            (None, _) => self.offer(Val::of(here)?),
            (Some((step, _)), Kind::Object) if step.is_reserved() && extended::scalar(here)?.is_some() => {
                self.offer(Val::Null);
            }
            (Some((step, rest)), Kind::Object) => self.visit(here.get(&step.name)?, rest)?,
            (Some((step, rest)), Kind::Array) => self.array(here, step, rest, path)?,
            (Some(_), _) => self.offer(Val::Null),
        }
        Ok(())
    }

    /// An array at the end of the path; an empty one is less than null.
    fn elements(&mut self, array: Value<'a>) -> Result<(), Refusal> {
        for element in array.elements() {
            self.offer(Val::of(element?)?);
        }
        if array.is_empty()? {
            self.offer(Val::Missing);
        }
        Ok(())
    }

    fn array(&mut self, array: Value<'a>, step: &Step, rest: &[Step], path: &[Step]) -> Result<(), Refusal> {
        if let Some(index) = step.index {
            return match array.index(index)? {
                Some(element) => self.visit(Some(element), rest),
                None => self.visit(None, rest),
            };
        }
        for element in array.elements() {
            let element = element?;
            match element.kind() {
                Kind::Object => self.visit(Some(element), path)?,
                _ => self.offer(Val::Null),
            }
        }
        if array.is_empty()? {
            self.offer(Val::Null);
        }
        Ok(())
    }
}
