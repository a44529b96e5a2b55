//! YAML as a tree in which every value knows its line.
//!
//! Built from the events of a parser, so that what a definition has no use for is refused before it costs anything:
//! anchors and aliases (no document grows when it is read), tags, several documents in a file, keys that are not plain
//! text, the same key twice, deep nesting and very many values. Words mean what they do in YAML 1.2: only `true` and
//! `false` are truth values, and a number is one that JSON would read too.

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// Most lists and maps open at once.
const MAX_DEPTH: usize = 48;
/// Most values in one file.
const MAX_NODES: usize = 200_000;

/// A value.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it begins, counted from 1.
    pub(crate) line: usize,
    /// What it is.
    pub(crate) value: Value,
}

/// Sorts of values.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Nothing: `key:` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is spelled.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Where the key is.
    pub(crate) line: usize,
    /// The key.
    pub(crate) key: String,
    /// The value.
    pub(crate) node: Node,
}

/// Why a text is not taken, and in which line.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) line: usize,
    pub(crate) why: String,
}

/// The only document of a text; none of a text without one.
pub(crate) fn parse(text: &str) -> Result<Option<Node>, Refusal> {
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event
            .map_err(|error| refusal(error.marker().line(), format!("is not YAML: {}", error.info())))?;
        tree.take(event, span)?;
    }
    Ok(tree.root)
}

fn refusal(line: usize, why: impl Into<String>) -> Refusal {
    Refusal {
        line: line.max(1),
        why: why.into(),
    }
}

/// A list or map that is not closed yet.
enum Open {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        seen: HashSet<String>,
        key: Option<(usize, String)>,
    },
}

#[derive(Default)]
struct Tree {
    open: Vec<(usize, Open)>,
    root: Option<Node>,
    nodes: usize,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Refusal> {
        let line = span.start.line();
        match event {
            Event::Alias(_) => Err(refusal(line, "aliases (`*name`) are not allowed")),
            Event::Scalar(text, style, anchor, tag) => {
                plain(line, anchor, tag.is_some())?;
                self.scalar(line, &text, style)
            }
            Event::SequenceStart(anchor, tag) => {
                plain(line, anchor, tag.is_some())?;
                self.push(line, Open::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                plain(line, anchor, tag.is_some())?;
                let seen = HashSet::new();
                self.push(
                    line,
                    Open::Map {
                        entries: Vec::new(),
                        seen,
                        key: None,
                    },
                )
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(refusal(line, "holds more than one document"))
            }
            _ => Ok(()),
        }
    }

    fn push(&mut self, line: usize, open: Open) -> Result<(), Refusal> {
        if self.wants_key() {
            return Err(refusal(line, "a key must be a text"));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(refusal(line, format!("is nested deeper than {MAX_DEPTH} levels")));
        }
        self.open.push((line, open));
        Ok(())
    }

    fn close(&mut self) -> Result<(), Refusal> {
        let Some((line, open)) = self.open.pop() else {
            return Ok(());
        };
        let value = match open {
            Open::List(items) => Value::List(items),
            Open::Map { entries, .. } => Value::Map(entries),
        };
        self.put(Node { line, value })
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some((_, Open::Map { key: None, .. })))
    }

    fn scalar(&mut self, line: usize, text: &str, style: ScalarStyle) -> Result<(), Refusal> {
        if let Some((
            _,
            Open::Map {
                seen,
                key: key @ None,
                ..
            },
        )) = self.open.last_mut()
        {
            if !seen.insert(text.to_owned()) {
                return Err(refusal(line, format!("the key `{text}` is there twice")));
            }
            *key = Some((line, text.to_owned()));
            return Ok(());
        }
        let value = match style {
            ScalarStyle::Plain => of_word(text),
            _ => Value::Text(text.to_owned()),
        };
        self.put(Node { line, value })
    }

    fn put(&mut self, node: Node) -> Result<(), Refusal> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(refusal(node.line, format!("holds more than {MAX_NODES} values")));
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some((_, Open::List(items))) => items.push(node),
            Some((_, Open::Map { entries, key, .. })) => {
                if let Some((line, key)) = key.take() {
                    entries.push(Entry { line, key, node });
                }
            }
        }
        Ok(())
    }
}

