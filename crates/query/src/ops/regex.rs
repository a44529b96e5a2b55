//! `$regex`: patterns, in linear time whatever the pattern.
//!
//! MongoDB's patterns are PCRE's. Ours run in an engine without backtracking, which has no look-around and no
//! back-references; those are refused. What both have but spell differently is translated ([`translate`]).

mod translate;

use jsonb::{Kind, Value};
use regex::{Regex, RegexBuilder};

use crate::{Limits, Refusal, Val, cut};

use translate::translate;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: Box<str>,
    options: Box<str>,
    regex: Regex,
}

impl Pattern {
    /// Compiles a pattern with MongoDB's options (`i`, `m`, `s`, `x`, and `u` without effect).
    ///
    /// # Errors
    /// A [`Refusal`] when the pattern cannot be read, is too large, or needs what is not supported.
    pub fn compile(text: &str, options: &str, limits: &Limits) -> Result<Self, Refusal> {
        Limits::check(
            text.len(),
            limits.pattern,
            "a regular expression is too long",
            "pattern",
        )?;
        if let Some(option) = options.chars().find(|option| !"imsxu".contains(*option)) {
            let why = format!("unknown regular expression option {option:?}; there are i, m, s, x and u");
            return Err(Refusal::new(why).under("$options"));
        }
        let has = |option| options.contains(option);
        let regex = RegexBuilder::new(&translate(text)?)
            .case_insensitive(has('i'))
            .multi_line(has('m'))
            .dot_matches_new_line(has('s'))
            .ignore_whitespace(has('x'))
            .size_limit(limits.regex_bytes)
            .dfa_size_limit(limits.regex_bytes)
            .build()
            .map_err(|error| refused(text, &error))?;
        Ok(Self {
            text: text.into(),
            options: options.into(),
            regex,
        })
    }

    /// The compiled form.
    #[must_use]
    pub fn regex(&self) -> &Regex {
        &self.regex
    }

    /// What every match begins with, when the pattern says so plainly; empty when it does not.
    pub(crate) fn prefix(&self) -> &str {
        const SPECIAL: [char; 14] = [
            '.', '^', '$', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|', '\\',
        ];
        let Some(rest) = self.text.strip_prefix('^') else {
            return "";
        };
        if self.options.contains(['i', 'm', 'x']) || rest.contains('|') {
            return "";
        }
        let end = rest.find(SPECIAL).unwrap_or(rest.len());
        let plain = rest.get(..end).unwrap_or_default();
        // What a quantifier follows may be absent.
        match rest[end..].starts_with(['*', '?', '{']) {
            true => plain
                .char_indices()
                .next_back()
                .map_or("", |(last, _)| &plain[..last]),
            false => plain,
        }
    }

    /// Whether a stored string has a match, or a stored pattern is this one.
    #[inline]
    pub(crate) fn matches(&self, value: Option<Value<'_>>) -> Result<bool, Refusal> {
        let Some(stored) = value else {
            return Ok(false);
        };
        match stored.kind() {
            Kind::Text => Ok(stored.as_str()?.is_some_and(|text| self.regex.is_match(&text))),
            Kind::Object => match Val::of(stored)? {
                Val::Regex(text, options) => Ok(*text == *self.text && *options == *self.options),
                _ => Ok(false),
            },
            _ => Ok(false),
        }
    }
}

#[cold]
fn refused(text: &str, error: &regex::Error) -> Refusal {
    let pattern = cut(text);
    match error {
        regex::Error::CompiledTooBig(size) => {
            let what = format!("the regular expression {pattern:?} takes more than {size} bytes");
            Refusal::beyond(what, "regex_bytes")
        }
        // The engine's message shows the pattern over several lines and ends with the reason.
        error => {
            let message = error.to_string();
            let reason = message.lines().last().unwrap_or_default();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            Refusal::new(format!(
                "the regular expression {pattern:?} cannot be used: {reason}"
            ))
        }
    }
}
