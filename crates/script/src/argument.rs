//! What is handed to a function, and what it may ask about the call.
//!
//! Arguments cross to the interpreter as a JSON text, because parsing it inside is far cheaper than building objects
//! from outside, and a text is safe to hand to another thread. Bodies of records stay outside in their stored form: most
//! functions ask for a few of the fields.

use jiff::tz::TimeZone;
use jsonb::Jsonb;
use model::Timestamp;

use crate::{Kind, ScriptError, Shape};

/// One argument.
#[derive(Clone, Debug)]
pub enum Argument<'a> {
    /// A record in stored form.
    Record {
        /// Its fields.
        shape: &'a Shape,
        /// Its body.
        body: &'a Jsonb,
        /// Whether it is not stored yet.
        is_new: bool,
    },
    /// A field or a nested value of the record argument before this one, by its path: `addresses[1]`.
    At(&'a str),
    /// An action with its parameters.
    Action {
        /// Name of the action.
        name: &'a str,
        /// Its parameters.
        shape: &'a Shape,
        /// Their values, in stored form.
        values: &'a Jsonb,
    },
    /// Any JSON, seen as it is.
    Json(&'a Jsonb),
    /// The records that a caller has chosen, as whoever answers questions understands it.
    Query {
        /// Their entity.
        entity: &'a str,
        /// Which ones.
        chosen: &'a Jsonb,
    },
    /// `null`.
    None,
}

/// What the script may ask about the call it is in.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The time, for all of the call.
    pub now: Timestamp,
    /// The zone in which days begin and dates are printed.
    pub zone: TimeZone,
    /// Who the call is for.
    pub user: Option<User<'a>>,
}

/// A user.
#[derive(Clone, Debug)]
pub struct User<'a> {
    /// Id.
    pub id: &'a str,
    /// The record, if there is one to look at.
    pub record: Option<(&'a Shape, &'a Jsonb)>,
}

/// A call as it travels: texts, and what the texts refer to by number.
pub(crate) struct Packed {
    pub(crate) arguments: String,
    pub(crate) bodies: Vec<Jsonb>,
    pub(crate) user: Option<String>,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) now: i64,
    pub(crate) zone: TimeZone,
}

impl Packed {
    pub(crate) fn new(arguments: &[Argument<'_>], context: &Context<'_>) -> Result<Self, ScriptError> {
        let mut packed = Self {
            arguments: String::new(),
            bodies: Vec::new(),
            user: None,
            shapes: Vec::new(),
            now: context.now.0,
            zone: context.zone.clone(),
        };
        let mut text = String::from("[");
        let mut has_record = false;
        for (at, argument) in arguments.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            if matches!(argument, Argument::At(_)) && !has_record {
                return Err(refused("a place in a record needs a record before it"));
            }
            has_record |= matches!(argument, Argument::Record { .. });
            packed.push(&mut text, argument)?;
        }
        text.push(']');
        packed.arguments = text;
        packed.user = context
            .user
            .as_ref()
            .map(|user| packed.pack_user(user))
            .transpose()?;
        Ok(packed)
    }

    fn push(&mut self, text: &mut String, argument: &Argument<'_>) -> Result<(), ScriptError> {
        match argument {
            Argument::Record { shape, body, is_new } => {
                text.push_str(&format!(
                    "{{\"is\":\"record\",\"shape\":{},\"isNew\":{is_new},\"body\":{}",
                    self.number(shape),
                    self.bodies.len(),
                ));
                self.bodies.push(object(body)?.clone());
            }
            Argument::At(path) => {
                text.push_str("{\"is\":\"at\",\"path\":");
                quote(text, path);
            }
            Argument::Action { name, shape, values } => {
                text.push_str(&format!(
                    "{{\"is\":\"action\",\"shape\":{},\"name\":",
                    self.number(shape)
                ));
                quote(text, name);
                text.push_str(",\"body\":");
                push_object(text, values)?;
            }
            Argument::Json(body) => {
                text.push_str("{\"is\":\"json\",\"body\":");
                text.push_str(&printed(body)?);
            }
            Argument::Query { entity, chosen } => {
                text.push_str("{\"is\":\"query\",\"entity\":");
                quote(text, entity);
                text.push_str(",\"body\":");
                text.push_str(&printed(chosen)?);
            }
            Argument::None => text.push_str("{\"is\":\"none\""),
        }
        text.push('}');
        Ok(())
    }

    fn pack_user(&mut self, user: &User<'_>) -> Result<String, ScriptError> {
        let mut text = String::from("{\"id\":");
        quote(&mut text, user.id);
        match user.record {
            None => text.push_str(",\"shape\":null"),
            Some((shape, body)) => {
                text.push_str(&format!(",\"shape\":{},\"body\":", self.number(shape)));
                push_object(&mut text, body)?;
            }
        }
        text.push('}');
        Ok(text)
    }

    fn number(&mut self, shape: &Shape) -> usize {
        if let Some(at) = self.shapes.iter().position(|known| known.id == shape.id) {
            return at;
        }
        self.shapes.push(shape.clone());
        self.shapes.len() - 1
    }
}

fn refused(message: impl Into<String>) -> ScriptError {
    ScriptError::new(Kind::Argument, message)
}

fn printed(body: &Jsonb) -> Result<String, ScriptError> {
    body.to_text().map_err(|damaged| refused(damaged.to_string()))
}

fn push_object(text: &mut String, body: &Jsonb) -> Result<(), ScriptError> {
    text.push_str(&printed(object(body)?)?);
    Ok(())
}

fn object(body: &Jsonb) -> Result<&Jsonb, ScriptError> {
    match body.root().kind() {
        jsonb::Kind::Object => Ok(body),
        _ => Err(refused(
            "a record or the parameters of an action are a JSON object",
        )),
    }
}

/// Appends `value` as a JSON string.
pub(crate) fn quote(text: &mut String, value: &str) {
    let mut quoted = Vec::new();
    jsonb::escape_into(&mut quoted, value);
    text.push_str(&String::from_utf8(quoted).expect("an escaped text is a text"));
}
