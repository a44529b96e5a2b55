//! What markup may consist of: the original's list of tags and attributes, with `class` and `style` everywhere.

use std::borrow::Cow;
use std::collections::HashSet;

use ammonia::{Builder, UrlRelative};

use super::style::style;

/// The tags that are kept, and their attributes.
const TAGS: [(&str, &[&str]); 43] = [
    ("a", &["href", "title"]),
    ("b", &[]),
    ("blockquote", &["cite"]),
    ("br", &[]),
    ("caption", &[]),
    ("cite", &[]),
    ("code", &[]),
    ("col", &["span", "width"]),
    ("colgroup", &["span", "width"]),
    ("dd", &[]),
    ("div", &[]),
    ("dl", &[]),
    ("dt", &[]),
    ("em", &[]),
    ("h1", &[]),
    ("h2", &[]),
    ("h3", &[]),
    ("h4", &[]),
    ("h5", &[]),
    ("h6", &[]),
    ("hr", &[]),
    ("i", &[]),
    ("img", &["align", "alt", "height", "src", "title", "width"]),
    ("li", &[]),
    ("ol", &["start", "type"]),
    ("p", &[]),
    ("pre", &[]),
    ("q", &["cite"]),
    ("small", &[]),
    ("span", &[]),
    ("strike", &[]),
    ("strong", &[]),
    ("sub", &[]),
    ("sup", &[]),
    ("table", &["summary", "width"]),
    ("tbody", &[]),
    ("td", &["abbr", "axis", "colspan", "rowspan", "width"]),
    ("tfoot", &[]),
    ("th", &["abbr", "axis", "colspan", "rowspan", "scope", "width"]),
    ("thead", &[]),
    ("tr", &[]),
    ("u", &[]),
    ("ul", &["type"]),
];

/// Tags whose content goes with them: it is not shown, is no markup, or is read by other rules.
const DROPPED: [&str; 16] = [
    "head",
    "iframe",
    "math",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
];

/// Tags around which a line does not end.
const INLINE: [&str; 15] = [
    "a", "b", "cite", "code", "em", "i", "img", "q", "small", "span", "strike", "strong", "sub", "sup", "u",
];

/// The sanitiser with these lists. No address may be relative: a value is shown on pages of any address.
pub(super) fn sanitiser() -> Builder<'static> {
    let attributes = TAGS
        .iter()
        .map(|(tag, attributes)| (*tag, attributes.iter().copied().collect()))
        .collect();
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().map(|(tag, _)| *tag).collect())
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["class", "style"]))
        .clean_content_tags(HashSet::from(DROPPED))
        .url_schemes(HashSet::from(["ftp", "http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(|_, attribute, value| kept(attribute, value));
    builder
}

/// What is kept of an attribute beyond the sanitiser's own rules, which know one list of schemes, and no `cite`.
fn kept<'v>(attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    match attribute {
        "style" => Some(style(value))
            .filter(|style| !style.is_empty())
            .map(Cow::Owned),
        "src" | "cite" => ["http:", "https:"]
            .iter()
            .any(|scheme| starts(value.trim_ascii_start(), scheme))
            .then_some(Cow::Borrowed(value)),
        _ => Some(Cow::Borrowed(value)),
    }
}

fn starts(value: &str, scheme: &str) -> bool {
    value
        .get(..scheme.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// Whether text before and after this tag is apart.
pub(super) fn separates(tag: &str) -> bool {
    !INLINE.contains(&tag)
}
