//! URLs as they may appear in messages and logs: without user, password and query, which often carry secrets.

use reqwest::Url;

/// Longer ones are cut.
const LONGEST: usize = 300;

/// A parsed URL without its secrets.
pub(crate) fn masked(url: &Url) -> String {
    masked_text(url.as_str())
}

/// The same for a text that may not be a URL at all.
pub(crate) fn masked_text(text: &str) -> String {
    let (before, secret) = match text.find(['?', '#']) {
        Some(at) if text[at..].len() > 1 => (&text[..at], "?…"),
        _ => (text, ""),
    };
    let shown = match (before.find("//"), before.rfind('@')) {
        (Some(start), Some(at)) if at > start => format!("{}…{}", &before[..start + 2], &before[at..]),
        (None, Some(at)) => format!("…{}", &before[at..]),
        _ => before.to_owned(),
    };
    if shown.chars().count() > LONGEST {
        return shown.chars().take(LONGEST).chain("…".chars()).collect();
    }
    shown + secret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_what_may_be_secret() {
        for (text, shown) in [
            ("https://example.com/a/b", "https://example.com/a/b"),
            ("https://example.com/?token=s3cret", "https://example.com/?…"),
            ("https://example.com/#s3cret", "https://example.com/?…"),
            ("https://user:s3cret@example.com/", "https://…@example.com/"),
            (
                "https://user:s3c@ret@example.com/x?y",
                "https://…@example.com/x?…",
            ),
            ("user:s3cret@example", "…@example"),
            ("not a url", "not a url"),
            ("", ""),
        ] {
            assert_eq!(masked_text(text), shown);
        }
        assert_eq!(masked_text(&"é".repeat(400)).chars().count(), 301);
    }
}
