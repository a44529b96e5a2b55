//! Durable writes of 64 clients through the store, against 64 connections that each write one row per statement.
//!
//! The store's write leaves a record and its line of history and counts versions; the statement leaves the row of the
//! record alone, in a table like the store's: `INSERT … ON CONFLICT DO UPDATE`, each its own transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use jsonb::{Jsonb, Limits};
use storage::Access;
use storage::postgres::{Options, open};
use testdb::Database;
use tokio::task::JoinSet;
use tokio_postgres::{Client, Statement};

use super::least;
use super::peer::{self, Peer, SCHEMA};
use crate::durable::writer::Writer;
use crate::durable::{CLIENTS, RECORDS};
use crate::report::Figure;
use crate::stats::median;
use crate::{Plan, catalogue};

pub(super) fn measure(plan: &Plan, database: &Database) -> anyhow::Result<Figure> {
    let opened = open(&Options::new(database.url()), Access::Serve)?;
    let writer = Writer::new(opened.store())?;
    let peer = Peer::open(database)?;
    let table = format!("r{}", peer.collection(engine::articles::COLLECTION)?);
    peer.twin(&table)?;
    peer.run(&format!("CREATE SEQUENCE {SCHEMA}.rows"))?;
    let single = Single::open(&database.url(), &table)?;
    let time = Duration::from_millis(plan.pick(2000, 700));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=plan.pick(9, 3) {
        let pair = (writer.rate(CLIENTS, time)?, single.rate(time)?);
        // The first one warms up.
        if round > 0 {
            ours.push(pair.0);
            theirs.push(pair.1);
        }
    }
    opened.close();
    let value = median(ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs));
    let (ours, theirs) = (median(ours), median(theirs));
    let against = format!("single-row statements {theirs:.0}/s");
    Ok(Figure::ratio(
        "64 clients, durable writes",
        format!("{ours:.0}/s"),
        against,
        value,
    )
    .target(least(2.0)))
}

/// Connections that write rows, all on one thread.
struct Single {
    runtime: tokio::runtime::Runtime,
    connections: Vec<(Arc<Client>, Statement)>,
    next: Arc<AtomicU64>,
}

impl Single {
    fn open(url: &str, table: &str) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let put = put(table);
        let connections = runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..CLIENTS {
                let client = peer::connect(url).await?;
                let statement = client.prepare(&put).await?;
                connections.push((Arc::new(client), statement));
            }
            anyhow::Ok(connections)
        })?;
        Ok(Self {
            runtime,
            connections,
            next: Arc::default(),
        })
    }

    /// Writes per second.
    fn rate(&self, time: Duration) -> anyhow::Result<f64> {
        self.runtime.block_on(async {
            let (begun, mut tasks) = (Instant::now(), JoinSet::new());
            for (client, statement) in self.connections.iter().cloned() {
                let next = Arc::clone(&self.next);
                tasks.spawn(write(client, statement, next, begun + time));
            }
            let mut count = 0;
            while let Some(ended) = tasks.join_next().await {
                count += ended.context("a connection broke off")??;
            }
            Ok(f64::from(count) / begun.elapsed().as_secs_f64())
        })
    }
}

fn put(table: &str) -> String {
    format!(
        "INSERT INTO {SCHEMA}.{table} AS old (rid, id, version, label, created_on, created_by, modified_on, modified_by,
            archived, tags, last_seq, lines, body)
         VALUES (nextval('{SCHEMA}.rows'), $1, 1, '', 0, 'bench@example.com', 0, 'bench@example.com', false, '', 1, 1, $2)
         ON CONFLICT (id) DO UPDATE SET version = old.version + 1, modified_on = excluded.modified_on,
            modified_by = excluded.modified_by, last_seq = excluded.last_seq, lines = old.lines + 1, body = excluded.body"
    )
}

/// Writes the next records, the first time round new ones, until a time.
async fn write(
    client: Arc<Client>,
    statement: Statement,
    next: Arc<AtomicU64>,
    until: Instant,
) -> anyhow::Result<u32> {
    let mut count = 0;
    while Instant::now() < until {
        let number = catalogue::id(next.fetch_add(1, Ordering::Relaxed), RECORDS);
        let body = Jsonb::parse(catalogue::article(number).as_bytes(), &Limits::default())?;
        client
            .execute(&statement, &[&number.to_string(), &body.as_bytes()])
            .await?;
        count += 1;
    }
    Ok(count)
}
