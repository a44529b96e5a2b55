//! Records that are shown in the place of references to them (`_relationshipsToFetch`).
//!
//! Only what the caller may read is shown so; a reference to anything else stays as it is. What is fetched counts as
//! the answer does: a record that refers to too much is refused.

use std::collections::BTreeMap;

use app::{FieldType, Fields};
use jsonb::{Damaged, Jsonb, Value};
use model::{Code, Error};
use storage::ReadTx;

use super::references::id_of;
use super::render::Renderer;
use super::rights::Rights;
use super::{EntityRef, Shape};

/// See the module: by the path of the relationship and the id of the other record.
#[derive(Debug, Default)]
pub(super) struct Fetched(BTreeMap<(String, String), Jsonb>);

impl Fetched {
    /// What is shown in the place of this reference.
    pub(super) fn get(&self, path: &str, reference: Value<'_>) -> Result<Option<&Jsonb>, Damaged> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let id = reference.get("id")?.map(Value::as_str).transpose()?.flatten();
        Ok(id.and_then(|id| self.0.get(&(path.to_owned(), id.into_owned()))))
    }

    /// Fetches what a record refers to, as the shape says: at most so many bytes.
    pub(super) fn of(
        tx: &mut dyn ReadTx,
        rights: &Rights<'_>,
        (entity, asked): (&EntityRef, &Shape),
        record: Value<'_>,
        most: usize,
    ) -> Result<Self, Error> {
        let (mut fetched, mut bytes) = (Self::default(), 0);
        for path in &asked.fetch {
            let Some(FieldType::Relationship(rules)) = entity.fields.at(path).map(|field| &field.kind) else {
                continue;
            };
            let Ok(target) = rights.catalogue().entity(&rules.entity) else {
                continue;
            };
            let theirs = Rights::of(rights.catalogue(), target, rights.call())?;
            let shape = Shape {
                format: asked.format,
                zone: asked.zone.clone(),
                ..Shape::default()
            };
            let renderer = Renderer::new(target, &theirs, &shape)?;
            let mut ids = Vec::new();
            collect(&entity.fields, record, path, &mut ids)?;
            for id in ids {
                if let Some((_, body)) = tx.record_body(target.collection(), &id)?
                    && theirs.sees(body.root())?
                {
                    let shown = renderer.within(body.root())?;
                    bytes += shown.as_bytes().len();
                    if bytes > most {
                        let message = format!("what {path} refers to has more than {most} bytes");
                        let parameter = "_relationshipsToFetch".to_owned();
                        return Err(Error::of_field(Code::BadRequest, parameter, message));
                    }
                    fetched.0.insert((path.clone(), id), shown);
                }
            }
        }
        Ok(fetched)
    }
}

/// The ids of references at a path.
fn collect(fields: &Fields, value: Value<'_>, path: &str, ids: &mut Vec<String>) -> Result<(), Error> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let (Some(field), Some(value)) = (fields.get(name), value.get(name).map_err(Error::internal)?) else {
        return Ok(());
    };
    let mut each = vec![value];
    if field.many {
        each = value
            .elements()
            .collect::<Result<_, _>>()
            .map_err(Error::internal)?;
    }
    for one in each {
        match &field.kind {
            FieldType::Nested { fields, .. } => collect(fields, one, rest, ids)?,
            _ => ids.push(id_of(one)?),
        }
    }
    Ok(())
}
