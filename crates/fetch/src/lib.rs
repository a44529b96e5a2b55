//! Outgoing HTTP, only to hosts that the operator listed.
//!
//! URLs come from users and from definitions, so each one is a way to make the server talk to its own network. The
//! defence has three parts, and all of them are needed: a URL is checked before anything is sent ([`Fetcher::check`]),
//! every redirect is checked like a new URL, and the addresses a name resolves to are checked at the moment of
//! connecting, so a name that changes its answer in between gains nothing.
//!
//! What a rule allows is in [`HostRule`]. Sizes and times are bounded by [`FetchOptions`]. There is no proxy from the
//! environment, no cookie jar and no decompression: bytes arrive as they were sent.
//!
//! Root certificates are those of the system; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.

mod address;
mod allow;
mod body;
mod error;
mod fetcher;
mod headers;
mod mask;
mod options;
mod request;
mod resolver;
mod rule;
mod url;

pub use body::ByteStream;
pub use error::{Error, Refused, Wait};
pub use fetcher::Fetcher;
pub use headers::{basic, bearer};
pub use options::FetchOptions;
pub use request::{Download, Response};
pub use reqwest::Body;
pub use resolver::{Looking, Lookup};
pub use rule::{HostRule, InvalidRule};
pub use url::CheckedUrl;
