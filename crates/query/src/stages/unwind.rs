//! `$unwind`: a document for each element of an array.

use jsonb::{Kind, Value};

use super::shape::{Put, with_path};
use super::{Parsed, Stage, State, Vars, val};
use crate::expr::{Parser, Path, args, named_values};
use crate::pipeline::{Flow, Next};
use crate::{Refusal, Val, cut};

#[derive(Debug)]
struct Unwind {
    path: Path,
    /// Where the element's place in the array goes.
    index: Option<Path>,
    /// Whether documents without elements are kept.
    keep_empty: bool,
}

pub(super) fn parse(value: Value<'_>, _: &mut Parser<'_>) -> Parsed {
    let value = val(value)?;
    let (path, index, keep_empty) = match &value {
        Val::Str(_) => (value.clone(), None, None),
        document => {
            let optional = ["includeArrayIndex", "preserveNullAndEmptyArrays"];
            let mut parts = named_values(document, &["path"], &optional)?.into_iter();
            let path = parts.next().flatten().unwrap_or(Val::Missing);
            (path, parts.next().flatten(), parts.next().flatten())
        }
    };
    let text = args::string(&path, "path")?;
    let Some(path) = text.strip_prefix('$') else {
        return Err(Refusal::new(format!(
            "the path `{}` must start with `$`",
            cut(text)
        )));
    };
    let keep_empty = match keep_empty {
        None => false,
        Some(Val::Bool(keep)) => keep,
        Some(other) => return Err(args::expected("preserveNullAndEmptyArrays", "a boolean", &other)),
    };
    let index = match index {
        None => None,
        Some(name) => Some(Path::parse(args::string(&name, "includeArrayIndex")?)?),
    };
    Ok(Box::new(Unwind {
        path: Path::parse(path)?,
        index,
        keep_empty,
    }))
}

impl Stage for Unwind {
    fn name(&self) -> &'static str {
        "$unwind"
    }

    fn start<'p>(&'p self, _: &Vars) -> Box<dyn State + 'p> {
        Box::new(Unwinding(self))
    }
}

struct Unwinding<'p>(&'p Unwind);

impl Unwinding<'_> {
    /// Passes on the document with one element in place of the array.
    fn emit(
        &self,
        document: Value<'_>,
        element: Put<'_>,
        index: Option<i64>,
        next: &mut Next<'_, '_>,
    ) -> Result<Flow, Refusal> {
        next.cx.tick()?;
        let changed = with_path(document, self.0.path.names(), element)?;
        let Some(path) = &self.0.index else {
            return next.push(changed.root());
        };
        let place = index.map_or(Val::Null, Val::Int).to_jsonb()?;
        next.push(with_path(changed.root(), path.names(), Put::Set(place.root()))?.root())
    }
}

impl State for Unwinding<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let found = self.0.path.stored(document)?;
        let Some(array) = found.filter(|value| value.kind() == Kind::Array) else {
            let empty = found.is_none_or(|value| value.kind() == Kind::Null);
            return match empty && !self.0.keep_empty {
                true => Ok(Flow::More),
                false => self.emit(document, Put::Leave, None, next),
            };
        };
        if array.is_empty()? {
            return match self.0.keep_empty {
                true => self.emit(document, Put::Remove, None, next),
                false => Ok(Flow::More),
            };
        }
        for (index, element) in (0..).zip(array.elements()) {
            if self.emit(document, Put::Set(element?), Some(index), next)? == Flow::Enough {
                return Ok(Flow::Enough);
            }
        }
        Ok(Flow::More)
    }
}
