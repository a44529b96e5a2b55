//! Writing entities as clients read them.
//!
//! Stored JSON goes into the answer as it is. What differs: `metadata.data` is called `meta`, a file has addresses, a bot
//! that was made just now has its token, and a queue has its address and credentials. An extended JSON object is one value:
//! nothing is picked out of it.

use jsonb::{Jsonb, Kind, Value};
use model::Error;

use super::fields::Wanted;
use crate::noun::Noun;

/// What is written beside what is stored.
#[derive(Default)]
pub(crate) struct Extras {
    /// The address of the file.
    pub(crate) url: Option<String>,
    /// The address to send the file to.
    pub(crate) put_url: Option<String>,
    /// Members of `info`: an object.
    pub(crate) info: Option<Jsonb>,
}

/// Appends an entity.
pub(crate) fn entity(
    out: &mut Vec<u8>,
    noun: &Noun,
    body: Value<'_>,
    wanted: &Wanted,
    extras: &Extras,
) -> Result<(), Error> {
    let mut object = Object::open(out);
    for entry in body.entries() {
        let (name, value) = entry.map_err(Error::internal)?;
        let (name, value) = match (&*name, value.get("data").map_err(Error::internal)?) {
            ("metadata", Some(meta)) => ("meta", meta),
            (name, _) => (name, value),
        };
        let Some(wanted) = wanted.of(name) else {
            continue;
        };
        let added = match name {
            _ if noun.kind.file_field() == Some(name) => {
                vec![
                    ("url", extras.url.as_deref()),
                    ("put_url", extras.put_url.as_deref()),
                ]
            }
            "info" if extras.info.is_some() => {
                object.member(name, |out| info(out, value, wanted, extras))?;
                continue;
            }
            _ => Vec::new(),
        };
        object.member(name, |out| with_texts(out, value, wanted, &added))?;
    }
    object.close();
    Ok(())
}

/// Appends what is wanted of a value; whether there was anything.
pub(crate) fn selected(out: &mut Vec<u8>, value: Value<'_>, wanted: &Wanted) -> Result<bool, Error> {
    with_texts(out, value, wanted, &[])
}

