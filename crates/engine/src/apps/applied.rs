//! The applied app as it is worked with: its definitions read, and the ways of records from their forms to the newest.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::{App, load_source};
use model::Error;
use storage::ReadTx;

use super::state::{self, State};
use crate::records::Step;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    /// What is stored of it.
    pub(crate) state: State,
    /// The definitions that records may still have the form of, by number; the last one is in force.
    definitions: Vec<(u64, Arc<App>)>,
}

impl Applied {
    /// The one in the store.
    pub(crate) fn load(tx: &mut dyn ReadTx) -> Result<Option<Self>, Error> {
        let Some(state) = State::load(tx)? else {
            return Ok(None);
        };
        let mut definitions = Vec::new();
        for number in state.base..=state.number {
            let read = load_source(&state::source(tx, number)?).map_err(|complaints| {
                let first = complaints.first().map(ToString::to_string).unwrap_or_default();
                Error::internal(format!("definition {number} of the app cannot be read: {first}"))
            });
            definitions.push((number, Arc::new(read?)));
        }
        Ok(Some(Self { state, definitions }))
    }

    /// One that was never stored.
    pub(crate) fn bare(app: &Arc<App>, ids: &BTreeMap<String, String>) -> Self {
        let state = State {
            ids: ids.clone(),
            ..State::default()
        };
        Self {
            state,
            definitions: vec![(0, Arc::clone(app))],
        }
    }

    /// The definition in force.
    pub(crate) fn app(&self) -> &Arc<App> {
        let (_, app) = self
            .definitions
            .last()
            .expect("an applied app has the definition that is in force");
        app
    }

    /// The same with a further definition on top, under the next number.
    pub(crate) fn followed_by(&self, app: &Arc<App>) -> Self {
        let mut next = self.clone();
        next.state.number += 1;
        next.definitions.push((next.state.number, Arc::clone(app)));
        next
    }

    /// The steps that records of each entity may still have to go.
    pub(crate) fn steps(&self) -> BTreeMap<String, Vec<Arc<Step>>> {
        let mut all: BTreeMap<String, Vec<Arc<Step>>> = BTreeMap::new();
        for pair in self.definitions.windows(2) {
            let [(_, old), (number, new)] = pair else { continue };
            // One that comes back later comes back without records.
            all.retain(|name, _| new.entity(name).is_some());
            for change in app::Plan::between(Some(old), new).changed {
                let (Some(old), Some(new)) = (old.entity(&change.entity), new.entity(&change.entity)) else {
                    continue;
                };
                if !change.conversions.is_empty() {
                    all.entry(change.entity).or_default().push(Arc::new(Step {
                        number: *number,
                        old: Arc::clone(old),
                        new: Arc::clone(new),
                        conversions: change.conversions,
                    }));
                }
            }
        }
        all
    }
}
