//! The credentials of the dialect: the header `token`, an OAuth bearer token, and for downloads a cookie `token`.
//!
//! The cookie counts where a file is fetched and nowhere else: a page of somebody else's could make a browser send it.

use edge::{bearer, own_header};
use http::HeaderMap;
use http::header::COOKIE;

/// Reads the token.
pub(crate) fn secret(headers: &HeaderMap) -> Option<&str> {
    own_header(headers, "token").or_else(|| bearer(headers))
}

/// Reads the token of a download.
pub(crate) fn download_secret(headers: &HeaderMap) -> Option<&str> {
    secret(headers).or_else(|| cookie(headers))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let mut tokens = pairs.filter(|(name, _)| *name == "token").map(|(_, value)| value);
    match (tokens.next(), tokens.next()) {
        (Some(token), None) if !token.is_empty() => Some(token),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::HeaderValue;

    use super::{download_secret, secret};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_token_is_read_from_its_header_or_as_a_bearer() {
        assert_eq!(secret(&headers(&[("token", "abc")])), Some("abc"));
        assert_eq!(secret(&headers(&[("authorization", "Bearer abc")])), Some("abc"));
        assert_eq!(secret(&headers(&[("cookie", "token=abc")])), None);
        assert_eq!(secret(&headers(&[("token", "")])), None);
    }

    #[test]
    fn a_download_may_bring_it_in_a_cookie() {
        let read = |line: &'static str| download_secret(&headers(&[("cookie", line)])).map(str::to_owned);
        assert_eq!(read("a=1; token=abc; b=2").as_deref(), Some("abc"));
        assert_eq!(read("token=abc; token=abd"), None);
        assert_eq!(read("mytoken=abc"), None);
        assert_eq!(read("token="), None);
    }
}
