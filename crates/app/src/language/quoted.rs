//! Texts in quotes, where a backslash protects the quote and itself and stands for itself before anything else.

/// Reads what follows an opening quote: the text, and what comes behind the closing one. None when it is not closed.
pub(super) fn rest(text: &str, quote: char) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        if char == quote {
            return Some((out, &text[at + char.len_utf8()..]));
        }
        if char == '\\'
            && let Some((_, next)) = chars.next_if(|(_, next)| *next == quote || *next == '\\')
        {
            out.push(next);
            continue;
        }
        out.push(char);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::rest;

    #[test]
    fn a_backslash_protects_quotes_and_itself_only() {
        let cases = [
            (r#"a"b"#, Some(("a", "b"))),
            (r#"""#, Some(("", ""))),
            (r#"a\"b" c"#, Some((r#"a"b"#, " c"))),
            (r#"a\\" c"#, Some((r"a\", " c"))),
            (r#"\d\\d""#, Some((r"\d\d", ""))),
            (r#"é,)(""#, Some(("é,)(", ""))),
            (r#"open"#, None),
            (r#"open\""#, None),
            ("", None),
        ];
        for (text, wanted) in cases {
            let found = rest(text, '"');
            assert_eq!(
                found.as_ref().map(|(text, rest)| (text.as_str(), *rest)),
                wanted,
                "{text}"
            );
        }
    }
}
