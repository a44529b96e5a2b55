//! The credentials of the dialect: `Authorization: Token <token>`, of a user or of a bot.

use edge::scheme;
use http::HeaderMap;

/// Reads the token. The documentation calls it a bearer token, so that scheme is taken too.
pub(crate) fn secret(headers: &HeaderMap) -> Option<&str> {
    scheme(headers, "token").or_else(|| scheme(headers, "bearer"))
}
