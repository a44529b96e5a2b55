//! One connection, used by one thread.
//!
//! The thread has a runtime of its own, so a question is one write and one read on the thread itself, with nobody to
//! wake. What needs no answer is only queued ([`Link::send`]) and travels with the next question; when it fails, the
//! next question says so.

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_postgres::{Client, Row, Statement};

use super::connect::{Purpose, Way};
use super::value::{Ready, Value};
use crate::{Error, Result};

/// Statements kept prepared; each collection has about two dozen of its own.
const STATEMENTS: usize = 512;
/// Statements on their way before their answers are fetched.
const UNANSWERED: usize = 256;
/// For an answer that is there, when it was this process that stood still.
const GRACE: Duration = Duration::from_millis(500);

/// A question on its way.
pub(super) type Rows = Pin<Box<dyn Future<Output = Result<Vec<Row>, tokio_postgres::Error>> + Send>>;
type Answer = Pin<Box<dyn Future<Output = Result<u64, tokio_postgres::Error>> + Send>>;

/// See the module.
pub(super) struct Link {
    way: Arc<Way>,
    purpose: Purpose,
    runtime: Runtime,
    line: RefCell<Option<Line>>,
}

/// An open connection.
struct Line {
    client: Arc<Client>,
    statements: HashMap<Box<str>, Statement>,
    unanswered: Vec<Answer>,
}

