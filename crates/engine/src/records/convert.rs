//! Records in an older form of their entity, brought into the form of the definition in force.
//!
//! A definition takes effect before the records are rewritten (`kinds::apply_app`), so for a while records of several
//! forms lie side by side. A record says which form it has: the number of the definition that last asked for a rewrite,
//! under `~` within its shadow values, or nothing for the first form. Whoever changes a record converts it first, so what
//! clients write meanwhile is in the new form and is left alone. Converting needs the old definition too: a stored
//! number alone does not tell whether it was a point in time. What cannot be kept is noted as lost, by path.

mod draft;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use app::plan::Conversion;
use app::{Entity, FieldType, USERS};
use jsonb::{Damaged, Jsonb, Value};
use model::{Actor, CollectionId, Error};
use storage::ReadTx;

use super::catalogue::{Catalogue, EntityRef};
use super::draft::{Draft, Head, Ref, Slot, Spot, record};
use super::faults::Faults;
use super::indexes::SHADOW;
use super::references::Resolver;
use super::{Call, Category, values};

/// One change of the form of an entity's records.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The number of the definition that made it.
    pub(crate) number: u64,
    /// The entity before.
    pub(crate) old: Arc<Entity>,
    /// The entity from then on.
    pub(crate) new: Arc<Entity>,
    /// What is done to every record.
    pub(crate) conversions: Vec<Conversion>,
}

/// How many values a conversion loses, by path.
pub(crate) type Lost = BTreeMap<String, u64>;

/// A record of the store in the form of the definition in force, its version unchanged.
pub(crate) fn current(
    tx: &mut dyn ReadTx,
    catalogue: &Catalogue,
    entity: &EntityRef,
    body: Jsonb,
) -> Result<Jsonb, Error> {
    if entity.steps().is_empty() {
        return Ok(body);
    }
    let mut way = Way {
        catalogue,
        collection: entity.collection(),
        lost: Lost::new(),
    };
    way.go(tx, entity.steps(), body)
}

/// A record in the form of the definition in force as far as that can be told from it alone: references that were texts
/// before, and dates of the record, are left out.
pub(crate) fn converted(entity: &EntityRef, stored: Value<'_>) -> Result<Jsonb, Damaged> {
    let form = form(stored)?;
    let (mut body, mut lost) = (values::copy(stored), Lost::new());
    for step in entity.steps().iter().filter(|step| step.number > form) {
        let mut reader = draft::Reader {
            zone: entity.zone(),
            lost: &mut lost,
        };
        let draft = reader.draft((&step.old.fields, &step.new.fields), body.root(), "")?;
        let head = Head {
            version: version(body.root())?,
            transient: false,
            entity: &step.new,
            zone: entity.zone(),
        };
        body = record(&draft, &head)?.0;
    }
    Ok(body)
}

/// The way of records of one collection through some steps.
pub(crate) struct Way<'a> {
    /// Where references are looked up, and the zone of dates.
    pub(crate) catalogue: &'a Catalogue,
    /// Where the records are.
    pub(crate) collection: CollectionId,
    /// What was lost so far.
    pub(crate) lost: Lost,
}

