//! One value as it came in, whatever it came in: JSON, a cell of a CSV file, an operand of a query.
//!
//! Types parse this, so that each form of input only has to be turned into it.

use std::borrow::Cow;

use jsonb::{Damaged, Jsonb, Kind, Limits, Value};

use crate::fault::{FaultCode, Problem};

/// Most characters of a refused value that are shown.
const SHOWN: usize = 200;

/// A value to be read.
#[derive(Clone, Debug)]
pub(crate) enum Input<'a> {
    /// Null or empty text.
    Empty,
    Bool(bool),
    /// As it is spelled; from JSON always a number of JSON.
    Number(Cow<'a, str>),
    /// Never empty.
    Text(Cow<'a, str>),
    Array(Value<'a>),
    Object(Value<'a>),
}

impl<'a> Input<'a> {
    pub(crate) fn of(value: Value<'a>) -> Result<Self, Problem> {
        Self::open(value).map_err(damaged)
    }

    fn open(value: Value<'a>) -> Result<Self, Damaged> {
        Ok(match value.kind() {
            Kind::Null => Self::Empty,
            Kind::True => Self::Bool(true),
            Kind::False => Self::Bool(false),
            Kind::Int | Kind::Float => match value.number_spelling()? {
                Some(spelling) => Self::Number(spelling),
                None => Self::Empty,
            },
            Kind::Text => match value.as_str()? {
                Some(text) if !text.is_empty() => Self::Text(text),
                _ => Self::Empty,
            },
            Kind::Array => Self::Array(value),
            Kind::Object => {
                value.len()?;
                Self::Object(value)
            }
        })
    }

    /// The value as text for people, cut to a length that can be shown.
    pub(crate) fn shown(&self) -> String {
        let text = match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Number(text) | Self::Text(text) => Cow::Borrowed(&**text),
            Self::Array(value) | Self::Object(value) => Cow::Owned(value.to_text().unwrap_or_default()),
        };
        text.chars().take(SHOWN).collect()
    }

    /// The fault of a value that does not fit.
    pub(crate) fn invalid(&self, message: impl Into<String>) -> Problem {
        Problem::new(FaultCode::Invalid, message).of(self.shown())
    }
}

/// The fault of a value that cannot even be read.
pub(crate) fn damaged(damaged: Damaged) -> Problem {
    Problem::new(FaultCode::General, format!("The value cannot be read: {damaged}"))
}

/// Stored text.
pub(crate) fn text(value: &str) -> Jsonb {
    single(jsonb::array().item_str(value))
}

/// A stored integer.
pub(crate) fn integer(value: i64) -> Jsonb {
    single(jsonb::array().item_i64(value))
}

/// A stored truth.
pub(crate) fn boolean(value: bool) -> Jsonb {
    single(jsonb::array().item_bool(value))
}

/// A stored number as it is spelled; none when it is not one that can be stored.
///
/// Whole numbers beyond 64 bits are kept as numbers with a fraction, of which JSON here has a greater range.
pub(crate) fn number(spelling: &str) -> Option<Jsonb> {
    let limits = Limits::default();
    let parsed = Jsonb::parse(spelling.as_bytes(), &limits)
        .or_else(|_| Jsonb::parse(format!("{spelling}.0").as_bytes(), &limits))
        .ok()?;
    matches!(parsed.root().kind(), Kind::Int | Kind::Float).then_some(parsed)
}

fn single(array: jsonb::ArrayBuilder) -> Jsonb {
    let body = array.finish();
    let item = body.root().elements().next().and_then(Result::ok);
    Jsonb::from_stored(
        item.expect("an array has the item it was built of")
            .as_bytes()
            .to_vec(),
    )
}
