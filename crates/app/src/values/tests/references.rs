//! References and files as clients write them.

use super::*;
use crate::fault::{FaultCode, Problem};
use crate::values::{FileInput, MAX_INLINE_FILE, ReferenceInput, read_file, read_reference};

fn reference(text: &str) -> Result<Option<ReferenceInput>, Problem> {
    read_reference(&field(relationship()), json(text).root())
}

fn file(text: &str) -> Result<Option<FileInput>, Problem> {
    read_file(&field(FieldType::File), json(text).root())
}

#[test]
fn references_are_read_by_priority() {
    let lookup = |name: &str, value: &str| ReferenceInput::Lookup {
        field: Some(name.to_owned()),
        value: value.to_owned(),
    };
    for (written, expected) in [
        ("null", None),
        (r#""""#, None),
        (r#""ACME""#, Some(ReferenceInput::Text("ACME".to_owned()))),
        ("5", Some(ReferenceInput::Text("5".to_owned()))),
        (r#"{"id":"1"}"#, Some(ReferenceInput::Id("1".to_owned()))),
        (
            r#"{"label":"A","id":"1","type":"a"}"#,
            Some(ReferenceInput::Id("1".to_owned())),
        ),
        (
            r#"{"label":{},"id":"1"}"#,
            Some(ReferenceInput::Id("1".to_owned())),
        ),
        (
            r#"{"id":null,"label":"A","type":"a"}"#,
            Some(ReferenceInput::Label("A".to_owned())),
        ),
        (r#"{"taxId":"862-SKB"}"#, Some(lookup("taxId", "862-SKB"))),
        (r#"{"taxId":"1","id":"","link":"/x"}"#, Some(lookup("taxId", "1"))),
        (r#"{"number":5}"#, Some(lookup("number", "5"))),
        (r#"{"name":"sales"}"#, Some(lookup("name", "sales"))),
    ] {
        assert_eq!(reference(written), Ok(expected), "{written}");
    }
    for written in [
        "true",
        "[]",
        "{}",
        r#"{"id":{}}"#,
        r#"{"label":[]}"#,
        r#"{"a":{}}"#,
        r#"{"a":1,"b":2}"#,
    ] {
        assert_eq!(
            reference(written).unwrap_err().code,
            FaultCode::InvalidStructure,
            "{written}"
        );
    }
}

#[test]
fn files_are_named_or_come_along() {
    let content = |bytes: &[u8]| {
        Some(FileInput::Content {
            name: "a.txt".to_owned(),
            content_type: "text/plain".to_owned(),
            content: bytes.to_vec(),
        })
    };
    let with =
        |base64: &str| format!(r#"{{"name":"a.txt","contentType":"text/plain","content":"{base64}"}}"#);
    assert_eq!(file("null"), Ok(None));
    assert_eq!(file(r#""1""#), Ok(Some(FileInput::Id("1".to_owned()))));
    assert_eq!(
        file(r#"{"id":"1","name":"a.txt"}"#),
        Ok(Some(FileInput::Id("1".to_owned())))
    );
    assert_eq!(file(&with("aGVsbG8=")), Ok(content(b"hello")));
    assert_eq!(file(&with("aGVsbG8")), Ok(content(b"hello")));
    assert_eq!(file(&with("aGVs\\r\\nbG8=")), Ok(content(b"hello")));
    for (written, message) in [
        (
            r#"{"name":"a","content":"aGVsbG8="}"#,
            "Content type is required when uploading a file and must be a string",
        ),
        (
            r#"{"name":"a","contentType":5,"content":"aGVsbG8="}"#,
            "Content type is required when uploading a file and must be a string",
        ),
        (
            r#"{"contentType":"a/b"}"#,
            "Name is required when uploading a file and must be a string",
        ),
        (
            r#"{"name":"a","contentType":"a/b"}"#,
            "Content is required when uploading a file and must be a string",
        ),
        (
            r#"{"name":"../a","contentType":"a/b","content":"eA=="}"#,
            "Not a valid file name",
        ),
        (
            r#"{"name":"a","contentType":"a\r\nX: b/c","content":"eA=="}"#,
            "Not a valid content type",
        ),
        (
            r#"{"name":"a","contentType":"text","content":"eA=="}"#,
            "Not a valid content type",
        ),
        (
            r#"{"name":"a","contentType":"a/b","content":"*"}"#,
            "Content must be encoded as base64",
        ),
        (r#"{"id":5}"#, "The id of a file must be a string"),
    ] {
        let problem = file(written).unwrap_err();
        assert_eq!(
            (problem.code, problem.message.as_str()),
            (FaultCode::Invalid, message),
            "{written}"
        );
    }
    assert_eq!(file("[]").unwrap_err().code, FaultCode::InvalidStructure);
}

#[test]
fn content_is_bounded() {
    let body = |bytes: usize| {
        jsonb::object()
            .field_str("name", "a")
            .field_str("contentType", "a/b")
            .field_str("content", &"AAAA".repeat(bytes / 3))
            .finish()
    };
    let read = |bytes| read_file(&field(FieldType::File), body(bytes).root());
    assert!(matches!(read(300), Ok(Some(FileInput::Content { content, .. })) if content.len() == 300));
    assert!(read(MAX_INLINE_FILE + 3).unwrap_err().message.contains("8 MiB"));
}
