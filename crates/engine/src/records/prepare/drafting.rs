//! Drafts of a task: begun, filled, resolved, and laid out as bodies.

use app::FieldType;
use jsonb::{Jsonb, Value};
use model::Error;
use storage::ReadTx;

use super::super::draft::{Defaults, Draft, Head, Input, Slot, record};
use super::super::faults::Faults;
use super::super::references::{Resolved, Resolver};
use super::super::rights::{Rights, Writes};
use super::super::{user_id, values};
use super::{Drafted, Task};

impl Task {
    /// The body put into what was before, as far as it may be written.
    pub(super) fn drafted(
        &self,
        tx: &mut dyn ReadTx,
        before: &Draft,
        version: u64,
        writes: &Writes<'_>,
    ) -> Result<Drafted, Error> {
        let (mut draft, mut faults) = (before.clone(), Faults::default());
        self.read_body(&mut draft, &|path| writes.may(path), &mut faults)?;
        self.fill(&mut draft);
        let resolved = self.resolve(tx, &mut draft, &mut faults)?;
        let body = self.built(&draft, version)?;
        Ok(Drafted {
            draft,
            resolved,
            faults,
            body,
        })
    }

    /// A new record. Which groups let it be made depends on what it holds, and what it holds on which groups do.
    pub(super) fn drafted_new(
        &self,
        tx: &mut dyn ReadTx,
        before: &Draft,
        rights: &Rights<'_>,
    ) -> Result<Drafted, Error> {
        let mut writes = rights.writes_of_new()?;
        loop {
            let drafted = self.drafted(tx, before, 0, &writes)?;
            if !writes.narrow(drafted.body.root())? {
                return Ok(drafted);
            }
        }
    }

    pub(in crate::records) fn draft_of(&self, stored: Option<Value<'_>>) -> Result<Draft, Error> {
        match stored {
            Some(stored) => Draft::of_stored(&self.entity.fields, stored).map_err(Error::internal),
            None => Ok(Draft::new(&self.entity.fields, self.id.clone())),
        }
    }

    pub(super) fn read_body(
        &self,
        draft: &mut Draft,
        writes: &dyn Fn(&str) -> bool,
        faults: &mut Faults,
    ) -> Result<(), Error> {
        let mut input = Input {
            faults,
            new_id: &*self.new_id,
            writes,
        };
        input
            .body(draft, &self.entity.fields, self.body.root())
            .map_err(Error::internal)
    }

    pub(in crate::records) fn fill(&self, draft: &mut Draft) {
        let user = user_id(&self.call.actor);
        let defaults = Defaults {
            now: self.now,
            user: &user,
            zone: self.catalogue.zone(),
        };
        defaults.fill(draft, &self.entity.fields);
    }

    pub(in crate::records) fn resolve(
        &self,
        tx: &mut dyn ReadTx,
        draft: &mut Draft,
        faults: &mut Faults,
    ) -> Result<Vec<Resolved>, Error> {
        let mut resolver = Resolver {
            tx,
            catalogue: &self.catalogue,
            call: &self.call,
            faults,
            resolved: Vec::new(),
        };
        resolver.all(draft, &self.entity.fields)?;
        Ok(resolver.resolved)
    }

    pub(in crate::records) fn built(&self, draft: &Draft, version: u64) -> Result<Jsonb, Error> {
        self.laid_out(draft, version, false)
    }

    /// The record as functions see it: with what is never stored.
    pub(in crate::records) fn for_scripts(&self, draft: &Draft) -> Result<Jsonb, Error> {
        self.laid_out(draft, 0, true)
    }

    fn laid_out(&self, draft: &Draft, version: u64, transient: bool) -> Result<Jsonb, Error> {
        let head = Head {
            version,
            transient,
            entity: &self.entity,
            zone: self.catalogue.zone(),
        };
        Ok(record(draft, &head).map_err(Error::internal)?.0)
    }

    /// Notes the time of the change where the entity has a field for it.
    pub(in crate::records) fn touch(&self, draft: &mut Draft) {
        let zone = self.catalogue.zone();
        for (field, slot) in self.entity.fields.iter().zip(&mut draft.slots) {
            let noted = match field.kind {
                FieldType::RecordModified => true,
                FieldType::RecordCreated => slot.is_empty(),
                _ => false,
            };
            if noted && let Some(now) = values::now(&field.kind, self.now, zone) {
                *slot = Slot::Plain(now);
            }
        }
    }
}
