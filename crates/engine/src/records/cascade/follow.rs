//! One change carried over to one record that refers to the changed one.
//!
//! What functions of the app make of it is computed before the transaction that writes it (`Recompute::followers`), since
//! none is called while others wait to write; when either record was changed in between, it is computed again.

use std::sync::Arc;

use app::DeletePolicy;
use jobs::RunnerHandle;
use jsonb::Jsonb;
use model::{Actor, Error, Record, Stamp};
use storage::tables::records::{Expect, Place, Put, Removal, Written};
use storage::{ReadTx, Tx};

use super::super::convert::{current, noted};
use super::super::draft::{Draft, Head, record};
use super::super::files::{let_all_go, let_go};
use super::super::recompute::{AllComputed, stores_results};
use super::super::references::reference;
use super::super::totals::Ledger;
use super::super::{Call, Category};
use super::replace::{refers, replace};
use super::{Carried, Catalogue, EntityRef, Hands, Inbound, Params};

/// A change, and the relationship along which it is carried over.
#[derive(Clone, Copy)]
pub(crate) struct Follow<'a> {
    /// The definition in force.
    pub(crate) catalogue: &'a Catalogue,
    /// Whom further jobs are handed to.
    pub(crate) runner: &'a RunnerHandle,
    /// The change.
    pub(crate) params: &'a Params,
    /// The relationship.
    pub(crate) inbound: &'a Inbound,
}

/// What became of a record.
#[derive(Debug)]
pub(crate) enum Followed {
    /// It follows.
    Done,
    /// What was computed of it is not of what is stored; nothing was written.
    Stale,
    /// It follows as far as it can.
    Trouble {
        /// Its id.
        record: String,
        /// What is wrong.
        error: String,
    },
}

/// What is to become of a record.
pub(in crate::records) enum Next {
    Stays,
    Goes,
    Becomes(Draft),
}

