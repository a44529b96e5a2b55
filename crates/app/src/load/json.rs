//! Values of a definition as JSON.

use jsonb::Jsonb;

use super::yaml::{Node, Value};

/// The value as JSON.
pub(super) fn of(node: &Node) -> Jsonb {
    let mut text = Vec::new();
    write(node, &mut text);
    let limits = jsonb::Limits {
        max_bytes: jsonb::MAX_TEXT,
        max_string: jsonb::MAX_TEXT,
        ..jsonb::Limits::default()
    };
    Jsonb::parse(&text, &limits)
        .expect("numbers are those of JSON, texts are escaped, and nesting is bounded")
}

fn write(node: &Node, out: &mut Vec<u8>) {
    match &node.value {
        Value::Null => out.extend(b"null"),
        Value::Bool(flag) => out.extend(flag.to_string().bytes()),
        Value::Number(spelling) => out.extend(spelling.bytes()),
        Value::Text(text) => jsonb::escape_into(out, text),
        Value::List(items) => list(out, b"[]", items, |out, item| write(item, out)),
        Value::Map(entries) => list(out, b"{}", entries, |out, entry| {
            jsonb::escape_into(out, &entry.key);
            out.push(b':');
            write(&entry.node, out);
        }),
    }
}

fn list<T>(out: &mut Vec<u8>, brackets: &[u8; 2], items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(brackets[0]);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(brackets[1]);
}
