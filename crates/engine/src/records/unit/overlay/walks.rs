//! Walks along ids and indexes with what a unit of work has changed in between.

use std::iter::Peekable;
use std::ops::ControlFlow;

use model::CollectionId;
use storage::Result;
use storage::tables::records::KeyRange;
use storage::tables::walks::{Direction, IndexWalk, ReadWalks, Seen, Walk};

use super::super::pending::Change;
use super::{Entry, Overlay};

impl ReadWalks for Overlay<'_> {
    fn walk_by_id(
        &self,
        collection: CollectionId,
        after: Option<&str>,
        direction: Direction,
        visit: &mut Walk<'_>,
    ) -> Result<()> {
        let Some(touched) = self.touched(collection) else {
            return self.tx.walk_by_id(collection, after, direction, visit);
        };
        let beyond = |id: &str| after.is_none_or(|after| direction.of(id.cmp(after)).is_gt());
        let mut own: Vec<(&str, &Change)> = touched
            .by_id
            .iter()
            .map(|(id, change)| (id.as_str(), change))
            .filter(|(id, change)| change.now.is_some() && beyond(id))
            .collect();
        own.sort_by(|left, right| direction.of(left.0.cmp(right.0)));
        let (mut own, mut over) = (own.into_iter().peekable(), false);
        self.tx.walk_by_id(collection, after, direction, &mut |seen| {
            let is_before = |(id, _): &(&str, &Change)| direction.of((*id).cmp(seen.id)).is_lt();
            let mut flow = show_while(&mut own, is_before, show_change, visit);
            if flow.is_continue() && !touched.by_id.contains_key(seen.id) {
                flow = visit(seen);
            }
            over = flow.is_break();
            flow
        })?;
        if !over {
            let _ = show_while(&mut own, |_| true, show_change, visit);
        }
        Ok(())
    }

    fn walk_by_index(
        &self,
        collection: CollectionId,
        walk: &IndexWalk<'_>,
        visit: &mut Walk<'_>,
    ) -> Result<()> {
        let Some(touched) = self.touched(collection) else {
            return self.tx.walk_by_index(collection, walk, visit);
        };
        let index = self.index(collection, walk.index)?;
        let mut own = touched.entries(index, std::slice::from_ref(walk.range))?;
        if walk.direction == Direction::Descending {
            own.reverse();
        }
        let order = |entry: &Entry<'_>, key: &[u8], place| {
            walk.direction
                .of((entry.key.as_slice(), entry.place).cmp(&(key, place)))
        };
        own.retain(|entry| {
            walk.after
                .is_none_or(|(key, place)| order(entry, key, place).is_gt())
        });
        let (mut own, mut over) = (own.into_iter().peekable(), false);
        self.tx.walk_by_index(collection, walk, &mut |seen| {
            let is_before = |entry: &Entry<'_>| order(entry, seen.key, seen.place).is_lt();
            let mut flow = show_while(&mut own, is_before, show_entry, visit);
            if flow.is_continue() && !touched.by_id.contains_key(seen.id) {
                flow = visit(seen);
            }
            over = flow.is_break();
            flow
        })?;
        if !over {
            let _ = show_while(&mut own, |_| true, show_entry, visit);
        }
        Ok(())
    }

    fn count_index(
        &self,
        collection: CollectionId,
        index: &str,
        ranges: &[KeyRange],
        most: u64,
    ) -> Result<Option<u64>> {
        let Some(touched) = self.touched(collection) else {
            return self.tx.count_index(collection, index, ranges, most);
        };
        let def = self.index(collection, index)?;
        let masked = touched.masked(def, ranges)?;
        let own = touched.entries(def, ranges)?.len() as u64;
        let stored = self
            .tx
            .count_index(collection, index, ranges, most.saturating_add(masked))?;
        let count = stored.map(|stored| stored.saturating_sub(masked) + own);
        Ok(count.filter(|count| *count <= most))
    }
}

/// Shows what comes before something to `visit`.
fn show_while<T>(
    own: &mut Peekable<impl Iterator<Item = T>>,
    is_before: impl Fn(&T) -> bool,
    show: impl Fn(&T, &mut Walk<'_>) -> ControlFlow<()>,
    visit: &mut Walk<'_>,
) -> ControlFlow<()> {
    while let Some(one) = own.next_if(&is_before) {
        show(&one, visit)?;
    }
    ControlFlow::Continue(())
}

fn show_change((id, change): &(&str, &Change), visit: &mut Walk<'_>) -> ControlFlow<()> {
    let Some((_, body)) = &change.now else {
        return ControlFlow::Continue(());
    };
    visit(Seen {
        key: &[],
        place: change.place,
        id,
        body: body.as_bytes(),
    })
}

fn show_entry(entry: &Entry<'_>, visit: &mut Walk<'_>) -> ControlFlow<()> {
    visit(Seen {
        key: &entry.key,
        place: entry.place,
        id: entry.id,
        body: entry.body.as_bytes(),
    })
}
