//! `$group`: documents by a key, with accumulators over each group.
//!
//! The key is written as bytes into one buffer and looked up there; a group that is known costs no allocation, and the
//! id of a document in it is not even read if it is stored as a string or a whole number.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use jsonb::Value;

use super::{Parsed, Stage, State, Vars, group_key, val};
use crate::accumulators::{Field, Kept, Tally};
use crate::expr::{Base, Expr, Parser, Scope, args};
use crate::pipeline::{Cx, Flow, Next};
use crate::{Refusal, Val, compare};

/// Documents by a key.
#[derive(Debug)]
pub(super) struct Group {
    name: &'static str,
    id: Id,
    fields: Vec<Field>,
}

/// What documents are grouped by.
#[derive(Debug)]
pub(super) enum Id {
    /// A value of each.
    Expr(Expr),
    /// The last of the sorted bounds that a value is not below; `outside` for values below the first, or not below
    /// the last.
    Bounds {
        by: Expr,
        bounds: Vec<Val<'static>>,
        outside: Option<Val<'static>>,
    },
}

impl Group {
    pub(super) fn new(name: &'static str, id: Id, fields: Vec<Field>) -> Self {
        Self { name, id, fields }
    }
}

pub(super) fn parse(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    let value = val(value)?;
    let mut id = None;
    let mut fields = Vec::new();
    for field in args::document(&value, "the group")?.iter() {
        let (name, value) = field?;
        let parsed = match &*name {
            "_id" => parser.expr(&value).map(|expr| id = Some(expr)),
            name => Field::parse(name, &value, parser).map(|field| fields.push(field)),
        };
        parsed.map_err(|refusal| refusal.under(&*name))?;
    }
    match id {
        Some(id) => Ok(Box::new(Group::new("$group", Id::Expr(id), fields))),
        None => Err(Refusal::new("needs an `_id`; with null everything is one group")),
    }
}

/// Parses a document of accumulators.
pub(super) fn output(value: &Val<'_>, parser: &mut Parser<'_>) -> Result<Vec<Field>, Refusal> {
    let mut fields = Vec::new();
    for field in args::document(value, "output")?.iter() {
        let (name, value) = field?;
        let field = Field::parse(&name, &value, parser).map_err(|refusal| refusal.under(&*name))?;
        if field.name() == "_id" {
            return Err(Refusal::new("`_id` is the bucket itself"));
        }
        fields.push(field);
    }
    Ok(fields)
}

impl Stage for Group {
    fn name(&self) -> &'static str {
        self.name
    }

    fn start<'p>(&'p self, vars: &Vars) -> Box<dyn State + 'p> {
        Box::new(Grouping {
            spec: self,
            vars: Vars::clone(vars),
            places: HashMap::default(),
            groups: Vec::new(),
            key: Vec::new(),
        })
    }
}

/// One group.
pub(super) struct Gathered {
    id: Kept,
    tallies: Vec<Box<dyn Tally>>,
}

impl Gathered {
    pub(super) fn new(id: &Val<'_>, fields: &[Field], cx: &Cx<'_>) -> Result<Self, Refusal> {
        // About what the allocator and the table take besides the content.
        cx.hold(size_of::<Self>() + 96 * (1 + fields.len()))?;
        Ok(Self {
            id: Kept::of(id, cx)?,
            tallies: fields.iter().map(Field::start).collect(),
        })
    }