impl Follow<'_> {
    /// Whether functions of the app have a say.
    pub(crate) fn calls_functions(&self) -> Result<bool, Error> {
        Ok(stores_results(self.referrer()?))
    }

    fn referrer(&self) -> Result<&EntityRef, Error> {
        self.catalogue.entity(&self.inbound.entity)
    }

    /// What is to become of a record, before functions are called on it.
    pub(in crate::records) fn next(&self, tx: &mut dyn ReadTx, found: &Record) -> Result<Next, Error> {
        let (params, inbound, referrer) = (self.params, self.inbound, self.referrer()?);
        if params.deleted && self.is_back(tx)? {
            return Ok(Next::Stays);
        }
        // The record may still wait for a change of the app.
        let stored = current(tx, self.catalogue, referrer, found.body.clone())?;
        if params.deleted && inbound.rules.on_delete == DeletePolicy::Delete {
            return Ok(match refers(&stored, inbound, referrer, &params.id)? {
                true => Next::Goes,
                false => Next::Stays,
            });
        }
        let replacement = self.replacement(tx)?;
        if !params.deleted && replacement.is_none() {
            // It was deleted since; that has a job of its own.
            return Ok(Next::Stays);
        }
        let mut draft = Draft::of_stored(&referrer.fields, stored.root()).map_err(Error::internal)?;
        let before = self.laid_out(&draft, found.version)?.0;
        replace(&mut draft, referrer, inbound, (&params.id, replacement.as_ref()));
        Ok(match self.laid_out(&draft, found.version)?.0 == before {
            true => Next::Stays,
            false => Next::Becomes(draft),
        })
    }

    /// Whether the deleted record was brought back since then.
    fn is_back(&self, tx: &mut dyn ReadTx) -> Result<bool, Error> {
        let target = self.catalogue.entity(&self.params.entity)?;
        Ok(tx.record_body(target.collection(), &self.params.id)?.is_some())
    }

    /// What references to the changed record are to hold; none when it is gone, or they are to go.
    fn replacement(&self, tx: &mut dyn ReadTx) -> Result<Option<Jsonb>, Error> {
        if self.params.deleted {
            return Ok(None);
        }
        let target = self.catalogue.entity(&self.params.entity)?;
        let stored = tx.record_body(target.collection(), &self.params.id)?;
        let reference = stored.map(|(_, body)| reference(body.root(), &self.inbound.rules.copied));
        reference.transpose().map_err(Error::internal)
    }

    fn laid_out(&self, draft: &Draft, version: u64) -> Result<(Jsonb, String), Error> {
        let head = Head {
            version,
            transient: false,
            entity: self.referrer()?,
            zone: self.catalogue.zone(),
        };
        record(draft, &head).map_err(Error::internal)
    }

    /// Carries the change over to the record in one place, with what was computed of it.
    pub(crate) fn write(
        &self,
        (tx, ledger): (&mut dyn Tx, &mut Ledger<'_>),
        place: Place,
        computed: &AllComputed,
    ) -> Result<Followed, Error> {
        let collection = self.referrer()?.collection();
        let Some(found) = tx.records_at(collection, &[place])?.pop() else {
            return Ok(Followed::Done);
        };
        let draft = match self.next(tx, &found)? {
            Next::Stays => return Ok(Followed::Done),
            Next::Goes => return self.delete((tx, ledger), &found),
            Next::Becomes(draft) => draft,
        };
        let (plain, label) = self.laid_out(&draft, found.version)?;
        if !self.calls_functions()? {
            return self.put((tx, ledger), &found, (plain, &label));
        }
        match computed.get(&found.id) {
            Some(computed) if computed.version == found.version => match &computed.body {
                Ok(body) => {
                    let label = label_of(body)?;
                    self.put((tx, ledger), &found, (body.clone(), &label))
                }
                Err(error) => {
                    let error = error.message().to_owned();
                    self.put((tx, ledger), &found, (plain, &label))?;
                    Ok(trouble(&found, error))
                }
            },
            _ => Ok(Followed::Stale),
        }
    }

    fn put(
        &self,
        (tx, ledger): (&mut dyn Tx, &mut Ledger<'_>),
        found: &Record,
        (body, label): (Jsonb, &str),
    ) -> Result<Followed, Error> {
        let (referrer, stamp) = (self.referrer()?, self.stamp());
        let body = match referrer.form() {
            0 => body,
            form => noted(&body, found.version, form).map_err(Error::internal)?,
        };
        let put = Put {
            id: &found.id,
            expect: Expect::Version(found.version),
            label,
            archived: false,
            tags: &[],
            body: &body,
            stamp: &stamp,
            job: self.params.job,
        };
        let (written, fresh) = ledger.put(tx, referrer, &put)?;
        let body = fresh.as_ref().unwrap_or(&body);
        match written {
            Written::Done { .. } => {
                let_go(tx, referrer, (found, body), stamp.on)?;
                let goes_on = self.hands().changed(tx, referrer, (&found.body, body), &stamp)?;
                Ok(match goes_on {
                    true => Followed::Done,
                    false => trouble(
                        found,
                        "the records that refer to it seem to do so in a circle".to_owned(),
                    ),
                })
            }
            // A copied value that is unique may be taken; then the copy stays as it was.
            Written::Taken { .. } => Ok(Followed::Done),
            other => Err(Error::internal(format!("{other:?} inside its own transaction"))),
        }
    }

    /// Deletes a record that goes with the one it referred to.
    fn delete(
        &self,
        (tx, ledger): (&mut dyn Tx, &mut Ledger<'_>),
        found: &Record,
    ) -> Result<Followed, Error> {
        let (referrer, stamp) = (self.referrer()?, self.stamp());
        let removal = Removal {
            id: &found.id,
            expect: Expect::Version(found.version),
            stamp: &stamp,
            job: self.params.job,
        };
        ledger.remove(tx, referrer, &removal)?;
        let_all_go(tx, referrer, (&found.id, &found.body), stamp.on)?;
        self.hands().deleted(tx, referrer, &found.id, &stamp)?;
        Ok(Followed::Done)
    }

    fn hands(&self) -> Hands<'_> {
        Hands {
            catalogue: self.catalogue,
            runner: self.runner,
            depth: self.params.depth + 1,
            carried: Carried::ALL,
            job: self.params.job,
        }
    }

    fn stamp(&self) -> Stamp {
        let actor = Actor {
            email: self.params.by.clone(),
            ..Actor::default()
        };
        let call = Call {
            actor: Arc::new(actor),
            ip: None,
            category: Category::System,
        };
        call.stamp(self.catalogue.env().now(), "cascade")
    }
}

fn trouble(found: &Record, error: String) -> Followed {
    Followed::Trouble {
        record: found.id.clone(),
        error,
    }
}

fn label_of(body: &Jsonb) -> Result<String, Error> {
    let label = body.root().get("label").map_err(Error::internal)?;
    let label = label
        .map(|label| label.as_str())
        .transpose()
        .map_err(Error::internal)?;
    Ok(label.flatten().unwrap_or_default().into_owned())
}
