//! `$type`: BSON types by name or number.

use jsonb::{Kind, Value};

use super::called;
use crate::{Refusal, Val, cut};

/// Names and numbers of the types; those that nothing here can have match nothing.
const TYPES: [(&str, i64); 21] = [
    ("double", 1),
    ("string", 2),
    ("object", 3),
    ("array", 4),
    ("binData", 5),
    ("undefined", 6),
    ("objectId", 7),
    ("bool", 8),
    ("date", 9),
    ("null", 10),
    ("regex", 11),
    ("dbPointer", 12),
    ("javascript", 13),
    ("symbol", 14),
    ("javascriptWithScope", 15),
    ("int", 16),
    ("timestamp", 17),
    ("long", 18),
    ("decimal", 19),
    ("minKey", -1),
    ("maxKey", 127),
];
const NUMBERS: [&str; 4] = ["double", "int", "long", "decimal"];

/// A set of types, one bit each.
#[derive(Debug, Default)]
pub(crate) struct Kinds(u32);

impl Kinds {
    /// Reads one type, or an array of types.
    pub(crate) fn parse(value: Value<'_>) -> Result<Self, Refusal> {
        let mut kinds = Self::default();
        if value.kind() != Kind::Array {
            kinds.add(value)?;
            return Ok(kinds);
        }
        for element in value.elements() {
            kinds.add(element?)?;
        }
        match kinds.0 {
            0 => Err(Refusal::new("`$type` needs at least one type")),
            _ => Ok(kinds),
        }
    }

    fn add(&mut self, value: Value<'_>) -> Result<(), Refusal> {
        let val = Val::of(value)?;
        if val.as_str() == Some("number") {
            NUMBERS.iter().for_each(|name| self.0 |= bit(name));
            return Ok(());
        }
        let found = match (&val, val.as_i64()) {
            (Val::Str(name), _) => TYPES.iter().find(|(known, _)| **known == **name),
            (_, Some(number)) => TYPES.iter().find(|(_, known)| *known == number),
            _ => {
                let found = called(value);
                return Err(Refusal::new(format!(
                    "a type is a name or a number, found {found}"
                )));
            }
        };
        let Some((name, _)) = found else {
            let text = cut(&value.to_text()?);
            return Err(Refusal::new(format!("there is no BSON type {text}")));
        };
        self.0 |= bit(name);
        Ok(())
    }

    pub(super) fn has(&self, value: Option<Value<'_>>) -> Result<bool, Refusal> {
        let Some(stored) = value else {
            return Ok(false);
        };
        Ok(self.0 & bit(Val::of(stored)?.type_name()) != 0)
    }
}

fn bit(name: &str) -> u32 {
    TYPES
        .iter()
        .position(|(known, _)| *known == name)
        .map_or(0, |at| 1 << at)
}
