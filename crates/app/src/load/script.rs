//! Which functions a JavaScript file declares.
//!
//! A definition may name a function only if its file has `function NAME(` at the top level. That is found without
//! running anything: strings, templates, comments and regular expressions are skipped, and brackets are counted.

use std::collections::BTreeSet;

use super::desk::At;
use crate::FunctionName;

/// The functions of a file beside a definition.
#[derive(Debug, Default)]
pub(super) struct Functions {
    file: String,
    names: Option<BTreeSet<String>>,
}

impl Functions {
    /// Those of this file; none if there is no such file.
    pub(super) fn of(file: &str, text: Option<&str>) -> Self {
        Self {
            file: file.to_owned(),
            names: text.map(declared),
        }
    }

    /// The function that a `js/NAME` must be.
    pub(super) fn name(&self, at: &At<'_>) -> Option<FunctionName> {
        let text = at.text()?;
        let Some(name) = text.strip_prefix("js/") else {
            at.complain(format!(
                "must be a function, as in `js/name`, not `{}`",
                query::cut(text)
            ));
            return None;
        };
        let found = match &self.names {
            Some(names) if names.contains(name) => Ok(FunctionName(name.to_owned())),
            Some(_) => Err(format!("{} has no `function {name}(`", self.file)),
            None => Err(format!("there is no {} to hold the function `{name}`", self.file)),
        };
        at.take(found)
    }
}

/// Names after `function` outside of all brackets.
fn declared(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut scan = Scan {
        text,
        at: 0,
        operand: true,
    };
    let (mut depth, mut after_function) = (0_i64, false);
    while let Some(token) = scan.token() {
        match token {
            Token::Word("function") => {
                after_function = depth == 0;
                continue;
            }
            Token::Word(name) if after_function => {
                names.insert(name.to_owned());
            }
            Token::Sign('*') if after_function => continue,
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        after_function = false;
    }
    names
}

enum Token<'t> {
    Word(&'t str),
    Sign(char),
    Literal,
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    /// Whether a `/` here would begin a regular expression.
    operand: bool,
}

impl<'t> Scan<'t> {
    fn token(&mut self) -> Option<Token<'t>> {
        self.skip_blank();
        let rest = self.rest();
        let first = rest.chars().next()?;
        if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let word = rest.get(..end).unwrap_or_default();
            self.at += end;
            self.operand = matches!(
                word,
                "return"
                    | "typeof"
                    | "case"
                    | "in"
                    | "of"
                    | "delete"
                    | "void"
                    | "throw"
                    | "new"
                    | "else"
                    | "do"
            );
            return Some(Token::Word(word));
        }
        self.at += first.len_utf8();
        match first {
            '"' | '\'' => self.until(first, false),
            '`' => self.until('`', true),
            '/' if self.operand => self.regex(),
            _ => {
                self.operand = !matches!(first, ')' | ']' | '}');
                return Some(Token::Sign(first));
            }
        }
        self.operand = false;
        Some(Token::Literal)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let ending = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                rest.len() - rest.trim_start().len()
            };
            if ending == 0 {
                return;
            }
            self.at += ending;
        }
    }

    /// Goes behind the next `end` that is not escaped; a line ends it too unless it may have several.
    fn until(&mut self, end: char, lines: bool) {
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices() {
            let over = !escaped && (c == end || (c == '\n' && !lines));
            if over {
                self.at += offset + c.len_utf8();
                return;
            }
            escaped = c == '\\' && !escaped;
        }
        self.at = self.text.len();
    }

    fn regex(&mut self) {
        let (mut escaped, mut class) = (false, false);
        for (offset, c) in self.rest().char_indices() {
            match c {
                '\n' => return self.at += offset,
                _ if escaped => {}
                '[' => class = true,
                ']' => class = false,
                '/' if !class => return self.at += offset + 1,
                _ => {}
            }
            escaped = c == '\\' && !escaped;
        }
        self.at = self.text.len();
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::declared;

    #[test]
    fn functions_at_the_top_are_found() {
        let text = "// function no1() {}\n/* function no2() {} */\nfunction one(a) { function no3() {} return '}'; }\n\
                    var x = \"function no4() {\", r = /[/}]function no5(/, t = `{\nfunction no6(`;\n\
                    async function two () {}\nfunction* three() {}\nvar f = function () { return 1 / 2 / 3; };\n\
                    if (a) { } function $four_4() { return /}/.test('\\''); }";
        assert_eq!(
            declared(text).into_iter().collect::<Vec<_>>(),
            ["$four_4", "one", "three", "two"]
        );
    }

    #[test]
    fn unfinished_text_ends() {
        for text in ["'", "`", "/*", "x = /[", "function", "}}}", "\\", "é/"] {
            assert!(declared(text).is_empty(), "{text}");
        }
    }
}
