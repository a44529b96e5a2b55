//! What is stored of the applied app, as marks: which definition is in force, its files, and the ids of its entities.
//!
//! Files of earlier definitions stay until every record is known to be past their form.

use std::collections::BTreeMap;

use app::Source;
use model::{Error, JobSeq};
use serde::{Deserialize, Serialize};
use storage::{ReadTx, Tx};

const NUMBER: &str = "app:number";
const STATE: &str = "app:state";

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The number of the definition in force, from 1.
    pub(crate) number: u64,
    /// The number of the definition whose form every record has, or a later one's.
    pub(crate) base: u64,
    /// The hash of the files in force.
    pub(crate) hash: String,
    /// The ids of entities by name, those that are gone too: an entity that comes back has its old id.
    pub(crate) ids: BTreeMap<String, String>,
    /// The form of new records by entity: the number of the definition that asked for a rewrite last.
    pub(crate) forms: BTreeMap<String, u64>,
    /// Fields that are computed over other records, by entity and name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) computed: BTreeMap<String, Computed>,
    /// The job that was handed in last.
    pub(crate) job: Option<JobSeq>,
}

/// A field that is computed over other records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Computed {
    /// The number of the definition since which it is computed as it is.
    pub(crate) since: u64,
    /// Whether it has been computed for all records.
    pub(crate) done: bool,
}

impl State {
    /// Since which definition a field is computed as it is.
    pub(crate) fn computed_since(&self, field: &str) -> u64 {
        self.computed.get(field).map_or(0, |computed| computed.since)
    }

    /// What is stored; none when no app was applied.
    pub(crate) fn load(tx: &mut dyn ReadTx) -> Result<Option<Self>, Error> {
        let text = tx.mark(STATE)?;
        text.map(|text| serde_json::from_str(&text).map_err(Error::internal))
            .transpose()
    }

    pub(crate) fn store(&self, tx: &mut dyn Tx) -> Result<(), Error> {
        let text = serde_json::to_string(self).map_err(Error::internal)?;
        tx.set_mark(STATE, &text)?;
        tx.set_mark(NUMBER, &self.number.to_string())?;
        Ok(tx.revise()?)
    }

    /// Notes that every record has the form in force, and forgets the files of earlier definitions.
    pub(crate) fn settle(&mut self, tx: &mut dyn Tx) -> Result<(), Error> {
        for number in self.base..self.number {
            tx.set_mark(&files(number), "")?;
        }
        self.base = self.number;
        self.computed
            .values_mut()
            .for_each(|computed| computed.done = true);
        self.store(tx)
    }
}

/// The number of the definition in force; 0 when there is none. Cheap.
pub(crate) fn number(tx: &mut dyn ReadTx) -> Result<u64, Error> {
    let text = tx.mark(NUMBER)?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

fn files(number: u64) -> String {
    format!("app:files:{number}")
}

/// The files of a definition.
pub(super) fn source(tx: &mut dyn ReadTx, number: u64) -> Result<Source, Error> {
    let text = tx.mark(&files(number))?.unwrap_or_default();
    serde_json::from_str(&text)
        .map_err(|error| Error::internal(format!("the files of definition {number}: {error}")))
}

pub(super) fn store_source(tx: &mut dyn Tx, number: u64, source: &Source) -> Result<(), Error> {
    let text = serde_json::to_string(source).map_err(Error::internal)?;
    Ok(tx.set_mark(&files(number), &text)?)
}
