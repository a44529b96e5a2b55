//! What applying a definition would do to the data that is there.
//!
//! Which values would be lost is found by converting every record of the entities concerned and counting what does not
//! come through, so the count is exact as of the snapshot that it was made on.

use std::fmt;
use std::sync::Arc;

use app::plan::Conversion;
use app::{App, Loaded};
use model::{CollectionId, Error};
use storage::ReadTx;

use super::Applied;
use super::computed::{lacking, renumber};
use crate::Engine;
use crate::records::{Catalogue, Lost, Step, Way, collection_name};

/// Records read at a time.
const CHUNK: u64 = 500;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// What differs between the definitions.
    pub changes: app::Plan,
    /// How many records are rewritten, by entity.
    pub rewritten: Vec<(String, u64)>,
    /// Fields that are counted anew over records of other entities: entity and field.
    pub counted: Vec<(String, String)>,
    /// What would be lost.
    pub losses: Vec<Loss>,
    /// Whether an earlier change was not carried out to its end.
    pub unfinished: bool,
}

/// Data that a change would lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The entity.
    pub entity: String,
    /// The path of the field; none when the entity goes, with its records.
    pub field: Option<String>,
    /// How many records or values.
    pub count: u64,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entity, count) = (&self.entity, self.count);
        match &self.field {
            None => write!(f, "{} of {entity}", counted(count, "record", "records")),
            Some(path) => write!(f, "{} of {path} in {entity}", counted(count, "value", "values")),
        }
    }
}

pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.changes)?;
        for (entity, count) in &self.rewritten {
            writeln!(f, "rewrites {} of {entity}", counted(*count, "record", "records"))?;
        }
        for (entity, field) in &self.counted {
            writeln!(f, "counts {field} of {entity} over other records")?;
        }
        for loss in &self.losses {
            writeln!(f, "loses {loss}")?;
        }
        if self.unfinished {
            writeln!(f, "an earlier change is not carried out to its end yet")?;
        }
        Ok(())
    }
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.unfinished
    }

    /// What would be lost, in one sentence; none when nothing would.
    #[must_use]
    pub fn loss_text(&self) -> Option<String> {
        if self.losses.is_empty() {
            return None;
        }
        let losses: Vec<_> = self.losses.iter().map(ToString::to_string).collect();
        Some(format!("this change would lose {}", losses.join(", ")))
    }
}

impl Engine {
    /// What applying a definition would do. Reads every record of entities whose fields go, change their type or become
    /// single.
    ///
    /// # Errors
    /// The store's.
    pub async fn plan_app(&self, loaded: &Loaded) -> Result<Plan, Error> {
        let new = Arc::new(loaded.app.clone());
        self.store().scan(move |tx| plan(tx, &new)).await
    }
}

fn plan(tx: &mut dyn ReadTx, new: &Arc<App>) -> Result<Plan, Error> {
    let Some(applied) = Applied::load(tx)? else {
        let changes = app::Plan::between(None, new);
        return Ok(Plan {
            changes,
            ..Plan::default()
        });
    };
    let catalogue = Catalogue::of(tx, &applied)?;
    let changes = app::Plan::between(Some(applied.app()), new);
    let mut plan = Plan {
        unfinished: unfinished(tx, &applied, &catalogue)?,
        ..Plan::default()
    };
    for name in &changes.removed {
        let count = match tx.collection(&collection_name(name))? {
            Some(collection) => tx.count_records(collection.id)?,
            None => 0,
        };
        plan.lose(name, None, count);
    }
    let steps = applied.followed_by(new).steps();
    for change in changes
        .changed
        .iter()
        .filter(|change| !change.conversions.is_empty())
    {
        let collection = catalogue.entity(&change.entity)?.collection();
        let count = tx.count_records(collection)?;
        if count > 0 {
            plan.rewritten.push((change.entity.clone(), count));
        }
        if change.conversions.iter().any(may_lose)
            && let Some(steps) = steps.get(&change.entity)
        {
            for (path, count) in lost(tx, &catalogue, collection, steps)? {
                plan.lose(&change.entity, Some(path), count);
            }
        }
    }
    let mut state = applied.state.clone();
    state.number += 1;
    renumber(&mut state, Some(applied.app()), new);
    plan.counted = lacking(&state, new).into_iter().collect();
    plan.changes = changes;
    Ok(plan)
}

impl Plan {
    fn lose(&mut self, entity: &str, field: Option<String>, count: u64) {
        if count > 0 {
            self.losses.push(Loss {
                entity: entity.to_owned(),
                field,
                count,
            });
        }
    }
}

fn may_lose(conversion: &Conversion) -> bool {
    matches!(
        conversion,
        Conversion::Drop(_) | Conversion::Retype(_) | Conversion::ToOne(_)
    )
}

/// What the records of a collection lose on their way.
fn lost(
    tx: &mut dyn ReadTx,
    catalogue: &Catalogue,
    collection: CollectionId,
    steps: &[Arc<Step>],
) -> Result<Lost, Error> {
    let mut way = Way {
        catalogue,
        collection,
        lost: Lost::new(),
    };
    let mut after = String::new();
    loop {
        let records = tx.records_after(collection, &after, CHUNK)?;
        let Some(last) = records.last() else {
            return Ok(way.lost);
        };
        after.clone_from(&last.id);
        for record in records {
            way.go(tx, steps, record.body)?;
        }
    }
}

/// Whether records or indexes still wait for the definition that is in force.
fn unfinished(tx: &mut dyn ReadTx, applied: &Applied, catalogue: &Catalogue) -> Result<bool, Error> {
    if applied.state.base < applied.state.number || !lacking(&applied.state, applied.app()).is_empty() {
        return Ok(true);
    }
    for name in applied.app().entities.keys() {
        let entity = catalogue.entity(name)?;
        let ready = tx.indexes(entity.collection())?;
        if entity
            .indexed()
            .iter()
            .any(|indexed| !ready.contains(&indexed.def))
        {
            return Ok(true);
        }
    }
    Ok(false)
}
