//! Sending what has waited: one statement for all rows of a kind.

use model::CollectionId;

use super::Session;
use super::indexes::Entries;
use super::pending::{Draft, Layer, NewLine};
use super::value::{Value, signed, texts};
use crate::Result;

/// The statements that write many rows of one collection.
pub(super) struct FlushSql {
    insert: String,
    update: String,
    delete: String,
    add_lines: String,
    take_gone: String,
    leave_gone: String,
}

impl FlushSql {
    /// Those of `collection`.
    pub(super) fn of(collection: CollectionId) -> Self {
        let (r, h) = (format!("r{collection}"), format!("h{collection}"));
        Self {
            insert: format!(
                "INSERT INTO {r} (rid, id, version, label, created_on, created_by, modified_on, modified_by, archived, tags,
                    body, last_seq, lines)
                 SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[],
                    $7::bigint[], $8::text[], $9::boolean[], $10::text[], $11::bytea[], $12::bigint[], $13::bigint[])"
            ),
            update: format!(
                "UPDATE {r} SET version = n.version, label = n.label, modified_on = n.modified_on,
                    modified_by = n.modified_by, archived = n.archived, tags = n.tags, body = n.body,
                    last_seq = n.last_seq, lines = n.lines
                 FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::boolean[], $7::text[],
                    $8::bytea[], $9::bigint[], $10::bigint[])
                    AS n (rid, version, label, modified_on, modified_by, archived, tags, body, last_seq, lines)
                 WHERE {r}.rid = n.rid"
            ),
            delete: format!("DELETE FROM {r} WHERE rid = ANY($1)"),
            add_lines: format!(
                "INSERT INTO {h} (seq, id, version, event, changed_on, changed_by, job, body, origin, prev)
                 SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[],
                    $7::bigint[], $8::bytea[], $9::text[], $10::bigint[])"
            ),
            take_gone: format!("DELETE FROM gone WHERE collection = {collection} AND id = ANY($1)"),
            leave_gone: format!(
                "INSERT INTO gone (collection, id, seq, lines)
                 SELECT {collection}, * FROM unnest($1::text[], $2::bigint[], $3::bigint[])"
            ),
        }
    }
}

/// What becomes of the records of one collection.
#[derive(Default)]
struct Plan<'d> {
    made: Vec<(&'d str, &'d Draft)>,
    changed: Vec<&'d Draft>,
    removed: Vec<i64>,
    taken: Vec<&'d str>,
    left: Vec<(&'d str, &'d Draft)>,
}

impl<'d> Plan<'d> {
    fn add(&mut self, id: &'d str, draft: &'d Draft) {
        match (&draft.row, draft.is_new()) {
            (Some(_), true) => self.made.push((id, draft)),
            (Some(_), false) => self.changed.push(draft),
            (None, _) => {}
        }
        if draft.is_new() {
            self.removed.extend(draft.there);
        }
        if draft.gone_there {
            self.taken.push(id);
        }
        if draft.now.gone.is_some() {
            self.left.push((id, draft));
        }
    }
}

impl Session<'_> {
    /// Sends all that waits, the group's first.
    pub(super) fn flush(&self) -> Result<()> {
        self.flush_group()?;
        let layer = self.layer.borrow_mut().take();
        if layer.is_empty() {
            return Ok(());
        }
        self.begin_change()?;
        self.send_layer(layer)
    }

    /// Sends what kept closures have left.
    pub(super) fn flush_group(&self) -> Result<()> {
        let layer = self.group.borrow_mut().take();
        if layer.is_empty() {
            return Ok(());
        }
        self.note_changed();
        self.layer.borrow_mut().stand_on(&layer);
        self.send_layer(layer)
    }

    fn send_layer(&self, layer: Layer) -> Result<()> {
        for (collection, drafts) in layer.records {
            self.send_records(collection, drafts.iter().map(|(id, draft)| (id.as_str(), draft)))?;
            let mut foresight = self.foresight.borrow_mut();
            for (id, draft) in drafts {
                foresight.note(collection, id, draft.now);
            }
        }
        for (collection, lines) in &layer.lines {
            self.send_lines(*collection, lines)?;
        }
        self.foresight.borrow_mut().forget_holders();
        let (mut gone, mut new) = (Entries::default(), Entries::default());
        for ((index, key, rid), there) in &layer.entries {
            if *there { &mut new } else { &mut gone }.push(*index, key, *rid);
        }
        self.drop_entries(&gone)?;
        self.add_entries(&new)
    }

    fn send_records<'d>(
        &self,
        collection: CollectionId,
        drafts: impl Iterator<Item = (&'d str, &'d Draft)>,
    ) -> Result<()> {
        let mut plan = Plan::default();
        drafts.for_each(|(id, draft)| plan.add(id, draft));
        let sql = self.known().sql(collection);
        let sql = &sql.flush;
        if !plan.taken.is_empty() {
            self.tell(&sql.take_gone, &[texts(plan.taken)])?;
        }
        if !plan.removed.is_empty() {
            self.tell(&sql.delete, &[Value::Ints(plan.removed)])?;
        }
        if !plan.made.is_empty() {
            self.tell(&sql.insert, &made(&plan.made))?;
        }
        if !plan.changed.is_empty() {
            self.tell(&sql.update, &changed(&plan.changed))?;
        }
        if !plan.left.is_empty() {
            self.tell(&sql.leave_gone, &left(&plan.left))?;
        }
        Ok(())
    }

    fn send_lines(&self, collection: CollectionId, lines: &[NewLine]) -> Result<()> {
        let sql = self.known().sql(collection);
        self.tell(&sql.flush.add_lines, &of_lines(lines))
    }
}

