//! Hearing of what other nodes have announced, on a connection of its own.
//!
//! It is a hint and nothing more: whoever waits for it looks for himself from time to time too. After every new connection it
//! is given once unasked, since one may have been missed.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_postgres::AsyncMessage;

use super::connect::Way;
use crate::{Error, Result};

/// About how long to wait after a lost connection.
const PAUSE: Duration = Duration::from_secs(1);
/// Hints that wait to be given; they all say the same.
const WAITING: usize = 1;

/// Calls `heard` for every hint of another node, until `closed` says so.
pub(super) fn run(way: &Way, heard: &dyn Fn(), mut closed: watch::Receiver<bool>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else {
        tracing::error!("no runtime to hear of other nodes; work is looked for from time to time");
        return;
    };
    runtime.block_on(async {
        loop {
            tokio::select! {
                _ = closed.wait_for(|closed| *closed) => return,
                outcome = listen(way, heard) => if let Err(error) = outcome {
                    tracing::debug!(%error, "other nodes are not heard of for the moment");
                },
            }
            tokio::select! {
                _ = closed.wait_for(|closed| *closed) => return,
                () = tokio::time::sleep(PAUSE.mul_f32(rand::random_range(0.5..=1.5))) => {}
            }
        }
    });
}

/// Listens until the connection is lost.
async fn listen(way: &Way, heard: &dyn Fn()) -> Result<()> {
    let (client, mut connection) = way.config().connect(way.encryption()).await?;
    let (sender, mut hints) = mpsc::channel(WAITING);
    let own = way.node().to_owned();
    let driven = tokio::spawn(async move {
        while let Some(message) = std::future::poll_fn(|context| connection.poll_message(context)).await {
            match message {
                Ok(AsyncMessage::Notification(hint)) if hint.payload() != own => {
                    // When one waits already, it says the same.
                    let _ = sender.try_send(());
                }
                Ok(_) => {}
                Err(error) => return Err(Error::from(error)),
            }
        }
        Ok(())
    });
    client
        .batch_execute(&format!("LISTEN {}", way.quoted_schema()))
        .await?;
    heard();
    while hints.recv().await.is_some() {
        heard();
    }
    driven.await.map_err(|error| Error::Backend(error.to_string()))?
}
