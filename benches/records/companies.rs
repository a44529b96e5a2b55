//! Companies of about 600 bytes, as the server stores them and as clients send them; the same at each run.
//!
//! One in forty is a parent: each of these has 39 companies, which do not lie next to each other. Parents come last, so
//! that the oldest companies are those that nothing refers to.

use anyhow::{Context, ensure};
use jsonb::{Jsonb, Limits};
use model::{CollectionId, Stamp, Timestamp};
use storage::tables::records::{Expect, Put, Written};
use storage::{Error, Store, Tx};

/// Companies of one parent.
pub(super) const CHILDREN: u64 = 39;
/// Parents whose companies take turns.
const TOGETHER: u64 = 5;
const PER_WRITE: u64 = 1000;
const COLLECTION: &str = "app:companies";
const STATES: [&str; 2] = ["active", "pending"];
const TYPES: [&str; 3] = ["a", "b", "c"];
/// When the first one had its last meeting, and was changed.
const BEGIN: u64 = 1_790_000_000_000;

/// How many of `count` companies are parents.
pub(super) fn parents(count: u64) -> u64 {
    count / (CHILDREN + 1)
}

/// The id of the parent of this number, of `count` companies.
pub(super) fn parent_id(number: u64, count: u64) -> String {
    id(count - parents(count) + number)
}

/// The id of a company.
pub(super) fn id(number: u64) -> String {
    format!("6ab10000{number:06x}5c0ffee5ca")
}

/// The collection of companies in a store that has seen the app.
///
/// # Errors
/// When there is none.
pub(super) fn collection(store: &Store) -> anyhow::Result<CollectionId> {
    let found = store.write_blocking(|tx| tx.collection(COLLECTION))?;
    Ok(found.context("the app was not applied")?.id)
}

/// Writes `count` companies.
///
/// # Errors
/// When the store cannot be written, or refuses one.
pub(super) fn fill(store: &Store, count: u64) -> anyhow::Result<()> {
    ensure!(
        count.is_multiple_of(TOGETHER * (CHILDREN + 1)),
        "parents of {count} companies do not have the same number of them"
    );
    let collection = collection(store)?;
    for first in (0..count).step_by(PER_WRITE as usize) {
        let bodies: Vec<_> = (first..count.min(first + PER_WRITE))
            .map(|number| (number, stored(number, parent_of(number, count))))
            .collect();
        let written = store.write_blocking(move |tx| {
            let puts = bodies
                .iter()
                .map(|(number, body)| put(tx, collection, *number, body));
            puts.collect::<Result<Vec<_>, _>>()
        })?;
        check(&written)?;
    }
    Ok(())
}

/// Writes one more company.
///
/// # Errors
/// When the store cannot be written, or refuses it.
pub(super) fn add(store: &Store, collection: CollectionId, number: u64) -> anyhow::Result<()> {
    let body = stored(number, None);
    let written = store.write_blocking(move |tx| put(tx, collection, number, &body))?;
    check(&[written])
}

fn put(tx: &mut dyn Tx, collection: CollectionId, number: u64, body: &Jsonb) -> Result<Written, Error> {
    let put = Put {
        id: &id(number),
        expect: Expect::Absent,
        label: &name(number),
        archived: false,
        tags: &[],
        body,
        stamp: &Stamp::new(Timestamp(1_795_000_000_000), "admin@example.com"),
        job: None,
    };
    tx.put_record(collection, &put)
}

fn check(written: &[Written]) -> anyhow::Result<()> {
    let refused = written.iter().find(|one| !matches!(one, Written::Done { .. }));
    ensure!(refused.is_none(), "a company was not written: {refused:?}");
    Ok(())
}

/// The number of the parent of a company that has one.
fn parent_of(number: u64, count: u64) -> Option<u64> {
    let first = count - parents(count);
    (number < first).then(|| first + number / (TOGETHER * CHILDREN) * TOGETHER + number % TOGETHER)
}

fn name(number: u64) -> String {
    format!("Company {number:08}")
}

/// Three digits and three letters, of which no other company has the same.
fn tax_id(number: u64) -> String {
    let letter = |place: u32| char::from(b'A' + (number / 1000 / 26_u64.pow(place) % 26) as u8);
    format!("{:03}{}{}{}", number % 1000, letter(2), letter(1), letter(0))
}

fn kind(number: u64) -> &'static str {
    TYPES[(number % 3) as usize]
}

/// What both forms have alike, from the name to the home page. Parents are active, as companies may ask of them.
fn front(number: u64) -> String {
    format!(
        r#""name":"{name}","state":"{state}","type":"{kind}","numberOfEmployees":{number},"isCustomer":true"#,
        name = name(number),
        state = STATES[(number % 4 / 3) as usize],
        kind = kind(number),
    )
}

fn back(number: u64) -> String {
    format!(
        r#""notes":"Found at the fair in spring; asks for an offer on the larger of both machines, with delivery and a course for the people who are to run it. Calls back in week {week}.","lastMeeting":{met}"#,
        week = number % 52 + 1,
        met = BEGIN + number,
    )
}

/// The body of a stored company.
fn stored(number: u64, parent: Option<u64>) -> Jsonb {
    let parent = parent.map_or_else(String::new, |parent| {
        let (id, name, kind) = (id(parent), name(parent), kind(parent));
        format!(r#","parent":{{"id":"{id}","label":"{name}","type":"{kind}"}}"#)
    });
    let text = format!(
        r#"{{"id":"{id}","version":0,"label":"{name}",{front},"contactInformation":{{"id":"{inner}","label":"Contact Information","email":"office@company-{number}.example"}},"homepage":"https://company-{number}.example/","taxId":"{tax}",{back},"lastUpdate":{changed}{parent},"score":{whole}.{part:02},"~":{{"ix0":"[\"\\\"{state}\\\"\",\"\\\"{kind}\\\"\"]"}}}}"#,
        id = id(number),
        name = name(number),
        front = front(number),
        inner = id(number).replace("6ab1", "6ab2"),
        tax = tax_id(number),
        back = back(number),
        changed = BEGIN,
        whole = number / 100 + 10,
        part = number % 100,
        state = STATES[(number % 4 / 3) as usize],
        kind = kind(number),
    );
    Jsonb::parse(text.as_bytes(), &Limits::default()).expect("the text is JSON")
}

/// A company as a client sends it.
pub(super) fn sent(number: u64) -> String {
    format!(
        r#"{{{front},"contactInformation":{{"email":"office@company-{number}.example"}},"homepage":"https://company-{number}.example/","taxId":"{tax}",{back}}}"#,
        front = front(number),
        tax = tax_id(number),
        back = back(number),
    )
}
