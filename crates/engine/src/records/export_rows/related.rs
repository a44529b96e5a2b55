//! Records that the records of a page refer to, as far as the caller may read them: fetched at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use app::{FieldType, Fields};
use jsonb::{Damaged, Jsonb, Value};
use model::{CollectionId, Error};
use storage::ReadTx;

use super::cells::elements;
use super::columns::{Kind, Node};
use crate::records::catalogue::Catalogue;
use crate::records::convert::current;
use crate::records::rights::{Access, Rights};
use crate::records::{Call, EntityRef};

/// See the module.
#[derive(Default)]
pub(super) struct Related(HashMap<CollectionId, HashMap<String, Option<(Jsonb, Access)>>>);

/// What is to be fetched, by entity.
type Wanted = BTreeMap<String, (EntityRef, BTreeSet<String>)>;

impl Related {
    /// The record of a reference.
    pub(super) fn get(
        &self,
        collection: CollectionId,
        reference: Value<'_>,
    ) -> Result<Option<(&Jsonb, &Access)>, Damaged> {
        let Some(id) = id_of(reference)? else {
            return Ok(None);
        };
        let found = self.0.get(&collection).and_then(|records| records.get(&id));
        Ok(found
            .and_then(Option::as_ref)
            .map(|(body, access)| (body, access)))
    }

    /// Fetches what columns have of other records, and what those have of others.
    pub(super) fn fetch(
        &mut self,
        tx: &mut dyn ReadTx,
        (catalogue, call): (&Catalogue, &Call),
        (nodes, fields): (&[Node], &Fields),
        records: &[Jsonb],
    ) -> Result<(), Error> {
        loop {
            let mut wanted = Wanted::new();
            for record in records {
                self.want(nodes, fields, record.root(), &mut wanted)
                    .map_err(Error::internal)?;
            }
            if wanted.is_empty() {
                return Ok(());
            }
            for (entity, ids) in wanted.into_values() {
                let rights = Rights::of(catalogue, &entity, call)?;
                let ids: Vec<String> = ids.into_iter().collect();
                let places = tx.places_of(entity.collection(), &ids)?;
                let found = tx.records_at(entity.collection(), &places)?;
                let known = self.0.entry(entity.collection()).or_default();
                known.extend(ids.into_iter().map(|id| (id, None)));
                for record in found {
                    let body = current(tx, catalogue, &entity, record.body)?;
                    if rights.sees(body.root())? {
                        let access = rights.access(body.root())?;
                        known.insert(record.id, Some((body, access)));
                    }
                }
            }
        }
    }

    fn want(
        &self,
        nodes: &[Node],
        fields: &Fields,
        record: Value<'_>,
        wanted: &mut Wanted,
    ) -> Result<(), Damaged> {
        for node in nodes {
            let field = &fields.0[node.field];
            let Some(value) = record.get(&field.name)? else {
                continue;
            };
            let each: Vec<Value<'_>> = match node.list {
                Some(_) => elements(Some(value)).collect::<Result<_, _>>()?,
                None => vec![value],
            };
            for one in each {
                match (&node.kind, &field.kind) {
                    (Kind::Nested(inner), FieldType::Nested { fields, .. }) => {
                        self.want(inner, fields, one, wanted)?;
                    }
                    (Kind::Related { target, inner, .. }, _) if !inner.is_empty() => {
                        self.want_one(target, inner, one, wanted)?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn want_one(
        &self,
        target: &EntityRef,
        inner: &[Node],
        reference: Value<'_>,
        wanted: &mut Wanted,
    ) -> Result<(), Damaged> {
        let Some(id) = id_of(reference)? else {
            return Ok(());
        };
        let known = self.0.get(&target.collection()).and_then(|known| known.get(&id));
        match known {
            Some(Some((body, _))) => self.want(inner, &target.fields, body.root(), wanted),
            Some(None) => Ok(()),
            None => {
                let ids = wanted
                    .entry(target.name.clone())
                    .or_insert_with(|| (target.clone(), BTreeSet::new()));
                ids.1.insert(id);
                Ok(())
            }
        }
    }
}

fn id_of(reference: Value<'_>) -> Result<Option<String>, Damaged> {
    let id = reference.get("id")?.map(Value::as_str).transpose()?.flatten();
    Ok(id.map(std::borrow::Cow::into_owned))
}
