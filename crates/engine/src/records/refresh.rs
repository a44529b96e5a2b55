//! References made anew when the app changes: with the label that the other record has now, and copies of its fields.

use std::collections::BTreeSet;

use app::{FieldType, RelationshipRules};
use jsonb::{Damaged, Jsonb, Value};
use model::Error;
use storage::ReadTx;

use super::catalogue::{Catalogue, EntityRef};
use super::draft::{Draft, Ref, Slot, Spot};
use super::references::{id_of, reference};

/// Makes the references of a draft to records of these entities anew; whether one came out otherwise.
pub(super) fn refresh(
    tx: &mut dyn ReadTx,
    (catalogue, entity): (&Catalogue, &EntityRef),
    draft: &mut Draft,
    targets: &BTreeSet<String>,
) -> Result<bool, Error> {
    let (mut changed, mut outcome) = (false, Ok(()));
    draft.each_mut(&entity.fields, &Spot::default(), &mut |_, field, slot, _| {
        let (FieldType::Relationship(rules), Slot::Refs(list)) = (&field.kind, slot) else {
            return;
        };
        for one in list.iter_mut().filter(|_| targets.contains(&rules.entity)) {
            match renewed(tx, catalogue, rules, one) {
                Ok(Some(value)) => (*one, changed) = (Ref::Known(value), true),
                Ok(None) => {}
                Err(error) => outcome = Err(error),
            }
        }
    });
    outcome.map(|()| changed)
}

/// The reference as it would be made now; none when it stays as it is or leads nowhere.
fn renewed(
    tx: &mut dyn ReadTx,
    catalogue: &Catalogue,
    rules: &RelationshipRules,
    one: &Ref,
) -> Result<Option<Jsonb>, Error> {
    let Ref::Known(value) = one else {
        return Ok(None);
    };
    let target = catalogue.entity(&rules.entity)?;
    let Some((_, body)) = tx.record_body(target.collection(), &id_of(value.root())?)? else {
        return Ok(None);
    };
    let fresh = reference(body.root(), &rules.copied).map_err(Error::internal)?;
    let fresh = match rules.follows_label {
        true => fresh,
        false => with_label(&fresh, value.root()).map_err(Error::internal)?,
    };
    Ok((fresh != *value).then_some(fresh))
}

/// A reference with the label of another one.
fn with_label(fresh: &Jsonb, labelled: Value<'_>) -> Result<Jsonb, Damaged> {
    let mut object = jsonb::object();
    for entry in fresh.root().entries() {
        let (key, value) = entry?;
        object = match (&*key, labelled.get("label")?) {
            ("label", Some(label)) => object.field_raw("label", label),
            (key, _) => object.field_raw(key, value),
        };
    }
    Ok(object.finish())
}