/// As [`selected`], with members added to an object that is not empty.
fn with_texts(
    out: &mut Vec<u8>,
    value: Value<'_>,
    wanted: &Wanted,
    added: &[(&str, Option<&str>)],
) -> Result<bool, Error> {
    let stays_empty = !added.is_empty() && value.is_empty().map_err(Error::internal)?;
    let added = if stays_empty { &[] } else { added };
    match (value.kind(), wanted) {
        (_, Wanted::All) if added.is_empty() => {
            value.render(out).map_err(Error::internal)?;
            Ok(true)
        }
        (Kind::Object, _) if !is_scalar(value)? => {
            let mut object = Object::open(out);
            for entry in value.entries() {
                let (name, value) = entry.map_err(Error::internal)?;
                if let Some(wanted) = wanted.of(&name) {
                    object.member(&name, |out| selected(out, value, wanted))?;
                }
            }
            for (name, text) in added {
                if let (Some(text), Some(_)) = (text, wanted.of(name)) {
                    object.member(name, |out| {
                        jsonb::escape_into(out, text);
                        Ok(true)
                    })?;
                }
            }
            object.close();
            Ok(true)
        }
        (Kind::Array, _) => {
            array(out, value, wanted)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// What is wanted of each element; elements that have nothing of it are left out.
fn array(out: &mut Vec<u8>, value: Value<'_>, wanted: &Wanted) -> Result<(), Error> {
    out.push(b'[');
    let mut is_first = true;
    for element in value.elements() {
        let before = out.len();
        if !is_first {
            out.push(b',');
        }
        if selected(out, element.map_err(Error::internal)?, wanted)? {
            is_first = false;
        } else {
            out.truncate(before);
        }
    }
    out.push(b']');
    Ok(())
}

/// Whether an object is extended JSON for one value.
fn is_scalar(value: Value<'_>) -> Result<bool, Error> {
    let first = value.entries().next().transpose().map_err(Error::internal)?;
    Ok(first.is_some_and(|(name, _)| matches!(&*name, "$date" | "$uuid" | "$oid" | "$binary" | "$regex")))
}

/// `info` with what is added to it.
fn info(out: &mut Vec<u8>, info: Value<'_>, wanted: &Wanted, extras: &Extras) -> Result<bool, Error> {
    let mut object = Object::open(out);
    let added = extras.info.as_ref().map(Jsonb::root);
    let added = added.into_iter().flat_map(Value::entries);
    for entry in info.entries().chain(added) {
        let (name, value) = entry.map_err(Error::internal)?;
        if let Some(wanted) = wanted.of(&name) {
            object.member(&name, |out| selected(out, value, wanted))?;
        }
    }
    object.close();
    Ok(true)
}

/// An object being written.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_empty: true }
    }

    /// Adds a member, unless `write` has nothing to write.
    fn member(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut Vec<u8>) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let before = self.out.len();
        if !self.is_empty {
            self.out.push(b',');
        }
        jsonb::escape_into(self.out, name);
        self.out.push(b':');
        if write(self.out)? {
            self.is_empty = false;
        } else {
            self.out.truncate(before);
        }
        Ok(())
    }

    fn close(self) {
        self.out.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use jsonb::{Jsonb, Limits};

    use super::{Extras, entity, selected};
    use crate::dto::fields::Wanted;
    use crate::noun::NOUNS;

    fn body(text: &str) -> Jsonb {
        Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    fn picked(text: &str, query: &str) -> String {
        let mut out = Vec::new();
        selected(&mut out, body(text).root(), &Wanted::read(query).unwrap()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn parts_are_picked_in_stored_order() {
        let text = r#"{"guid":{"$uuid":"ab"},"a":{"x":1.50,"y":[{"p":1,"q":2},3,{"q":4}]},"b":{},"c":[1]}"#;
        for (query, expected) in [
            ("", text),
            ("fields=b", r#"{"guid":{"$uuid":"ab"},"b":{}}"#),
            ("fields=a.x", r#"{"guid":{"$uuid":"ab"},"a":{"x":1.50}}"#),
            (
                "fields=a.y.p",
                r#"{"guid":{"$uuid":"ab"},"a":{"y":[{"p":1},{}]}}"#,
            ),
            (
                "fields=a.x.deeper&fields=none",
                r#"{"guid":{"$uuid":"ab"},"a":{}}"#,
            ),
            ("fields=guid.$uuid", r#"{"guid":{"$uuid":"ab"}}"#),
            ("fields=c.d", r#"{"guid":{"$uuid":"ab"},"c":[]}"#),
        ] {
            assert_eq!(picked(text, query), expected, "{query}");
        }
    }

    #[test]
    fn what_is_not_stored_is_added() {
        let item = &NOUNS[0];
        let text = r#"{"guid":{"$uuid":"ab"},"file":{"name":"a"},"metadata":{"data":{"k":1}},"info":{}}"#;
        let extras = Extras {
            url: Some("http://x/?a&b".to_owned()),
            put_url: Some("http://y".to_owned()),
            info: None,
        };
        let write = |text: &str, query: &str| {
            let mut out = Vec::new();
            entity(
                &mut out,
                item,
                body(text).root(),
                &Wanted::read(query).unwrap(),
                &extras,
            )
            .unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            write(text, ""),
            r#"{"guid":{"$uuid":"ab"},"file":{"name":"a","url":"http://x/?a&b","put_url":"http://y"},"meta":{"k":1},"info":{}}"#
        );
        assert_eq!(
            write(text, "fields=file.url&fields=meta.k"),
            r#"{"guid":{"$uuid":"ab"},"file":{"url":"http://x/?a&b"},"meta":{"k":1}}"#
        );
        assert_eq!(write(r#"{"guid":1,"file":{}}"#, ""), r#"{"guid":1,"file":{}}"#);
    }

    #[test]
    fn what_is_added_to_info_can_be_picked() {
        let queue = NOUNS.iter().find(|noun| noun.word() == "queue").unwrap();
        let added =
            body(r#"{"queue_url":"u","credentials":{"A":1,"B":{"$date":5,"$zone":null,"$offset":null}}}"#);
        let extras = Extras {
            info: Some(added),
            ..Extras::default()
        };
        let stored = body(r#"{"guid":1,"info":{"entity_type":"queue"}}"#);
        for (query, expected) in [
            (
                "",
                r#"{"guid":1,"info":{"entity_type":"queue","queue_url":"u","credentials":{"A":1,"B":{"$date":5,"$zone":null,"$offset":null}}}}"#,
            ),
            (
                "fields=info.credentials.B&fields=info.entity_type",
                r#"{"guid":1,"info":{"entity_type":"queue","credentials":{"B":{"$date":5,"$zone":null,"$offset":null}}}}"#,
            ),
            ("fields=name", r#"{"guid":1}"#),
        ] {
            let mut out = Vec::new();
            let wanted = Wanted::read(query).unwrap();
            entity(&mut out, queue, stored.root(), &wanted, &extras).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{query}");
        }
    }
}