fn ints<T>(rows: &[T], of: impl Fn(&T) -> i64) -> Value<'static> {
    Value::Ints(rows.iter().map(of).collect())
}

fn opt_ints<T>(rows: &[T], of: impl Fn(&T) -> Option<i64>) -> Value<'static> {
    Value::OptInts(rows.iter().map(of).collect())
}

fn of_lines(lines: &[NewLine]) -> [Value<'_>; 10] {
    let origins = lines.iter().map(|line| line.origin.as_deref().map(Into::into));
    [
        ints(lines, |line| line.seq),
        texts(lines.iter().map(|line| line.id.as_str())),
        ints(lines, |line| line.version),
        texts(lines.iter().map(|line| line.event)),
        ints(lines, |line| line.on.0),
        texts(lines.iter().map(|line| line.by.as_str())),
        opt_ints(lines, |line| line.job),
        Value::Bodies(lines.iter().map(|line| line.body.clone()).collect()),
        Value::Texts(origins.collect()),
        opt_ints(lines, |line| line.prev),
    ]
}

/// The columns that every write of a row sets, in the order of the statements.
struct Columns<'d>(Vec<&'d Draft>);

impl<'d> Columns<'d> {
    fn old(&self, of: impl Fn(&super::pending::Old) -> i64) -> Value<'static> {
        ints(&self.0, |draft| draft.now.old.as_ref().map_or(0, &of))
    }

    fn row_ints(&self, of: impl Fn(&super::pending::RowData) -> i64) -> Value<'static> {
        ints(&self.0, |draft| draft.row.as_deref().map_or(0, &of))
    }

    fn row_texts(&self, of: impl Fn(&'d super::pending::RowData) -> &'d str) -> Value<'d> {
        texts(self.0.iter().map(|draft| draft.row.as_deref().map_or("", &of)))
    }

    fn archived(&self) -> Value<'static> {
        let archived = |draft: &&Draft| draft.row.as_ref().is_some_and(|row| row.archived);
        Value::Bools(self.0.iter().map(archived).collect())
    }

    fn bodies(&self) -> Value<'static> {
        Value::Bodies(self.0.iter().filter_map(|draft| draft.now.body.clone()).collect())
    }

    fn last(&self) -> Value<'static> {
        opt_ints(&self.0, |draft| draft.now.old.and_then(|old| old.chain.last))
    }
}

fn made<'d>(rows: &[(&'d str, &'d Draft)]) -> [Value<'d>; 13] {
    let columns = Columns(rows.iter().map(|(_, draft)| *draft).collect());
    [
        columns.old(|old| old.rid),
        texts(rows.iter().map(|(id, _)| *id)),
        columns.old(|old| signed(old.version)),
        columns.row_texts(|row| &row.label),
        columns.row_ints(|row| row.created.on.0),
        columns.row_texts(|row| &row.created.by),
        columns.row_ints(|row| row.modified.on.0),
        columns.row_texts(|row| &row.modified.by),
        columns.archived(),
        columns.row_texts(|row| &row.tags),
        columns.bodies(),
        columns.last(),
        columns.old(|old| old.chain.lines),
    ]
}

fn changed<'d>(rows: &[&'d Draft]) -> [Value<'d>; 10] {
    let columns = Columns(rows.to_vec());
    [
        columns.old(|old| old.rid),
        columns.old(|old| signed(old.version)),
        columns.row_texts(|row| &row.label),
        columns.row_ints(|row| row.modified.on.0),
        columns.row_texts(|row| &row.modified.by),
        columns.archived(),
        columns.row_texts(|row| &row.tags),
        columns.bodies(),
        columns.last(),
        columns.old(|old| old.chain.lines),
    ]
}

fn left<'d>(rows: &[(&'d str, &'d Draft)]) -> [Value<'d>; 3] {
    let chain = |draft: &Draft| draft.now.gone.unwrap_or_default();
    [
        texts(rows.iter().map(|(id, _)| *id)),
        ints(rows, |(_, draft)| chain(draft).last.unwrap_or(0)),
        ints(rows, |(_, draft)| chain(draft).lines),
    ]
}
