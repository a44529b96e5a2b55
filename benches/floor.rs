//! The floor of a read: a bare axum handler that answers bytes from memory, in a process of its own.
//!
//! It does what any server on this HTTP stack must do for a request, and nothing else: no caller, no store, no limits,
//! no log. The measuring program starts itself again as this server.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

/// The argument that makes the program this server.
pub(crate) const COMMAND: &str = "serve-floor";
/// The address of an article.
pub(crate) const ROUTE: &str = "/api/v1/articles/{id}";

/// Serves the content of `body` at the address of an article; prints where, and never ends.
///
/// # Errors
/// When it cannot listen.
pub(crate) fn serve(body: &Path) -> anyhow::Result<()> {
    let body = Bytes::from(std::fs::read(body)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let handler = |axum::extract::Path(_): axum::extract::Path<String>| async move {
            ([("content-type", "application/json")], body)
        };
        listen(Router::new().route(ROUTE, get(handler))).await
    })
}

/// Prints where it listens, and serves `app` there for ever.
///
/// # Errors
/// When it cannot listen.
pub(crate) async fn listen(app: Router) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    // Without it the system may hold answers back.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await?;
    Ok(())
}

/// The running floor; killed when dropped.
pub(crate) struct Floor {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From the start of the process to listening.
    pub(crate) announced: Duration,
}

impl Floor {
    /// Starts it on the content of a file.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) fn start(body: &Path) -> anyhow::Result<Self> {
        Self::start_as(COMMAND, body.as_os_str())
    }

    /// Starts another one, by its command and its argument.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) fn start_as(command: &str, argument: &OsStr) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let mut child = Command::new(std::env::current_exe()?)
            .arg(command)
            .arg(argument)
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the floor")?;
        let mut line = String::new();
        let output = child.stdout.take().context("the output is piped")?;
        BufReader::new(output).read_line(&mut line)?;
        Ok(Self {
            child,
            address: line.trim().parse().context("the floor did not come up")?,
            announced: begun.elapsed(),
        })
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
