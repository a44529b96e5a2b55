//! The way to the database: where it is, how to speak to it, and how long to wait before trying again.
//!
//! After a failed attempt the next ones are refused at once for a while that doubles up to [`LONGEST_PAUSE`], less a random
//! part, so that callers learn quickly that the store is away and a server that starts is not overrun.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::runtime::Runtime;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls;
use crate::{Error, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Bytes on the wire without an answer for so long: the other end is gone.
const UNACKNOWLEDGED: Duration = Duration::from_secs(15);
/// A quiet connection is probed after so long.
const QUIET: Duration = Duration::from_secs(15);

/// How long one statement may take, if the operator does not say.
pub(super) const STATEMENTS: Duration = Duration::from_secs(30);

/// The settings of every connection.
const SET_UP: &str = "SET jit = off; SET client_min_messages = warning;
    SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off;
    SET TIME ZONE 'UTC'; SET bytea_output = hex;
    SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END;";

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Its snapshots stand in nobody's way but the cleaner's; whoever reads may take his time with what he was shown.
    Reading,
    /// It finds rows by lists of ids, beside all transactions.
    Finding,
    /// A node that is cut off in the midst of a group holds the lock of all writers: the server ends its transaction
    /// before those that wait give up.
    Writing,
}

impl Purpose {
    fn set_up(self) -> &'static str {
        match self {
            Self::Reading => "SET idle_in_transaction_session_timeout = '10min';",
            // Rows are found by lists of keys, however small a table was when the plan was made.
            Self::Finding => "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan;",
            Self::Writing => {
                "SET idle_in_transaction_session_timeout = '15s'; SET enable_seqscan = off; SET enable_hashjoin = off;
                 SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan;"
            }
        }
    }
}

/// See the module.
pub(super) struct Way {
    config: Config,
    encryption: MakeRustlsConnect,
    schema: String,
    /// What this process calls itself among those that use the database.
    node: String,
    pause: Mutex<Pause>,
    /// How long one statement may take.
    statements: Duration,
}

#[derive(Default)]
struct Pause {
    length: Duration,
    until: Option<Instant>,
    why: String,
}

impl Way {
    /// The way that a URL names, to one schema.
    pub(super) fn new(url: &str, schema: &str) -> Result<Self> {
        let (mut config, encryption) = tls::read(url)?;
        if config.get_application_name().is_none() {
            config.application_name("stockyard");
        }
        config
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(UNACKNOWLEDGED)
            .keepalives_idle(QUIET)
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3);
        if config.get_target_session_attrs() == TargetSessionAttrs::Any {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        Ok(Self {
            config,
            encryption,
            schema: schema.to_owned(),
            node: node(),
            pause: Mutex::default(),
            statements: STATEMENTS,
        })
    }

    /// The same with another limit of time for one statement.
    pub(super) fn within(self, statements: Duration) -> Self {
        Self { statements, ..self }
    }

    /// How long an answer is waited for. The server ends statements before; one that does not is gone.
    pub(super) fn patience(&self) -> Duration {
        self.statements.mul_f32(1.5)
    }

    /// The limits of time for the statements of a connection. Who waits for a lock gives up first, and knows why.
    fn limits(&self) -> String {
        let (statement, lock) = (
            self.statements.as_millis(),
            self.statements.mul_f32(0.8).as_millis(),
        );
        format!("SET statement_timeout = {statement}; SET lock_timeout = {lock};")
    }

    /// Where the database is, and how to speak to it.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// What makes connections encrypted, where that is wanted.
    pub(super) fn encryption(&self) -> MakeRustlsConnect {
        self.encryption.clone()
    }

    /// What this process calls itself among those that use the database.
    pub(super) fn node(&self) -> &str {
        &self.node
    }

    /// The name of the schema.
    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// The schema in quotes, for a statement.
    pub(super) fn quoted_schema(&self) -> String {
        format!("\"{}\"", self.schema.replace('"', "\"\""))
    }

    /// A new connection, driven by `runtime`.
    pub(super) fn connect(&self, runtime: &Runtime, purpose: Purpose) -> Result<Client> {
        self.may_try()?;
        let outcome = runtime.block_on(self.try_connect(purpose));
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        match &outcome {
            Ok(_) => *pause = Pause::default(),
            Err(error) => {
                let length = (pause.length * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
                // Nodes that lost the database together do not come back to it together.
                let length_now = length.mul_f32(rand::random_range(0.5..=1.0));
                let (until, why) = (Some(Instant::now() + length_now), error.to_string());
                *pause = Pause { length, until, why };
            }
        }
        outcome
    }

    fn may_try(&self) -> Result<()> {
        let pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        match pause.until {
            Some(until) if Instant::now() < until => Err(Error::Away(pause.why.clone())),
            _ => Ok(()),
        }
    }

    async fn try_connect(&self, purpose: Purpose) -> Result<Client> {
        let connecting = async {
            let (client, connection) = self.config.connect(self.encryption()).await?;
            tokio::spawn(async move {
                // The client sees the end of the connection too, and whoever uses it tells of it.
                let _ = connection.await;
            });
            let (limits, more, schema) = (self.limits(), purpose.set_up(), self.quoted_schema());
            client
                .batch_execute(&format!("{SET_UP} {limits} {more} SET search_path = {schema}"))
                .await?;
            Ok::<_, tokio_postgres::Error>(client)
        };
        match tokio::time::timeout(CONNECT_TIMEOUT * 2, connecting).await {
            Ok(connected) => Ok(connected?),
            Err(_) => Err(Error::Away("the database does not answer".to_owned())),
        }
    }
}

/// A name that no other process has, nor another store of this one.
fn node() -> String {
    static STORES: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (process, store) = (std::process::id(), STORES.fetch_add(1, Ordering::Relaxed));
    format!("{process}-{store}-{}", since.as_nanos())
}
