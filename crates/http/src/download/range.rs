//! `Range` and its relatives (RFC 9110): which part of a file is asked for.

use std::ops::Range;

use http::HeaderMap;
use http::header::{AsHeaderName, IF_NONE_MATCH, IF_RANGE, RANGE};

/// What to answer with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The client has it already.
    Nothing,
    Whole,
    Part(Range<u64>),
    /// A part that is not there.
    Beyond,
}

/// What the headers of a GET ask for. More than one range, or one that makes no sense, is no range.
pub(super) fn asked(headers: &HeaderMap, etag: &str, size: u64) -> Asked {
    if text(headers, IF_NONE_MATCH).is_some_and(|tags| knows(tags, etag)) {
        return Asked::Nothing;
    }
    // A part fits only to a part of the same content.
    if text(headers, IF_RANGE).is_some_and(|tag| tag != etag) {
        return Asked::Whole;
    }
    text(headers, RANGE)
        .and_then(|range| part(range, size))
        .unwrap_or(Asked::Whole)
}

fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn knows(tags: &str, etag: &str) -> bool {
    let mut tags = tags.split(',').map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn part(range: &str, size: u64) -> Option<Asked> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let asked = match (number(first)?, number(last)?) {
        (None, None) => return None,
        (None, Some(count)) if count.min(size) == 0 => Asked::Beyond,
        (None, Some(count)) => Asked::Part(size.saturating_sub(count)..size),
        (Some(first), Some(last)) if last < first => return None,
        (Some(first), _) if first >= size => Asked::Beyond,
        (Some(first), None) => Asked::Part(first..size),
        (Some(first), Some(last)) => Asked::Part(first..last.saturating_add(1).min(size)),
    };
    Some(asked)
}

/// The number in a text, or that it is empty; the outer none for what is neither.
fn number(text: &str) -> Option<Option<u64>> {
    match text {
        "" => Some(None),
        _ if !text.bytes().all(|byte| byte.is_ascii_digit()) => None,
        // Beyond any file.
        _ => Some(Some(text.parse().unwrap_or(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{Asked, asked};

    #[test]
    fn nothing_has_no_parts() {
        let mut headers = HeaderMap::new();
        for range in ["bytes=0-", "bytes=-5", "bytes=0-0"] {
            headers.insert("range", range.parse().unwrap());
            assert_eq!(asked(&headers, "\"tag\"", 0), Asked::Beyond, "{range}");
        }
    }

    fn with(headers: &[(&'static str, &str)]) -> Asked {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        asked(&map, "\"tag\"", 100)
    }

    #[test]
    fn ranges() {
        for (range, expected) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=10-", Asked::Part(10..100)),
            ("Bytes=90-1000", Asked::Part(90..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-1000", Asked::Part(0..100)),
            ("bytes=0-18446744073709551615", Asked::Part(0..100)),
            ("bytes=0-99999999999999999999999", Asked::Part(0..100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=99999999999999999999999-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=5-4", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("bytes=0-1,3-4", Asked::Whole),
            ("items=0-1", Asked::Whole),
            ("0-1", Asked::Whole),
        ] {
            assert_eq!(with(&[("range", range)]), expected, "{range}");
        }
    }

    #[test]
    fn conditions() {
        for (headers, expected) in [
            (vec![], Asked::Whole),
            (vec![("if-none-match", "\"a\", W/\"tag\"")], Asked::Nothing),
            (
                vec![("if-none-match", "*"), ("range", "bytes=0-0")],
                Asked::Nothing,
            ),
            (
                vec![("if-none-match", "\"other\""), ("range", "bytes=0-0")],
                Asked::Part(0..1),
            ),
            (
                vec![("if-range", "\"tag\""), ("range", "bytes=0-0")],
                Asked::Part(0..1),
            ),
            (
                vec![("if-range", "\"other\""), ("range", "bytes=0-0")],
                Asked::Whole,
            ),
        ] {
            assert_eq!(with(&headers), expected, "{headers:?}");
        }
    }
}