fn plain(line: usize, anchor: usize, tagged: bool) -> Result<(), Refusal> {
    match (anchor, tagged) {
        (0, false) => Ok(()),
        (0, true) => Err(refusal(line, "tags (`!name`) are not allowed")),
        _ => Err(refusal(line, "anchors (`&name`) are not allowed")),
    }
}

/// What a word without quotes stands for.
fn of_word(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

/// Whether JSON would read it as a number.
pub(crate) fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && text.ends_with(|last: char| last.is_ascii_digit())
        && jsonb::validate(text.as_bytes(), &jsonb::Limits::default()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, Value, parse};

    fn why(text: &str) -> (usize, String) {
        let refusal = parse(text).expect_err("must be refused");
        (refusal.line, refusal.why)
    }

    #[test]
    fn values_know_their_lines() {
        let root = parse("a: 1\nb:\n  - x\n  - {c: 'true', d: true}\n")
            .expect("good")
            .expect("one");
        let Value::Map(entries) = root.value else {
            panic!("a map")
        };
        assert_eq!((entries[0].line, entries[1].line), (1, 2));
        let Value::List(items) = &entries[1].node.value else {
            panic!("a list")
        };
        assert_eq!((items[0].line, items[1].line), (3, 4));
        let Value::Map(inner) = &items[1].value else {
            panic!("a map")
        };
        assert!(matches!(&inner[0].node.value, Value::Text(text) if text == "true"));
        assert!(matches!(inner[1].node.value, Value::Bool(true)));
    }

    #[test]
    fn words_are_those_of_yaml_1_2() {
        let root = parse("[yes, 0x1F, 1e3, -2.50, 1., +1, 007, '', ~, 2016-07-30, 08:00]")
            .expect("good")
            .expect("one");
        let Value::List(items) = root.value else {
            panic!("a list")
        };
        let sorts: String = items
            .iter()
            .map(|item| match item.value {
                Value::Number(_) => 'n',
                Value::Text(_) => 't',
                Value::Null => '-',
                _ => '?',
            })
            .collect();
        assert_eq!(sorts, "ttnntttt-tt");
    }

    #[test]
    fn what_a_definition_has_no_use_for_is_refused() {
        assert_eq!(
            why("a: &x 1"),
            (1, "anchors (`&name`) are not allowed".to_owned())
        );
        assert_eq!(why("b: 1\na: *x").0, 2);
        assert_eq!(why("a: !t 1"), (1, "tags (`!name`) are not allowed".to_owned()));
        assert_eq!(
            why("a: 1\n---\nb: 1"),
            (2, "holds more than one document".to_owned())
        );
        assert_eq!(why("a: 1\na: 2"), (2, "the key `a` is there twice".to_owned()));
        assert_eq!(why("? [a]\n: b"), (1, "a key must be a text".to_owned()));
        assert!(why("a: [").1.starts_with("is not YAML: "));
        assert!(parse("").expect("nothing").is_none());
    }

    #[test]
    fn no_text_is_too_strange() {
        // Every text of up to three pieces that mean something is read or refused.
        let pieces = [
            "a", ": ", "- ", "\n", " ", "[", "]", "{", "}", ",", "'", "\"", "&", "*", "!", "|", ">", "?",
            "#", "%", "\t", "---", "é", "\\x",
        ];
        let mut texts = vec![String::new()];
        for _ in 0..3 {
            let longer = |text: &String| pieces.map(|piece| format!("{text}{piece}"));
            texts = texts.iter().flat_map(longer).collect();
            for text in &texts {
                if let Err(refusal) = parse(text) {
                    assert!(refusal.line > 0 && !refusal.why.is_empty(), "{text:?}");
                }
            }
        }
        assert_eq!(texts.len(), 24 * 24 * 24);
    }

    #[test]
    fn nesting_and_size_are_bounded() {
        assert_eq!(
            why(&"[".repeat(100)).1,
            format!("is nested deeper than {MAX_DEPTH} levels")
        );
        assert!(why(&"- ".repeat(100_000)).1.contains("nested deeper"));
        assert!(
            why(&format!("[{}]", "1,".repeat(200_001)))
                .1
                .contains("more than 200000 values")
        );
    }
}
