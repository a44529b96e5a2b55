//! [`Doc`] and [`Arr`]: documents and arrays, stored or built.

use std::sync::Arc;

use jsonb::Value;

use super::{MAX_NESTING, Text, Val};
use crate::Refusal;

/// A document.
#[derive(Debug, Clone)]
pub enum Doc<'a> {
    /// Bytes of a stored object that is not an extended JSON scalar.
    Stored(Value<'a>),
    /// Computed fields and their measure.
    Built(Arc<[(Text<'a>, Val<'a>)]>, Measure),
}

/// An array.
#[derive(Debug, Clone)]
pub enum Arr<'a> {
    /// Bytes of a stored array.
    Stored(Value<'a>),
    /// Computed elements and their measure.
    Built(Arc<[Val<'a>]>, Measure),
}

/// How deep and heavy a computed value is, taken when it is made: parts are shared, so looking again at all of them
/// could take exponentially long.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    levels: usize,
    weight: usize,
}

/// The fields of a document.
pub enum DocIter<'a> {
    /// Of stored bytes.
    Stored(jsonb::Entries<'a>),
    /// Computed, with the place reached.
    Built(Arc<[(Text<'a>, Val<'a>)]>, usize),
}

/// The elements of an array.
pub enum ArrIter<'a> {
    /// Of stored bytes.
    Stored(jsonb::Elements<'a>),
    /// Computed, with the place reached.
    Built(Arc<[Val<'a>]>, usize),
}

/// The measure of what contains these values and as many bytes of names.
fn around<'v, 'a: 'v>(inner: impl Iterator<Item = &'v Val<'a>>, names: usize) -> Result<Measure, Refusal> {
    let mut measure = Measure {
        levels: 1,
        weight: names,
    };
    for value in inner {
        measure.levels = measure.levels.max(1 + value.nesting());
        measure.weight = measure.weight.saturating_add(value.weight());
    }
    if measure.levels > MAX_NESTING {
        return Err(too_deep());
    }
    Ok(measure)
}

#[cold]
pub(super) fn too_deep() -> Refusal {
    Refusal::new(format!("a value nests deeper than {MAX_NESTING} levels"))
}

impl<'a> Doc<'a> {
    /// A document of computed fields.
    ///
    /// # Errors
    /// A [`Refusal`] when it nests too deep.
    pub fn built(fields: Vec<(Text<'a>, Val<'a>)>) -> Result<Self, Refusal> {
        let names = fields.iter().map(|(name, _)| size_of::<Text<'_>>() + name.len());
        let measure = around(fields.iter().map(|(_, value)| value), names.sum())?;
        Ok(Self::Built(fields.into(), measure))
    }

    /// The field `key`; missing when there is none.
    ///
    /// # Errors
    /// A [`Refusal`] when stored bytes are damaged.
    pub fn get(&self, key: &str) -> Result<Val<'a>, Refusal> {
        match self {
            Self::Stored(value) => value.get(key)?.map_or(Ok(Val::Missing), Val::of),
            Self::Built(fields, _) => Ok(fields
                .iter()
                .find(|(name, _)| &**name == key)
                .map_or(Val::Missing, |(_, value)| value.clone())),
        }
    }

    /// The fields in order.
    #[must_use]
    pub fn iter(&self) -> DocIter<'a> {
        match self {
            Self::Stored(value) => DocIter::Stored(value.entries()),
            Self::Built(fields, _) => DocIter::Built(Arc::clone(fields), 0),
        }
    }

    pub(super) fn nesting(&self) -> usize {
        match self {
            Self::Stored(_) => 0,
            Self::Built(_, measure) => measure.levels,
        }
    }

    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Stored(value) => value.as_bytes().len(),
            Self::Built(_, measure) => measure.weight,
        }
    }

    /// The same document without borrowed parts.
    ///
    /// # Errors
    /// A [`Refusal`] when stored bytes are damaged or nest too deep.
    pub fn into_owned(self) -> Result<Doc<'static>, Refusal> {
        self.owned_at(0)
    }

    fn owned_at(self, depth: usize) -> Result<Doc<'static>, Refusal> {
        let field = |entry: Result<(Text<'a>, Val<'a>), Refusal>| {
            let (name, value) = entry?;
            Ok((name.into_owned(), owned_at(value, depth + 1)?))
        };
        Doc::built(self.iter().map(field).collect::<Result<_, Refusal>>()?)
    }
}

