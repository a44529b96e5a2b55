//! The address under which a client reaches this server, for answers that hold addresses of it.

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Uri};
use model::{Code, Error};

/// Scheme and authority of a request, like `https://stockyard.example.com:8443`: those of its target, where that is whole,
/// else of its `Host`.
///
/// # Errors
/// `bad-request` when that is no address.
pub fn origin(uri: &Uri, headers: &HeaderMap, tls: bool) -> Result<String, Error> {
    let authority = match uri.authority() {
        Some(authority) => authority.clone(),
        None => host(headers)?,
    };
    let scheme = if tls { "https" } else { "http" };
    Ok(format!("{scheme}://{authority}"))
}

fn host(headers: &HeaderMap) -> Result<Authority, Error> {
    let given = headers
        .get(HOST)
        .map_or(&b"localhost"[..], |value| value.as_bytes());
    let parsed = Authority::try_from(given).ok();
    // What stands before an `@` is no part of an address that is shown to anybody.
    let parsed = parsed.filter(|host| !host.as_str().contains('@'));
    parsed.ok_or_else(|| {
        let shown: String = String::from_utf8_lossy(given).chars().take(64).collect();
        let message = format!("the Host header is no address of a server: {shown:?}");
        Error::new(Code::BadRequest, message)
    })
}

#[cfg(test)]
mod tests {
    use http::header::HOST;
    use http::{HeaderMap, Uri};

    use super::origin;

    #[test]
    fn a_whole_target_counts_and_else_the_host() {
        for (uri, host, tls, told) in [
            ("/a", Some("a.example:8080"), false, Some("http://a.example:8080")),
            ("/a", Some("a.example"), true, Some("https://a.example")),
            (
                "http://b.example/a",
                Some("a.example"),
                false,
                Some("http://b.example"),
            ),
            ("/a", None, false, Some("http://localhost")),
            ("/a", Some("me@a.example"), false, None),
            ("/a", Some("a b"), false, None),
        ] {
            let (uri, mut headers) = (Uri::from_static(uri), HeaderMap::new());
            if let Some(host) = host {
                headers.insert(HOST, host.parse().unwrap());
            }
            assert_eq!(
                origin(&uri, &headers, tls).ok().as_deref(),
                told,
                "{uri} {host:?}"
            );
        }
    }
}
