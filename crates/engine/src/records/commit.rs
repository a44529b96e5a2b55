//! A prepared change written, if what it was computed from still stands.

use app::DataEventKind;
use jsonb::Jsonb;
use model::Error;
use storage::Tx;
use storage::tables::records::{Expect, Put, Written};

use super::cascade::after_change;
use super::convert::noted;
use super::draft::{Counter, Draft, Head, counters, record};
use super::faults::Faults;
use super::prepare::{Old, Prepared, Task};
use super::totals::Ledger;
use super::unit::{Event, tell_later};

/// Why a change was not written.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Something that it was computed from has changed.
    Stale,
    /// Anything else.
    Error(Error),
}

impl Failed {
    /// Whether it should be computed anew: something changed, or a value was taken by another record, which is found
    /// earlier then.
    pub(crate) fn is_stale(&self) -> bool {
        match self {
            Self::Stale => true,
            Self::Error(error) => error.details().iter().any(|detail| detail.validation.is_some()),
        }
    }

    /// The error of it.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Stale => Error::new(
                model::Code::VersionConflict,
                "something has changed meanwhile, try again",
            ),
            Self::Error(error) => error,
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<storage::Error> for Failed {
    fn from(error: storage::Error) -> Self {
        Self::Error(error.into())
    }
}

impl Task {
    /// Writes the change by itself; answers the record.
    pub(super) fn commit_alone(&self, tx: &mut dyn Tx, prepared: &Prepared) -> Result<Jsonb, Failed> {
        let mut ledger = Ledger::of(&self.catalogue);
        let body = self.commit(tx, prepared, &mut ledger)?;
        let mut settled = ledger.settle(tx)?;
        // A record may refer to itself.
        let own = settled.remove(&(self.entity.collection(), self.id.clone()));
        Ok(own.map_or(body, |own| own.body))
    }

    /// Writes the change; answers the record.
    pub(super) fn commit(
        &self,
        tx: &mut dyn Tx,
        prepared: &Prepared,
        ledger: &mut Ledger<'_>,
    ) -> Result<Jsonb, Failed> {
        if !self.catalogue.is_current(tx)? {
            return Err(Failed::Stale);
        }
        for resolved in &prepared.resolved {
            if !resolved.holds(tx)? {
                return Err(Failed::Stale);
            }
        }
        let (entity, mut draft) = (&self.entity, prepared.draft.clone());
        for counter in counters(&entity.fields) {
            let mark = self.counter_mark(&counter);
            counter.count(tx, &mark, &mut draft, &entity.fields)?;
        }
        self.hold_files(tx, &mut draft, prepared.old.as_ref().map(|old| &old.body))?;
        let (body, label) = self.written(&draft, prepared.old.as_ref())?;
        let verb = if self.creates { "create" } else { "update" };
        let context = format!("entities.{}.{verb}", entity.name);
        let stamp = self.call.stamp(self.now, &context);
        let put = Put {
            id: &self.id,
            expect: match &prepared.old {
                Some(old) => Expect::Version(old.version),
                None => Expect::Absent,
            },
            label: &label,
            archived: false,
            tags: &[],
            body: &body,
            stamp: &stamp,
            job: self.job,
        };
        let (written, fresh) = ledger.put(tx, entity, &put)?;
        let body = fresh.unwrap_or(body);
        match written {
            Written::Done { .. } => {
                if let Some(old) = &prepared.old {
                    let around = (&*self.catalogue, &self.runner);
                    after_change(tx, around, entity, (&old.body, &body), (&stamp, self.job))?;
                }
                if self.tells {
                    self.tell_listeners(tx, prepared.old.as_ref().map(|old| &old.body), &body)?;
                }
                Ok(body)
            }
            Written::Conflict { .. } => Err(Failed::Stale),
            Written::Taken { index } => Err(Failed::Error(self.refused(&index, &body))),
        }
    }

    fn tell_listeners(&self, tx: &mut dyn Tx, before: Option<&Jsonb>, after: &Jsonb) -> Result<(), Error> {
        let event = Event {
            entity: &self.entity,
            kind: match before {
                None => DataEventKind::Created,
                Some(_) => DataEventKind::Changed,
            },
            before,
            after: Some(after),
            source: self.call.category,
        };
        tell_later(tx, (&self.catalogue, &self.runner), &event, &self.call)
    }

    /// The name of the mark that a counter of this entity has.
    pub(super) fn counter_mark(&self, counter: &Counter) -> String {
        format!("app:counter:{}:{}", self.entity.collection(), counter.path)
    }

    /// A complete draft as it is stored, and its label.
    pub(super) fn written(&self, draft: &Draft, old: Option<&Old>) -> Result<(Jsonb, String), Error> {
        let entity = &self.entity;
        let head = Head {
            // Clients count from 0, the store from 1.
            version: old.map_or(0, |old| old.version),
            transient: false,
            entity,
            zone: self.catalogue.zone(),
        };
        let (mut body, label) = record(draft, &head).map_err(Error::internal)?;
        if entity.form() > 0 {
            body = noted(&body, head.version, entity.form()).map_err(Error::internal)?;
        }
        Ok((body, label))
    }

    fn refused(&self, index: &str, body: &Jsonb) -> Error {
        let mut faults = Faults::default();
        let indexed = self
            .entity
            .indexed()
            .iter()
            .find(|indexed| indexed.def.name == index);
        self.taken(indexed.map_or(&[], |indexed| &indexed.fields), body, &mut faults);
        match faults.into_result() {
            Err(refused) => refused,
            Ok(()) => Error::internal(format!("an unknown index {index} is unique")),
        }
    }
}
