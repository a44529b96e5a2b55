//! `Content-Disposition` of a download: the name as plain as it can be written safely.

use std::fmt::Write;

/// The header's value for a file of this name (RFC 6266): a bare word where it is one, quoted where it is ASCII, and
/// beside an approximation in full where it is not.
pub(crate) fn attachment(name: &str) -> String {
    if !name.is_empty() && name.bytes().all(is_token) {
        return format!("attachment; filename={name}");
    }
    let quoted: String = name.chars().map(ascii).flat_map(escaped).collect();
    let mut value = format!("attachment; filename=\"{quoted}\"");
    if !name.is_ascii() {
        value.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            match byte {
                byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                    value.push(char::from(byte))
                }
                byte => write!(value, "%{byte:02X}").expect("a text takes what is written"),
            }
        }
    }
    value
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte)
}

fn ascii(letter: char) -> char {
    match letter {
        letter if letter.is_ascii() && !letter.is_ascii_control() => letter,
        _ => '_',
    }
}

fn escaped(letter: char) -> impl Iterator<Item = char> {
    let needs = matches!(letter, '"' | '\\');
    needs.then_some('\\').into_iter().chain([letter])
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn names_are_written_safely() {
        for (name, expected) in [
            ("file.ext", "attachment; filename=file.ext"),
            ("my file.pdf", "attachment; filename=\"my file.pdf\""),
            ("a\"b\\c.pdf", "attachment; filename=\"a\\\"b\\\\c.pdf\""),
            ("a;b=c", "attachment; filename=\"a;b=c\""),
            ("a\r\nX: 1", "attachment; filename=\"a__X: 1\""),
            (
                "Müll.pdf",
                "attachment; filename=\"M_ll.pdf\"; filename*=UTF-8''M%C3%BCll.pdf",
            ),
        ] {
            assert_eq!(attachment(name), expected);
        }
    }
}
