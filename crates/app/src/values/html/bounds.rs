//! How much markup is read: a look at its tags before a tree is built of them.
//!
//! The parser builds the tree that browsers build, and the rules for that are not linear: each tag may walk all elements
//! that are open, each attribute is compared with those before it, and formatting that was not closed (`<b class="1"><b
//! class="2">…`) is opened anew, attributes and all, in every paragraph that follows. A megabyte can so take minutes and
//! gigabytes. What is counted here bounds all three. It is counted from every `<` as if a tag began there, whatever
//! surrounds it, so that nothing can be hidden in comments or quotes; markup of tags within tags, where the same text
//! would be looked at again and again, is refused.

use std::ops::ControlFlow;

/// Longest markup, and longest clean markup, in bytes.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// Most opening tags, and as many closing ones: how deep a tree can be.
const MAX_TAGS: usize = 5_000;
/// Most attributes of a tag.
const MAX_ATTRIBUTES: usize = 100;
/// Most elements that may be made of formatting with attributes: so many such tags times so many tags.
const MAX_REOPENED: usize = 500_000;

/// What is opened anew where it was not closed. Not `a`, of which only one is open at a time; of equal tags only three
/// are, which is why those without attributes do not count.
const FORMATTING: [&str; 13] = [
    "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Tells what there is too much of.
pub(super) fn check(markup: &str) -> Result<(), String> {
    if markup.len() > MAX_BYTES {
        return Err(format!("Must not be longer than {MAX_BYTES} bytes"));
    }
    let (mut opened, mut closed, mut formatting, mut looked_at) = (0, 0, 0, 0);
    for (at, _) in markup.match_indices('<') {
        let after = markup.get(at + 1..).unwrap_or_default();
        let (counter, after) = match after.strip_prefix('/') {
            Some(after) => (&mut closed, after),
            None => (&mut opened, after),
        };
        if !after.starts_with(|char: char| char.is_ascii_alphabetic()) {
            continue;
        }
        *counter += 1;
        if *counter > MAX_TAGS {
            return Err(format!("Must not have more than {MAX_TAGS} tags"));
        }
        let tag = Tag::read(after);
        if tag.attributes > MAX_ATTRIBUTES {
            return Err(format!(
                "Must not have a tag with more than {MAX_ATTRIBUTES} attributes"
            ));
        }
        formatting += usize::from(tag.attributes > 0 && is_formatting(tag.name));
        looked_at += tag.length;
        if looked_at > 2 * MAX_BYTES {
            return Err("Must not have tags within tags".to_owned());
        }
    }
    match formatting * (opened + closed) > MAX_REOPENED {
        true => Err("Must not have so many formatting tags with attributes: use span".to_owned()),
        false => Ok(()),
    }
}

fn is_formatting(name: &str) -> bool {
    FORMATTING
        .iter()
        .any(|formatting| formatting.eq_ignore_ascii_case(name))
}

/// What is to be known of a tag.
struct Tag<'a> {
    name: &'a str,
    attributes: usize,
    /// In bytes, as far as it was read: up to its end, or the attribute after the last that is allowed.
    length: usize,
}

/// Where in a tag the next character is, by the names and rules of the standard's tokeniser.
#[derive(Clone, Copy)]
enum State {
    TagName,
    BeforeName,
    Name,
    AfterName,
    BeforeValue,
    Unquoted,
    Quoted(u8),
}

impl<'a> Tag<'a> {
    /// Reads the tag whose name begins the text.
    fn read(text: &'a str) -> Self {
        let named = text.find(|char: char| char.is_ascii_whitespace() || "/>".contains(char));
        let mut tag = Self {
            name: text.get(..named.unwrap_or(text.len())).unwrap_or_default(),
            attributes: 0,
            length: 0,
        };
        let mut state = State::TagName;
        for byte in text.bytes() {
            tag.length += 1;
            state = match tag.step(state, byte) {
                ControlFlow::Continue(state) => state,
                ControlFlow::Break(()) => break,
            };
        }
        tag
    }

    fn step(&mut self, state: State, byte: u8) -> ControlFlow<(), State> {
        let next = match (state, byte) {
            (State::Quoted(quote), _) if byte == quote => State::BeforeName,
            (State::Quoted(_), _) => state,
            (_, b'>') => return ControlFlow::Break(()),
            (State::BeforeValue, b'"' | b'\'') => State::Quoted(byte),
            (State::Name | State::AfterName, b'=') => State::BeforeValue,
            (State::TagName | State::BeforeName | State::Name | State::AfterName, b'/') => State::BeforeName,
            (State::Name, _) if byte.is_ascii_whitespace() => State::AfterName,
            (State::TagName | State::Unquoted, _) if byte.is_ascii_whitespace() => State::BeforeName,
            (State::TagName | State::Name | State::Unquoted, _) => state,
            (_, _) if byte.is_ascii_whitespace() => state,
            (State::BeforeValue, _) => State::Unquoted,
            (State::BeforeName | State::AfterName, _) => {
                self.attributes += 1;
                if self.attributes > MAX_ATTRIBUTES {
                    return ControlFlow::Break(());
                }
                State::Name
            }
        };
        ControlFlow::Continue(next)
    }
}
