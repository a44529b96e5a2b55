//! Documents: `$mergeObjects`, `$getField`, `$setField`, `$unsetField`.
//!
//! A computed field name must not start with `$`: in JSON, such a document could be taken for a date or another
//! scalar.

use std::collections::HashMap;

use super::args::{Args, expected};
use super::ops::{ANY, FormOp, Op, Shape};
use super::parse::named_values;
use super::{Expr, Form, Parser, Scope, built_document};
use crate::pipeline::Cx;
use crate::{Doc, Refusal, Text, Val, cut};

pub(super) const OPS: &[Op] = &[Op {
    name: "$mergeObjects",
    shape: Shape::List(0, ANY),
    run: merge,
}];

pub(super) const FORMS: &[FormOp] = &[
    ("$getField", get_field),
    ("$setField", |parser, value| set_field(parser, value, "$setField")),
    ("$unsetField", |parser, value| {
        set_field(parser, value, "$unsetField")
    }),
];

/// Sets a field: in its place when it is there already, else at the end.
pub(crate) fn put<'a>(
    fields: &mut Vec<(Text<'a>, Val<'a>)>,
    places: &mut HashMap<String, usize>,
    key: Text<'a>,
    value: Val<'a>,
) {
    match places.get(&*key).and_then(|&place| fields.get_mut(place)) {
        Some(field) => field.1 = value,
        None => {
            places.insert(key.to_string(), fields.len());
            fields.push((key, value));
        }
    }
}

/// Refuses a name that JSON cannot have for a field of data.
pub(crate) fn check_key(key: &str) -> Result<(), Refusal> {
    if key.starts_with('$') {
        return Err(Refusal::new(format!(
            "the field name `{}` starts with `$`",
            cut(key)
        )));
    }
    if key.contains('\0') {
        return Err(Refusal::new("a field name has the character U+0000"));
    }
    Ok(())
}

fn merge<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let mut merged = Merged::default();
    // One argument that is an array stands for its elements.
    if let (Some(Val::Array(items)), None) = (args.given(0), args.given(1)) {
        for item in items.iter() {
            merged.add(&item?, cx)?;
        }
    } else {
        for value in args.iter() {
            merged.add(value, cx)?;
        }
    }
    built_document(merged.fields, cx)
}

/// Documents laid over each other, the last on top.
#[derive(Debug, Default)]
pub(crate) struct Merged<'a> {
    pub(crate) fields: Vec<(Text<'a>, Val<'a>)>,
    places: HashMap<String, usize>,
}

impl<'a> Merged<'a> {
    pub(crate) fn add(&mut self, value: &Val<'a>, cx: &Cx<'_>) -> Result<(), Refusal> {
        match value {
            Val::Missing | Val::Null => Ok(()),
            Val::Document(document) => {
                for field in document.iter() {
                    cx.tick()?;
                    let (key, value) = field?;
                    put(&mut self.fields, &mut self.places, key, value);
                }
                Ok(())
            }
            other => Err(expected("an operand", "a document", other)),
        }
    }
}

#[derive(Debug)]
struct GetField {
    field: Expr,
    input: Expr,
}

/// `$getField: "name"` reads the current document.
fn get_field(parser: &mut Parser<'_>, value: &Val<'_>) -> Result<Expr, Refusal> {
    let current = || Val::str("$$CURRENT");
    let (field, input) = match value {
        Val::Document(document) if !document.get("field")?.is_missing() => {
            let parts = named_values(value, &["field"], &["input"])?;
            let mut parts = parts.into_iter();
            let field = parts.next().flatten().unwrap_or(Val::Missing);
            (field, parts.next().flatten().unwrap_or_else(current))
        }
        name => (name.clone(), current()),
    };
    let field = parser.expr(&field).map_err(|refusal| refusal.under("field"))?;
    if let Some(constant) = field.constant().filter(|constant| constant.as_str().is_none()) {
        return Err(expected("field", "a string", constant));
    }
    let input = parser.expr(&input).map_err(|refusal| refusal.under("input"))?;
    Ok(Expr::Form("$getField", Box::new(GetField { field, input })))
}

impl Form for GetField {
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        let field = self.field.eval(scope)?;
        let Val::Str(name) = &field else {
            return Err(expected("field", "a string", &field));
        };
        match self.input.eval(scope)? {
            Val::Null => Ok(Val::Null),
            input => input.get(name),
        }
    }
}

#[derive(Debug)]
struct SetField {
    name: Text<'static>,
    input: Expr,
    /// What to set; none removes the field.
    value: Option<Expr>,
}

fn set_field(parser: &mut Parser<'_>, value: &Val<'_>, op: &'static str) -> Result<Expr, Refusal> {
    let setting = op == "$setField";
    let required: &[&str] = if setting {
        &["field", "input", "value"]
    } else {
        &["field", "input"]
    };
    let parsed = parser.named(value, required, &[])?;
    let mut parsed = parsed.into_iter().flatten();
    let (Some(field), Some(input), value) = (parsed.next(), parsed.next(), parsed.next()) else {
        return Err(Refusal::new("an argument is missing"));
    };
    let Some(Val::Str(name)) = field.constant() else {
        return Err(Refusal::new("`field` must be a constant string"));
    };
    if setting {
        check_key(name)?;
    }
    let name = name.clone();
    Ok(Expr::Form(op, Box::new(SetField { name, input, value })))
}

impl Form for SetField {
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        let document: Doc<'a> = match self.input.eval(scope)? {
            Val::Missing | Val::Null => return Ok(Val::Null),
            Val::Document(document) => document,
            other => return Err(expected("input", "a document", &other)),
        };
        let value = self
            .value
            .as_ref()
            .map_or(Ok(Val::Missing), |value| value.eval(scope))?;
        let mut fields = document.iter().collect::<Result<Vec<_>, Refusal>>()?;
        scope.cx.work(fields.len())?;
        let place = fields.iter().position(|(name, _)| **name == *self.name);
        match (place.and_then(|place| fields.get_mut(place)), value.is_missing()) {
            (Some(field), _) => field.1 = value,
            (None, false) => fields.push((self.name.clone(), value)),
            (None, true) => {}
        }
        fields.retain(|(_, value)| !value.is_missing());
        built_document(fields, scope.cx)
    }
}
