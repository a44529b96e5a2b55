//! The records that a history is about, which permissions are asked for: as they are now, or were last.

use std::collections::HashMap;

use app::permissions::{Reach, Right};
use jsonb::Jsonb;
use model::{Change, Error, HistorySeq};
use storage::ReadTx;

use crate::records::EntityRef;
use crate::records::rights::Rights;

/// Answers that are kept while lines are walked over; a record's lines are often near each other.
const MOST_KNOWN: usize = 10_000;

/// The newest line of a record.
pub(super) fn newest(tx: &mut dyn ReadTx, entity: &EntityRef, id: &str) -> Result<Option<Change>, Error> {
    Ok(tx.change_before(entity.collection(), id, HistorySeq(i64::MAX))?)
}

/// A record as it is now, or was last; none for an id that never was.
pub(super) fn content(tx: &mut dyn ReadTx, entity: &EntityRef, id: &str) -> Result<Option<Jsonb>, Error> {
    if let Some((_, body)) = tx.record_body(entity.collection(), id)? {
        return Ok(Some(body));
    }
    Ok(newest(tx, entity, id)?.map(|line| line.body))
}

/// Who says whether lines of a record are told.
pub(super) enum Judge<'a> {
    /// They are, of every record that is asked for.
    Granted,
    /// The rules of permission groups.
    Rules {
        entity: &'a EntityRef,
        rights: &'a Rights<'a>,
        reach: Reach<'a>,
        known: HashMap<String, bool>,
    },
}

impl<'a> Judge<'a> {
    pub(super) fn of(entity: &'a EntityRef, rights: &'a Rights<'a>) -> Result<Self, Error> {
        let reach = rights.reach(Right::History)?;
        Ok(match reach.is_all() {
            true => Self::Granted,
            false => Self::Rules {
                entity,
                rights,
                reach,
                known: HashMap::new(),
            },
        })
    }

    pub(super) fn grants(&mut self, tx: &mut dyn ReadTx, id: &str) -> Result<bool, Error> {
        let Self::Rules {
            entity,
            rights,
            reach,
            known,
        } = self
        else {
            return Ok(true);
        };
        if let Some(granted) = known.get(id) {
            return Ok(*granted);
        }
        let content = content(tx, entity, id)?;
        let granted = content.map_or(Ok(false), |content| rights.is_in(reach, content.root()))?;
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(id.to_owned(), granted);
        Ok(granted)
    }
}
