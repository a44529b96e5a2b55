//! Where the server is to be reached, which is another address after each kill.

use std::time::Duration;

use tokio::sync::watch::{self, Receiver, Sender};

/// How long a client waits for another address before it tries the one it knows again.
const PATIENCE: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Clone)]
pub(super) struct Line {
    tell: Sender<Option<String>>,
    hear: Receiver<Option<String>>,
}

impl Line {
    pub(super) fn new(url: &str) -> Self {
        let (tell, hear) = watch::channel(Some(url.to_owned()));
        Self { tell, hear }
    }

    pub(super) fn is_down(&self) {
        self.tell.send_replace(None);
    }

    pub(super) fn is_up(&self, url: &str) {
        self.tell.send_replace(Some(url.to_owned()));
    }

    /// The address, as soon as there is one.
    pub(super) async fn url(&self) -> String {
        let mut hear = self.hear.clone();
        let known = hear.wait_for(Option::is_some).await.expect("the line is held");
        known.clone().unwrap_or_default()
    }

    /// Waits for another address than this, where nobody answered.
    pub(super) async fn lost(&self, url: &str) {
        let mut hear = self.hear.clone();
        let other = hear.wait_for(|now| now.as_deref() != Some(url));
        let _ = tokio::time::timeout(PATIENCE, other).await;
    }
}
