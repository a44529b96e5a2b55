//! What refers to records: found by id, then by label, then by a lookup field, and written as it is stored.
//!
//! A reference holds the other record's id and label and copies of some of its fields. Because all of that may change
//! while the rest of a change is computed, each one that was resolved is noted, and the commit looks whether it would
//! still come out the same.

mod find;
mod form;
mod people;

use app::values::{FileInput, ReferenceInput};
use app::{Field, FieldType, Fields, RelationshipRules, USERS};
use jsonb::Jsonb;
use model::Error;
use query::Filter;
use storage::ReadTx;

use super::catalogue::{Catalogue, EntityRef};
use super::draft::{Draft, Ref, Slot, Spot};
use super::faults::Faults;
use super::rights::Rights;
use super::{Call, files};

pub(super) use form::{Resolved, id_of, reference};

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
    pub(super) fn one(&mut self, field: &Field, one: &mut Ref, spot: &Spot<'_>) -> Result<(), Error> {
        match (&field.kind, &*one) {
            (FieldType::Relationship(rules), Ref::Known(value)) => {
                let id = id_of(value.root())?;
                if !self.is_there(&rules.entity, &id)? {
                    let message = format!("There is no such record of {}", rules.entity);
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
        (asked, spot): (&ReferenceInput, &Spot<'_>),
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
        spot: &Spot<'_>,
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
        (asked, spot): (&ReferenceInput, &Spot<'_>),
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
}

/// A reference as it was asked for, as text.
pub(super) fn spelled(asked: &ReferenceInput) -> String {
    match asked {
        ReferenceInput::Id(text)
        | ReferenceInput::Label(text)
        | ReferenceInput::Text(text)
        | ReferenceInput::Lookup { value: text, .. } => text.clone(),
    }
}
