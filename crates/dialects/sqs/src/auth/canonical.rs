//! The one form of a request that its signature covers.

use http::request::Parts;

use crate::error::Refusal;

/// Refuses a signature that leaves out what must be covered: where the request goes, when it was made, what it asks.
pub(super) fn require(signed: &[&str], parts: &Parts) -> Result<(), Refusal> {
    let must = ["x-amz-date", "x-amz-target", "x-amz-security-token"];
    let present = must.into_iter().filter(|name| parts.headers.contains_key(*name));
    for name in present.chain(["host"]) {
        if !signed.contains(&name) {
            let message = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
            return Err(Refusal::wrong_signature(message));
        }
    }
    Ok(())
}

/// The canonical request.
pub(super) fn request(parts: &Parts, signed: &[&str], payload: &str) -> String {
    let mut text = format!("{}\n{}\n{}\n", parts.method, path(parts.uri.path()), query(parts));
    for name in signed {
        text.push_str(name);
        text.push(':');
        text.push_str(&header(parts, name));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&signed.join(";"));
    text.push('\n');
    text.push_str(payload);
    text
}

/// The values of a header, trimmed, with single spaces, with commas between them.
fn header(parts: &Parts, name: &str) -> String {
    let values = parts.headers.get_all(name).iter();
    let text = |value: &http::HeaderValue| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
    };
    let joined = values.map(text).collect::<Vec<_>>().join(",");
    match (joined.is_empty(), name, parts.uri.authority()) {
        // HTTP/2 names the host in the address.
        (true, "host", Some(authority)) => authority.to_string(),
        _ => joined,
    }
}

/// The path without empty and dotted segments, its escapes escaped once more, as all services but S3 have it.
fn path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    let escaped: Vec<String> = segments.iter().map(|segment| escaped(segment)).collect();
    format!("/{}{end}", escaped.join("/"))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte))
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

/// The pairs of the query in order; one without a value has an empty one.
fn query(parts: &Parts) -> String {
    let pairs = parts.uri.query().unwrap_or_default();
    let mut pairs: Vec<(&str, &str)> = pairs
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::{path, request};

    #[test]
    fn paths_have_one_form() {
        for (given, expected) in [
            ("/", "/"),
            ("/sqs/", "/sqs/"),
            ("//sqs/./a/../b", "/sqs/b"),
            ("/a%20b", "/a%2520b"),
        ] {
            assert_eq!(path(given), expected, "{given}");
        }
    }

    #[test]
    fn headers_and_queries_have_one_form() {
        let given = Request::post("/?b=2&a&b=1")
            .header("host", " h ")
            .header("x-a", "1  2")
            .header("x-a", "3")
            .body(())
            .unwrap();
        let (parts, ()) = given.into_parts();
        assert_eq!(
            request(&parts, &["host", "x-a"], "p"),
            "POST\n/\na=&b=1&b=2\nhost:h\nx-a:1 2,3\n\nhost;x-a\np"
        );
    }
}
