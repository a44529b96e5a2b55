//! What refers to records: found by id, then by label, then by a lookup field, and written as it is stored.
//!
//! A reference holds the other record's id and label and copies of some of its fields. Because all of that may change
//! while the rest of a change is computed, each one that was resolved is noted, and the commit looks whether it would
//! still come out the same.

use std::ops::{Bound, ControlFlow};

use app::values::{FileInput, ReferenceInput};
use app::{Field, FieldType, Fields, Literal, RelationshipRules, USERS};
use jsonb::{Damaged, Jsonb, Value};
use model::{CollectionId, Error, is_record_id};
use query::{Filter, index_key, index_keys};
use storage::ReadTx;
use storage::tables::identity::User;

use super::catalogue::{Catalogue, EntityRef};
use super::draft::{Draft, Ref, Slot, Spot};
use super::faults::Faults;
use super::indexes::stored_path;
use super::rights::Rights;
use super::{Call, files, values};
use crate::apps::group_id;

/// A reference that was resolved.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    collection: CollectionId,
    id: String,
    copied: Vec<String>,
    value: Jsonb,
}

impl Resolved {
    /// Whether it would still come out the same.
    pub(super) fn holds(&self, tx: &mut dyn ReadTx) -> Result<bool, Error> {
        let Some((_, body)) = tx.record_body(self.collection, &self.id)? else {
            return Ok(false);
        };
        let now = reference(body.root(), &self.copied).map_err(Error::internal)?;
        Ok(now == self.value)
    }
}

/// Resolves references of a draft.
pub(super) struct Resolver<'a> {
    pub(super) tx: &'a mut dyn ReadTx,
    pub(super) catalogue: &'a Catalogue,
    pub(super) call: &'a Call,
    pub(super) faults: &'a mut Faults,
    pub(super) resolved: Vec<Resolved>,
}

/// What a reference leads to.
enum Found {
    One(Jsonb),
    None,
    Several,
    /// The fault was told already.
    Told,
}

