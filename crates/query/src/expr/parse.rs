//! Parsing expressions.
//!
//! A string that starts with `$` is a path, one with `$$` a variable; a document with one key that starts with `$`
//! is an operator; other documents and arrays are built from their parts; everything else stands for itself.

use super::ops::{self, Shape};
use super::{Base, Expr, Path};
use crate::{Doc, Limits, Refusal, Text, Val, cut};

/// Parses the expressions of one pipeline, within its bounds.
#[derive(Clone)]
pub(crate) struct Parser<'l> {
    pub(crate) limits: &'l Limits,
    /// Names of the variables in scope, by slot.
    pub(crate) names: Vec<String>,
    /// Whether `$redact`'s own variables are known here.
    pub(crate) redacting: bool,
    /// Whether only what gives the same answer each time is allowed.
    steady: bool,
    nodes: usize,
    patterns: usize,
    depth: usize,
    pub(crate) stages: usize,
}

impl<'l> Parser<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            names: Vec::new(),
            redacting: false,
            steady: false,
            nodes: 0,
            patterns: 0,
            depth: 0,
            stages: 0,
        }
    }

    /// A parser of expressions that give the same answer each time.
    pub(crate) fn steady(limits: &'l Limits) -> Self {
        let steady = true;
        Self {
            steady,
            ..Self::new(limits)
        }
    }

    /// Parses an expression.
    pub(crate) fn expr(&mut self, value: &Val<'_>) -> Result<Expr, Refusal> {
        self.nodes += 1;
        Limits::check(
            self.nodes,
            self.limits.nodes,
            "operators and values in the pipeline",
            "nodes",
        )?;
        match value {
            Val::Str(text) if text.starts_with('$') => self.reference(text),
            Val::Document(document) => self.deeper(|parser| parser.document(document)),
            Val::Array(array) => self.deeper(|parser| {
                let items = array
                    .iter()
                    .enumerate()
                    .map(|(index, item)| parser.expr(&item?).map_err(|refusal| refusal.under(index)));
                folded_array(items.collect::<Result<_, Refusal>>()?)
            }),
            other => Ok(Expr::Literal(other.clone().into_owned()?)),
        }
    }

    /// Counts a regular expression.
    pub(crate) fn pattern(&mut self) -> Result<(), Refusal> {
        self.patterns += 1;
        let what = "regular expressions in the pipeline";
        Limits::check(self.patterns, self.limits.patterns, what, "patterns")
    }

    /// Goes one level down, if that is not too deep.
    pub(crate) fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.depth += 1;
        Limits::check(
            self.depth,
            self.limits.depth,
            "levels of nesting in the pipeline",
            "depth",
        )?;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Parses with more variables in scope.
    pub(crate) fn with_names<T>(
        &mut self,
        names: &[&str],
        parse: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let before = self.names.len();
        self.names.extend(names.iter().map(|&name| name.to_owned()));
        let parsed = parse(self);
        self.names.truncate(before);
        parsed
    }

    /// A path or a variable.
    fn reference(&self, text: &str) -> Result<Expr, Refusal> {
        let Some(variable) = text.strip_prefix("$$") else {
            let path = Path::parse(text.strip_prefix('$').unwrap_or(text))?;
            return Ok(Expr::Field(self.slot("CURRENT").unwrap_or(Base::Root), path));
        };
        let (name, path) = match variable.split_once('.') {
            Some((name, path)) => (name, Path::parse(path)?),
            None => (variable, Path::empty()),
        };
        if let Some(slot) = self.slot(name) {
            return Ok(Expr::Field(slot, path));
        }
        match name {
            "ROOT" | "CURRENT" => Ok(Expr::Field(Base::Root, path)),
            "NOW" if self.steady => Err(unsteady("$$NOW")),
            "NOW" => Ok(Expr::Now),
            "REMOVE" => Ok(Expr::Literal(Val::Missing)),
            "KEEP" | "PRUNE" | "DESCEND" if self.redacting => {
                Ok(Expr::Literal(Val::str(name.to_ascii_lowercase())))
            }
            "CLUSTER_TIME" | "USER_ROLES" | "SEARCH_META" | "JS_SCOPE" | "IS_MR" => {
                Err(Refusal::new(format!("the variable `$${name}` is not supported")))
            }
            _ => Err(Refusal::new(format!(
                "there is no variable `$${}` here",
                cut(name)
            ))),
        }
    }

    fn slot(&self, name: &str) -> Option<Base> {
        self.names.iter().rposition(|known| known == name).map(Base::Slot)
    }

    fn document(&mut self, document: &Doc<'_>) -> Result<Expr, Refusal> {
        let fields = document.iter().collect::<Result<Vec<_>, Refusal>>()?;
        if let [(name, value)] = fields.as_slice()
            && name.starts_with('$')
        {
            return self
                .operator(name, value)
                .map_err(|refusal| refusal.under(&**name));
        }
        let mut parsed = Vec::with_capacity(fields.len());
        for (name, value) in &fields {
            check_name(name, fields.len())?;
            let value = self.expr(value).map_err(|refusal| refusal.under(&**name))?;
            parsed.push((name.clone().into_owned(), value));
        }
        folded_object(parsed)
    }

    /// Parses an operator with its arguments.
    pub(crate) fn operator(&mut self, name: &str, value: &Val<'_>) -> Result<Expr, Refusal> {
        if self.steady && name == "$rand" {
            return Err(unsteady(name));
        }
        if let Some((_, parse)) = ops::form(name) {
            return parse(self, value);
        }
        let Some(op) = ops::plain(name) else {
            return Err(unknown(name));
        };
        let args = match op.shape {
            Shape::List(least, most) => self.list(value, least, most)?,
            Shape::Named(required, optional) => self.named(value, required, optional)?,
            Shape::Either(first, rest) => self.either(value, first, rest)?,
        };
        Ok(Expr::Call(op, args))
    }

    /// A list of expressions, or one alone.
    pub(crate) fn exprs(&mut self, value: &Val<'_>) -> Result<Vec<Expr>, Refusal> {
        Ok(self.list(value, 0, ops::ANY)?.into_iter().flatten().collect())
    }

    fn list(&mut self, value: &Val<'_>, least: usize, most: usize) -> Result<Vec<Option<Expr>>, Refusal> {
        let args = match value {
            Val::Array(array) => array
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    self.expr(&item?)
                        .map(Some)
                        .map_err(|refusal| refusal.under(index))
                })
                .collect::<Result<Vec<_>, Refusal>>()?,
            single => vec![Some(self.expr(single)?)],
        };
        if (least..=most).contains(&args.len()) {
            return Ok(args);
        }
        let wanted = match (least, most) {
            (least, ops::ANY) => format!("at least {least}"),
            (least, most) if least == most => format!("exactly {least}"),
            _ => format!("{least} to {most}"),
        };
        let found = args.len();
        Err(Refusal::new(format!("takes {wanted} arguments, not {found}")))
    }

    /// Arguments by name, in the order they are declared in.
    pub(crate) fn named(
        &mut self,
        value: &Val<'_>,
        required: &[&str],
        optional: &[&str],
    ) -> Result<Vec<Option<Expr>>, Refusal> {
        let fields = named_values(value, required, optional)?;
        let keys = required.iter().chain(optional);
        fields
            .into_iter()
            .zip(keys)
            .map(|(field, key)| {
                let parsed = field.map(|field| self.expr(&field)).transpose();
                parsed.map_err(|refusal| refusal.under(key))
            })
            .collect()
    }

    /// A document of named arguments when `first` is among them, else the argument `first` alone.
    fn either(&mut self, value: &Val<'_>, first: &str, rest: &[&str]) -> Result<Vec<Option<Expr>>, Refusal> {
        if let Val::Document(document) = value
            && !document.get(first)?.is_missing()
        {
            return self.named(value, &[first], rest);
        }
        let mut args = self.list(value, 1, 1)?;
        args.resize_with(1 + rest.len(), || None);
        Ok(args)
    }
}

