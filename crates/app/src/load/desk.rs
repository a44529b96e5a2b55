//! The desk on which a definition is read: values with the way to them, and the complaints about them.
//!
//! [`At`] is a value with its place; every reader of it notes a complaint and answers none when the value is not what
//! it must be, so that a file is read to its end and all that is wrong is told at once. What can only be decided when
//! all files are read (does that entity exist?) is put off with [`At::later`].

use std::cell::RefCell;

use super::complaint::Complaint;
use super::yaml::{Node, Value};
use crate::App;

/// A check against the whole app: what is wrong, if anything.
type Check = Box<dyn FnOnce(&App) -> Result<(), String>>;

/// Collects complaints and checks.
#[derive(Default)]
pub(super) struct Desk {
    complaints: RefCell<Vec<Complaint>>,
    later: RefCell<Vec<Later>>,
    unread: RefCell<Vec<String>>,
}

struct Later {
    complaint: Complaint,
    about: String,
    check: Check,
}

impl Desk {
    /// Notes what is wrong with a file.
    pub(super) fn complain(&self, file: &str, line: usize, key: &str, why: impl Into<String>) {
        self.complaints.borrow_mut().push(Complaint {
            file: file.to_owned(),
            line,
            key: key.to_owned(),
            why: why.into(),
        });
    }

    /// Says that not all fields of an entity can be read.
    pub(super) fn unread(&self, entity: &str) {
        self.unread.borrow_mut().push(entity.to_owned());
    }

    /// Makes the checks that were put off, except those about entities that could not be read: what they would say
    /// follows from what is already said. Gives all complaints in the order of the files.
    pub(super) fn close(self, app: &App) -> Vec<Complaint> {
        let unread = self.unread.into_inner();
        let mut complaints = self.complaints.into_inner();
        for Later {
            mut complaint,
            about,
            check,
        } in self.later.into_inner()
        {
            if unread.contains(&about) {
                continue;
            }
            if let Err(why) = check(app) {
                complaint.why = why;
                complaints.push(complaint);
            }
        }
        complaints.sort();
        complaints.dedup();
        complaints
    }
}

/// A value and where it is.
#[derive(Clone)]
pub(super) struct At<'d> {
    desk: &'d Desk,
    file: &'d str,
    line: usize,
    /// The way to it.
    key: String,
    node: &'d Node,
}

impl<'d> At<'d> {
    /// The root of a file.
    pub(super) fn root(desk: &'d Desk, file: &'d str, node: &'d Node) -> Self {
        Self {
            desk,
            file,
            line: node.line,
            key: String::new(),
            node,
        }
    }

    /// The value itself.
    pub(super) fn node(&self) -> &'d Node {
        self.node
    }

    /// Notes what is wrong with it.
    pub(super) fn complain(&self, why: impl Into<String>) {
        self.desk.complain(self.file, self.line, &self.key, why);
    }

    /// Notes an error and goes on with what there is.
    pub(super) fn take<T>(&self, result: Result<T, String>) -> Option<T> {
        result.map_err(|why| self.complain(why)).ok()
    }

    /// Says that not all fields of an entity can be read.
    pub(super) fn unread(&self, entity: &str) {
        self.desk.unread(entity);
    }

    /// Puts a check off until all files are read. It is dropped if the entity it is about cannot be read.
    pub(super) fn later(&self, about: &str, check: impl FnOnce(&App) -> Result<(), String> + 'static) {
        self.desk.later.borrow_mut().push(Later {
            complaint: Complaint {
                file: self.file.to_owned(),
                line: self.line,
                key: self.key.clone(),
                why: String::new(),
            },
            about: about.to_owned(),
            check: Box::new(check),
        });
    }

    /// A value within this one.
    fn inner(&self, line: usize, key: String, node: &'d Node) -> At<'d> {
        At {
            desk: self.desk,
            file: self.file,
            line,
            key,
            node,
        }
    }

    fn key_of(&self, key: &str) -> String {
        if self.key.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.key)
        }
    }

    /// The map it must be, with no other keys than these.
    pub(super) fn map(&self, known: &[&str]) -> Option<Map<'d>> {
        let entries = self.entries()?;
        for (name, at) in &entries {
            if !known.contains(name) {
                at.complain(format!(
                    "there is no such key here; there are {}",
                    known.join(", ")
                ));
            } else if matches!(at.node.value, Value::Null) {
                at.complain("has no value; leave the key out");
            }
        }
        Some(Map {
            at: self.clone(),
            entries,
        })
    }

    /// The entries of the map it must be, whatever their keys.
    pub(super) fn entries(&self) -> Option<Vec<(&'d str, At<'d>)>> {
        let Value::Map(entries) = &self.node.value else {
            self.complain(format!("must be a map, not {}", sort_of(self.node)));
            return None;
        };
        let at = |entry: &'d super::yaml::Entry| {
            let inner = self.inner(entry.line, self.key_of(&entry.key), &entry.node);
            (entry.key.as_str(), inner)
        };
        Some(entries.iter().map(at).collect())
    }

    /// The items of the list it must be. Items that have a name are called by it.
    pub(super) fn list(&self) -> Option<Vec<At<'d>>> {
        let Value::List(items) = &self.node.value else {
            self.complain(format!("must be a list, not {}", sort_of(self.node)));
            return None;
        };
        let at = |(index, item): (usize, &'d Node)| {
            let key = match name_of(item) {
                Some(name) => self.key_of(name),
                None => format!("{}[{index}]", self.key),
            };
            self.inner(item.line, key, item)
        };
        Some(items.iter().enumerate().map(at).collect())
    }

    /// The text it must be.
    pub(super) fn text(&self) -> Option<&'d str> {
        match &self.node.value {
            Value::Text(text) if text.trim().is_empty() => self.complain("is empty"),
            Value::Text(text) if text.len() > MAX_TEXT => {
                self.complain(format!("is longer than {MAX_TEXT} bytes"));
            }
            Value::Text(text) if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') => {
                self.complain("holds a control character");
            }
            Value::Text(text) => return Some(text),
            Value::Bool(_) | Value::Number(_) => {
                self.complain(format!(
                    "must be a text, not {}; put it in quotes",
                    sort_of(self.node)
                ));
            }
            _ => self.complain(format!("must be a text, not {}", sort_of(self.node))),
        }
        None
    }

    /// The truth value it must be.
    pub(super) fn flag(&self) -> Option<bool> {
        if let Value::Bool(flag) = self.node.value {
            return Some(flag);
        }
        self.complain(format!("must be true or false, not {}", sort_of(self.node)));
        None
    }

    /// The whole number within bounds that it must be.
    pub(super) fn integer(&self, least: i64, most: i64) -> Option<i64> {
        let number = match &self.node.value {
            Value::Number(spelling) => spelling.parse::<i64>().ok(),
            _ => None,
        };
        match number {
            Some(number) if (least..=most).contains(&number) => return Some(number),
            _ if (least, most) == (i64::MIN, i64::MAX) => {
                self.complain(format!("must be a whole number, not {}", spelled(self.node)));
            }
            _ => self.complain(format!(
                "must be a whole number from {least} to {most}, not {}",
                spelled(self.node)
            )),
        }
        None
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.complain(format!("`{text}` is none of {}", known.join(", ")));
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// The name it must be: letters, digits and underscores, a letter first.
    pub(super) fn name(&self) -> Option<&'d str> {
        let text = self.text()?;
        self.take(check_name(text)).map(|()| text)
    }
}

