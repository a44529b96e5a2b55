//! An unindexed filter over many documents through the store on PostgreSQL, against the same condition in SQL.
//!
//! The SQL looks into a `jsonb` column of the same documents and counts on the database's side, where the store lets the
//! database find the documents that have the text of the condition among their bytes, fetches those, and looks into them
//! in this process. One process of the database works on either, since a scan of the store is one thread.

use std::time::Instant;

use anyhow::ensure;
use bytes::Bytes;
use futures_util::SinkExt;
use storage::postgres::{Options, open};
use storage::tables::collections::CollectionOptions;
use storage::{Access, Error, Tx};
use testdb::Database;

use super::least;
use super::peer::Peer;
use crate::Plan;
use crate::query::documents;
use crate::query::walks::Walks;
use crate::report::Figure;
use crate::stats::{median, millis};

const MAKE: &str = "CREATE TABLE peer.documents (body jsonb NOT NULL)";
const COUNT: &str = "SELECT count(*) FROM peer.documents
    WHERE body -> 'data' ->> 'city' = 'city-7' AND (body -> 'data' ->> 'thickness')::numeric >= 80";

pub(super) fn measure(plan: &Plan, database: &Database) -> anyhow::Result<Figure> {
    let count = plan.pick(1_000_000, 100_000);
    let opened = open(&Options::new(database.url()), Access::Serve)?;
    // A scan sees no history; without it the store is filled in half the time.
    let options = CollectionOptions { history: false };
    let make = move |tx: &mut dyn Tx| tx.ensure_collection_with(documents::ITEMS, options).map(drop);
    opened.store().write_blocking::<_, Error, _>(make)?;
    documents::fill_store(&opened.store(), count)?;
    let walks = Walks::of(opened.store())?;
    let peer = Peer::open(database)?;
    fill(&peer, count)?;
    peer.run("VACUUM (ANALYZE)")?;
    peer.run("SET max_parallel_workers_per_gather = 0")?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=plan.pick(5, 3) {
        let begun = Instant::now();
        let found = walks.scan()?;
        let first = millis(begun.elapsed());
        let begun = Instant::now();
        let counted: i64 = peer.ask(COUNT)?;
        let second = millis(begun.elapsed());
        ensure!(
            i64::try_from(found)? == counted,
            "{found} match here, {counted} there"
        );
        // The first one warms up.
        if round > 0 {
            ours.push(first);
            theirs.push(second);
        }
    }
    opened.close();
    let value = median(ours.iter().zip(&theirs).map(|(ours, theirs)| theirs / ours));
    let (ours, theirs) = (median(ours), median(theirs));
    let name = format!("unindexed filter, {count} documents");
    let against = format!("SQL on jsonb, one worker, {theirs:.0} ms");
    Ok(Figure::ratio(name, format!("{ours:.0} ms"), against, value).target(least(0.5)))
}

fn fill(peer: &Peer, count: u64) -> anyhow::Result<()> {
    peer.run(MAKE)?;
    peer.runtime.block_on(async {
        let sink = peer.client.copy_in("COPY peer.documents FROM STDIN").await?;
        let mut sink = std::pin::pin!(sink);
        for number in 0..count {
            sink.feed(Bytes::from(documents::text(number) + "\n")).await?;
        }
        sink.finish().await?;
        Ok(())
    })
}
