//! Texts and their rules: length and expression. Also mail addresses, addresses of pages, and colours.
//!
//! Lengths count characters. An expression must match the whole text; compiled ones are kept, since an import asks for
//! the same one a million times.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use regex::{Regex, RegexBuilder};

use crate::TextRules;
use crate::fault::{FaultCode, Problem};
use crate::values::input::Input;

/// Most characters of a plain text.
pub(crate) const TEXT_LENGTH: u32 = 300;
/// Longest expression.
const MAX_EXPRESSION: usize = 4_096;
/// Memory one compiled expression may take, in bytes.
const EXPRESSION_MEMORY: usize = 1 << 20;
/// Compiled expressions that are kept.
const KEPT: usize = 256;

static COMPILED: LazyLock<RwLock<HashMap<(String, bool), Regex>>> = LazyLock::new(RwLock::default);

/// A text by its rules; `limit` is what its type allows anyway.
pub(crate) fn text<'i>(
    rules: &TextRules,
    limit: Option<u32>,
    input: &'i Input<'_>,
) -> Result<&'i str, Problem> {
    let text = any(input)?;
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let max = rules.max.into_iter().chain(limit).min();
    let message = match (rules.exact, rules.min, max) {
        (Some(exact), _, _) if length != exact => format!("Must have exactly {exact} characters"),
        (_, Some(min), _) if length < min => format!("Must have at least {min} characters"),
        (_, _, Some(max)) if length > max => format!("Must not have more than {max} characters"),
        _ => return matching(rules, input, text),
    };
    Err(input.invalid(message))
}

/// Any text.
pub(crate) fn any<'i>(input: &'i Input<'_>) -> Result<&'i str, Problem> {
    match input {
        Input::Text(text) => Ok(text),
        _ => Err(input.invalid("Not a valid text")),
    }
}

fn matching<'i>(rules: &TextRules, input: &Input<'_>, text: &'i str) -> Result<&'i str, Problem> {
    let Some(pattern) = &rules.regex else {
        return Ok(text);
    };
    // An expression is checked when the definition is loaded, so one that fails here is a fault of the app.
    let expression = expression(pattern, rules.regex_ignores_case)
        .map_err(|message| Problem::new(FaultCode::General, message))?;
    if expression.is_match(text) {
        return Ok(text);
    }
    Err(input.invalid(match &rules.regex_hint {
        Some(hint) => hint.clone(),
        None => format!("Does not match {pattern}"),
    }))
}

/// The compiled expression, which matches whole texts only.
pub(crate) fn expression(pattern: &str, ignore_case: bool) -> Result<Regex, String> {
    let key = (pattern.to_owned(), ignore_case);
    if let Some(found) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(found.clone());
    }
    if pattern.len() > MAX_EXPRESSION {
        return Err(format!(
            "the expression has more than {MAX_EXPRESSION} characters"
        ));
    }
    // By itself first: `a)(b` would become an expression only by what is put around it.
    compile(pattern, ignore_case)?;
    let compiled = compile(&format!(r"\A(?:{pattern})\z"), ignore_case)?;
    let mut kept = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT {
        kept.clear();
    }
    kept.insert(key, compiled.clone());
    Ok(compiled)
}

fn compile(pattern: &str, ignore_case: bool) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .size_limit(EXPRESSION_MEMORY)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => format!("the expression {pattern} is too large"),
            _ => format!("{pattern} is not a regular expression that is supported"),
        })
}

/// A mail address: a local part of the usual characters, and a domain of two or more names.
pub(crate) fn email<'i>(input: &'i Input<'_>) -> Result<&'i str, Problem> {
    match input {
        Input::Text(text) if is_email(text) => Ok(text),
        _ => Err(Problem::new(FaultCode::InvalidEmail, "Not a valid email").of(input.shown())),
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let local_char = |char: char| char.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(char);
    let local_ok = local
        .split('.')
        .all(|part| !part.is_empty() && part.chars().all(local_char));
    let name = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.chars().all(|char| char.is_alphanumeric() || char == '-')
    };
    text.len() <= 254 && local.len() <= 64 && local_ok && domain.contains('.') && domain.split('.').all(name)
}

/// The address of a page, or one with a label: `(http://example.com)<Example>`.
///
/// Only addresses that a browser opens without running anything: `http`, `https`, `ftp` and `mailto`.
pub(crate) fn url<'i>(input: &'i Input<'_>) -> Result<&'i str, Problem> {
    match input {
        Input::Text(text) if is_address(labelled(text).map_or(text, |(address, _)| address)) => Ok(text),
        _ => Err(input.invalid("Not a valid URL")),
    }
}

/// Address and label of an address with a label.
pub(crate) fn labelled(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('(')?.strip_suffix('>')?.split_once(")<")
}

fn is_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let clean = |text: &str| {
        !text.is_empty()
            && !text
                .chars()
                .any(|char| char.is_whitespace() || char.is_control() || "<>\"".contains(char))
    };
    match scheme.to_ascii_lowercase().as_str() {
        "mailto" => clean(rest),
        "http" | "https" | "ftp" => rest
            .strip_prefix("//")
            .is_some_and(|rest| clean(rest) && !rest.starts_with(['/', '?', '#', ':'])),
        _ => false,
    }
}

/// A colour: `#f5a9a9`.
pub(crate) fn color<'i>(input: &'i Input<'_>) -> Result<&'i str, Problem> {
    let digits = |text: &str| {
        let digits = text.strip_prefix('#').unwrap_or_default();
        digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    match input {
        Input::Text(text) if digits(text) => Ok(text),
        _ => Err(input.invalid("Not a valid color")),
    }
}
