//! A change computed from a body and from what is stored, on a snapshot: drafted, checked, references resolved.
//!
//! Everything that is wrong with the body is found here, at once. Nothing is written; `commit` does that if what this
//! was computed from still stands.

use std::ops::Bound;
use std::sync::Arc;

use app::permissions::Right;
use app::{Condition, FieldType, Rule};
use jobs::RunnerHandle;
use jsonb::{Jsonb, Value};
use model::{Code, Error, Timestamp};
use query::index_keys;
use storage::ReadTx;

use super::catalogue::{Catalogue, EntityRef};
use super::convert::current;
use super::draft::{Defaults, Draft, Head, Input, Ref, Slot, Spot, missing, record};
use super::faults::Faults;
use super::indexes::Indexed;
use super::references::{Resolved, Resolver};
use super::rights::{Rights, Writes, lowered};
use super::{Call, compute, values};

/// A record to be made or changed.
pub(super) struct Task {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) entity: EntityRef,
    pub(super) call: Call,
    pub(super) now: Timestamp,
    /// The id of the record.
    pub(super) id: String,
    /// Whether it is to be made.
    pub(super) creates: bool,
    /// What was sent.
    pub(super) body: Jsonb,
    /// Files that nothing held before this are gone.
    pub(super) alive_since: Timestamp,
    /// Whom jobs are handed to.
    pub(super) runner: RunnerHandle,
    /// Ids for new nested values, as many as may be needed.
    pub(super) new_id: Box<dyn Fn() -> String + Send + Sync>,
}

/// A change on its way.
pub(super) struct Begun {
    pub(super) draft: Draft,
    /// The stored record, as a draft.
    before: Draft,
    old: Option<Old>,
    resolved: Vec<Resolved>,
    pub(super) faults: Faults,
}

impl Begun {
    /// A record that nobody sent anything for.
    pub(super) fn of(draft: Draft) -> Self {
        Self {
            before: draft.clone(),
            draft,
            old: None,
            resolved: Vec::new(),
            faults: Faults::default(),
        }
    }
}

/// What a change comes to.
#[derive(Clone)]
pub(super) struct Prepared {
    pub(super) draft: Draft,
    /// The stored record that it was computed from; none of a new one.
    pub(super) old: Option<Old>,
    /// The references that it relies on.
    pub(super) resolved: Vec<Resolved>,
    /// Whether nothing changes.
    pub(super) unchanged: bool,
}

/// A body put into a draft.
struct Drafted {
    draft: Draft,
    resolved: Vec<Resolved>,
    faults: Faults,
    body: Jsonb,
}

/// A record as it is stored.
#[derive(Clone)]
pub(super) struct Old {
    /// Its version as the store counts: one more than clients do.
    pub(super) version: u64,
    pub(super) body: Jsonb,
}

impl Task {
    /// Drafts the change: what the body says, defaults, and references as far as they are known.
    pub(super) fn begin(&self, tx: &mut dyn ReadTx) -> Result<Begun, Error> {
        let rights = Rights::of(&self.catalogue, &self.entity, &self.call)?;
        let old = self.old(tx, &rights)?;
        let before = self.draft_of(old.as_ref().map(|old| old.body.root()))?;
        let drafted = match &old {
            Some(old) => self.drafted(tx, &before, old.version - 1, &rights.writes(old.body.root())?)?,
            None => self.drafted_new(tx, &before, &rights)?,
        };
        let Drafted {
            draft,
            resolved,
            mut faults,
            ..
        } = drafted;
        if let Some(old) = &old {
            self.check_version(old, &mut faults)?;
        }
        Ok(Begun {
            draft,
            before,
            old,
            resolved,
            faults,
        })
    }

    /// Checks the whole of it; nothing is wrong with what comes out.
    pub(super) fn finish(&self, tx: &mut dyn ReadTx, begun: Begun) -> Result<Prepared, Error> {
        let Begun {
            mut draft,
            before,
            old,
            mut resolved,
            mut faults,
        } = begun;
        // What functions gave may refer to something too.
        if faults.is_empty() && compute::calls_functions(&self.entity) {
            resolved.extend(self.resolve(tx, &mut draft, &mut faults)?);
        }
        let body = self.built(&draft, old.as_ref().map_or(0, |old| old.version - 1))?;
        self.check_required(&draft, &body, &mut faults)?;
        self.check_unique(tx, &body, &mut faults)?;
        faults.into_result()?;
        if self.creates {
            let rights = Rights::of(&self.catalogue, &self.entity, &self.call)?;
            rights.check_record(Right::Create, body.root())?;
        }
        let unchanged = match &old {
            Some(old) => !brings_files(&draft) && self.built(&before, old.version - 1)? == body,
            None => false,
        };
        if !unchanged {
            self.touch(&mut draft);
        }
        Ok(Prepared {
            draft,
            old,
            resolved,
            unchanged,
        })
    }

