//! The MD5 digests by which clients check what was stored and what they got.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::queues::{Attribute, Value};
use md5::{Digest, Md5};

/// Of a body.
pub(crate) fn of_body(body: &str) -> String {
    model::hex::encode(&Md5::digest(body.as_bytes()))
}

/// Of attributes, in the order of their names; none if there are none.
pub(crate) fn of_attributes<'a>(
    attributes: impl Iterator<Item = (&'a String, &'a Attribute)>,
) -> Option<String> {
    let mut digest = Md5::new();
    let mut count = 0;
    let part = |digest: &mut Md5, bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        digest.update(length.to_be_bytes());
        digest.update(bytes);
    };
    for (name, attribute) in attributes {
        count += 1;
        part(&mut digest, name.as_bytes());
        part(&mut digest, attribute.kind.as_bytes());
        match &attribute.value {
            Value::Text(text) => {
                digest.update([1]);
                part(&mut digest, text.as_bytes());
            }
            Value::Bytes(base64) => {
                digest.update([2]);
                // It was decoded when it was taken.
                part(&mut digest, &STANDARD.decode(base64).unwrap_or_default());
            }
        }
    }
    (count > 0).then(|| model::hex::encode(&digest.finalize()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use engine::queues::{Attribute, Value};

    use super::{of_attributes, of_body};

    #[test]
    fn digests_are_those_of_amazon() {
        assert_eq!(
            of_body("This is a test message"),
            "fafb00f5732ab283681e124bf8747ed1"
        );
        let empty = BTreeMap::new();
        assert_eq!(of_attributes(empty.iter()), None);
        let kind = "Number".to_owned();
        let value = Value::Text("1493147359900".to_owned());
        let attributes = BTreeMap::from([("timestamp".to_owned(), Attribute { kind, value })]);
        assert_eq!(
            of_attributes(attributes.iter()).as_deref(),
            Some("235c5c510d26fb653d073faed50ae77c")
        );
    }
}
