//! Markup reduced to harmless tags, and its text alone.
//!
//! The sanitiser is `ammonia`: it builds the tree that a browser would build and writes what is on the list
//! ([`allowed`]) anew, without comments, scripts or foreign content. Elements that are not on the list are replaced by
//! their content. What it would take too long over is refused before ([`bounds`]), and a result that would be too long
//! while it is written.

mod allowed;
mod bounds;
mod style;

use std::io;
use std::sync::LazyLock;

use ammonia::Builder;

use bounds::MAX_BYTES;

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(allowed::sanitiser);

/// The markup with only allowed tags and attributes, or why it is not read.
pub(crate) fn clean(markup: &str) -> Result<String, String> {
    bounds::check(markup)?;
    let mut out = Bounded(Vec::with_capacity(markup.len()));
    SANITISER
        .clean(markup)
        .write_to(&mut out)
        .map_err(|_| format!("Must not be longer than {MAX_BYTES} bytes once all its tags are closed"))?;
    Ok(String::from_utf8(out.0).expect("clean markup is written of text only"))
}

/// Clean markup up to its greatest length.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The text of clean markup: what people see of it, on one line.
///
/// Clean markup is written in one way: a `<` begins a tag, values are in double quotes, and text has four references.
pub(crate) fn text(clean: &str) -> String {
    let mut parts = clean.split('<');
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut quoted = false;
    for part in parts {
        if !quoted && separates(part) {
            out.push(' ');
        }
        // What is between quotes may have a `<` or `>` of its own.
        let end = part.char_indices().find(|&(_, char)| {
            quoted ^= char == '"';
            char == '>' && !quoted
        });
        if let Some((at, _)) = end {
            out.push_str(part.get(at + 1..).unwrap_or_default());
        }
    }
    let references = [("&nbsp;", "\u{a0}"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    for (reference, char) in references {
        out = out.replace(reference, char);
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether text before and after the tag that goes on like this is apart.
fn separates(tag: &str) -> bool {
    let name = tag.trim_start_matches('/');
    let end = name.find([' ', '>']).unwrap_or(name.len());
    allowed::separates(name.get(..end).unwrap_or_default())
}