    /// The body put into what was before, as far as it may be written.
    fn drafted(
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
    fn drafted_new(
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

    /// The stored record, which the caller may change; none when one is to be made, which he may.
    fn old(&self, tx: &mut dyn ReadTx, rights: &Rights<'_>) -> Result<Option<Old>, Error> {
        if self.creates {
            rights.check(Right::Create)?;
            return Ok(None);
        }
        rights.check(Right::Update)?;
        let stored = tx.record_body(self.entity.collection(), &self.id)?;
        let (version, body) = stored.ok_or_else(|| missing_record(&self.entity, &self.id))?;
        let body = current(tx, &self.catalogue, &self.entity, body)?;
        rights.check_record(Right::Read, body.root())?;
        rights.check_record(Right::Update, body.root())?;
        Ok(Some(Old { version, body }))
    }

    fn check_version(&self, old: &Old, faults: &mut Faults) -> Result<(), Error> {
        let sent = self.body.root().get("version").map_err(Error::internal)?;
        let Some(sent) = sent.filter(|sent| sent.kind() != jsonb::Kind::Null) else {
            return Ok(());
        };
        match sent.as_i64().map_err(Error::internal)? {
            Some(version) if u64::try_from(version).ok() == old.version.checked_sub(1) => Ok(()),
            Some(version) => {
                let has = old.version - 1;
                let message =
                    format!("the record has version {has}, not {version}: it was changed meanwhile");
                Err(Error::new(Code::VersionConflict, message))
            }
            None => {
                let rejected = super::faults::rejected(sent);
                faults.add(
                    "version",
                    None,
                    "invalid",
                    "A version is a whole number",
                    rejected,
                );
                Ok(())
            }
        }
    }

    fn draft_of(&self, stored: Option<Value<'_>>) -> Result<Draft, Error> {
        match stored {
            Some(stored) => Draft::of_stored(&self.entity.fields, stored).map_err(Error::internal),
            None => Ok(Draft::new(&self.entity.fields, self.id.clone())),
        }
    }

    fn read_body(
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

    fn fill(&self, draft: &mut Draft) {
        let user = super::user_id(&self.call.actor);
        let defaults = Defaults {
            now: self.now,
            user: &user,
            zone: self.catalogue.zone(),
        };
        defaults.fill(draft, &self.entity.fields);
    }

    fn resolve(
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

    fn check_required(&self, draft: &Draft, body: &Jsonb, faults: &mut Faults) -> Result<(), Error> {
        let (mut wanting, mut outcome) = (Vec::new(), Ok(()));
        missing(
            draft,
            &self.entity.fields,
            &Spot::default(),
            &mut |spot, field| {
                let needed = match &field.required {
                    Rule::Always => true,
                    Rule::When(condition) => self.meets(condition, body).unwrap_or_else(|error| {
                        outcome = Err(error);
                        false
                    }),
                    // Functions were asked before.
                    Rule::Never | Rule::Script(_) => false,
                };
                if needed {
                    wanting.push((spot.spelled.clone(), field));
                }
            },
        );
        for (path, field) in wanting {
            faults.required(&path, field);
        }
        outcome
    }

    fn meets(&self, condition: &Condition, body: &Jsonb) -> Result<bool, Error> {
        let filter =
            lowered(&self.catalogue, &self.entity, condition, &self.call).map_err(Error::internal)?;
        filter.matches(body.root()).map_err(Error::internal)
    }

    /// A value of a unique field that another record has is a fault. The store would refuse it too, one at a time.
    fn check_unique(&self, tx: &mut dyn ReadTx, body: &Jsonb, faults: &mut Faults) -> Result<(), Error> {
        // One that is being built is left to the store, which refuses what it knows of.
        let ready = tx.indexes(self.entity.collection())?;
        let asked = |indexed: &&Indexed| indexed.def.unique && ready.contains(&indexed.def);
        for indexed in self.entity.indexed().iter().filter(asked) {
            for key in index_keys(body.root(), &indexed.def.path).map_err(Error::internal)? {
                let range = (Bound::Included(key.clone()), Bound::Included(key));
                let found = tx.records_by_index(self.entity.collection(), &indexed.def.name, &range, 2)?;
                if found.iter().any(|record| record.id != self.id) {
                    self.taken(&indexed.fields, body, faults);
                }
            }
        }
        Ok(())
    }

    /// The fault of values that another record has.
    pub(super) fn taken(&self, fields: &[String], body: &Jsonb, faults: &mut Faults) {
        for path in fields {
            let field = self.entity.fields.at(path);
            let value = body.root().path(path).ok().flatten();
            let rejected = value.and_then(super::faults::rejected);
            let message = "Another record has this value";
            faults.add(path, field, "unique", message, rejected);
        }
    }

    pub(super) fn built(&self, draft: &Draft, version: u64) -> Result<Jsonb, Error> {
        self.laid_out(draft, version, false)
    }

    /// The record as functions see it: with what is never stored.
    pub(super) fn for_scripts(&self, draft: &Draft) -> Result<Jsonb, Error> {
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
    fn touch(&self, draft: &mut Draft) {
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

/// Whether content came along that is not stored yet.
fn brings_files(draft: &Draft) -> bool {
    let brings = |slot: &Slot| match slot {
        Slot::Refs(list) => list.iter().any(|one| matches!(one, Ref::File(_))),
        Slot::Nested(list) => list.iter().any(brings_files),
        Slot::Empty | Slot::Plain(_) => false,
    };
    draft.slots.iter().any(brings)
}

/// The refusal of an id that no record has.
pub(super) fn missing_record(entity: &EntityRef, id: &str) -> Error {
    Error::not_found(&format!("record of {}", entity.name), id)
}