/// Longest text.
const MAX_TEXT: usize = 10_000;
/// Longest name.
const MAX_NAME: usize = 64;

/// Whether a text is a name.
pub(super) fn check_name(text: &str) -> Result<(), String> {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.len() > MAX_NAME {
        return Err(format!("a name has at most {MAX_NAME} characters"));
    }
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) || !text.chars().all(inner) {
        return Err(format!(
            "`{text}` is not a name: letters, digits and underscores, a letter first"
        ));
    }
    Ok(())
}

/// What a value is, in words.
fn sort_of(node: &Node) -> &'static str {
    match node.value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::Text(_) => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    }
}

/// A value as it is spelled, or what it is.
pub(super) fn spelled(node: &Node) -> String {
    match &node.value {
        Value::Bool(flag) => flag.to_string(),
        Value::Number(text) => text.clone(),
        Value::Text(text) => format!("`{}`", query::cut(text)),
        _ => sort_of(node).to_owned(),
    }
}

/// What an item of a list is called.
fn name_of(node: &Node) -> Option<&str> {
    let Value::Map(entries) = &node.value else {
        return None;
    };
    let named = |key: &&str| entries.iter().find(|entry| entry.key == *key);
    let entry = ["name", "entity", "field", "action"].iter().find_map(named)?;
    match &entry.node.value {
        Value::Text(text) if !text.is_empty() && text.len() <= MAX_NAME => Some(text),
        _ => None,
    }
}

/// A map whose keys are known.
#[derive(Clone)]
pub(super) struct Map<'d> {
    /// The map itself.
    pub(super) at: At<'d>,
    entries: Vec<(&'d str, At<'d>)>,
}

impl<'d> Map<'d> {
    /// The value of a key, if it has one.
    pub(super) fn get(&self, key: &str) -> Option<&At<'d>> {
        let (_, at) = self.entries.iter().find(|(name, _)| *name == key)?;
        (!matches!(at.node.value, Value::Null)).then_some(at)
    }

    /// The value of a key that must be there.
    pub(super) fn need(&self, key: &str) -> Option<&At<'d>> {
        if !self.entries.iter().any(|(name, _)| *name == key) {
            self.missing(key);
        }
        self.get(key)
    }

    /// Notes that a key is missing.
    pub(super) fn missing(&self, key: &str) {
        self.at
            .desk
            .complain(self.at.file, self.at.line, &self.at.key_of(key), "is missing");
    }

    /// A truth value that is false unless said.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(At::flag).unwrap_or_default()
    }

    /// The label: what is said, else the name.
    pub(super) fn label(&self, name: &str) -> String {
        self.get("label").and_then(At::text).unwrap_or(name).to_owned()
    }

    /// The items of a list that may be missing.
    pub(super) fn list(&self, key: &str) -> Vec<At<'d>> {
        self.get(key).and_then(At::list).unwrap_or_default()
    }

    /// Complains about keys that have no place in it.
    pub(super) fn refuse(&self, keys: &[&str], why: &str) {
        for at in keys.iter().filter_map(|key| self.get(key)) {
            at.complain(why);
        }
    }
}

/// Complains about names that are there already; what is compared is given with each value.
pub(super) fn distinct<'d>(named: impl IntoIterator<Item = (At<'d>, String)>) {
    let mut seen = std::collections::HashSet::new();
    for (at, name) in named {
        if !seen.insert(name.clone()) {
            at.complain(format!("`{name}` is there twice"));
        }
    }
}

/// Complains about names that are there already, of items as far as they could be read.
pub(super) fn distinct_names<'d, T>(read: &[(&At<'d>, Option<T>)], name: impl Fn(&T) -> &String) {
    let named = |(at, item): &(&At<'d>, Option<T>)| Some(((*at).clone(), name(item.as_ref()?).clone()));
    distinct(read.iter().filter_map(named));
}
