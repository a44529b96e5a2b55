//! What is known of records before closures ask for it.
//!
//! A closure that changes a record first looks at what is there, and an exchange with the server for each look would
//! bound a group to some thousand closures a second. So closures are run as *scouts*: up to the first thing that is not
//! known. One that lacks nothing has been run; the others, of which nothing stays, leave what they looked for, all of it is
//! asked at once, and then they are run. Since nobody else writes meanwhile, what is known stays true until they change it;
//! and from one group to the next, as long as no other node has written in between.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jsonb::Jsonb;
use model::{CollectionId, Stamp, Timestamp};

use super::Session;
use super::chain::Chain;
use super::entries::stored;
use super::group::Mark;
use super::pending::{Before, Old, RowData};
use super::recent::Recent;
use super::records::body;
use super::value::{Cells, Value, params, texts};
use crate::{Error, Result};

/// More records than this are not asked for at once.
const MOST: usize = 4096;
/// What a generation of records may hold, in bytes.
const GENERATION: usize = 8 << 20;

/// The rows that have each of these keys.
const HOLDERS: &str =
    "SELECT k.n, e.rid FROM unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY AS k (index_id, key, n)
    JOIN index_entries e ON e.index_id = k.index_id AND e.key = k.key";

/// A key of an index.
type Key = (i64, Vec<u8>);

/// What the server has, as far as it is known; and what is not known yet.
pub(super) struct Foresight {
    records: Recent<Before>,
    holders: HashMap<Key, Vec<i64>>,
    /// Ids that scouts looked for, and whether they need the body.
    ids: BTreeMap<CollectionId, BTreeMap<String, bool>>,
    /// Keys that scouts would write and nobody else may have.
    keys: BTreeSet<Key>,
}

impl Default for Foresight {
    fn default() -> Self {
        Self {
            records: Recent::new(GENERATION),
            holders: HashMap::new(),
            ids: BTreeMap::new(),
            keys: BTreeSet::new(),
        }
    }
}

impl Foresight {
    /// What is known of an id.
    pub(super) fn record(&self, collection: CollectionId, id: &str) -> Option<&Before> {
        self.records.get(collection, id)
    }

    /// Notes what the server has.
    pub(super) fn note(&mut self, collection: CollectionId, id: String, before: Before) {
        let weight = before.weight() + id.len();
        self.records.note(collection, id, before, weight);
    }

    /// What is of use to the next group: who has which key it asks anew.
    pub(super) fn into_kept(mut self) -> Self {
        self.forget_holders();
        self.ids.clear();
        self.keys.clear();
        self
    }

    /// Forgets who has which key.
    pub(super) fn forget_holders(&mut self) {
        self.holders.clear();
    }
}

