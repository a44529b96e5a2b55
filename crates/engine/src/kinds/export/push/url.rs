//! Addresses of single items.

/// The address of the item `key` in an entity set: the key in quotes, those in it doubled, before the set's query.
pub(super) fn of_item(set: &str, key: &str) -> String {
    let (path, query) = match set.find('?') {
        Some(at) => set.split_at(at),
        None => (set, ""),
    };
    let path = path.trim_end_matches('/');
    format!("{path}('{}'){query}", percent(&key.replace('\'', "''")))
}

/// A text with everything encoded but letters, digits and `-._~`; fits into paths and forms.
pub(super) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::of_item;

    #[test]
    fn keys_cannot_leave_their_place() {
        for (key, address) in [
            ("1000", "http://h/Items('1000')"),
            ("O'Neil", "http://h/Items('O%27%27Neil')"),
            ("a/b?c#d", "http://h/Items('a%2Fb%3Fc%23d')"),
            ("50% ü", "http://h/Items('50%25%20%C3%BC')"),
            ("../x", "http://h/Items('..%2Fx')"),
        ] {
            assert_eq!(of_item("http://h/Items", key), address);
        }
        assert_eq!(
            of_item("http://h/Items/?tenant=a", "1"),
            "http://h/Items('1')?tenant=a"
        );
    }
}
