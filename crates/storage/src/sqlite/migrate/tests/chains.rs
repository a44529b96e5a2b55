//! Histories of a store from before there were chains, before and after the step, and what is written to them later.

use std::collections::BTreeMap;

use jsonb::{Jsonb, Limits};
use model::{Change, CollectionId, HistorySeq, Page, Stamp, Timestamp};
use rusqlite::{Connection, params};

use super::super::super::Session;
use super::super::super::session::Known;
use super::super::{STEPS, migrate};
use super::{older, tables};
use crate::tables::records::{Expect, Put, Removal};
use crate::tables::{ReadRecords, WriteCollections, WriteHistory, WriteRecords};

const IDS: u64 = 7;
/// In the place of a body.
const REMOVED: i64 = -1;

/// The place, version, event, time and body of a line.
type Line = (i64, i64, String, i64, Vec<u8>);

fn body(n: i64) -> Jsonb {
    // Some are too long for one page.
    let fill = "x".repeat(if n % 5 == 0 { 9000 } else { 10 });
    Jsonb::parse(
        format!(r#"{{"n":{n},"fill":"{fill}"}}"#).as_bytes(),
        &Limits::default(),
    )
    .unwrap()
}

/// Writes to a collection as they were before: creations, updates, deletions and creations anew.
fn fill(connection: &Connection, c: u8, seed: u64) {
    let line = format!(
        "INSERT INTO h{c} (id, version, event, changed_on, changed_by, body, origin) VALUES (?1, ?2, ?3, ?4, 'u', ?5, '{{}}')"
    );
    let mut there = BTreeMap::<u64, (i64, Jsonb)>::new();
    let mut random = seed;
    for step in 0..200 {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let (id, dice) = ((random >> 33) % IDS, (random >> 45) % 4);
        let last = there.get(&id).map_or(0, |(version, _)| *version);
        let event = match (last, dice) {
            (0, _) => "created",
            (_, 0) => "deleted",
            _ => "updated",
        };
        let body = if event == "deleted" {
            there[&id].1.clone()
        } else {
            body(step)
        };
        let row = params![format!("r{id}"), last + 1, event, step, body.as_bytes()];
        connection.execute(&line, row).unwrap();
        match event {
            "deleted" => drop(there.remove(&id)),
            _ => drop(there.insert(id, (last + 1, body))),
        }
    }
    let record = format!("INSERT INTO r{c} VALUES (?1, ?2, ?3, 'l', 1, 'u', 2, 'u', 0, '[\"t\"]', ?4)");
    for (id, (version, body)) in there {
        let row = params![100 - id.cast_signed(), format!("r{id}"), version, body.as_bytes()];
        connection.execute(&record, row).unwrap();
    }
}

/// Two collections, one of them pruned, one empty, and one that is dropped but not swept yet.
fn old_store() -> Connection {
    let before = STEPS.iter().position(|step| step.name == "chains").unwrap();
    let connection = older(before);
    let sql = "INSERT INTO collections (name) VALUES ('a'), ('b'), ('c'); INSERT INTO dropped_collections VALUES (4)";
    connection.execute_batch(sql).unwrap();
    for c in 1..=4 {
        connection.execute_batch(&tables(c, ", origin TEXT")).unwrap();
    }
    for (c, seed) in [(1, 1), (2, 42), (4, 7)] {
        fill(&connection, c, seed);
    }
    connection.execute("DELETE FROM h2 WHERE seq <= 90", []).unwrap();
    connection
}

/// By the index that was there.
fn listed(connection: &Connection, c: u8, id: &str) -> Vec<Line> {
    let sql =
        format!("SELECT seq, version, event, changed_on, body FROM h{c} WHERE id = ?1 ORDER BY seq DESC");
    let mut list = connection.prepare(&sql).unwrap();
    let lines = list.query_map([id], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
    });
    lines.unwrap().map(Result::unwrap).collect()
}

fn line(change: &Change) -> Line {
    assert_eq!(
        (change.stamp.by.as_ref(), change.stamp.origin.as_deref()),
        ("u", Some("{}"))
    );
    let (seq, event) = (change.seq.0, change.event.as_str().to_owned());
    (
        seq,
        change.version.try_into().unwrap(),
        event,
        change.stamp.on.0,
        change.body.as_bytes().to_vec(),
    )
}

fn ids() -> impl Iterator<Item = String> {
    // One that never was, too.
    (0..=IDS).map(|id| format!("r{id}"))
}

fn histories(connection: &Connection) -> Vec<Vec<Line>> {
    let of = |c| ids().map(move |id| listed(connection, c, &id));
    (1..=3).flat_map(of).collect()
}

/// Every row in full but for what is new.
fn records(connection: &Connection) -> Vec<String> {
    let sql = "SELECT rid || id || version || label || created_on || created_by || modified_on || modified_by
        || archived || tags || hex(body)";
    let of = |c| {
        let mut list = connection
            .prepare(&format!("{sql} FROM r{c} ORDER BY rid"))
            .unwrap();
        let rows = list.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    };
    (1..=3).flat_map(of).collect()
}

