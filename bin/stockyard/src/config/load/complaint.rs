//! What is said of a file that is wrong: line, column, key and message, and never the line itself, for it may hold a
//! secret and the complaint goes to terminals and logs.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Of text that is not TOML.
pub(super) fn of_syntax(text: &str, error: &toml::de::Error) -> String {
    let at = start(error);
    let key = at.and_then(|at| key_at(text, at)).unwrap_or_default();
    complaint(text, at, &key, error.message())
}

/// Of TOML with something in it that is not taken; `path` leads there.
pub(super) fn of_value(text: &str, path: &str, error: &toml::de::Error) -> String {
    complaint(text, start(error), path, &discreet(path, error.message()))
}

/// A message without the value that it may repeat, if that could be a secret.
pub(super) fn discreet(path: &str, message: &str) -> String {
    let is_secret = path.starts_with("exports.targets.") && path.split('.').any(|key| key == "auth");
    let repeats = message.starts_with("invalid ") || message.starts_with("unknown variant");
    let (wrong, expected) = match message.rsplit_once(", expected ") {
        Some((wrong, expected)) => (wrong, format!(", expected {expected}")),
        None => (message, String::new()),
    };
    match wrong.find(['"', '`']) {
        Some(quote) if is_secret && repeats => {
            format!("{}…{expected}", &wrong[..quote])
        }
        _ => message.to_owned(),
    }
}

fn complaint(text: &str, at: Option<usize>, key: &str, message: &str) -> String {
    let place = at.map_or_else(String::new, |at| {
        let (line, column) = place(text, at);
        format!("line {line}, column {column}: ")
    });
    match key {
        "" | "." => format!("{place}{message}"),
        key => format!("{place}{key}: {message}"),
    }
}

fn start(error: &toml::de::Error) -> Option<usize> {
    error.span().map(|span| span.start)
}

/// Line and column, from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// The key whose value is broken at `at`. A word without a `=` behind it is none: it may be half of a value.
fn key_at(text: &str, at: usize) -> Option<String> {
    let (table, _) = DeTable::parse_recoverable(text);
    let mut search = Search { at, last: None };
    search.table(table.get_ref(), "");
    let found = search.last?;
    let is_key = text
        .get(found.key.end..)?
        .trim_start_matches([' ', '\t'])
        .starts_with('=');
    let is_near = at <= found.value.end || !text.get(found.key.end..at)?.contains('\n');
    (is_key && is_near).then_some(found.path)
}

/// Looks for the last key that begins before a place.
struct Search {
    at: usize,
    last: Option<Found>,
}

struct Found {
    key: Range<usize>,
    value: Range<usize>,
    path: String,
}

impl Search {
    fn table(&mut self, table: &DeTable<'_>, parent: &str) {
        for (key, value) in table {
            let path = match parent {
                "" => key.get_ref().to_string(),
                parent => format!("{parent}.{}", key.get_ref()),
            };
            self.value(value, &path);
            let (key, value) = (key.span(), value.span());
            let is_later = self.last.as_ref().is_none_or(|last| last.key.start < key.start);
            if key.start < self.at && is_later {
                self.last = Some(Found { key, value, path });
            }
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, path: &str) {
        match value.get_ref() {
            DeValue::Table(table) => self.table(table, path),
            DeValue::Array(values) => values.iter().for_each(|value| self.value(value, path)),
            _ => {}
        }
    }
}
