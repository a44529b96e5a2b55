//! The applied app: the definition by which records, groups and their rules are read.
//!
//! It is kept in the store with a number that grows with every change, and replaced as a whole, so whoever takes it once
//! sees one definition throughout a request. A change is planned (`plan`), then put in force in one transaction
//! (`apply`); what it means for records and indexes is the work of a job (`kinds::apply_app`). Whoever serves looks for
//! a new number every second (`follow`), since the command line changes the app beside the server; a write that was
//! computed by an older definition is refused by its commit and computed again.

mod applied;
mod apply;
mod computed;
mod follow;
mod gone;
mod plan;
mod state;

use std::sync::{Arc, PoisonError, RwLock};

use app::App;
pub use app::group_id;

use crate::Engine;

pub(crate) use applied::Applied;
pub use apply::Change;
pub(crate) use computed::lacking;
pub use follow::run;
pub(crate) use gone::let_files_go;
pub use plan::{Loss, Plan};
pub(crate) use state::{State, number};

/// Where the applied app is kept.
#[derive(Default)]
pub(crate) struct AppHandle(RwLock<Shown>);

/// What is kept of it.
#[derive(Clone, Default)]
struct Shown {
    app: Option<Arc<App>>,
    /// The state that it was read from; none when it was not read from the store.
    state: Option<State>,
}

impl Engine {
    /// The applied app, if there is one.
    pub fn app(&self) -> Option<Arc<App>> {
        self.shown_app().app
    }

    /// The number of the definition in force; 0 when there is none.
    pub fn app_number(&self) -> u64 {
        self.shown_app().state.map_or(0, |state| state.number)
    }

    /// Puts an app in place of the one that was applied before, in this process alone.
    pub fn set_app(&self, app: Arc<App>) {
        let app = Some(app);
        self.show_app(Shown { app, state: None });
    }

    fn shown_app(&self) -> Shown {
        let place = self.inner.app.0.read();
        place.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn show_app(&self, shown: Shown) {
        *self.inner.app.0.write().unwrap_or_else(PoisonError::into_inner) = shown;
    }
}
