//! What a caller sees of the records that take part in an aggregation: which ones, and what of them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use app::{FieldType, Fields};
use jsonb::{Damaged, Jsonb, Value};
use model::Error;
use query::{Cause, Flow, Limits, Refusal, Source};
use storage::ReadTx;

use crate::records::catalogue::{Catalogue, collection_name, join};
use crate::records::indexes::SHADOW;
use crate::records::rights::{Access, Rights};
use crate::records::{Call, EntityRef};
use crate::search::{Plan, Stopped, walk};

/// What somebody does with each record.
type Each<'e> = dyn FnMut(Value<'_>) -> Result<Flow, Refusal> + 'e;

/// One entity as one caller sees it.
pub(super) struct Sight<'a> {
    entity: &'a EntityRef,
    rights: Rights<'a>,
    /// Whether no field is hidden on any record that he reads.
    whole: bool,
}

impl<'a> Sight<'a> {
    pub(super) fn of(entity: &'a EntityRef, rights: Rights<'a>) -> Self {
        let whole = rights.may_use_in_query("");
        Self {
            entity,
            rights,
            whole,
        }
    }

    /// A record without what is hidden of it; none when it may not be read.
    fn look<'r>(&self, record: Value<'r>) -> Result<Option<Cow<'r, [u8]>>, Error> {
        if !self.rights.sees(record)? {
            return Ok(None);
        }
        if self.whole {
            return Ok(Some(Cow::Borrowed(record.as_bytes())));
        }
        let access = self.rights.access(record)?;
        let kept = visible(record, &self.entity.fields, "", &access).map_err(Error::internal)?;
        Ok(Some(Cow::Owned(kept.into_bytes())))
    }
}

/// A stored value with fields, those within `under`, without what is hidden of it. Values that queries need beside hidden
/// fields go with them.
pub(in crate::records) fn visible(
    value: Value<'_>,
    fields: &Fields,
    under: &str,
    access: &Access,
) -> Result<Jsonb, Damaged> {
    let mut object = jsonb::object();
    for entry in value.entries() {
        let (key, value) = entry?;
        if key == SHADOW {
            object = object.field_body(SHADOW, &shadows(value, fields, under, access)?);
            continue;
        }
        let Some(field) = fields.get(&key) else {
            object = object.field_raw(&key, value);
            continue;
        };
        let path = join(under, &key);
        if !access.shows(&path) {
            continue;
        }
        object = match &field.kind {
            FieldType::Nested { fields, .. } if field.many => {
                let mut list = jsonb::array();
                for element in value.elements() {
                    list = list.item_body(&visible(element?, fields, &path, access)?);
                }
                object.field_body(&key, &list.finish())
            }
            FieldType::Nested { fields, .. } => {
                object.field_body(&key, &visible(value, fields, &path, access)?)
            }
            FieldType::Relationship(_) => object.field_body(&key, &access.reference(&path, value)?),
            _ => object.field_raw(&key, value),
        };
    }
    Ok(object.finish())
}

/// Of the values under `~` those of fields that are shown; keys over several fields are for indexes alone.
fn shadows(value: Value<'_>, fields: &Fields, under: &str, access: &Access) -> Result<Jsonb, Damaged> {
    let mut object = jsonb::object();
    for entry in value.entries() {
        let (key, value) = entry?;
        if fields.get(&key).is_some() && access.shows(&join(under, &key)) {
            object = object.field_raw(&key, value);
        }
    }
    Ok(object.finish())
}

/// All entities as the caller of an aggregation sees them.
pub(super) struct Seen<'t> {
    tx: &'t dyn ReadTx,
    catalogue: &'t Catalogue,
    call: &'t Call,
    begun: Instant,
    time: Duration,
    /// What went wrong beside the pipeline; it ends by a refusal, which does not say as much.
    failure: RefCell<Option<Error>>,
}

impl<'t> Seen<'t> {
    pub(super) fn new(tx: &'t dyn ReadTx, catalogue: &'t Catalogue, call: &'t Call, limits: &Limits) -> Self {
        Self {
            tx,
            catalogue,
            call,
            begun: Instant::now(),
            time: limits.time,
            failure: RefCell::new(None),
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Shows the records of a plan that may be read to `each`, until it has enough.
    pub(super) fn each(&self, sight: &Sight<'_>, plan: &Plan, each: &mut Each<'_>) -> Result<(), Stopped> {
        let left = self.time.saturating_sub(self.elapsed());
        walk(self.tx, sight.entity.collection(), plan, left, |_, body| {
            let Some(record) = sight.look(body).map_err(|error| self.fails(error))? else {
                return Ok(ControlFlow::Continue(()));
            };
            Ok(match each(Value::of(&record))? {
                Flow::More => ControlFlow::Continue(()),
                Flow::Enough => ControlFlow::Break(()),
            })
        })
    }

    /// What went wrong beside the pipeline.
    pub(super) fn into_failure(self) -> Option<Error> {
        self.failure.into_inner()
    }

    fn fails(&self, error: Error) -> Refusal {
        *self.failure.borrow_mut() = Some(error);
        Refusal {
            at: String::new(),
            why: "the records cannot be read".to_owned(),
            cause: Cause::Damaged,
        }
    }

    /// The entity of a collection in a pipeline.
    fn other(&self, collection: &str) -> Result<Sight<'t>, Error> {
        let mut entities = self.catalogue.app().entities.keys();
        let name = entities.find(|name| collection_name(name) == collection);
        let entity = self.catalogue.entity(name.map_or(collection, String::as_str))?;
        Ok(Sight::of(entity, Rights::of(self.catalogue, entity, self.call)?))
    }
}

impl Source for Seen<'_> {
    fn scan(&self, collection: &str, each: &mut Each<'_>) -> Result<(), Refusal> {
        let sight = self.other(collection).map_err(|error| self.fails(error))?;
        let outcome = self.each(&sight, &Plan::All, each);
        outcome.map_err(|stopped| match stopped {
            Stopped::Refusal(refusal) => refusal,
            Stopped::Store(error) => self.fails(error.into()),
        })
    }
}
