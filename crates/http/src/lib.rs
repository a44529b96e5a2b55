//! The shared edge: everything of HTTP that is not a dialect.
//!
//! [`Edge`] puts the dialects' routers together and wraps them in one layer; [`serve()`] runs the result on a socket.
//! Dialects use the extractors ([`Json`], [`Query`], [`Path`], [`upload()`]), the [`Guard`] in front of protected
//! routes, and [`Fault`] for errors, which come out in the form that the dialect registered. The crate knows no wire
//! format of a dialect and no store.

mod body;
mod compress;
mod cors;
mod docs;
mod download;
mod edge;
mod fault;
mod guard;
mod info;
mod json;
mod layer;
mod metrics;
mod mount;
pub mod multipart;
pub mod openapi;
mod ops;
pub mod options;
mod origin;
mod path;
mod query;
mod serve;
mod upload;

pub use docs::{DocumentFn, html_headers};
pub use download::Download;
pub use edge::Edge;
pub use fault::{Fault, RenderErrors, RenderFn, plain, render_errors, status_of};
pub use guard::{
    Authenticator, Caller, Guard, Limiter, ReadSecret, bearer, own_header, require_admin, scheme,
};
pub use info::{Peer, REQUEST_ID, RequestInfo, RequestTag};
pub use json::{Json, OptionalJson, RawJson, parse as parse_json, stored_json, stored_json_within};
pub use mount::with_fallbacks;
pub use ops::NotReady;
pub use options::HttpOptions;
pub use origin::origin;
pub use path::Path;
pub use query::{Query, parse_query, query_pairs};
pub use serve::serve;
pub use upload::{upload, upload_packed};
