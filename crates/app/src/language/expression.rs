//! `_query`: `or(…)`, `and(…)` and `filter('field','value')`, nested as one likes within bounds.

use crate::Condition;

use super::query_string::test;
use super::{DEEPEST, MOST_CONDITIONS, quoted};

/// Reads a whole expression.
pub(super) fn expression(text: &str) -> Result<Condition, String> {
    let mut reader = Reader {
        rest: text,
        conditions: 0,
    };
    let condition = reader.condition(0)?;
    match reader.rest.trim_start() {
        "" => Ok(condition),
        rest => Err(format!("behind its end there is {:?}", query::cut(rest))),
    }
}

struct Reader<'t> {
    rest: &'t str,
    conditions: usize,
}

impl Reader<'_> {
    fn condition(&mut self, depth: usize) -> Result<Condition, String> {
        self.conditions += 1;
        if self.conditions > MOST_CONDITIONS {
            return Err(format!("has more than {MOST_CONDITIONS} conditions"));
        }
        if depth > DEEPEST {
            return Err(format!("nests deeper than {DEEPEST} levels"));
        }
        let name = self.name();
        match name.as_str() {
            "or" => self.list(depth).map(Condition::Or),
            "and" => self.list(depth).map(Condition::And),
            "filter" => self.filter(),
            _ => Err(format!(
                "expected `or(`, `and(` or `filter(`, found {:?}",
                self.found(&name)
            )),
        }
    }

    fn name(&mut self) -> String {
        let text = self.rest.trim_start();
        let end = text
            .find(|char: char| !char.is_ascii_alphabetic())
            .unwrap_or(text.len());
        self.rest = &text[end..];
        text[..end].to_owned()
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Condition>, String> {
        self.take('(')?;
        let mut conditions = vec![self.condition(depth + 1)?];
        while self.takes(',') {
            conditions.push(self.condition(depth + 1)?);
        }
        self.take(')')?;
        Ok(conditions)
    }

    fn filter(&mut self) -> Result<Condition, String> {
        self.take('(')?;
        let path = self.text()?;
        self.take(',')?;
        let value = self.text()?;
        self.take(')')?;
        let path = path.trim();
        if path.is_empty() {
            return Err("a filter needs the name of a field".to_owned());
        }
        test(path, &value).map_err(|why| format!("filter of `{}`: {why}", query::cut(path)))
    }

    /// A text in single quotes.
    fn text(&mut self) -> Result<String, String> {
        self.take('\'')?;
        let Some((text, rest)) = quoted::rest(self.rest, '\'') else {
            return Err("a single quote is not closed".to_owned());
        };
        self.rest = rest;
        Ok(text)
    }

    fn takes(&mut self, wanted: char) -> bool {
        match self.rest.trim_start().strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take(&mut self, wanted: char) -> Result<(), String> {
        match self.takes(wanted) {
            true => Ok(()),
            false => Err(format!("expected `{wanted}`, found {:?}", self.found(""))),
        }
    }

    fn found(&self, name: &str) -> String {
        match format!("{name}{}", self.rest).trim() {
            "" => "the end".to_owned(),
            found => query::cut(found),
        }
    }
}