/// The values of named arguments, in the order they are declared in.
pub(crate) fn named_values<'a>(
    value: &Val<'a>,
    required: &[&str],
    optional: &[&str],
) -> Result<Vec<Option<Val<'a>>>, Refusal> {
    let Val::Document(document) = value else {
        let found = value.type_name();
        return Err(Refusal::new(format!(
            "takes a document of arguments, not {found}"
        )));
    };
    let mut found: Vec<Option<Val<'a>>> = vec![None; required.len() + optional.len()];
    for field in document.iter() {
        let (name, value) = field?;
        let known = required.iter().chain(optional).position(|key| *key == &*name);
        match known.and_then(|index| found.get_mut(index)) {
            Some(place) => *place = Some(value),
            None => return Err(Refusal::new(format!("has no argument `{}`", cut(&name)))),
        }
    }
    match required.iter().zip(&found).find(|(_, found)| found.is_none()) {
        Some((key, _)) => Err(Refusal::new(format!("needs the argument `{key}`"))),
        None => Ok(found),
    }
}

/// Says what is wrong with an operator's name.
pub(crate) fn unknown(name: &str) -> Refusal {
    match ops::refused(name) {
        Some(why) => Refusal::new(format!("not supported: {why}")),
        None => Refusal::new(format!("there is no expression operator `{}`", cut(name))),
    }
}

fn unsteady(name: &str) -> Refusal {
    let why = "a filter must give the same answer each time";
    Refusal::new(format!("`{name}` is not supported here: {why}"))
}

fn check_name(name: &str, count: usize) -> Result<(), Refusal> {
    if name.starts_with('$') {
        return Err(Refusal::new(format!(
            "an operator must be alone in its document, but `{}` is one of {count} keys",
            cut(name)
        )));
    }
    if name.contains('.') {
        return Err(Refusal::new(format!("the field name `{}` has a dot", cut(name))));
    }
    Ok(())
}

/// An array of constants is a constant.
fn folded_array(items: Vec<Expr>) -> Result<Expr, Refusal> {
    if items
        .iter()
        .any(|item| item.constant().is_none_or(Val::is_missing))
    {
        return Ok(Expr::Array(items));
    }
    let values = items.iter().filter_map(Expr::constant).cloned().collect();
    Ok(Expr::Literal(Val::array(values)?))
}

/// A document of constants is a constant.
fn folded_object(fields: Vec<(Text<'static>, Expr)>) -> Result<Expr, Refusal> {
    if fields
        .iter()
        .any(|(_, value)| value.constant().is_none_or(Val::is_missing))
    {
        return Ok(Expr::Object(fields));
    }
    let values = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.constant()?.clone())))
        .collect();
    Ok(Expr::Literal(Val::document(values)?))
}
