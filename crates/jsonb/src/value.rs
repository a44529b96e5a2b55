//! [`Value`]: one element inside stored bytes, read without decoding the rest.
//!
//! A value is a slice and is copied freely. Finding a field walks over headers only; nothing is allocated
//! unless a string has escapes. Values handed out by the iterators have a sound header and lie inside their
//! parent; what is *in* them is checked when it is read.

mod iter;

use std::borrow::Cow;

use crate::error::Damaged;
use crate::format::{self, ARRAY, BROKEN, FALSE, FLOAT, FLOAT5, INT, INT5, NULL, OBJECT};
use crate::format::{TEXT, TEXT5, TEXTJ, TEXTRAW, TRUE};
use crate::unescape::{Escapes, plain, unescape};
use crate::{number, render};

use iter::{split, split_entry};

pub use iter::{Elements, Entries, RawEntries};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of JSON say it")]
pub enum Kind {
    Null,
    True,
    False,
    /// A number spelled without fraction and exponent.
    Int,
    /// A number spelled with a fraction or an exponent.
    Float,
    Text,
    Array,
    Object,
}

/// One element of a body.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    /// Header and payload.
    raw: &'a [u8],
    head: u8,
    tag: u8,
}

impl<'a> Value<'a> {
    /// The value that fills `bytes`, as stored.
    ///
    /// When its header cannot be read, or bytes follow it, the value reports [`Kind::Object`] (what a body
    /// practically always is) and every reader answers [`Damaged`].
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        match split(bytes) {
            Ok((value, [])) => value,
            _ => Self {
                raw: bytes,
                head: 0,
                tag: BROKEN,
            },
        }
    }

    /// What the value is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.tag {
            NULL => Kind::Null,
            TRUE => Kind::True,
            FALSE => Kind::False,
            INT | INT5 => Kind::Int,
            FLOAT | FLOAT5 => Kind::Float,
            TEXT | TEXTJ | TEXT5 | TEXTRAW => Kind::Text,
            ARRAY => Kind::Array,
            _ => Kind::Object,
        }
    }

    /// The element as stored, header included; what [`crate::set_field`] copies.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.raw
    }

    /// The value of the field `key` (its characters, not its spelling); none too when this is not an object.
    #[inline]
    pub fn get(self, key: &str) -> Result<Option<Value<'a>>, Damaged> {
        // The hot loop of every query: without an iterator, whose state the compiler keeps in memory.
        let mut rest = match self.tag {
            OBJECT => self.payload(),
            BROKEN => return self.sound().map(|()| None),
            _ => return Ok(None),
        };
        while !rest.is_empty() {
            let (name, value, behind) = split_entry(rest)?;
            if name.is_key(key)? {
                return Ok(Some(value));
            }
            rest = behind;
        }
        Ok(None)
    }

    /// The value at a path of field names, like `"address.city"`; arrays are not entered.
    pub fn path(self, path: &str) -> Result<Option<Value<'a>>, Damaged> {
        let mut value = self;
        for key in path.split('.') {
            match value.get(key)? {
                Some(inner) => value = inner,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }

    /// The element at `index`, from 0; none too when this is not an array.
    pub fn index(self, index: usize) -> Result<Option<Value<'a>>, Damaged> {
        for (at, element) in self.elements().enumerate() {
            let element = element?;
            if at == index {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    /// The elements of an array; nothing for other values.
    #[must_use]
    pub fn elements(self) -> Elements<'a> {
        match self.tag {
            ARRAY => Elements::new(self.payload()),
            BROKEN => Elements::broken(),
            _ => Elements::new(&[]),
        }
    }

    /// The keys (unescaped) and values of an object, in stored order; nothing for other values.
    #[must_use]
    pub fn entries(self) -> Entries<'a> {
        Entries(self.raw_entries())
    }

    /// The keys and values of an object as stored: keys are values too, to be asked with [`Value::is_key`].
    #[inline]
    #[must_use]
    pub fn raw_entries(self) -> RawEntries<'a> {
        RawEntries(match self.tag {
            OBJECT => Elements::new(self.payload()),
            BROKEN => Elements::broken(),
            _ => Elements::new(&[]),
        })
    }

    /// How many elements or fields there are; 0 for other values.
    pub fn len(self) -> Result<usize, Damaged> {
        if self.tag == ARRAY {
            return self
                .elements()
                .try_fold(0, |count, element| element.map(|_| count + 1));
        }
        self.raw_entries()
            .try_fold(0, |count, entry| entry.map(|_| count + 1))
    }

    /// Whether there are no elements or fields.
    pub fn is_empty(self) -> Result<bool, Damaged> {
        Ok(self.len()? == 0)
    }

    /// The characters of a string, escapes resolved; none for other values.
    #[inline]
    pub fn as_str(self) -> Result<Option<Cow<'a, str>>, Damaged> {
        let payload = self.payload();
        match self.tag {
            TEXT | TEXTRAW => plain(payload).map(|text| Some(Cow::Borrowed(text))),
            TEXTJ => unescape(payload, Escapes::Json).map(Some),
            TEXT5 => unescape(payload, Escapes::Json5).map(Some),
            _ => self.sound().map(|()| None),
        }
    }

    /// The value of `true` and `false`; none for other values.
    pub fn as_bool(self) -> Result<Option<bool>, Damaged> {
        self.sound()?;
        Ok(match self.tag {
            TRUE => Some(true),
            FALSE => Some(false),
            _ => None,
        })
    }

    /// An integer's value; none for floats, for integers outside 64 bits, and for other values.
    pub fn as_i64(self) -> Result<Option<i64>, Damaged> {
        match self.tag {
            INT | INT5 => match number::short(self.tag, self.payload()) {
                Some(int) => Ok(Some(int)),
                None => Ok(number::spelling(self.tag, self.payload())?.parse().ok()),
            },
            _ => self.sound().map(|()| None),
        }
    }

    /// A number's value as the nearest double; none for other values.
    pub fn as_f64(self) -> Result<Option<f64>, Damaged> {
        match self.number_spelling()? {
            None => Ok(None),
            Some(spelling) => match spelling.parse() {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(Damaged::new("a number is malformed")),
            },
        }
    }

    /// A number as JSON spells it; none for other values.
    pub fn number_spelling(self) -> Result<Option<Cow<'a, str>>, Damaged> {
        match self.tag {
            INT | INT5 | FLOAT | FLOAT5 => number::spelling(self.tag, self.payload()).map(Some),
            _ => self.sound().map(|()| None),
        }
    }

    /// Appends the value as canonical JSON text, as SQLite's `json()` prints it; appends nothing on an error.
    pub fn render(self, out: &mut Vec<u8>) -> Result<(), Damaged> {
        render::render(self.raw, out)
    }

    /// The value as canonical JSON text.
    pub fn to_text(self) -> Result<String, Damaged> {
        let mut out = Vec::new();
        self.render(&mut out)?;
        String::from_utf8(out).map_err(|_| Damaged::new("a string is not utf-8"))
    }

    #[inline]
    fn payload(self) -> &'a [u8] {
        self.raw.get(usize::from(self.head)..).unwrap_or_default()
    }

    pub(crate) fn is_text(self) -> bool {
        matches!(self.tag, TEXT..=TEXTRAW)
    }

    /// The bytes of a string stored without escapes, which are not checked to be UTF-8; none for other values.
    #[inline]
    #[must_use]
    pub fn plain_bytes(self) -> Option<&'a [u8]> {
        matches!(self.tag, TEXT | TEXTRAW).then(|| self.payload())
    }

    /// The bytes of a number as stored, which are not checked; none for other values.
    #[inline]
    #[must_use]
    pub fn number_bytes(self) -> Option<&'a [u8]> {
        matches!(self.tag, INT | FLOAT).then(|| self.payload())
    }

    /// Whether this string, as a key, stands for `key`; an error when it is no string.
    #[inline]
    pub fn is_key(self, key: &str) -> Result<bool, Damaged> {
        let payload = self.payload();
        match self.tag {
            TEXT | TEXTRAW => Ok(payload == key.as_bytes()),
            // An escape is never shorter than its character.
            TEXTJ | TEXT5 if payload.len() < key.len() => Ok(false),
            TEXTJ | TEXT5 => Ok(self.as_str()?.is_some_and(|name| name == key)),
            _ => Err(Damaged::new("an object has a key that is not a string")),
        }
    }

    /// Appends the element as stored. A damaged stand-in is wrapped, so that the damage stays where it is put
    /// and cannot run into its neighbours.
    pub(crate) fn push_to(self, out: &mut Vec<u8>) {
        match self.tag {
            BROKEN => format::push_element(out, BROKEN, self.raw),
            _ => out.extend_from_slice(self.raw),
        }
    }

    /// Checks what a reader that answers "none" would otherwise not look at.
    pub(crate) fn sound(self) -> Result<(), Damaged> {
        match self.tag {
            BROKEN => Err(Damaged::new("the header of the body cannot be read")),
            NULL | TRUE | FALSE if self.raw.len() != usize::from(self.head) => {
                Err(Damaged::new("a literal has a payload"))
            }
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Value<'_> {
    /// The text, where it can be read.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.to_text() {
            Ok(text) => f.write_str(&text),
            Err(damaged) => write!(f, "{damaged}"),
        }
    }
}
