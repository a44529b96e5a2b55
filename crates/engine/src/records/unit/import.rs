//! A row of an import within a unit of work: what it makes is noted, and listeners hear of it.

use std::sync::Arc;

use model::{CollectionId, Error};
use storage::tables::records::Place;

use super::super::totals::born;
use super::Unit;
use super::commit::Op;
use crate::records::import_rows::{Chunk, RowImport};

impl Unit {
    /// Notes what a row makes, and has listeners hear of it.
    ///
    /// # Errors
    /// What a listener failed with; nothing of the row stays then.
    pub(in crate::records) fn import(
        &self,
        import: &Arc<RowImport>,
        chunk: &Arc<Chunk>,
    ) -> Result<(), Error> {
        self.whole(|| {
            self.check_bounds()?;
            self.note_row(import, chunk)?;
            for write in &chunk.writes {
                let before = write.old.as_ref().map(|old| &old.body);
                self.follow(&write.entity, before, Some(&write.body))?;
            }
            for write in &chunk.writes {
                self.fire(&import.event(write))?;
            }
            Ok(())
        })
    }

    fn note_row(&self, import: &Arc<RowImport>, chunk: &Arc<Chunk>) -> Result<(), Error> {
        let changed = chunk.writes.iter().filter(|write| write.old.is_some());
        let changed: Vec<(CollectionId, String)> = changed
            .map(|write| (write.entity.collection(), write.id.clone()))
            .collect();
        let stored = match changed.is_empty() {
            true => Vec::new(),
            false => self.read(move |seen| {
                let each = changed.into_iter().map(|(collection, id)| {
                    let found = seen.stored(collection, &id)?;
                    Ok((collection, id, found))
                });
                each.collect::<Result<Vec<_>, Error>>()
            })?,
        };
        let mut state = self.0.state.borrow_mut();
        let pending = Arc::make_mut(&mut state.pending);
        for (name, (before, next)) in &chunk.marks {
            pending.set_mark(name, before.clone(), next.to_string());
        }
        for write in &chunk.writes {
            let collection = write.entity.collection();
            let is_it = |(of, id, _): &&(CollectionId, String, Option<(Place, _)>)| {
                (*of, id.as_str()) == (collection, write.id.as_str())
            };
            let was = stored.iter().find(is_it).and_then(|(.., was)| was.clone());
            let body = match &write.old {
                None => born(&write.entity, write.body.clone())?,
                Some(_) => write.body.clone(),
            };
            let now = (write.version(), body);
            pending.put(collection, &write.id, was, Some(now));
        }
        state.ops.push(Op::Row {
            import: Arc::clone(import),
            chunk: Arc::clone(chunk),
        });
        Ok(())
    }
}