    /// Adds the document in `scope`.
    #[inline]
    pub(super) fn add<'a>(&mut self, fields: &'a [Field], scope: &mut Scope<'a, '_>) -> Result<(), Refusal> {
        for (field, tally) in fields.iter().zip(&mut self.tallies) {
            let added = match field.input() {
                Expr::Literal(value) => tally.add(value, scope.cx),
                input => input.eval(scope).and_then(|value| tally.add(&value, scope.cx)),
            };
            added.map_err(|refusal| refusal.under(field.name()))?;
        }
        Ok(())
    }

    /// Passes on the document of the group.
    pub(super) fn emit(&mut self, fields: &[Field], next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let mut out = self.id.field(jsonb::object(), "_id")?;
        for (field, tally) in fields.iter().zip(&mut self.tallies) {
            let written = tally.finish(out, field.name(), next.cx);
            out = written.map_err(|refusal| refusal.under(field.name()))?;
        }
        let made = out.finish();
        next.cx.fits(made.as_bytes().len())?;
        next.push(made.root())
    }
}

struct Grouping<'p> {
    spec: &'p Group,
    vars: Vars,
    places: HashMap<Box<[u8]>, usize, RandomState>,
    groups: Vec<Gathered>,
    key: Vec<u8>,
}

impl<'p> Grouping<'p> {
    /// The group that a document belongs to, if the bytes of its id as they are stored tell.
    #[inline]
    fn known(&mut self, document: Value<'_>) -> Result<Option<usize>, Refusal> {
        let Id::Expr(Expr::Field(Base::Root, path)) = &self.spec.id else {
            return Ok(None);
        };
        self.key.clear();
        match path.stored(document)? {
            Some(id) if group_key::write_stored(id, &mut self.key) => {
                Ok(self.places.get(self.key.as_slice()).copied())
            }
            _ => Ok(None),
        }
    }

    /// The group that a document belongs to; a new one if it is the first.
    fn place<'a>(&mut self, scope: &mut Scope<'a, '_>) -> Result<usize, Refusal>
    where
        'p: 'a,
    {
        let spec = self.spec;
        let id = spec.id.of(scope).map_err(|refusal| refusal.under("_id"))?;
        self.key.clear();
        group_key::write(&id, &mut self.key)?;
        if let Some(&place) = self.places.get(self.key.as_slice()) {
            return Ok(place);
        }
        let place = self.groups.len();
        scope.cx.hold(self.key.len())?;
        self.places.insert(self.key.as_slice().into(), place);
        self.groups.push(Gathered::new(&id, &spec.fields, scope.cx)?);
        Ok(place)
    }
}

impl State for Grouping<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let known = self.known(document).map_err(|refusal| refusal.under("_id"))?;
        let mut scope = Scope::new(Val::Document(crate::Doc::Stored(document)), &self.vars, next.cx);
        let place = match known {
            Some(place) => place,
            None => self.place(&mut scope)?,
        };
        if let Some(group) = self.groups.get_mut(place) {
            group.add(&self.spec.fields, &mut scope)?;
        }
        Ok(Flow::More)
    }

    fn finish(&mut self, next: &mut Next<'_, '_>) -> Result<(), Refusal> {
        self.places.clear();
        let mut groups = std::mem::take(&mut self.groups);
        if let Id::Bounds { .. } = self.spec.id {
            groups.sort_by(|left, right| match (left.id.view(), right.id.view()) {
                (Ok(left), Ok(right)) => compare(&left, &right),
                _ => std::cmp::Ordering::Equal,
            });
        }
        for mut group in groups {
            next.cx.tick()?;
            if group.emit(&self.spec.fields, next)? == Flow::Enough {
                break;
            }
        }
        Ok(())
    }
}

impl Id {
    #[inline]
    fn of<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        match self {
            Self::Expr(expr) => expr.eval(scope),
            Self::Bounds { by, bounds, outside } => {
                let value = by.eval(scope)?;
                let value = if value.is_missing() { Val::Null } else { value };
                let above = bounds.partition_point(|bound| compare(bound, &value).is_le());
                let inside = above.checked_sub(1).filter(|_| above < bounds.len());
                let found = inside.and_then(|index| bounds.get(index)).or(outside.as_ref());
                found.cloned().ok_or_else(|| {
                    Refusal::new("a value lies outside of `boundaries` and there is no `default`")
                })
            }
        }
    }
}
