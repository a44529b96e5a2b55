//! How an entity is laid out: `guid`, the own fields of its kind, `metadata`, `tags`, `info`.
//!
//! Only this module writes bodies. `info` says the kind, whether it is archived, and who made and changed it when; a
//! bot's work is noted as the bot's, without a mail address.

use jsonb::{Damaged, Jsonb, Kind, Value};
use model::{Actor, Timestamp, Uuid};

use super::{EntityKind, Mode, Tag, tag};

/// Names at the top of a body that are not own fields of a kind.
const RESERVED: [&str; 6] = ["guid", "metadata", "meta", "tags", "info", "_id"];

/// An own field of a kind.
type Field<'a> = (std::borrow::Cow<'a, str>, Value<'a>);

/// A uuid in canonical extended JSON.
pub(super) fn uuid(guid: Uuid) -> Jsonb {
    let digits = guid.simple().to_string();
    jsonb::object().field_str("$uuid", &digits).finish()
}

/// A time in canonical extended JSON.
fn date(on: Timestamp) -> Jsonb {
    jsonb::object()
        .field_i64("$date", on.0)
        .field_str("$zone", "UTC")
        .field_null("$offset")
        .finish()
}

/// `{"on": now, "by": actor}`.
pub(super) fn stamp(actor: &Actor, on: Timestamp) -> Jsonb {
    let by = match actor.bot {
        Some(bot) => jsonb::object()
            .field_body("guid", &uuid(bot))
            .field_str("entity", "bot"),
        None => jsonb::object()
            .field_str("email", &actor.email)
            .field_body("guid", &uuid(actor.guid))
            .field_str("entity", "user"),
    };
    let by = by.finish();
    jsonb::object()
        .field_body("on", &date(on))
        .field_body("by", &by)
        .finish()
}

/// The fields of an object that are a kind's own.
pub(super) fn own_fields(fields: Value<'_>) -> impl Iterator<Item = Result<Field<'_>, Damaged>> {
    let own = |field: &Result<Field<'_>, Damaged>| match field {
        Ok((name, _)) => !RESERVED.contains(&name.as_ref()),
        Err(_) => true,
    };
    fields.entries().filter(own)
}

/// The body of a new entity.
pub(super) fn new(
    (kind, guid): (EntityKind, Uuid),
    (fields, meta, tags): (Value<'_>, Value<'_>, &[Tag]),
    stamp: &Jsonb,
) -> Result<Jsonb, Damaged> {
    let mut own: Vec<Field<'_>> = own_fields(fields).collect::<Result<_, _>>()?;
    let defaults = defaults(kind);
    fill(&mut own, defaults.root())?;
    let info = info(kind, false, (stamp.root(), stamp.root()));
    Ok(laid_out(guid, &own, (meta, tag::to_body(tags).root()), &info))
}

/// What a change puts in place of the body.
pub(super) struct Changed<'a> {
    pub(super) fields: Value<'a>,
    pub(super) meta: Option<Value<'a>>,
    pub(super) tags: Option<&'a [Tag]>,
    pub(super) mode: Mode,
}

/// A body with a change made to it.
pub(super) fn changed(
    (kind, guid): (EntityKind, Uuid),
    body: Value<'_>,
    change: &Changed<'_>,
    stamp: &Jsonb,
) -> Result<Jsonb, Damaged> {
    let (mut own, defaults) = (Vec::new(), defaults(kind));
    for field in own_fields(body) {
        let (name, old) = field?;
        match change.fields.get(&name)? {
            Some(new) => own.push((name, new)),
            None if change.mode == Mode::Patch => own.push((name, old)),
            None => {}
        }
    }
    for field in own_fields(change.fields) {
        let (name, new) = field?;
        if own.iter().all(|(known, _)| *known != name) {
            own.push((name, new));
        }
    }
    fill(&mut own, defaults.root())?;
    let empty = jsonb::object().finish();
    let old_meta = body.path("metadata.data")?.unwrap_or_else(|| empty.root());
    let tags = match change.tags {
        Some(tags) => tag::to_body(tags),
        None => copied(body.get("tags")?, jsonb::array().finish()),
    };
    let rest = (change.meta.unwrap_or(old_meta), tags.root());
    Ok(laid_out(guid, &own, rest, &later_info(kind, body, None, stamp)?))
}

/// A body that is put away, or taken out again.
pub(super) fn archived(
    kind: EntityKind,
    body: &Jsonb,
    archived: bool,
    stamp: &Jsonb,
) -> Result<Jsonb, Damaged> {
    let info = later_info(kind, body.root(), Some(archived), stamp)?;
    jsonb::set_field(body, "info", info.root())
}

/// Whether a body is put away.
pub(super) fn is_archived(body: Value<'_>) -> Result<bool, Damaged> {
    let flag = body.path("info.archived")?.map(Value::as_bool).transpose()?;
    Ok(flag.flatten().unwrap_or(false))
}

/// What every entity of a kind has, whatever was sent.
fn defaults(kind: EntityKind) -> Jsonb {
    let empty = jsonb::object().finish();
    let defaults = match kind {
        EntityKind::Item => jsonb::object()
            .field_body("data", &empty)
            .field_body("file", &empty),
        EntityKind::Set => jsonb::object().field_body("items", &empty),
        EntityKind::Group => jsonb::object().field_body("sets", &empty),
        _ => jsonb::object(),
    };
    defaults.finish()
}

fn fill<'a>(own: &mut Vec<Field<'a>>, defaults: Value<'a>) -> Result<(), Damaged> {
    for field in defaults.entries() {
        let (name, value) = field?;
        if own.iter().all(|(known, _)| *known != name) {
            own.push((name, value));
        }
    }
    Ok(())
}

/// The `info` of a body after a change.
fn later_info(
    kind: EntityKind,
    body: Value<'_>,
    archived: Option<bool>,
    stamp: &Jsonb,
) -> Result<Jsonb, Damaged> {
    let created = body.path("info.created")?.unwrap_or_else(|| stamp.root());
    let archived = match archived {
        Some(archived) => archived,
        None => is_archived(body)?,
    };
    Ok(info(kind, archived, (created, stamp.root())))
}

fn info(kind: EntityKind, archived: bool, (created, modified): (Value<'_>, Value<'_>)) -> Jsonb {
    jsonb::object()
        .field_str("entity_type", kind.entity_type())
        .field_bool("archived", archived)
        .field_raw("created", created)
        .field_raw("modified", modified)
        .finish()
}

fn laid_out(guid: Uuid, own: &[Field<'_>], (meta, tags): (Value<'_>, Value<'_>), info: &Jsonb) -> Jsonb {
    let metadata = jsonb::object().field_raw("data", meta).finish();
    let mut body = jsonb::object().field_body("guid", &uuid(guid));
    for (name, value) in own {
        body = body.field_raw(name, *value);
    }
    body.field_body("metadata", &metadata)
        .field_raw("tags", tags)
        .field_body("info", info)
        .finish()
}

fn copied(value: Option<Value<'_>>, otherwise: Jsonb) -> Jsonb {
    match value {
        Some(value) if value.kind() == Kind::Array => Jsonb::from_stored(value.as_bytes().to_vec()),
        _ => otherwise,
    }
}
