//! Records written anew by the server when the app changes: converted, numbered, with references that are up to date.
//!
//! Each is one put with its own line of history, and none at all when nothing changes. A value that a unique index
//! refuses is taken out, and told.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use app::plan::Conversion;
use jsonb::{Jsonb, Value};
use model::{Error, JobSeq, Record, Stamp, Timestamp};
use storage::Tx;
use storage::tables::records::{Expect, Put, Written};

use super::catalogue::{Catalogue, EntityRef};
use super::convert::{current, noted, version};
use super::counting::Counting;
use super::draft::{Draft, Head, Slot, Spot, record};
use super::files::let_go;
use super::refresh::refresh;
use super::totals::Ledger;

/// What lines of history say of these changes.
const ORIGIN: &str = r#"{"category":"SYSTEM","context":"refactoring"}"#;

/// See the module.
pub(crate) struct Rewrite<'a> {
    /// The definition in force.
    pub(crate) catalogue: &'a Catalogue,
    /// The entity of the records.
    pub(crate) entity: &'a EntityRef,
    /// The job that does it.
    pub(crate) job: JobSeq,
    /// When.
    pub(crate) now: Timestamp,
    /// What it means for other records.
    pub(crate) ledger: RefCell<Ledger<'a>>,
}

/// A value that was taken out because another record has it.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The record that lost it.
    pub(crate) record: String,
    /// The path of the field.
    pub(crate) path: String,
}

