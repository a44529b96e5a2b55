//! Reading an entity out of a request body.
//!
//! Only the fields of its kind are taken; whatever else is in the body (`guid`, `info`, `workers`, `encrypt`, …) is passed
//! over. Extended JSON is brought into its one stored form here, once.

use engine::entities::{Change, EntityKind, Mode, NewEntity, Tag};
use jsonb::{Jsonb, Kind, Value};
use model::{Detail, Error, Timestamp};

use super::{file, guids, member, status, text, wrong_kind};
use crate::error::refused;
use crate::noun::Noun;

/// What a secret of a bot's configuration is replaced by.
const MASK: &str = "********";
/// Words that keys of secrets consist of or, behind `_`, end with.
const SECRETS: [&str; 5] = ["TOKEN", "PASSWORD", "SECRET", "SECRET_KEY", "SECRET_ACCESS_KEY"];

/// What was sent of an entity.
pub(crate) struct Sent {
    /// Own fields in stored form: an object.
    pub(crate) fields: Jsonb,
    pub(crate) meta: Option<Jsonb>,
    pub(crate) tags: Option<Vec<Tag>>,
    /// Whether a file is announced.
    pub(crate) has_file: bool,
}

/// How a body is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Null is as good as nothing.
    Whole,
    /// Null is a value.
    Part,
}

impl Sent {
    /// Reads the body of `POST`, `PUT` ([`Reading::Whole`]) or `PATCH` ([`Reading::Part`]).
    pub(crate) fn read(
        noun: &Noun,
        body: Value<'_>,
        reading: Reading,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let mut fields = jsonb::object();
        let mut has_file = false;
        for name in noun.fields {
            let Some(value) = body.get(name).map_err(Error::internal)? else {
                continue;
            };
            if value.kind() == Kind::Null && reading == Reading::Whole {
                continue;
            }
            let stored = field(noun.kind, name, value, now)?;
            if noun.kind.file_field() == Some(*name) {
                has_file = !stored.root().is_empty().map_err(Error::internal)?;
            }
            fields = fields.field_body(name, &stored);
        }
        Ok(Self {
            fields: fields.finish(),
            meta: meta(body)?,
            tags: tags(body)?,
            has_file,
        })
    }

    /// As a new entity.
    pub(crate) fn into_new(self, noun: &Noun) -> Result<NewEntity, Error> {
        Ok(NewEntity {
            fields: with_defaults(noun, self.fields)?,
            meta: self.meta.unwrap_or_else(|| jsonb::object().finish()),
            tags: self.tags.unwrap_or_default(),
        })
    }

    /// As the change of what was sent alone.
    pub(crate) fn into_patch(self) -> Change {
        Change {
            fields: self.fields,
            meta: self.meta,
            tags: self.tags,
            mode: Mode::Patch,
        }
    }

    /// As the change of everything, but for what is carried over from the entity as it stands.
    pub(crate) fn replacement(&self, noun: &Noun, body: Value<'_>) -> Result<Change, Error> {
        let mut fields = self.fields.clone();
        for name in noun.carried {
            let held = fields.root().get(name).map_err(Error::internal)?.is_some();
            if let (false, Some(value)) = (held, body.get(name).map_err(Error::internal)?) {
                fields = jsonb::set_field(&fields, name, value).map_err(Error::internal)?;
            }
        }
        Ok(Change {
            fields: with_defaults(noun, fields)?,
            meta: Some(self.meta.clone().unwrap_or_else(|| jsonb::object().finish())),
            tags: Some(self.tags.clone().unwrap_or_default()),
            mode: Mode::Replace,
        })
    }
}

/// One own field in stored form.
fn field(kind: EntityKind, name: &str, value: Value<'_>, now: Timestamp) -> Result<Jsonb, Error> {
    match (kind, name) {
        (_, "items" | "sets") => guids::map(name, value),
        (EntityKind::Item, "file") => file::stored(name, value),
        (EntityKind::Factory, "plan") => plan(value),
        (EntityKind::Factory, "bots") => guids::pairs(name, value),
        (EntityKind::Bot, "status") => status::stored(name, value, now),
        (EntityKind::Bot, "config") => config(value),
        _ => normalised(name, value),
    }
}

