//! What of a `style` attribute is kept: declarations whose property is on a list and whose value cannot load anything.
//!
//! The version of the sanitiser that is used filters no styles; the one that does needs a parser whose licence is not
//! among those of `deny.toml`. A list of properties and of plain characters does: what is not understood is dropped.

const PROPERTIES: [&str; 13] = [
    "background",
    "background-color",
    "color",
    "float",
    "height",
    "letter-spacing",
    "line-height",
    "max-width",
    "vertical-align",
    "white-space",
    "width",
    "word-spacing",
    "direction",
];

const FAMILIES: [&str; 6] = ["border", "font", "list-style", "margin", "padding", "text"];

/// The declarations that may be kept.
pub(super) fn style(value: &str) -> String {
    let kept = value.split(';').filter_map(|declaration| {
        let (property, value) = declaration.split_once(':')?;
        let (property, value) = (property.trim().to_ascii_lowercase(), value.trim());
        let in_family = |family: &&str| {
            property
                .strip_prefix(family)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let allowed = PROPERTIES.contains(&&*property) || FAMILIES.iter().any(in_family);
        (allowed && is_harmless(value)).then(|| format!("{property}: {value}"))
    });
    let mut style = kept.collect::<Vec<_>>().join("; ");
    if !style.is_empty() && value.trim_end().ends_with(';') {
        style.push(';');
    }
    style
}

/// Whether a value has only plain characters, and calls nothing but colour functions.
fn is_harmless(value: &str) -> bool {
    let plain = |char: char| char.is_ascii_alphanumeric() || " #%.,()'!-".contains(char);
    let mut calls = value.split('(').map(|before| {
        let start = before
            .rfind(|char: char| !char.is_ascii_alphanumeric())
            .map_or(0, |at| at + 1);
        before.get(start..).unwrap_or_default().to_ascii_lowercase()
    });
    let called = value.matches('(').count();
    !value.is_empty()
        && value.chars().all(plain)
        && calls
            .by_ref()
            .take(called)
            .all(|name| matches!(name.as_str(), "rgb" | "rgba" | "hsl" | "hsla"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_keep_what_cannot_load_anything() {
        for (written, kept) in [
            (
                "background-color: yellow; font-weight: bold;",
                "background-color: yellow; font-weight: bold;",
            ),
            ("color:#f00", "color: #f00"),
            (
                "color: rgb(1, 2, 3); width: 50%",
                "color: rgb(1, 2, 3); width: 50%",
            ),
            ("background: url(http://x)", ""),
            ("color: url(x)", ""),
            ("color: expression(alert(1))", ""),
            ("color: \\75rl(x)", ""),
            ("color: &#117;rl(x)", ""),
            ("position: fixed; top: 0", ""),
            ("fontx: 1", ""),
            ("text-align: center; behavior: x", "text-align: center"),
        ] {
            assert_eq!(style(written), kept, "{written}");
        }
    }
}
