//! Literal quotes around values, as the documented samples send them.
//!
//! The samples show `/articles/"12411116"` and `"F_1": "\"12411116\""`, so one pair of surrounding quotes is taken off
//! values that come directly in a path or body. Delta files are data and are never touched.

/// `text` without one pair of surrounding quotes.
pub(crate) fn unquote(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::unquote;

    #[test]
    fn one_pair_is_taken_off() {
        for (given, expected) in [
            (r#""12411116""#, "12411116"),
            (r#"""x"""#, r#""x""#),
            (r#""""#, ""),
            ("plain", "plain"),
            (r#"19" rack"#, r#"19" rack"#),
            (r#"half""#, r#"half""#),
            (r#"""#, r#"""#),
            ("", ""),
        ] {
            assert_eq!(unquote(given), expected, "{given}");
        }
    }
}