impl Resolver<'_> {
    /// Resolves all of them; what cannot be resolved is a fault and is left as it was.
    pub(super) fn all(&mut self, draft: &mut Draft, fields: &Fields) -> Result<(), Error> {
        let mut outcome = Ok(());
        draft.each_mut(fields, &Spot::default(), &mut |spot, field, slot, _| {
            if let (Slot::Refs(list), Ok(())) = (slot, &outcome) {
                for (number, one) in list.iter_mut().enumerate() {
                    let spot = spot.element(field, number);
                    if outcome.is_ok() {
                        outcome = self.one(field, one, &spot);
                    }
                }
            }
        });
        outcome
    }

    /// Resolves one of them.
    pub(super) fn one(&mut self, field: &Field, one: &mut Ref, spot: &Spot) -> Result<(), Error> {
        match (&field.kind, &*one) {
            (FieldType::Relationship(rules), Ref::Known(value)) => {
                let id = id_of(value.root())?;
                if !self.is_there(&rules.entity, &id)? {
                    let message = format!("There is no record of {} with the id {id}", rules.entity);
                    self.faults
                        .add(&spot.spelled, Some(field), "notFound", message, Some(id));
                }
            }
            (FieldType::Relationship(rules), Ref::Asked(asked)) => {
                let asked = asked.clone();
                let found = match rules.entity.as_str() {
                    USERS => self.user(&asked)?,
                    _ => self.record(field, rules, &asked, spot)?,
                };
                if let Some(value) = self.settled(found, field, &rules.entity, (&asked, spot)) {
                    *one = Ref::Known(value);
                }
            }
            (FieldType::File, Ref::File(FileInput::Id(id))) => match self.tx.uploaded_file(id)? {
                Some(file) => *one = Ref::Known(files::reference(&file.id, &file.name)),
                None => {
                    let (message, id) = ("There is no such file".to_owned(), id.clone());
                    self.faults
                        .add(&spot.spelled, Some(field), "notFound", message, Some(id));
                }
            },
            (FieldType::Group { allowed }, Ref::Asked(asked)) => {
                let asked = asked.clone();
                let found = self.group(allowed, &asked);
                if let Some(value) = self.settled(found, field, "a group", (&asked, spot)) {
                    *one = Ref::Known(value);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn is_there(&mut self, entity: &str, id: &str) -> Result<bool, Error> {
        if entity == USERS {
            return Ok(self.tx.user_by_oid(id)?.is_some());
        }
        let collection = self.catalogue.entity(entity)?.collection();
        Ok(self.tx.record_body(collection, id)?.is_some())
    }

    /// What was found; a fault when that is not one thing.
    fn settled(
        &mut self,
        found: Found,
        field: &Field,
        of: &str,
        (asked, spot): (&ReferenceInput, &Spot),
    ) -> Option<Jsonb> {
        let (code, message) = match found {
            Found::One(value) => return Some(value),
            Found::Told => return None,
            Found::None => ("notFound", format!("There is no such record of {of}")),
            Found::Several => ("notUnique", format!("More than one record of {of} fits")),
        };
        let rejected = Some(spelled(asked));
        self.faults
            .add(&spot.spelled, Some(field), code, message, rejected);
        None
    }

    fn record(
        &mut self,
        field: &Field,
        rules: &RelationshipRules,
        asked: &ReferenceInput,
        spot: &Spot,
    ) -> Result<Found, Error> {
        let target = self.catalogue.entity(&rules.entity)?.clone();
        Ok(match self.find(&target, asked)? {
            Found::One(body) => match self.checked(&target, field, rules, &body, (asked, spot))? {
                Some(value) => Found::One(value),
                None => Found::Told,
            },
            found => found,
        })
    }

    /// The reference to a record, if the caller and the rules allow it.
    fn checked(
        &mut self,
        target: &EntityRef,
        field: &Field,
        rules: &RelationshipRules,
        body: &Jsonb,
        (asked, spot): (&ReferenceInput, &Spot),
    ) -> Result<Option<Jsonb>, Error> {
        let rights = Rights::of(self.catalogue, target, self.call)?;
        let filter = match &rules.filter {
            Some(condition) => super::rights::lowered(self.catalogue, target, condition, self.call)
                .map_err(Error::internal)?,
            None => Filter::all(),
        };
        let root = body.root();
        if !rights.sees(root)? || !filter.matches(root).map_err(Error::internal)? {
            let message = "Access forbidden for specified field value";
            self.faults.add(
                &spot.spelled,
                Some(field),
                "invalid",
                message,
                Some(spelled(asked)),
            );
            return Ok(None);
        }
        let value = reference(root, &rules.copied).map_err(Error::internal)?;
        self.resolved.push(Resolved {
            collection: target.collection(),
            id: id_of(root)?,
            copied: rules.copied.clone(),
            value: value.clone(),
        });
        Ok(Some(value))
    }

    fn find(&mut self, target: &EntityRef, asked: &ReferenceInput) -> Result<Found, Error> {
        match asked {
            ReferenceInput::Id(id) => self.by_id(target, id),
            ReferenceInput::Label(label) => self.by_label(target, label),
            ReferenceInput::Lookup { field, value } => self.by_lookup(target, field.as_deref(), value),
            ReferenceInput::Text(text) => {
                if is_record_id(text)
                    && let Found::One(body) = self.by_id(target, text)?
                {
                    return Ok(Found::One(body));
                }
                match self.by_label(target, text)? {
                    Found::None => self.by_lookup(target, None, text),
                    found => Ok(found),
                }
            }
        }
    }

    fn by_id(&mut self, target: &EntityRef, id: &str) -> Result<Found, Error> {
        let body = self
            .tx
            .record_body(target.collection(), &id.to_ascii_lowercase())?;
        Ok(body.map_or(Found::None, |(_, body)| Found::One(body)))
    }

    fn by_label(&mut self, target: &EntityRef, label: &str) -> Result<Found, Error> {
        self.by_index(target, "label", values::text(label).root())
    }

    /// By this lookup field, or the first of all of them that leads somewhere. A field that the caller may not look for
    /// records by leads nowhere.
    fn by_lookup(&mut self, target: &EntityRef, name: Option<&str>, value: &str) -> Result<Found, Error> {
        let (catalogue, call) = (self.catalogue, self.call);
        let rights = Rights::of(catalogue, target, call)?;
        for lookup in &target.lookup_fields {
            let Some(field) = target
                .fields
                .at(lookup)
                .filter(|_| name.is_none_or(|name| name == lookup))
                .filter(|_| rights.may_use_in_query(lookup))
            else {
                continue;
            };
            let literal = Literal::Text(value.to_owned());
            let Ok(key) = app::values::operand(field, &literal, self.catalogue.zone()) else {
                continue;
            };
            match self.by_index(target, &stored_path(lookup, field), key.root())? {
                Found::None => {}
                found => return Ok(found),
            }
        }
        Ok(Found::None)
    }

    fn by_index(&mut self, target: &EntityRef, index: &str, value: Value<'_>) -> Result<Found, Error> {
        let key = index_key(value).map_err(Error::internal)?;
        let mut found = two_by_index(self.tx, target.collection(), index, key)?.into_iter();
        Ok(match (found.next(), found.next()) {
            (None, _) => Found::None,
            (Some(body), None) => Found::One(body),
            (Some(_), Some(_)) => Found::Several,
        })
    }

    /// A user: by id, by mail address, by name.
    fn user(&mut self, asked: &ReferenceInput) -> Result<Found, Error> {
        let text = spelled(asked);
        let by_id = match asked {
            ReferenceInput::Id(_) | ReferenceInput::Text(_) => {
                self.tx.user_by_oid(&text.to_ascii_lowercase())?
            }
            _ => None,
        };
        if let Some(user) = by_id {
            return Ok(Found::One(user_reference(&user)));
        }
        if matches!(asked, ReferenceInput::Id(_)) {
            return Ok(Found::None);
        }
        let found = self.tx.users_by_label(&text, 2)?;
        Ok(match found.as_slice() {
            [] => Found::None,
            [user] => Found::One(user_reference(user)),
            _ => Found::Several,
        })
    }

    /// A group by its id, else by its name, else by its label.
    fn group(&mut self, allowed: &[String], asked: &ReferenceInput) -> Found {
        let groups = &self.catalogue.app().groups;
        let wanted = spelled(asked);
        let by_id = |wanted: &str| groups.values().find(|group| group_id(&group.name) == wanted);
        let by_label = |wanted: &str| groups.values().find(|group| group.label == wanted);
        let found = match asked {
            ReferenceInput::Label(_) => by_label(&wanted),
            _ => by_id(&wanted)
                .or_else(|| groups.get(&wanted))
                .or_else(|| by_label(&wanted)),
        };
        match found.filter(|group| allowed.is_empty() || allowed.contains(&group.name)) {
            Some(group) => {
                let reference = jsonb::object()
                    .field_str("id", &group_id(&group.name))
                    .field_str("label", &group.label);
                Found::One(reference.finish())
            }
            None => Found::None,
        }
    }
}

/// How records refer to a user.
fn user_reference(user: &User) -> Jsonb {
    jsonb::object()
        .field_str("id", &user.oid)
        .field_str("label", &user.name)
        .finish()
}

/// Up to two records that an index leads to from a key; while it is being built, all are looked at.
fn two_by_index(
    tx: &mut dyn ReadTx,
    collection: CollectionId,
    index: &str,
    key: Vec<u8>,
) -> Result<Vec<Jsonb>, Error> {
    if tx.indexes(collection)?.iter().any(|ready| ready.name == index) {
        let range = (Bound::Included(key.clone()), Bound::Included(key));
        let found = tx.records_by_index(collection, index, &range, 2)?;
        return Ok(found.into_iter().map(|record| record.body).collect());
    }
    let (mut found, mut outcome) = (Vec::new(), Ok(()));
    // The name of an index is its path.
    tx.scan_bodies(collection, &mut |_, body| {
        match index_keys(Value::of(body), index) {
            Ok(keys) if keys.contains(&key) => found.push(Jsonb::from_stored(body.to_vec())),
            Ok(_) => {}
            Err(damaged) => outcome = Err(Error::internal(damaged)),
        }
        match found.len() < 2 && outcome.is_ok() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    })?;
    outcome.map(|()| found)
}

/// A reference as it was asked for, as text.
fn spelled(asked: &ReferenceInput) -> String {
    match asked {
        ReferenceInput::Id(text)
        | ReferenceInput::Label(text)
        | ReferenceInput::Text(text)
        | ReferenceInput::Lookup { value: text, .. } => text.clone(),
    }
}

/// The `id` of a record or reference.
pub(super) fn id_of(value: Value<'_>) -> Result<String, Error> {
    let id = value.get("id").map_err(Error::internal)?;
    let id = id
        .map(Value::as_str)
        .transpose()
        .map_err(Error::internal)?
        .flatten();
    Ok(id.unwrap_or_default().into_owned())
}

/// How a record is referred to: its id, its label, and copies of some of its fields in their places.
pub(super) fn reference(record: Value<'_>, copied: &[String]) -> Result<Jsonb, Damaged> {
    let mut object = jsonb::object();
    for key in ["id", "label"] {
        let text = record.get(key)?.map(Value::as_str).transpose()?.flatten();
        object = object.field_str(key, &text.unwrap_or_default());
    }
    Ok(copy_fields(object, record, copied)?.finish())
}

fn copy_fields(
    mut object: jsonb::ObjectBuilder,
    from: Value<'_>,
    paths: &[String],
) -> Result<jsonb::ObjectBuilder, Damaged> {
    let mut done: Vec<&str> = Vec::new();
    for path in paths {
        let name = path.split('.').next().unwrap_or(path);
        if done.contains(&name) {
            continue;
        }
        done.push(name);
        let Some(value) = from.get(name)? else {
            continue;
        };
        let inner: Vec<String> = paths
            .iter()
            .filter_map(|path| path.strip_prefix(name)?.strip_prefix('.').map(str::to_owned))
            .collect();
        object = match inner.is_empty() || paths.iter().any(|path| path == name) {
            true => object.field_raw(name, value),
            false => object.field_body(name, &copy_fields(jsonb::object(), value, &inner)?.finish()),
        };
    }
    Ok(object)
}