/// A factory is built from a plan that is a file.
fn plan(value: Value<'_>) -> Result<Jsonb, Error> {
    let stored = file::stored("plan", value)?;
    if stored.root().is_empty().map_err(Error::internal)? {
        return Err(Error::missing("plan.name"));
    }
    Ok(stored)
}

/// A bot's configuration without the token of the user who starts it and other secrets of his surroundings: nobody needs
/// to read them back, and everybody who sees the bot could.
fn config(value: Value<'_>) -> Result<Jsonb, Error> {
    let config = normalised("config", value)?;
    if config.root().kind() != Kind::Object {
        return Ok(config);
    }
    let mut kept = jsonb::object();
    for entry in config.root().entries() {
        let (name, value) = entry.map_err(Error::internal)?;
        kept = match value.kind() {
            Kind::Null => kept.field_raw(&name, value),
            _ if is_secret(&name) => kept.field_str(&name, MASK),
            _ => kept.field_raw(&name, value),
        };
    }
    Ok(kept.finish())
}

/// Whether a key of a configuration is for a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    SECRETS.iter().any(|secret| {
        let rest = name.strip_suffix(secret);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    })
}

/// A value with its extended JSON in stored form.
pub(crate) fn normalised(name: &str, value: Value<'_>) -> Result<Jsonb, Error> {
    query::normalise(value).map_err(|refusal| refused(name, &refusal.under(name)))
}

/// The fields with what an entity of the kind has from the beginning, where that was not sent.
fn with_defaults(noun: &Noun, fields: Jsonb) -> Result<Jsonb, Error> {
    let (empty, none) = (jsonb::object().finish(), jsonb::array().finish());
    let defaults = match noun.kind {
        EntityKind::Bot => jsonb::object()
            .field_null("status")
            .field_str("state", "idle")
            .field_body("workers", &none),
        EntityKind::Factory => jsonb::object()
            .field_str("status", "deploying")
            .field_body("stacks", &empty)
            .field_body("bots", &none),
        _ => return Ok(fields),
    };
    let mut whole = fields;
    for default in defaults.finish().root().entries() {
        let (name, value) = default.map_err(Error::internal)?;
        if whole.root().get(&name).map_err(Error::internal)?.is_none() {
            whole = jsonb::set_field(&whole, &name, value).map_err(Error::internal)?;
        }
    }
    Ok(whole)
}

fn meta(body: Value<'_>) -> Result<Option<Jsonb>, Error> {
    let Some(meta) = member(body, "meta")? else {
        return Ok(None);
    };
    if meta.kind() != Kind::Object {
        return Err(wrong_kind("meta", "an object", meta));
    }
    normalised("meta", meta).map(Some)
}

/// The tags of a body; none when it has no such member.
pub(crate) fn tags(body: Value<'_>) -> Result<Option<Vec<Tag>>, Error> {
    let Some(tags) = member(body, "tags")? else {
        return Ok(None);
    };
    if tags.kind() != Kind::Array {
        return Err(wrong_kind("tags", "an array", tags));
    }
    let mut read = Vec::new();
    for (number, tag) in tags.elements().enumerate() {
        read.push(one_tag(&format!("tags.{number}"), tag.map_err(Error::internal)?)?);
    }
    Ok(Some(read))
}

fn one_tag(path: &str, tag: Value<'_>) -> Result<Tag, Error> {
    if tag.kind() != Kind::Object {
        return Err(wrong_kind(path, "an object", tag));
    }
    let part = |name| {
        let path = format!("{path}.{name}");
        text(tag, &path)?.ok_or_else(|| Error::missing(&path))
    };
    let (name, value) = (part("name")?, part("value")?);
    Tag::new(&name, &value).map_err(|error| {
        let Some(Detail { field, message, .. }) = error.details().first().cloned() else {
            return error;
        };
        Error::bad_value(format!("{path}.{field}"), message)
    })
}
