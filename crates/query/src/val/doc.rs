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
    /// Computed fields and their levels of nesting.
    Built(Arc<[(Text<'a>, Val<'a>)]>, usize),
}

/// An array.
#[derive(Debug, Clone)]
pub enum Arr<'a> {
    /// Bytes of a stored array.
    Stored(Value<'a>),
    /// Computed elements and their levels of nesting.
    Built(Arc<[Val<'a>]>, usize),
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

fn one_more<'v, 'a: 'v>(inner: impl Iterator<Item = &'v Val<'a>>) -> Result<usize, Refusal> {
    let levels = 1 + inner.map(Val::nesting).max().unwrap_or(0);
    match levels {
        0..=MAX_NESTING => Ok(levels),
        _ => Err(too_deep()),
    }
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
        let levels = one_more(fields.iter().map(|(_, value)| value))?;
        Ok(Self::Built(fields.into(), levels))
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
            Self::Built(_, levels) => *levels,
        }
    }

    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Stored(value) => value.as_bytes().len(),
            Self::Built(fields, _) => fields
                .iter()
                .map(|(name, value)| size_of::<Text<'_>>() + name.len() + value.weight())
                .sum(),
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
        let levels = one_more(items.iter())?;
        Ok(Self::Built(items.into(), levels))
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
            Self::Built(_, levels) => *levels,
        }
    }

    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Stored(value) => value.as_bytes().len(),
            Self::Built(items, _) => items.iter().map(Val::weight).sum(),
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
