//! [`Shape`]: which fields of a document stay, go, or are computed; the tree behind `$project` and `$addFields`.
//!
//! Fields that stay are copied as bytes, so their numbers keep their spelling. Computed values see the document as
//! it came in, also inside nested parts.

mod path;

use jsonb::{Jsonb, Kind, ObjectBuilder, Value};

use crate::expr::{Expr, Scope};
use crate::{Doc, MAX_NESTING, Refusal, Text, Val, cut};

pub(super) use path::{Put, with_path};

/// What happens to one field.
#[derive(Debug)]
pub(super) enum Part {
    Keep,
    Drop,
    Compute(Expr),
    Inner(Shape),
}

/// What happens to the fields of a document.
#[derive(Debug, Default)]
pub(super) struct Shape {
    parts: Vec<(Text<'static>, Part)>,
    /// Whether fields that are not named stay.
    pub(super) keeps_others: bool,
}

impl Shape {
    pub(super) fn new(keeps_others: bool) -> Self {
        Self {
            parts: Vec::new(),
            keeps_others,
        }
    }

    /// Adds what happens at a path.
    pub(super) fn add(&mut self, names: &[Text<'static>], part: Part) -> Result<(), Refusal> {
        let Some((name, rest)) = names.split_first() else {
            return Err(Refusal::new("a path is empty"));
        };
        let collision = || Refusal::new(format!("the path collides with another one at `{}`", cut(name)));
        let place = self.parts.iter().position(|(known, _)| known == name);
        match (place.and_then(|place| self.parts.get_mut(place)), rest) {
            (None, []) => self.parts.push((name.clone(), part)),
            (None, rest) => {
                let mut inner = Self::new(self.keeps_others);
                inner.add(rest, part)?;
                self.parts.push((name.clone(), Part::Inner(inner)));
            }
            (Some((_, Part::Inner(inner))), rest) if !rest.is_empty() => inner.add(rest, part)?,
            (Some(_), _) => return Err(collision()),
        }
        Ok(())
    }

    fn part(&self, name: &str) -> Option<(usize, &Part)> {
        let found = self
            .parts
            .iter()
            .enumerate()
            .find(|(_, (known, _))| &**known == name);
        found.map(|(index, (_, part))| (index, part))
    }

    /// Whether anything in it is computed.
    fn computes(&self) -> bool {
        self.parts.iter().any(|(_, part)| match part {
            Part::Compute(_) => true,
            Part::Inner(inner) => inner.computes(),
            Part::Keep | Part::Drop => false,
        })
    }

    /// The document in this shape.
    pub(super) fn apply<'a>(
        &'a self,
        document: Value<'a>,
        scope: &mut Scope<'a, '_>,
    ) -> Result<Jsonb, Refusal> {
        let mut out = jsonb::object();
        let mut done = vec![false; self.parts.len()];
        for entry in document.entries() {
            let (name, value) = entry?;
            let Some((index, part)) = self.part(&name) else {
                if self.keeps_others {
                    out = out.field_raw(&name, value);
                }
                continue;
            };
            // Computed fields of a projection follow those that stay; added fields take their old place.
            let in_place = self.keeps_others || !matches!(part, Part::Compute(_));
            if in_place {
                out = part.field(out, &name, value, scope)?;
                if let Some(done) = done.get_mut(index) {
                    *done = true;
                }
            }
        }
        for ((name, part), _) in self.parts.iter().zip(done).filter(|(_, done)| !done) {
            out = part.new_field(out, name, scope)?;
        }
        let made = out.finish();
        scope.cx.fits(made.as_bytes().len())?;
        Ok(made)
    }

    /// A document of what is computed only.
    fn fresh<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Jsonb, Refusal> {
        let mut out = jsonb::object();
        for (name, part) in &self.parts {
            out = part.new_field(out, name, scope)?;
        }
        Ok(out.finish())
    }

    /// A value inside a document in this shape; none when it goes.
    fn inside<'a>(
        &'a self,
        value: Value<'a>,
        scope: &mut Scope<'a, '_>,
        depth: usize,
    ) -> Result<Option<Jsonb>, Refusal> {
        if depth > MAX_NESTING {
            return Err(Refusal::new(format!(
                "an array nests deeper than {MAX_NESTING} levels"
            )));
        }
        if value.kind() == Kind::Array {
            let mut out = jsonb::array();
            for element in value.elements() {
                scope.cx.tick()?;
                if let Some(element) = self.inside(element?, scope, depth + 1)? {
                    out = out.item_body(&element);
                }
            }
            let made = out.finish();
            scope.cx.fits(made.as_bytes().len())?;
            return Ok(Some(made));
        }
        if let Val::Document(Doc::Stored(document)) = Val::of(value)? {
            return self.apply(document, scope).map(Some);
        }
        if self.computes() {
            return self.fresh(scope).map(Some);
        }
        Ok(self
            .keeps_others
            .then(|| Jsonb::from_stored(value.as_bytes().to_vec())))
    }
}

impl Part {
    /// Writes the field that a document has already.
    fn field<'a>(
        &'a self,
        out: ObjectBuilder,
        name: &str,
        value: Value<'a>,
        scope: &mut Scope<'a, '_>,
    ) -> Result<ObjectBuilder, Refusal> {
        match self {
            Self::Keep => Ok(out.field_raw(name, value)),
            Self::Drop => Ok(out),
            Self::Compute(expr) => computed(expr, out, name, scope),
            Self::Inner(inner) => Ok(match inner.inside(value, scope, 0)? {
                Some(made) => out.field_body(name, &made),
                None => out,
            }),
        }
    }

    /// Writes a field that a document does not have yet.
    fn new_field<'a>(
        &'a self,
        out: ObjectBuilder,
        name: &str,
        scope: &mut Scope<'a, '_>,
    ) -> Result<ObjectBuilder, Refusal> {
        match self {
            Self::Compute(expr) => computed(expr, out, name, scope),
            Self::Inner(inner) if inner.computes() => Ok(out.field_body(name, &inner.fresh(scope)?)),
            _ => Ok(out),
        }
    }
}

fn computed<'a>(
    expr: &'a Expr,
    out: ObjectBuilder,
    name: &str,
    scope: &mut Scope<'a, '_>,
) -> Result<ObjectBuilder, Refusal> {
    let value = expr.eval(scope).map_err(|refusal| refusal.under(name))?;
    value.field_of(out, name)
}
