//! A change computed from a body and from what is stored, on a snapshot: drafted, checked, references resolved.
//!
//! Everything that is wrong with the body is found here, at once. Nothing is written; `commit` does that if what this
//! was computed from still stands.

mod checks;
mod drafting;

use std::sync::Arc;

use app::permissions::Right;
use jobs::RunnerHandle;
use jsonb::Jsonb;
use model::{Error, JobSeq, Timestamp};
use storage::ReadTx;

use super::Call;
use super::catalogue::{Catalogue, EntityRef};
use super::convert::current;
use super::draft::{Draft, Ref, Slot};
use super::faults::Faults;
use super::references::Resolved;
use super::rights::Rights;

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
    /// The job that it is part of.
    pub(super) job: Option<JobSeq>,
    /// Whether its commit has listeners hear of it that run in the background.
    pub(super) tells: bool,
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
    /// The draft as functions see it, laid out when one was called last; none once the draft has changed.
    pub(super) seen: Option<Jsonb>,
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
            seen: None,
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

impl Prepared {
    /// Whether content came along that is not stored yet.
    pub(super) fn brings_content(&self) -> bool {
        brings_files(&self.draft)
    }
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
            seen: None,
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
            ..
        } = begun;
        // What functions gave may refer to something too.
        if faults.is_empty() && self.entity.calls_functions() {
            resolved.extend(self.resolve(tx, &mut draft, &mut faults)?);
        }
        let body = self.built(&draft, old.as_ref().map_or(0, |old| old.version - 1))?;
        self.check_required(&draft, &body, &mut faults)?;
        self.check_unique(tx, &body, &mut faults)?;
        faults.into_result()?;
        let rights = Rights::of(&self.catalogue, &self.entity, &self.call)?;
        if self.creates {
            rights.check_record(Right::Create, body.root())?;
        }
        // A function that cannot say what is shown of the record refuses it now, not when it is written already.
        rights.access(body.root())?;
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