fn owned_at(value: Val<'_>, depth: usize) -> Result<Val<'static>, Refusal> {
    match value {
        Val::Document(_) | Val::Array(_) if depth >= MAX_NESTING => Err(too_deep()),
        Val::Document(doc) => doc.owned_at(depth).map(Val::Document),
        Val::Array(arr) => arr.owned_at(depth).map(Val::Array),
        scalar => scalar.into_owned(),
    }
}

impl<'a> Arr<'a> {
    /// An array of computed elements.
    ///
    /// # Errors
    /// A [`Refusal`] when it nests too deep.
    pub fn built(items: Vec<Val<'a>>) -> Result<Self, Refusal> {
        let measure = around(items.iter(), 0)?;
        Ok(Self::Built(items.into(), measure))
    }

    /// The element at `index`; missing when there is none.
    ///
    /// # Errors
    /// A [`Refusal`] when stored bytes are damaged.
    pub fn at(&self, index: usize) -> Result<Val<'a>, Refusal> {
        match self {
            Self::Stored(value) => value.index(index)?.map_or(Ok(Val::Missing), Val::of),
            Self::Built(items, _) => Ok(items.get(index).cloned().unwrap_or(Val::Missing)),
        }
    }

    /// How many elements there are.
    ///
    /// # Errors
    /// A [`Refusal`] when stored bytes are damaged.
    pub fn len(&self) -> Result<usize, Refusal> {
        match self {
            Self::Stored(value) => Ok(value.len()?),
            Self::Built(items, _) => Ok(items.len()),
        }
    }

    /// Whether there are no elements.
    ///
    /// # Errors
    /// A [`Refusal`] when stored bytes are damaged.
    pub fn is_empty(&self) -> Result<bool, Refusal> {
        Ok(self.len()? == 0)
    }

    /// The elements in order.
    #[must_use]
    pub fn iter(&self) -> ArrIter<'a> {
        match self {
            Self::Stored(value) => ArrIter::Stored(value.elements()),
            Self::Built(items, _) => ArrIter::Built(Arc::clone(items), 0),
        }
    }

    pub(super) fn nesting(&self) -> usize {
        match self {
            Self::Stored(_) => 0,
            Self::Built(_, measure) => measure.levels,
        }
    }

    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Stored(value) => value.as_bytes().len(),
            Self::Built(_, measure) => measure.weight,
        }
    }

    /// The same array without borrowed parts.
    ///
    /// # Errors
    /// A [`Refusal`] when stored bytes are damaged or nest too deep.
    pub fn into_owned(self) -> Result<Arr<'static>, Refusal> {
        self.owned_at(0)
    }

    fn owned_at(self, depth: usize) -> Result<Arr<'static>, Refusal> {
        let item = |item: Result<Val<'a>, Refusal>| owned_at(item?, depth + 1);
        Arr::built(self.iter().map(item).collect::<Result<_, Refusal>>()?)
    }
}

impl<'a> Iterator for DocIter<'a> {
    type Item = Result<(Text<'a>, Val<'a>), Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Stored(entries) => {
                let entry = entries.next()?;
                Some(
                    entry
                        .map_err(Refusal::from)
                        .and_then(|(name, value)| Ok((name.into(), Val::of(value)?))),
                )
            }
            Self::Built(fields, at) => {
                let field = fields.get(*at)?;
                *at += 1;
                Some(Ok(field.clone()))
            }
        }
    }
}

impl<'a> Iterator for ArrIter<'a> {
    type Item = Result<Val<'a>, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Stored(elements) => {
                let element = elements.next()?;
                Some(element.map_err(Refusal::from).and_then(Val::of))
            }
            Self::Built(items, at) => {
                let item = items.get(*at)?;
                *at += 1;
                Some(Ok(item.clone()))
            }
        }
    }
}
