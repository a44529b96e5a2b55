//! Which records a filter needs to look at: all of them, or candidates from an index.
//!
//! A plan never decides whether a record matches; it only leaves out records that cannot. The candidates are in order
//! of creation, as a scan is, so an answer does not depend on the plan.

use model::{CollectionId, Error};
use query::{Clue, Filter, Term};
use storage::ReadTx;
use storage::tables::records::{KeyRange, Place};

/// Beyond, walking over everything is as quick as going to each.
const MOST_CANDIDATES: u64 = 50_000;
/// Terms of one filter that are looked at.
const MOST_TERMS: usize = 8;
/// What is quick enough to be done among the short reads: entries to look up, and records to look at.
const QUICK: usize = 256;

/// By what path records are known to their collection, and the id that a key of it stands for.
#[derive(Clone, Copy)]
pub(crate) struct Ids {
    /// The path in the document.
    pub(crate) path: &'static str,
    /// The record's id; none when a range is no single key of an id, so that no record is in it.
    pub(crate) id: fn(&KeyRange) -> Option<String>,
}

/// How much a plan may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// What fits among short reads; otherwise there is no plan.
    Quick,
    /// Whatever it takes.
    Full,
}

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// At everything.
    All,
    /// At everything that may have what the clue tells of.
    With(Clue),
    /// At these records, which the index on this path named, or the records' own ids.
    Places { index: String, places: Vec<Place> },
}

/// The plan that leaves the fewest records to look at; none when `effort` does not allow one.
pub(crate) fn choose(
    tx: &mut (impl ReadTx + ?Sized),
    collection: CollectionId,
    filter: &Filter,
    ids: Ids,
    effort: Effort,
) -> Result<Option<Plan>, Error> {
    let indexes = tx.indexes(collection)?;
    let served = |term: &Term| term.path == ids.path || indexes.iter().any(|index| index.path == term.path);
    let affordable = |term: &Term| effort == Effort::Full || term.ranges.len() <= QUICK;
    let terms = filter.terms().into_iter();
    let (mut best, mut most) = (None, limit(effort));
    for term in terms
        .filter(|term| served(term) && affordable(term))
        .take(MOST_TERMS)
    {
        if let Some(places) = places(tx, collection, &term, ids, most)? {
            most = (places.len() as u64).min(most);
            let index = term.path;
            best = Some(Plan::Places { index, places });
        }
    }
    Ok(match (best, effort) {
        (None, Effort::Full) => Some(filter.clue().map_or(Plan::All, Plan::With)),
        (best, _) => best,
    })
}

fn limit(effort: Effort) -> u64 {
    match effort {
        Effort::Quick => QUICK as u64,
        Effort::Full => MOST_CANDIDATES,
    }
}

fn places(
    tx: &mut (impl ReadTx + ?Sized),
    collection: CollectionId,
    term: &Term,
    ids: Ids,
    most: u64,
) -> Result<Option<Vec<Place>>, Error> {
    if term.path != ids.path {
        return Ok(tx.index_places(collection, &term.path, &term.ranges, most)?);
    }
    let within = term.is_points() && term.ranges.len() as u64 <= most;
    if !within {
        return Ok(None);
    }
    let ids: Vec<String> = term.ranges.iter().filter_map(ids.id).collect();
    Ok(Some(tx.places_of(collection, &ids)?))
}