fn pages(session: &mut Session<'_>) -> Vec<Vec<Line>> {
    let mut of = |c, id: &str| {
        let page = session.history(CollectionId(c), id, Page::first(999)).unwrap();
        assert_eq!(page.entries.len() as u64, page.total);
        page.entries.iter().map(line).collect()
    };
    let mut all = Vec::new();
    for c in 1..=3 {
        all.extend(ids().map(|id| of(c, &id)));
    }
    all
}

#[test]
fn histories_are_as_they_were() {
    let mut connection = old_store();
    let (lists, rows) = (histories(&connection), records(&connection));
    assert!(
        lists
            .iter()
            .any(|list| list.first().is_some_and(|line| line.2 == "deleted"))
    );
    assert!(
        lists
            .iter()
            .any(|list| list.iter().filter(|line| line.2 == "created").count() > 1)
    );
    migrate(&mut connection).unwrap();
    let known = Known::default();
    let mut session = Session::new(&connection, &known);
    assert_eq!(pages(&mut session), lists);
    for c in 1..=3 {
        let there = u64::try_from(count(&connection, &format!("r{c}"))).unwrap();
        assert_eq!(session.counted(CollectionId(c)).unwrap(), Some(there));
    }
    assert_eq!(records(&connection), rows);
    let old = "sqlite_schema WHERE name GLOB 'h[1-3]_by_id' OR name GLOB '*_new'";
    assert_eq!(count(&connection, old), 0);
}

/// Every record is put, removed, put again, and put or removed once more: all of it goes on with what was there.
#[test]
fn lists_go_on() {
    let mut connection = old_store();
    let mut lists = histories(&connection);
    migrate(&mut connection).unwrap();
    let known = Known::default();
    let mut session = Session::new(&connection, &known);
    for (place, list) in lists.iter_mut().enumerate() {
        let (c, id) = (place as u64 / (IDS + 1) + 1, place as u64 % (IDS + 1));
        let (c, id) = (CollectionId(c as i64), format!("r{id}"));
        for n in [0, REMOVED, 2, if place % 2 == 0 { 3 } else { REMOVED }] {
            let stamp = Stamp {
                origin: Some("{}".into()),
                ..Stamp::new(Timestamp(1000), "u")
            };
            write(&mut session, c, &id, n, &stamp);
            let newest = session.history_after(c, HistorySeq(0), u64::MAX).unwrap();
            list.insert(0, line(newest.last().unwrap()));
        }
    }
    assert_eq!(pages(&mut session), lists);
    // All but the last line is pruned of the first: what is left are the ends of lists.
    let pruned = session
        .prune_history(CollectionId(1), Timestamp(1000), u64::MAX)
        .unwrap();
    assert_eq!(pruned, 200);
    for list in &mut lists[..=IDS as usize] {
        list.truncate(4);
    }
    assert_eq!(pages(&mut session), lists);
    sweep(&connection, &mut session);
}

fn write(session: &mut Session<'_>, c: CollectionId, id: &str, n: i64, stamp: &Stamp) {
    let (expect, job) = (Expect::Any, None);
    if n == REMOVED {
        #[rustfmt::skip]
        let removal = Removal { id, expect, stamp, job };
        session.delete_record(c, &removal).unwrap();
        return;
    }
    let (label, archived, tags, body) = ("", false, &[][..], &body(n));
    #[rustfmt::skip]
    let put = Put { id, expect, label, archived, tags, body, stamp, job };
    session.put_record(c, &put).unwrap();
}

fn count(connection: &Connection, what: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {what}");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

/// Nothing is left of collections, the one that was dropped before the step among them.
fn sweep(connection: &Connection, session: &mut Session<'_>) {
    assert!(count(connection, "gone WHERE collection = 3") > 0);
    for c in 1..=3 {
        session.drop_collection(CollectionId(c)).unwrap();
    }
    while session.sweep(30).unwrap() == 30 {}
    assert_eq!(count(connection, "sqlite_schema WHERE name GLOB '[rh][1-4]'"), 0);
    assert_eq!(count(connection, "gone"), 0);
}

#[test]
fn a_pruned_end_is_forgotten() {
    let mut connection = old_store();
    migrate(&mut connection).unwrap();
    let known = Known::default();
    let mut session = Session::new(&connection, &known);
    let (c, stamp) = (CollectionId(3), |on| Stamp::new(Timestamp(on), "u"));
    for (on, id) in [(1, "a"), (3, "b"), (5, "c")] {
        write(&mut session, c, id, 0, &stamp(on));
        write(&mut session, c, id, REMOVED, &stamp(on + 1));
    }
    assert_eq!(session.prune_history(c, Timestamp(4), 99).unwrap(), 3);
    assert_eq!(count(&connection, "gone WHERE collection = 3"), 2);
    assert_eq!(session.history(c, "b", Page::first(9)).unwrap().total, 1);
}