impl Way<'_> {
    /// Takes a record through the steps that it has not gone yet.
    pub(crate) fn go(
        &mut self,
        tx: &mut dyn ReadTx,
        steps: &[Arc<Step>],
        body: Jsonb,
    ) -> Result<Jsonb, Error> {
        let form = form(body.root()).map_err(Error::internal)?;
        let mut body = body;
        for step in steps.iter().filter(|step| step.number > form) {
            body = self.step(tx, step, &body)?;
        }
        Ok(body)
    }

    fn step(&mut self, tx: &mut dyn ReadTx, step: &Step, body: &Jsonb) -> Result<Jsonb, Error> {
        let version = version(body.root()).map_err(Error::internal)?;
        let mut reader = draft::Reader {
            zone: self.catalogue.zone(),
            lost: &mut self.lost,
        };
        let fields = (&step.old.fields, &step.new.fields);
        let mut draft = reader.draft(fields, body.root(), "").map_err(Error::internal)?;
        self.look_up(tx, &mut draft, &step.new)?;
        self.date(tx, &mut draft, &step.new)?;
        let head = Head {
            version,
            transient: false,
            entity: &step.new,
            zone: self.catalogue.zone(),
        };
        Ok(record(&draft, &head).map_err(Error::internal)?.0)
    }

    /// Finds what references that were texts before lead to; those that lead nowhere go.
    pub(super) fn look_up(
        &mut self,
        tx: &mut dyn ReadTx,
        draft: &mut Draft,
        entity: &Entity,
    ) -> Result<(), Error> {
        let (call, mut faults) = (server(), Faults::default());
        let (catalogue, lost) = (self.catalogue, &mut self.lost);
        let mut resolver = Resolver {
            tx,
            catalogue,
            call: &call,
            faults: &mut faults,
            resolved: Vec::new(),
        };
        let mut outcome = Ok(());
        draft.each_mut(&entity.fields, &Spot::default(), &mut |spot, field, slot, _| {
            let Slot::Refs(list) = slot else { return };
            for one in list.iter_mut().filter(|one| matches!(one, Ref::Asked(_))) {
                if outcome.is_ok() && leads_somewhere(catalogue, &field.kind) {
                    outcome = resolver.one(field, one, spot);
                }
            }
            let asked = list.len();
            list.retain(|one| matches!(one, Ref::Known(_)));
            if list.len() < asked {
                *lost.entry(spot.path.to_string()).or_default() += (asked - list.len()) as u64;
            }
        });
        outcome
    }

    /// Gives the dates of the record to fields for them that are empty.
    fn date(&self, tx: &mut dyn ReadTx, draft: &mut Draft, entity: &Entity) -> Result<(), Error> {
        let dated = |kind: &FieldType| matches!(kind, FieldType::RecordCreated | FieldType::RecordModified);
        let mut fields = entity.fields.iter().zip(&draft.slots);
        if !fields.any(|(field, slot)| dated(&field.kind) && slot.is_empty()) {
            return Ok(());
        }
        let Some(stored) = tx.record(self.collection, &draft.id)? else {
            return Ok(());
        };
        for (field, slot) in entity.fields.iter().zip(&mut draft.slots) {
            let on = match field.kind {
                FieldType::RecordCreated => stored.created.on,
                FieldType::RecordModified => stored.modified.on,
                _ => continue,
            };
            if slot.is_empty() {
                *slot = Slot::Plain(values::integer(on.0));
            }
        }
        Ok(())
    }
}

/// Whether references of this type can be looked up in the catalogue.
fn leads_somewhere(catalogue: &Catalogue, kind: &FieldType) -> bool {
    match kind {
        FieldType::Relationship(rules) => rules.entity == USERS || catalogue.entity(&rules.entity).is_ok(),
        FieldType::Group { .. } => true,
        _ => false,
    }
}

/// The server itself.
pub(super) fn server() -> Call {
    Call {
        actor: Arc::new(Actor::default()),
        ip: None,
        category: Category::System,
    }
}

/// Which form a record has: the number of a definition.
pub(crate) fn form(body: Value<'_>) -> Result<u64, Damaged> {
    let noted = match body.get(SHADOW)? {
        Some(shadow) => shadow.get(SHADOW)?,
        None => None,
    };
    let form = noted.map(Value::as_i64).transpose()?.flatten();
    Ok(form.and_then(|form| u64::try_from(form).ok()).unwrap_or(0))
}

/// The version that a record tells clients.
pub(crate) fn version(body: Value<'_>) -> Result<u64, Damaged> {
    let version = body.get("version")?.map(Value::as_i64).transpose()?.flatten();
    Ok(version
        .and_then(|version| u64::try_from(version).ok())
        .unwrap_or(0))
}

/// A record with this version that says that it has this form.
pub(crate) fn noted(body: &Jsonb, version: u64, form: u64) -> Result<Jsonb, Damaged> {
    let mut object = jsonb::object();
    let mut shadow = jsonb::object();
    let mut shadows = form > 0;
    for entry in body.root().entries() {
        let (key, value) = entry?;
        match &*key {
            "version" => object = object.field_i64("version", i64::try_from(version).unwrap_or(i64::MAX)),
            SHADOW => {
                for entry in value.entries() {
                    let (key, value) = entry?;
                    if key != SHADOW {
                        (shadow, shadows) = (shadow.field_raw(&key, value), true);
                    }
                }
            }
            key => object = object.field_raw(key, value),
        }
    }
    if form > 0 {
        shadow = shadow.field_i64(SHADOW, i64::try_from(form).unwrap_or(i64::MAX));
    }
    if shadows {
        object = object.field_body(SHADOW, &shadow.finish());
    }
    Ok(object.finish())
}
