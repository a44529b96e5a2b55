//! What is looked at before a change is written: its version, fields that are needed, values that may be there once.

use std::ops::Bound;

use app::{Condition, Rule};
use jsonb::Jsonb;
use model::{Code, Error};
use query::index_keys;
use storage::ReadTx;

use super::super::draft::{Draft, Spot, missing};
use super::super::faults::{Faults, rejected};
use super::super::indexes::Indexed;
use super::super::rights::lowered;
use super::{Old, Task};

impl Task {
    pub(super) fn check_version(&self, old: &Old, faults: &mut Faults) -> Result<(), Error> {
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
                faults.add(
                    "version",
                    None,
                    "invalid",
                    "A version is a whole number",
                    rejected(sent),
                );
                Ok(())
            }
        }
    }

    pub(in crate::records) fn check_required(
        &self,
        draft: &Draft,
        body: &Jsonb,
        faults: &mut Faults,
    ) -> Result<(), Error> {
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
    pub(in crate::records) fn check_unique(
        &self,
        tx: &mut dyn ReadTx,
        body: &Jsonb,
        faults: &mut Faults,
    ) -> Result<(), Error> {
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
    pub(in crate::records) fn taken(&self, fields: &[String], body: &Jsonb, faults: &mut Faults) {
        for path in fields {
            let field = self.entity.fields.at(path);
            let value = body.root().path(path).ok().flatten();
            let rejected = value.and_then(rejected);
            let message = "Another record has this value";
            faults.add(path, field, "unique", message, rejected);
        }
    }
}
