//! The parameters of a query string, read leniently.
//!
//! Some clients encode everything, one encodes nothing: raw spaces, quotes, braces and letters beyond ASCII are taken as
//! they are, a percent sign without two digits stands for itself. A raw `&` inside of a quoted value does not end it.

use super::LanguageError;

/// The parameters in order, decoded: name and value.
pub(super) fn parameters(raw: &[u8]) -> Result<Vec<(String, String)>, LanguageError> {
    let mut found = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        let end = end(rest);
        let part = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        if part.is_empty() {
            continue;
        }
        let cut = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
        let name = text(&part[..cut], "")?.trim().to_owned();
        let value = text(part.get(cut + 1..).unwrap_or_default(), &name)?;
        if name.is_empty() {
            return Err(LanguageError::new("", &value, "a parameter needs a name"));
        }
        found.push((name, value));
    }
    Ok(found)
}

/// Where a parameter ends: at the first `&` that does not stand in a quoted value.
fn end(text: &[u8]) -> usize {
    let mut at = 0;
    let mut before = b'&';
    while let Some(&byte) = text.get(at) {
        match byte {
            b'&' => return at,
            b'"' if matches!(before, b'=' | b'(' | b',') => {
                // An opening quote; where none closes the value, it is a plain character.
                at = closing(text, at + 1).unwrap_or(at);
            }
            _ => {}
        }
        before = byte;
        at += 1;
    }
    at
}

/// The place of the quote that ends a quoted value.
fn closing(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(&byte) = text.get(at) {
        match (byte, text.get(at + 1)) {
            (b'\\', Some(_)) => at += 1,
            (b'"', None | Some(b'&' | b',' | b')')) => return Some(at),
            (b'"', _) => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

fn text(raw: &[u8], parameter: &str) -> Result<String, LanguageError> {
    String::from_utf8(decoded(raw)).map_err(|error| {
        let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let (parameter, value) = match parameter {
            "" => (shown.as_str(), ""),
            parameter => (parameter, shown.as_str()),
        };
        LanguageError::new(parameter, value, "is not UTF-8")
    })
}

fn decoded(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match (byte, behind) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                _ => out.push(b'%'),
            },
            _ => out.push(byte),
        }
    }
    out
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case<'t> = (&'t [u8], &'t [(&'t str, &'t str)]);

    #[test]
    fn parameters_are_split_and_decoded() {
        let cases: &[Case<'_>] = &[
            (b"", &[]),
            (b"&&", &[]),
            (b"a=b", &[("a", "b")]),
            (b"a=b&c=d&", &[("a", "b"), ("c", "d")]),
            (b"a=b=c", &[("a", "b=c")]),
            (b"a&b=", &[("a", ""), ("b", "")]),
            (b"a=like%281%29", &[("a", "like(1)")]),
            (b"a=x y+z%20w%2B", &[("a", "x y z w+")]),
            (
                "a=Zürich&b=Z%C3%BCrich".as_bytes(),
                &[("a", "Zürich"), ("b", "Zürich")],
            ),
            (b"a=100%&b=%zz%4", &[("a", "100%"), ("b", "%zz%4")]),
            (br#"a={"b":"c"}&d=e"#, &[("a", r#"{"b":"c"}"#), ("d", "e")]),
            (br#"a="A&B"&c=d"#, &[("a", r#""A&B""#), ("c", "d")]),
            (br#"a=like("A&B")&c=d"#, &[("a", r#"like("A&B")"#), ("c", "d")]),
            (br#"a=5"&c="d"#, &[("a", r#"5""#), ("c", r#""d"#)]),
            (
                br#"a="5&c="d"e&f=g"#,
                &[("a", r#""5"#), ("c", r#""d"e"#), ("f", "g")],
            ),
        ];
        for (raw, wanted) in cases {
            let found = parameters(raw).expect("readable");
            let found: Vec<_> = found
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            assert_eq!(found, *wanted, "{}", String::from_utf8_lossy(raw));
        }
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        for (raw, parameter) in [(&b"a=%ff"[..], "a"), (b"a=\xff", "a"), (b"=b", "")] {
            assert_eq!(parameters(raw).expect_err("refused").parameter, parameter);
        }
        assert!(parameters(b"%ff=a").is_err());
    }
}
