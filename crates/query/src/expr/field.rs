//! Paths into documents, as expressions follow them: `"$a.b"`.
//!
//! An array on the way gives the array of what its documents have; array indexes are not followed, nor are arrays
//! inside arrays, unlike in filters.

use jsonb::{Kind, Value};

use super::Scope;
use crate::{Arr, Doc, Refusal, Text, Val};

/// What a path starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// The document.
    Root,
    /// A variable.
    Slot(usize),
}

impl Base {
    pub(super) fn value<'s, 'a>(self, scope: &'s Scope<'a, '_>) -> &'s Val<'a> {
        match self {
            Self::Root => &scope.root,
            Self::Slot(slot) => scope.vars.get(slot).unwrap_or(&Val::Missing),
        }
    }
}

/// Names of fields, outermost first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(Box<[Text<'static>]>);

impl Path {
    /// The path that stays where it is.
    pub(crate) fn empty() -> Self {
        Self(Box::default())
    }

    /// Reads a dotted path.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let names: Vec<Text<'static>> = text.split('.').map(|name| Text::from(name.to_owned())).collect();
        if names.iter().any(|name| name.is_empty()) {
            return Err(Refusal::new(format!(
                "`{}` has an empty field name",
                crate::cut(text)
            )));
        }
        if names.iter().any(|name| name.starts_with('$')) {
            return Err(Refusal::new(format!(
                "`{}` has a field name that starts with `$`; $getField reads those",
                crate::cut(text)
            )));
        }
        if names.len() > crate::MAX_NESTING {
            return Err(Refusal::new(format!(
                "a path has more than {} names",
                crate::MAX_NESTING
            )));
        }
        Ok(Self(names.into()))
    }

    /// The names.
    pub(crate) fn names(&self) -> &[Text<'static>] {
        &self.0
    }

    /// What the path leads to.
    #[inline]
    pub(crate) fn of<'a>(&self, base: &Val<'a>) -> Result<Val<'a>, Refusal> {
        follow(base, &self.0)
    }

    /// Calls `each` with every value the path leads to, as an equality in a filter looks at them: an array at the end
    /// by its elements and, if `whole_too`, as a whole; null for what is not there.
    pub(crate) fn leaves<'a>(
        &self,
        base: &Val<'a>,
        whole_too: bool,
        each: &mut dyn FnMut(&Val<'a>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        leaves(base, &self.0, whole_too, each)
    }

    /// The stored bytes a path leads to when it meets objects only; none when anything else is on the way.
    #[inline]
    pub(crate) fn stored<'a>(&self, root: Value<'a>) -> Result<Option<Value<'a>>, Refusal> {
        let mut value = root;
        for name in &self.0 {
            if value.kind() != Kind::Object {
                return Ok(None);
            }
            match value.get(name)? {
                Some(inner) => value = inner,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }
}

fn follow<'a>(value: &Val<'a>, names: &[Text<'static>]) -> Result<Val<'a>, Refusal> {
    let Some((name, rest)) = names.split_first() else {
        return Ok(value.clone());
    };
    match value {
        Val::Document(Doc::Stored(stored)) | Val::Array(Arr::Stored(stored)) => follow_stored(*stored, names),
        Val::Document(document) => follow(&document.get(name)?, rest),
        Val::Array(array) => through(array, names),
        _ => Ok(Val::Missing),
    }
}

/// Follows a path through bytes. An extended JSON scalar on the way needs no look: no name starts with `$`, so it has
/// none of the fields.
fn follow_stored<'a>(mut value: Value<'a>, names: &[Text<'static>]) -> Result<Val<'a>, Refusal> {
    let mut names = names.iter();
    while let Some(name) = names.next() {
        match value.kind() {
            Kind::Object => match value.get(name)? {
                Some(inner) => value = inner,
                None => return Ok(Val::Missing),
            },
            Kind::Array => return through_stored(value, name, names.as_slice()),
            _ => return Ok(Val::Missing),
        }
    }
    Val::of(value)
}

fn through_stored<'a>(array: Value<'a>, name: &str, rest: &[Text<'static>]) -> Result<Val<'a>, Refusal> {
    let mut found = Vec::new();
    for item in array.elements() {
        let item = item?;
        if item.kind() == Kind::Object
            && let Some(inner) = item.get(name)?
        {
            let value = follow_stored(inner, rest)?;
            if !value.is_missing() {
                found.push(value);
            }
        }
    }
    Val::array(found)
}

fn leaves<'a>(
    value: &Val<'a>,
    names: &[Text<'static>],
    whole_too: bool,
    each: &mut dyn FnMut(&Val<'a>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    match (value, names.split_first()) {
        (Val::Document(document), Some((name, rest))) => leaves(&document.get(name)?, rest, whole_too, each),
        (Val::Array(items), Some(_)) => {
            for item in items.iter() {
                if let item @ Val::Document(_) = item? {
                    leaves(&item, names, whole_too, each)?;
                }
            }
            Ok(())
        }
        (Val::Array(items), None) => {
            items.iter().try_for_each(|item| each(&item?))?;
            if whole_too { each(value) } else { Ok(()) }
        }
        (_, Some(_)) => each(&Val::Null),
        (value, None) => each(value),
    }
}

/// What the documents of an array have at a path.
fn through<'a>(array: &Arr<'a>, names: &[Text<'static>]) -> Result<Val<'a>, Refusal> {
    let mut found = Vec::new();
    for item in array.iter() {
        if let item @ Val::Document(_) = item? {
            let value = follow(&item, names)?;
            if !value.is_missing() {
                found.push(value);
            }
        }
    }
    Val::array(found)
}
