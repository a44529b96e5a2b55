//! `GET /api/v1/articles/{id}` of the server on PostgreSQL, against a bare handler that asks the database for the answer.
//!
//! The bare handler is what one would write for this one request: axum, a handful of connections used in turn by all
//! requests (`tokio-postgres` sends many questions before the first is answered), a prepared statement on each, and the
//! whole answer as a text in a table, so that it neither renders nor knows callers, blocks, limits or a log.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::SinkExt;
use testdb::Database;
use tokio_postgres::{Client, Statement};

use super::peer::{self, Peer};
use super::{least, on};
use crate::floor::{self, Floor};
use crate::get::{ARTICLES, Bench, path, requests};
use crate::report::Figure;
use crate::server::Server;
use crate::{Plan, catalogue};

/// The argument that makes the program the bare server.
pub(crate) const COMMAND: &str = "serve-postgres";

/// Connections of the bare server: as many as the server has for short reads.
const CONNECTIONS: usize = 8;
const MAKE: &str = "CREATE TABLE peer.answers (id text COLLATE \"C\" PRIMARY KEY, body text NOT NULL)";
const FIND: &str = "SELECT body FROM peer.answers WHERE id = $1";
/// Answers that are looked at before the load.
const LOOKED_AT: u64 = 20;

/// The bare server.
struct Bare {
    connections: Vec<(Client, Statement)>,
    turn: AtomicUsize,
}

/// Serves answers from the table of the peers; prints where, and never ends.
///
/// # Errors
/// When the database cannot be reached, or it cannot listen.
pub(crate) fn serve(url: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = peer::connect(url).await?;
            let statement = client.prepare(FIND).await?;
            connections.push((client, statement));
        }
        let turn = AtomicUsize::new(0);
        let bare = Arc::new(Bare { connections, turn });
        floor::listen(Router::new().route(floor::ROUTE, get(answer)).with_state(bare)).await
    })
}

async fn answer(State(bare): State<Arc<Bare>>, Path(id): Path<String>) -> Response {
    let turn = bare.turn.fetch_add(1, Ordering::Relaxed) % bare.connections.len();
    let (client, statement) = &bare.connections[turn];
    match client.query_opt(statement, &[&id]).await {
        Ok(Some(row)) => {
            let body: &str = row.get(0);
            ([("content-type", "application/json")], body.to_owned()).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

pub(super) fn measure(plan: &Plan, database: &Database) -> anyhow::Result<Vec<Figure>> {
    let (folder, address) = (plan.folder("postgres-get")?, database.address());
    let server = Server::start_with(&folder, &on(&address))?;
    let client = server.client()?;
    client.update(&catalogue::delta(catalogue::creates(ARTICLES))?)?;
    let peer = Peer::open(database)?;
    fill(&peer)?;
    peer.run("VACUUM (ANALYZE)")?;
    let bare = Floor::start_as(COMMAND, database.url().as_ref())?;
    for place in 0..LOOKED_AT {
        let (ours, theirs) = (
            client.get(&path(place))?,
            client.at(bare.address).get(&path(place))?,
        );
        ensure!(ours == theirs, "two answers differ: {ours} {theirs}");
    }
    let requests = Rc::new(requests(&client));
    let mut figures = Vec::new();
    for connections in [16, 64] {
        let bench = Bench {
            name: format!("GET, {connections} connections"),
            peer: "tokio-postgres and axum",
            requests: &requests,
            connections,
            time: Duration::from_millis(plan.pick(2000, 700)),
        };
        let [share, rate] = bench.measure(plan.pick(9, 3), &server, &bare)?;
        figures.extend([rate.target(least(0.5)), share]);
    }
    server.stop()?;
    Ok(figures)
}

/// Puts the answers into the table.
fn fill(peer: &Peer) -> anyhow::Result<()> {
    peer.run(MAKE)?;
    peer.runtime.block_on(async {
        let sink = peer.client.copy_in("COPY peer.answers FROM STDIN").await?;
        let mut sink = std::pin::pin!(sink);
        for place in 0..ARTICLES {
            let id = catalogue::id(place, ARTICLES);
            let article = catalogue::article(id);
            let fields = article.strip_prefix('{').context("an article is an object")?;
            let line = format!(
                "{id}\t{{\"status\":\"success\",\"message\":\"Articles found\",\"data\":{{\"id\":\"{id}\",{fields}}}\n"
            );
            sink.feed(Bytes::from(line)).await?;
        }
        sink.finish().await?;
        Ok(())
    })
}
