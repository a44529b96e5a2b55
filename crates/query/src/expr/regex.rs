//! `$regexMatch`, `$regexFind`, `$regexFindAll`.
//!
//! Patterns run in linear time, so look-around and back references are refused. A constant pattern is compiled
//! once, a computed one per document.

use regex::Regex;

use super::args::expected;
use super::ops::FormOp;
use super::{Expr, Form, Parser, Scope, built_array};
use crate::{Limits, Pattern, Refusal, Val};

pub(super) const FORMS: &[FormOp] = &[
    ("$regexMatch", |parser, value| {
        parse(parser, value, "$regexMatch", Want::Whether)
    }),
    ("$regexFind", |parser, value| {
        parse(parser, value, "$regexFind", Want::First)
    }),
    ("$regexFindAll", |parser, value| {
        parse(parser, value, "$regexFindAll", Want::All)
    }),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    Whether,
    First,
    All,
}

#[derive(Debug)]
struct Search {
    input: Expr,
    pattern: Expr,
    options: Option<Expr>,
    /// The pattern, if it is constant.
    ready: Option<Pattern>,
    want: Want,
}

fn parse(parser: &mut Parser<'_>, value: &Val<'_>, name: &'static str, want: Want) -> Result<Expr, Refusal> {
    let mut parts = parser
        .named(value, &["input", "regex"], &["options"])?
        .into_iter();
    let (Some(Some(input)), Some(Some(pattern)), options) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Refusal::new("an argument is missing"));
    };
    let options = options.flatten();
    parser.pattern()?;
    let constant_options = match &options {
        None => Some(&Val::Missing),
        Some(options) => options.constant(),
    };
    let ready = match (pattern.constant(), constant_options) {
        (Some(pattern), Some(options)) => compiled(pattern, options, parser.limits)?,
        _ => None,
    };
    let search = Search {
        input,
        pattern,
        options,
        ready,
        want,
    };
    Ok(Expr::Form(name, Box::new(search)))
}

/// Compiles a pattern; none for a null one.
fn compiled(pattern: &Val<'_>, options: &Val<'_>, limits: &Limits) -> Result<Option<Pattern>, Refusal> {
    let given = match options {
        Val::Missing | Val::Null => "",
        Val::Str(options) => options,
        other => return Err(expected("options", "a string", other)),
    };
    let (pattern, own) = match pattern {
        Val::Missing | Val::Null => return Ok(None),
        Val::Str(pattern) => (pattern, ""),
        Val::Regex(pattern, options) => (pattern, &**options),
        other => return Err(expected("regex", "a string or a regular expression", other)),
    };
    if !own.is_empty() && !given.is_empty() {
        return Err(Refusal::new(
            "options are given both with the regular expression and in `options`",
        ));
    }
    let options = if own.is_empty() { given } else { own };
    Pattern::compile(pattern, options, limits).map(Some)
}

impl Form for Search {
    fn eval<'a>(&'a self, scope: &mut Scope<'a, '_>) -> Result<Val<'a>, Refusal> {
        let input = self.input.eval(scope)?;
        let computed;
        let regex = match &self.ready {
            Some(regex) => Some(regex),
            None => {
                let pattern = self.pattern.eval(scope)?;
                let options = self
                    .options
                    .as_ref()
                    .map_or(Ok(Val::Missing), |options| options.eval(scope))?;
                // Compiling is worth some hundred ordinary steps.
                scope.cx.work(500)?;
                computed = compiled(&pattern, &options, scope.cx.limits())?;
                computed.as_ref()
            }
        };
        let (Some(regex), false) = (regex.map(Pattern::regex), input.is_nullish()) else {
            return Ok(self.want.nothing());
        };
        let text = input
            .as_str()
            .ok_or_else(|| expected("input", "a string", &input))?;
        scope.cx.work(1 + text.len() / 256)?;
        match self.want {
            Want::Whether => Ok(Val::Bool(regex.is_match(text))),
            Want::First => found(regex, text, scope, 1)?.pop().map_or(Ok(Val::Null), Ok),
            Want::All => built_array(found(regex, text, scope, usize::MAX)?, scope.cx),
        }
    }
}

impl Want {
    fn nothing<'a>(self) -> Val<'a> {
        match self {
            Self::Whether => Val::Bool(false),
            Self::First => Val::Null,
            Self::All => Val::array(Vec::new()).unwrap_or(Val::Null),
        }
    }
}

/// Matches as documents: the text, its place in code points, and what the groups caught.
fn found<'a>(regex: &Regex, text: &str, scope: &Scope<'a, '_>, most: usize) -> Result<Vec<Val<'a>>, Refusal> {
    let (mut out, mut weight) = (Vec::new(), 0);
    let (mut place, mut counted) = (0i64, 0);
    for captures in regex.captures_iter(text).take(most) {
        scope.cx.tick()?;
        let Some(whole) = captures.get(0) else { continue };
        let between = text.get(counted..whole.start()).unwrap_or_default();
        place += i64::try_from(between.chars().count()).unwrap_or_default();
        counted = whole.start();
        let groups = captures
            .iter()
            .skip(1)
            .map(|group| group.map_or(Val::Null, |group| Val::str(group.as_str().to_owned())));
        let document = Val::document(vec![
            ("match".into(), Val::str(whole.as_str().to_owned())),
            ("idx".into(), Val::Int(place)),
            ("captures".into(), Val::array(groups.collect())?),
        ])?;
        weight += document.weight();
        scope.cx.fits(weight)?;
        out.push(document);
    }
    Ok(out)
}
