//! Which records a filter needs to look at: all of them, or candidates from an index.
//!
//! A plan never decides whether a record matches; it only leaves out records that cannot. The candidates are in order
//! of creation, as a scan is, so an answer does not depend on the plan.

use model::{CollectionId, Error, Uuid};
use query::{Filter, Term, Val, value_key};
use storage::ReadTx;
use storage::tables::records::{KeyRange, Place};

use super::record_id;

/// Beyond, walking over everything is as quick as going to each.
const MOST_CANDIDATES: u64 = 50_000;
/// Terms of one filter that are looked at.
const MOST_TERMS: usize = 8;
/// What is quick enough to be done among the short reads: entries to look up, and records to look at.
const QUICK: usize = 256;

/// How much a plan may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// What fits among short reads; otherwise there is no plan.
    Quick,
    /// Whatever it takes.
    Full,
}

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// At everything.
    All,
    /// At these records, which the index on this path named (`guid`: the records' own ids).
    Places { index: String, places: Vec<Place> },
}

/// The plan that leaves the fewest records to look at; none when `effort` does not allow one.
pub(super) fn choose(
    tx: &mut (impl ReadTx + ?Sized),
    collection: CollectionId,
    filter: &Filter,
    effort: Effort,
) -> Result<Option<Plan>, Error> {
    let indexes = tx.indexes(collection)?;
    let served = |term: &Term| term.path == "guid" || indexes.iter().any(|index| index.path == term.path);
    let affordable = |term: &Term| effort == Effort::Full || term.ranges.len() <= QUICK;
    let terms = filter.terms().into_iter();
    let (mut best, mut most) = (None, limit(effort));
    for term in terms
        .filter(|term| served(term) && affordable(term))
        .take(MOST_TERMS)
    {
        if let Some(places) = places(tx, collection, &term, most)? {
            most = (places.len() as u64).min(most);
            let index = term.path;
            best = Some(Plan::Places { index, places });
        }
    }
    Ok(match (best, effort) {
        (None, Effort::Full) => Some(Plan::All),
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
    most: u64,
) -> Result<Option<Vec<Place>>, Error> {
    if term.path != "guid" {
        return Ok(tx.index_places(collection, &term.path, &term.ranges, most)?);
    }
    let within = term.is_points() && term.ranges.len() as u64 <= most;
    if !within {
        return Ok(None);
    }
    let ids: Vec<String> = term.ranges.iter().filter_map(guid_in).map(record_id).collect();
    Ok(Some(tx.places_of(collection, &ids)?))
}

/// The uuid whose key a range consists of. Every guid is a uuid, so a range of anything else names no record.
fn guid_in(range: &KeyRange) -> Option<Uuid> {
    let std::ops::Bound::Included(key) = &range.0 else {
        return None;
    };
    let (_, tail) = key.split_last_chunk::<16>()?;
    let same = value_key(&Val::Uuid(*tail)).is_ok_and(|uuid| uuid == *key);
    same.then(|| Uuid::from_bytes(*tail))
}

#[cfg(test)]
mod tests {
    use std::ops::Bound;

    use model::Uuid;
    use query::{Val, value_key};

    use super::guid_in;

    #[test]
    fn the_uuid_of_a_key_comes_back() {
        let point = |val: &Val<'_>| {
            let key = value_key(val).unwrap();
            (Bound::Included(key.clone()), Bound::Included(key))
        };
        let guid = Uuid::from_u128(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
        assert_eq!(guid_in(&point(&Val::Uuid(guid.into_bytes()))), Some(guid));
        assert_eq!(
            guid_in(&point(&Val::Str("0123456789abcdef0123456789abcdef".into()))),
            None
        );
        assert_eq!(guid_in(&point(&Val::Int(7))), None);
    }
}