impl Session<'_> {
    /// What there is under an id, as the closure under way sees it.
    pub(super) fn before(&self, collection: CollectionId, id: &str, with_body: bool) -> Result<Before> {
        for layer in [&self.layer, &self.group] {
            if let Some(draft) = layer.borrow().draft(collection, id) {
                return Ok(draft.now.clone());
            }
        }
        self.before_group(collection, id, with_body)
    }

    /// The same as the server has it.
    fn before_group(&self, collection: CollectionId, id: &str, with_body: bool) -> Result<Before> {
        self.begin()?;
        if let Some(known) = self.foresight.borrow().record(collection, id)
            && known.suffices(with_body)
        {
            return Ok(known.clone());
        }
        if self.scouting.get() {
            self.want(collection, id, with_body);
            return Err(self.lacking());
        }
        self.fetch(collection, &[id], with_body)?;
        let known = self.foresight.borrow().record(collection, id).cloned();
        Ok(known.unwrap_or_default())
    }

    /// The columns of a record of which the rest is known; they are asked for if they are not.
    pub(super) fn row_data(
        &self,
        collection: CollectionId,
        id: &str,
        known: Option<Arc<RowData>>,
    ) -> Result<Arc<RowData>> {
        if let Some(known) = known {
            return Ok(known);
        }
        if self.scouting.get() {
            self.want(collection, id, true);
            return Err(self.lacking());
        }
        self.fetch(collection, &[id], true)?;
        let fetched = self.foresight.borrow().record(collection, id).cloned();
        let data = fetched.and_then(|before| before.data);
        data.ok_or_else(|| Error::Backend(format!("record {id} has gone while it was written")))
    }

    fn want(&self, collection: CollectionId, id: &str, with_body: bool) {
        let wanted = &mut self.foresight.borrow_mut().ids;
        *wanted
            .entry(collection)
            .or_default()
            .entry(id.to_owned())
            .or_default() |= with_body;
    }

    /// Asks for records of which nothing is known.
    pub(super) fn foresee_records(&self, collection: CollectionId, ids: &[&str]) -> Result<()> {
        if self.scouting.get() {
            return Err(self.lacking());
        }
        self.begin()?;
        let unknown: Vec<&str> = {
            let foresight = self.foresight.borrow();
            let is_known = |id: &str| {
                let known = foresight.record(collection, id);
                known.is_some_and(|known| known.suffices(true))
                    || self.group.borrow().draft(collection, id).is_some()
                    || self.layer.borrow().draft(collection, id).is_some()
            };
            ids.iter()
                .copied()
                .filter(|id| !is_known(id))
                .take(MOST)
                .collect()
        };
        match unknown.len() {
            0 | 1 => Ok(()),
            _ => self.fetch(collection, &unknown, true),
        }
    }

    /// Asks who has the keys that only one of these bodies may have.
    pub(super) fn foresee_keys(&self, collection: CollectionId, bodies: &[&Jsonb]) -> Result<()> {
        if self.scouting.get() {
            return Err(self.lacking());
        }
        let indexes = self.indexes_of(collection)?;
        let unique: Vec<_> = indexes.iter().filter(|index| index.def.unique).cloned().collect();
        if unique.is_empty() || bodies.len() < 2 {
            return Ok(());
        }
        let mut keys = BTreeSet::new();
        for body in bodies {
            let changes = Self::entry_changes(&unique, None, Some(body))?;
            for (index, change) in unique.iter().zip(changes) {
                let new = change.new.into_iter().filter(|key| index.is_exclusive(key));
                keys.extend(new.map(|key| (index.id, key)));
            }
        }
        let is_known = |key: &Key| self.foresight.borrow().holders.contains_key(key);
        keys.retain(|key| !is_known(key));
        self.begin()?;
        self.fetch_holders(keys.into_iter().take(MOST).collect())
    }

    fn fetch(&self, collection: CollectionId, ids: &[&str], with_body: bool) -> Result<()> {
        let sql = self.known().sql(collection);
        let ask = if with_body {
            &sql.before_with_body
        } else {
            &sql.before
        };
        let rows = self.ask_rows(ask, &[texts(ids.iter().copied())])?;
        let mut found: HashMap<String, Before> = ids
            .iter()
            .map(|id| ((*id).to_owned(), Before::default()))
            .collect();
        for row in &rows {
            let cells = Cells(row);
            let before = found.entry(cells.text(0)?).or_default();
            let chain = Chain {
                last: cells.opt_int(3)?,
                lines: cells.int(4)?,
            };
            let Some(rid) = cells.opt_int(1)? else {
                before.gone = Some(chain);
                continue;
            };
            let version = cells.count(2)?;
            before.old = Some(Old { rid, version, chain });
            if with_body {
                before.body = cells.opt_bytes(5)?.map(body).map(Arc::new);
                before.data = Some(Arc::new(RowData {
                    label: cells.text(6)?,
                    created: Stamp::new(Timestamp(cells.int(7)?), cells.text(8)?),
                    modified: Stamp::new(Timestamp(cells.int(9)?), cells.text(10)?),
                    archived: cells.bool(11)?,
                    tags: cells.text(12)?,
                }));
            }
        }
        let mut foresight = self.foresight.borrow_mut();
        found
            .into_iter()
            .for_each(|(id, before)| foresight.note(collection, id, before));
        Ok(())
    }

    /// Whether another row than `own` has one of these keys; the first of them.
    pub(super) fn taken_key(&self, keys: &[Key], own: Option<i64>) -> Result<Option<usize>> {
        let is_known = |key: &&Key| self.foresight.borrow().holders.contains_key(*key);
        let unknown: Vec<Key> = keys.iter().filter(|key| !is_known(key)).cloned().collect();
        if self.scouting.get() && !unknown.is_empty() {
            self.foresight.borrow_mut().keys.extend(unknown);
            return Err(self.lacking());
        }
        self.fetch_holders(unknown)?;
        let taken = |key: &Key| {
            let mut rows: BTreeSet<i64> = BTreeSet::new();
            rows.extend(self.foresight.borrow().holders.get(key).into_iter().flatten());
            for layer in [&self.group, &self.layer] {
                for (row, there) in layer.borrow().holders(key.0, &key.1) {
                    let _ = if there {
                        rows.insert(row)
                    } else {
                        rows.remove(&row)
                    };
                }
            }
            rows.into_iter().any(|row| Some(row) != own)
        };
        Ok(keys.iter().position(taken))
    }

    fn fetch_holders(&self, keys: Vec<Key>) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = keys.iter().map(|(index, _)| *index).collect();
        let stored = keys.iter().map(|(_, key)| Some(stored(key))).collect();
        let rows = self.ask_rows(HOLDERS, params![ids, Value::Blobs(stored)])?;
        let mut found = vec![Vec::new(); keys.len()];
        for row in &rows {
            let (number, row) = (Cells(row).int(0)?, Cells(row).int(1)?);
            let place = usize::try_from(number - 1).ok();
            if let Some(rows) = place.and_then(|place| found.get_mut(place)) {
                rows.push(row);
            }
        }
        self.foresight
            .borrow_mut()
            .holders
            .extend(keys.into_iter().zip(found));
        Ok(())
    }

    /// What a scout is told of what is not known.
    pub(super) fn lacking(&self) -> Error {
        self.lacks.set(true);
        Error::Busy
    }

    /// Runs a closure as a scout. If it lacked nothing that was its run, and it is answered what the closure asks for; all
    /// that it did is forgotten otherwise.
    pub(super) fn scout(&mut self, closure: impl FnOnce(&mut Self) -> bool) -> Result<Option<bool>> {
        self.begin()?;
        let mark = Mark::of(self);
        self.lacks.set(false);
        self.scouting.set(true);
        let asks_to_keep = closure(self);
        self.scouting.set(false);
        if !self.lacks.get() {
            return Ok(Some(asks_to_keep));
        }
        self.forget_run();
        mark.restore(self);
        Ok(None)
    }

    /// Forgets what the closure under way has decided on.
    pub(super) fn forget_run(&mut self) {
        self.layer.take();
        self.forget_failure();
    }

    /// Asks for what scouts lacked.
    pub(super) fn fetch_lacking(&self) -> Result<()> {
        let (ids, keys) = {
            let mut foresight = self.foresight.borrow_mut();
            (
                std::mem::take(&mut foresight.ids),
                std::mem::take(&mut foresight.keys),
            )
        };
        for (collection, ids) in ids {
            let with_body = ids.values().any(|with_body| *with_body);
            let ids: Vec<&str> = ids.keys().map(String::as_str).collect();
            self.fetch(collection, &ids, with_body)?;
        }
        self.fetch_holders(keys.into_iter().collect())
    }
}
