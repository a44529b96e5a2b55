//! Taking over a definition that was put in force by another process, or by this one.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use model::Error;
use storage::ReadTx;
use tokio::time::{MissedTickBehavior, interval};

use super::{Applied, Shown, State};
use crate::Engine;
use crate::records::Catalogue;

/// How often to look.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks for a new definition every second, until `shutdown`.
pub async fn run(engine: Engine, shutdown: impl Future<Output = ()>) {
    let mut shutdown = std::pin::pin!(shutdown);
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            _ = ticks.tick() => {}
        }
        match engine.reload_app().await {
            Ok(false) => {}
            // Its job is likely to wait for somebody.
            Ok(true) => engine.runner().wake(),
            Err(error) => tracing::warn!(
                error = error.message(),
                cause = error.internal_text(),
                "cannot take over the definition of the app"
            ),
        }
    }
}

impl Engine {
    /// Takes over the definition in the store, if it is another one; says whether it was.
    ///
    /// # Errors
    /// The store's, or why the definition cannot be read.
    pub async fn reload_app(&self) -> Result<bool, Error> {
        let _alone = self.inner.behind.reloading.lock().await;
        let known = self.shown_app().state;
        let read = self.store().read(move |tx| changed(tx, known.as_ref()));
        let Some((applied, catalogue)) = read.await? else {
            return Ok(false);
        };
        let app = Arc::clone(applied.app());
        let scripts = self.load_scripts(&app).await?;
        self.show_catalogue(Arc::new(catalogue.with_functions(scripts, self.env().clone())));
        self.show_app(Shown {
            app: Some(app),
            state: Some(applied.state),
        });
        Ok(true)
    }
}

fn changed(tx: &mut dyn ReadTx, known: Option<&State>) -> Result<Option<(Applied, Catalogue)>, Error> {
    match State::load(tx)? {
        Some(state) if Some(&state) != known => {}
        _ => return Ok(None),
    }
    let Some(applied) = Applied::load(tx)? else {
        return Ok(None);
    };
    let catalogue = Catalogue::of(tx, &applied)?;
    Ok(Some((applied, catalogue)))
}
