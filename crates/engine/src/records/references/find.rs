//! Records found by what was sent of them: by id, else by label, else by a lookup field.

use std::ops::{Bound, ControlFlow};

use app::Literal;
use app::indexes::stored_path;
use app::values::ReferenceInput;
use jsonb::{Jsonb, Value};
use model::{CollectionId, Error, is_record_id};
use query::{index_key, index_keys};
use storage::ReadTx;

use super::super::catalogue::EntityRef;
use super::super::rights::Rights;
use super::super::values;
use super::{Found, Resolver};

impl Resolver<'_> {
    pub(super) fn find(&mut self, target: &EntityRef, asked: &ReferenceInput) -> Result<Found, Error> {
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

    /// The only record that fits; otherwise whether there are several.
    pub(in crate::records) fn only(
        &mut self,
        target: &EntityRef,
        asked: &ReferenceInput,
    ) -> Result<Result<Jsonb, bool>, Error> {
        Ok(match self.find(target, asked)? {
            Found::One(body) => Ok(body),
            Found::Several => Err(true),
            Found::None | Found::Told => Err(false),
        })
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
