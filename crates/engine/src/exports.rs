//! Exports of articles to Navision: files to be downloaded, and pushes to a configured Navision.
//!
//! Articles are visible to everyone who has a token, so everyone may export them, see every export and download its
//! file; where a push goes is the operator's decision alone ([`Target`]). An export knows the place in the history of
//! articles at which it began, its watermark; an export *since* another begins where that one began, so a chain of them
//! misses nothing. Source: the light100 contract, "Navision export".

mod form;
mod mapping;
mod options;
mod pause;
mod secret;
mod show;
mod since;
mod submit;

pub use form::{Encoding, Format};
pub(crate) use mapping::DELETED;
pub use mapping::{Column, Mapping, Shape};
pub use options::{Auth, ExportOptions, Target};
pub use pause::Pause;
pub use secret::Secret;
pub use show::{Export, ExportFile};
pub(crate) use since::Since;
pub use submit::ExportRequest;

/// The queue of exports.
pub const QUEUE: &str = "exports";
