//! Paths into documents, as expressions follow them: `"$a.b"`.
//!
//! An array on the way gives the array of what its documents have; array indexes are not followed, nor are arrays
//! inside arrays, unlike in filters.

use jsonb::{Kind, Value};

use super::Scope;
use crate::{Arr, Refusal, Text, Val};

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
        Val::Document(document) => match rest {
            [] => document.get(name),
            rest => follow(&document.get(name)?, rest),
        },
        Val::Array(array) => through(array, names),
        _ => Ok(Val::Missing),
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