impl Link {
    /// A link that connects when it is first used.
    pub(super) fn new(way: Arc<Way>, purpose: Purpose) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            way,
            purpose,
            runtime: runtime.map_err(|error| Error::Backend(error.to_string()))?,
            line: RefCell::new(None),
        })
    }

    /// Connects if there is no connection, or it was closed in the meantime. Whether it is a new one.
    pub(super) fn ensure(&self) -> Result<bool> {
        if self.is_open() {
            return Ok(false);
        }
        let client = self.way.connect(&self.runtime, self.purpose)?;
        *self.line.borrow_mut() = Some(Line {
            client: Arc::new(client),
            statements: HashMap::new(),
            unanswered: Vec::new(),
        });
        Ok(true)
    }

    /// Whether the connection is there, as far as its own end knows.
    fn is_open(&self) -> bool {
        let Some(client) = self.line.borrow().as_ref().map(|line| Arc::clone(&line.client)) else {
            return false;
        };
        // Lets the connection see what the server has said since it was last used: that it stops, for one.
        self.runtime.block_on(tokio::task::yield_now());
        !client.is_closed()
    }

    /// The way to the database.
    pub(super) fn way(&self) -> &Way {
        &self.way
    }

    /// Gives the connection up.
    pub(super) fn hang_up(&self) {
        self.line.borrow_mut().take();
    }

    /// Queues a statement whose answer nobody waits for.
    pub(super) fn send(&self, sql: &str, params: &[Value<'_>]) -> Result<()> {
        let statement = self.prepared(sql)?;
        let params = Ready::all(params, statement.params())?;
        let crowded = self.with(|line| {
            let client = Arc::clone(&line.client);
            let mut answer: Answer = Box::pin(async move { client.execute_raw(&statement, params).await });
            if let Poll::Ready(outcome) = begun(answer.as_mut()) {
                outcome?;
            } else {
                line.unanswered.push(answer);
            }
            Ok(line.unanswered.len() >= UNANSWERED)
        })?;
        if crowded { self.settle() } else { Ok(()) }
    }

    /// Sees to it that what was sent is on its way, without waiting for an answer.
    pub(super) fn push(&self) {
        if self.line.borrow().is_some() {
            self.runtime.block_on(tokio::task::yield_now());
        }
    }

    /// Fetches the answers to all that was sent.
    pub(super) fn settle(&self) -> Result<()> {
        let unanswered = self.with(|line| Ok(std::mem::take(&mut line.unanswered)))?;
        self.wait(answered(unanswered))
    }

    /// The rows that a statement finds, after all that was sent before it.
    pub(super) fn rows(&self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>> {
        let statement = self.prepared(sql)?;
        let (client, unanswered) = self.take()?;
        let asked = async {
            let rows = client.query_raw(&statement, params).await?;
            collected(rows).await
        };
        self.ask(asked, unanswered)
    }

    /// Asks for rows that [`Link::fetch`] gets: the server looks for them meanwhile.
    pub(super) fn ask_ahead(&self, sql: &str, params: Vec<Value<'static>>) -> Result<Rows> {
        let statement = self.prepared(sql)?;
        let client = self.with(|line| Ok(Arc::clone(&line.client)))?;
        let mut rows: Rows = Box::pin(async move {
            let rows = client.query_raw(&statement, params).await?;
            collected(rows).await
        });
        if let Poll::Ready(outcome) = begun(rows.as_mut()) {
            rows = Box::pin(std::future::ready(outcome));
        }
        self.push();
        Ok(rows)
    }

    /// The rows of a question that was asked before.
    pub(super) fn fetch(&self, rows: Rows) -> Result<Vec<Row>> {
        self.wait(rows)
    }

    /// How many rows a statement changed, after all that was sent before it.
    pub(super) fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let statement = self.prepared(sql)?;
        let (client, unanswered) = self.take()?;
        self.ask(client.execute_raw(&statement, params), unanswered)
    }

    /// Runs statements that have no parameters and answer nothing.
    pub(super) fn batch(&self, sql: &str) -> Result<()> {
        let (client, unanswered) = self.take()?;
        self.ask(client.batch_execute(sql), unanswered)
    }

    fn take(&self) -> Result<(Arc<Client>, Vec<Answer>)> {
        self.with(|line| Ok((Arc::clone(&line.client), std::mem::take(&mut line.unanswered))))
    }

    /// Sends a question behind what was sent before, and waits for all answers.
    fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, tokio_postgres::Error>>,
        unanswered: Vec<Answer>,
    ) -> Result<T> {
        let mut question = pin!(question);
        if let Poll::Ready(outcome) = begun(question.as_mut()) {
            return Ok(outcome?);
        }
        self.wait(async {
            answered(unanswered).await?;
            question.await
        })
    }

    pub(super) fn wait<T>(&self, work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T> {
        let patience = self.way.patience();
        let within = self.runtime.block_on(async {
            let mut work = pin!(work);
            match tokio::time::timeout(patience, work.as_mut()).await {
                // Perhaps it was this process that stood still, and the answer is there.
                Err(_) => tokio::time::timeout(GRACE, work).await,
                within => within,
            }
        });
        match within {
            Ok(outcome) => Ok(outcome?),
            Err(_) => {
                self.hang_up();
                Err(Error::Away(format!("no answer within {patience:?}")))
            }
        }
    }

    /// The connection, if there is one.
    pub(super) fn client(&self) -> Result<Arc<Client>> {
        self.with(|line| Ok(Arc::clone(&line.client)))
    }

    pub(super) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(super) fn prepared(&self, sql: &str) -> Result<Statement> {
        let known = self.with(|line| Ok(line.statements.get(sql).cloned()))?;
        if let Some(known) = known {
            return Ok(known);
        }
        let (client, unanswered) = self.take()?;
        let statement = self.ask(client.prepare(sql), unanswered)?;
        self.with(|line| {
            if line.statements.len() >= STATEMENTS {
                line.statements.clear();
            }
            line.statements.insert(sql.into(), statement.clone());
            Ok(statement)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Line) -> Result<T>) -> Result<T> {
        match self.line.borrow_mut().as_mut() {
            Some(line) => work(line),
            None => Err(Error::Away("not connected".to_owned())),
        }
    }
}

/// Starts a future, so that what it sends is on its way.
fn begun<F: Future + ?Sized>(work: Pin<&mut F>) -> Poll<F::Output> {
    work.poll(&mut Context::from_waker(Waker::noop()))
}

/// The first failure counts: those behind it only follow from it.
async fn answered(unanswered: Vec<Answer>) -> Result<(), tokio_postgres::Error> {
    let mut outcome = Ok(());
    for answer in unanswered {
        let answer = answer.await.map(drop);
        outcome = outcome.and(answer);
    }
    outcome
}

async fn collected(rows: tokio_postgres::RowStream) -> Result<Vec<Row>, tokio_postgres::Error> {
    let (mut rows, mut all) = (pin!(rows), Vec::new());
    while let Some(row) = std::future::poll_fn(|context| next(rows.as_mut(), context)).await {
        all.push(row?);
    }
    Ok(all)
}

/// The next of a stream, if there is one.
pub(super) fn next<S: futures_util::Stream + ?Sized>(
    stream: Pin<&mut S>,
    context: &mut Context<'_>,
) -> Poll<Option<S::Item>> {
    stream.poll_next(context)
}
