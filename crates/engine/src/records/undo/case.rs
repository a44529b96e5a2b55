//! What a job did to one record, as its history tells, and whether anybody has changed it since.

use model::{Change, ChangeEvent, Error, HistorySeq};
use storage::Tx;

use super::restore::Undoing;
use crate::records::EntityRef;
use crate::records::history::context_of;

/// See the module.
pub(super) enum Case {
    /// Nothing is to be undone, or another line tells of it.
    Told,
    /// The job made it.
    Created(Change),
    /// The job changed it; with its content before.
    Changed(Change, jsonb::Jsonb),
    /// The job deleted it; with its content before.
    Deleted(Change, jsonb::Jsonb),
    /// The job changed it, but it cannot be undone, for this reason.
    Lost(Change, &'static str),
}

/// The newest change of a record from before a place; what was only done with it is none.
pub(super) fn change_before(
    tx: &mut dyn Tx,
    entity: &EntityRef,
    id: &str,
    place: HistorySeq,
) -> Result<Option<Change>, Error> {
    let mut place = place;
    while let Some(line) = tx.change_before(entity.collection(), id, place)? {
        if line.event != ChangeEvent::Performed {
            return Ok(Some(line));
        }
        place = line.seq;
    }
    Ok(None)
}

impl Undoing<'_> {
    /// What became of the record that the line in a place is of. Each record is told of at one of the job's lines.
    pub(super) fn case(&self, tx: &mut dyn Tx, id: &str, place: HistorySeq) -> Result<Case, Error> {
        let Some(newest) = self.line_before(tx, id, HistorySeq(i64::MAX))? else {
            return Ok(Case::Told);
        };
        if newest.job != Some(self.of) {
            return self.overtaken(tx, (id, place), newest);
        }
        let (mut first, mut begin) = (None::<Change>, newest.seq);
        let before = loop {
            match self.line_before(tx, id, begin)? {
                Some(line) if line.job == Some(self.of) => {
                    begin = line.seq;
                    first = Some(line);
                }
                other => break other,
            }
        };
        let first = first.as_ref().unwrap_or(&newest);
        let made = first.event == ChangeEvent::Created;
        let told_at = if made { first.seq } else { newest.seq };
        let gone = newest.event == ChangeEvent::Deleted;
        if told_at != place || (made && gone) || before.as_ref().is_some_and(|line| self.undid(line)) {
            return Ok(Case::Told);
        }
        if self.was_at_it_before(tx, id, before.as_ref())? {
            let why = "others changed it between two changes of the job";
            return Ok(Case::Lost(newest, why));
        }
        if made {
            return Ok(Case::Created(newest));
        }
        let content = match before {
            Some(before) => before.body,
            // The line of a deletion has what was deleted.
            None if first.event == ChangeEvent::Deleted => first.body.clone(),
            None => {
                return Ok(Case::Lost(
                    newest,
                    "the history does not tell any more what it was before",
                ));
            }
        };
        Ok(match gone {
            true => Case::Deleted(newest, content),
            false => Case::Changed(newest, content),
        })
    }

    /// The newest change of a record from before a place.
    fn line_before(&self, tx: &mut dyn Tx, id: &str, place: HistorySeq) -> Result<Option<Change>, Error> {
        change_before(tx, self.entity, id, place)
    }

    /// Whether a line was written by undoing the job.
    fn undid(&self, line: &Change) -> bool {
        context_of(line).is_some_and(|context| context == self.context)
    }

    /// The case of a record whose newest line is not the job's.
    fn overtaken(
        &self,
        tx: &mut dyn Tx,
        (id, place): (&str, HistorySeq),
        newest: Change,
    ) -> Result<Case, Error> {
        let mut line = Some(newest);
        // Lines of before this one are told of in their own places.
        while let Some(at) = line.filter(|line| line.seq >= place) {
            if self.undid(&at) {
                return Ok(Case::Told);
            }
            if at.job == Some(self.of) {
                return Ok(match at.seq == place {
                    true => Case::Lost(at, "it was changed since then"),
                    false => Case::Told,
                });
            }
            line = self.line_before(tx, id, at.seq)?;
        }
        Ok(Case::Told)
    }

    /// Whether the job changed the record also before somebody else did, whose line this is.
    fn was_at_it_before(&self, tx: &mut dyn Tx, id: &str, line: Option<&Change>) -> Result<bool, Error> {
        let mut line = line.cloned();
        while let Some(at) = line.filter(|line| line.stamp.on >= self.since) {
            if at.job == Some(self.of) {
                return Ok(true);
            }
            line = self.line_before(tx, id, at.seq)?;
        }
        Ok(false)
    }
}