impl Rewrite<'_> {
    /// Settles what the writes mean for other records.
    pub(crate) fn settle(self, tx: &mut dyn Tx) -> Result<(), Error> {
        self.ledger.into_inner().settle(tx).map(|_| ())
    }

    /// Brings a record into the form in force and numbers it.
    pub(crate) fn convert(&self, tx: &mut dyn Tx, stored: &Record) -> Result<Vec<Taken>, Error> {
        let converted = current(tx, self.catalogue, self.entity, stored.body.clone())?;
        let fresh = self.numbered(tx, converted)?;
        self.write(tx, stored, fresh)
    }

    /// Puts a record in the place of what is stored; it was made of that.
    pub(crate) fn replace(
        &self,
        tx: &mut dyn Tx,
        stored: &Record,
        fresh: &Jsonb,
    ) -> Result<Vec<Taken>, Error> {
        self.write(tx, stored, fresh.clone())
    }

    /// Makes the references of a record to records of these entities anew.
    pub(crate) fn refresh(
        &self,
        tx: &mut dyn Tx,
        stored: &Record,
        targets: &BTreeSet<String>,
    ) -> Result<Vec<Taken>, Error> {
        let mut draft = self.draft(stored.body.root())?;
        let changed = refresh(tx, (self.catalogue, self.entity), &mut draft, targets)?;
        if !changed {
            return Ok(Vec::new());
        }
        let version = version(stored.body.root()).map_err(Error::internal)?;
        let fresh = self.laid_out(&draft, version)?;
        self.write(tx, stored, fresh)
    }

    fn numbered(&self, tx: &mut dyn Tx, body: Jsonb) -> Result<Jsonb, Error> {
        let countings = self.countings();
        if countings.is_empty() {
            return Ok(body);
        }
        let mut draft = self.draft(body.root())?;
        let mut numbered = false;
        for counting in countings {
            numbered |= counting.number(tx, self.entity, &mut draft)?;
        }
        match numbered {
            true => self.laid_out(&draft, version(body.root()).map_err(Error::internal)?),
            false => Ok(body),
        }
    }

    fn countings(&self) -> Vec<Counting> {
        let conversions = self.entity.steps().iter().flat_map(|step| &step.conversions);
        let paths: BTreeSet<&str> = conversions
            .filter_map(|conversion| match conversion {
                Conversion::Number(path) => Some(path.as_str()),
                _ => None,
            })
            .collect();
        let collection = self.entity.collection();
        let counting = |path| Counting::of(collection, self.entity, path);
        paths.into_iter().filter_map(counting).collect()
    }

    fn draft(&self, body: Value<'_>) -> Result<Draft, Error> {
        Draft::of_stored(&self.entity.fields, body).map_err(Error::internal)
    }

    fn laid_out(&self, draft: &Draft, version: u64) -> Result<Jsonb, Error> {
        let head = Head {
            version,
            transient: false,
            entity: self.entity,
            zone: self.catalogue.zone(),
        };
        Ok(record(draft, &head).map_err(Error::internal)?.0)
    }

    /// Writes a record whose content differs from what is stored.
    fn write(&self, tx: &mut dyn Tx, stored: &Record, fresh: Jsonb) -> Result<Vec<Taken>, Error> {
        let before = version(stored.body.root()).map_err(Error::internal)?;
        let bare = |body: &Jsonb| noted(body, before, 0).map_err(Error::internal);
        if fresh == stored.body || bare(&fresh)? == bare(&stored.body)? {
            return Ok(Vec::new());
        }
        let (mut fresh, mut taken) = (fresh, Vec::new());
        while let Some(index) = self.put(tx, stored, &fresh)? {
            let path = self.refused(&index, &fresh)?;
            let less = self.without(&fresh, &path)?;
            if less == fresh {
                return Err(Error::internal(format!(
                    "{path} of {} cannot be taken out",
                    stored.id
                )));
            }
            fresh = less;
            let record = stored.id.clone();
            taken.push(Taken { record, path });
        }
        Ok(taken)
    }

    /// The unique index that keeps the record from being written; none when it is.
    fn put(&self, tx: &mut dyn Tx, stored: &Record, fresh: &Jsonb) -> Result<Option<String>, Error> {
        let body = noted(fresh, stored.version, self.entity.form()).map_err(Error::internal)?;
        let label = body.root().get("label").map_err(Error::internal)?;
        let label = label
            .map(Value::as_str)
            .transpose()
            .map_err(Error::internal)?
            .flatten();
        let stamp = Stamp {
            origin: Some(Arc::from(ORIGIN)),
            ..Stamp::new(self.now, "")
        };
        let put = Put {
            id: &stored.id,
            expect: Expect::Version(stored.version),
            label: &label.unwrap_or_default(),
            archived: stored.archived,
            tags: &stored.tags,
            body: &body,
            stamp: &stamp,
            job: Some(self.job),
        };
        match self.ledger.borrow_mut().put(tx, self.entity, &put)?.0 {
            Written::Done { .. } => {
                let_go(tx, self.entity, (stored, &body), self.now)?;
                Ok(None)
            }
            Written::Taken { index } => Ok(Some(index)),
            Written::Conflict { .. } => Err(Error::internal("a record changed within a transaction")),
        }
    }

    /// The path of the field that must give way to an index: the first of it that has a value.
    fn refused(&self, index: &str, fresh: &Jsonb) -> Result<String, Error> {
        let indexed = self.entity.indexed().iter();
        let fields = indexed
            .filter(|indexed| indexed.def.name == index)
            .flat_map(|indexed| &indexed.fields);
        for path in fields {
            let top = path.split('.').next().unwrap_or(path);
            if fresh.root().get(top).map_err(Error::internal)?.is_some() {
                return Ok(path.clone());
            }
        }
        Err(Error::internal(format!(
            "the index {index} refuses a record without values"
        )))
    }

    fn without(&self, fresh: &Jsonb, path: &str) -> Result<Jsonb, Error> {
        let mut draft = self.draft(fresh.root())?;
        draft.each_mut(&self.entity.fields, &Spot::default(), &mut |spot, _, slot, _| {
            if spot.path == path {
                *slot = Slot::Empty;
            }
        });
        self.laid_out(&draft, version(fresh.root()).map_err(Error::internal)?)
    }
}
