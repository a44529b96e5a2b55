//! Requests of the older protocol: a form, turned into the JSON of the same request.
//!
//! Lists and maps are numbered fields (`Attribute.1.Name`), in singular where JSON has plural; [`LISTS`] says how each is
//! called there and what it is made of.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::error::Refusal;

/// What a numbered field is in JSON.
#[derive(Clone, Copy)]
enum Shape {
    /// A list of texts.
    Texts,
    /// A map, whose keys and values are in fields of these names.
    Map(&'static str, &'static str),
    /// A list of objects.
    Objects,
}

/// Numbered fields, what JSON calls them, and what they are.
const LISTS: &[(&str, &str, Shape)] = &[
    ("AttributeName", "AttributeNames", Shape::Texts),
    ("MessageAttributeName", "MessageAttributeNames", Shape::Texts),
    (
        "MessageSystemAttributeName",
        "MessageSystemAttributeNames",
        Shape::Texts,
    ),
    ("TagKey", "TagKeys", Shape::Texts),
    ("Attribute", "Attributes", Shape::Map("Name", "Value")),
    ("Tag", "Tags", Shape::Map("Key", "Value")),
    (
        "MessageAttribute",
        "MessageAttributes",
        Shape::Map("Name", "Value"),
    ),
    (
        "MessageSystemAttribute",
        "MessageSystemAttributes",
        Shape::Map("Name", "Value"),
    ),
    ("SendMessageBatchRequestEntry", "Entries", Shape::Objects),
    ("DeleteMessageBatchRequestEntry", "Entries", Shape::Objects),
    (
        "ChangeMessageVisibilityBatchRequestEntry",
        "Entries",
        Shape::Objects,
    ),
];

/// Fields that are numbers in JSON.
const NUMBERS: &[&str] = &[
    "DelaySeconds",
    "MaxNumberOfMessages",
    "VisibilityTimeout",
    "WaitTimeSeconds",
    "MaxResults",
    "MaxNumberOfMessagesPerSecond",
];

/// The most fields of a form: a batch of ten messages with ten attributes each has some six hundred.
const MOST_FIELDS: usize = 2000;

/// The fields below one name: those of a number, or a text.
#[derive(Default)]
struct Node {
    text: Option<String>,
    below: BTreeMap<String, Node>,
}

/// The operation and the JSON of its request.
pub(crate) fn read(body: &[u8]) -> Result<(String, Json), Refusal> {
    let unreadable = || Refusal::unreadable("the body is not a form in UTF-8");
    let text = std::str::from_utf8(body).map_err(|_| unreadable())?;
    let pairs = edge::query_pairs(text).map_err(|_| unreadable())?;
    if pairs.len() > MOST_FIELDS {
        return Err(Refusal::unreadable(format!(
            "the form has {} fields, at most {MOST_FIELDS} are taken",
            pairs.len()
        )));
    }
    let (mut root, mut action) = (Node::default(), None);
    for (name, value) in pairs {
        match name.as_str() {
            "Action" => action = Some(value),
            "Version" => {}
            _ => root.put(&name, value),
        }
    }
    let action = action.ok_or_else(|| Refusal::unknown_operation("the form names no Action"))?;
    Ok((action, Json::Object(root.into_object())))
}

impl Node {
    fn put(&mut self, name: &str, value: String) {
        let mut node = self;
        // Some clients have a word between a list and its numbers.
        for part in name
            .split('.')
            .filter(|part| !matches!(*part, "member" | "entry"))
            .take(8)
        {
            node = node.below.entry(part.to_owned()).or_default();
        }
        node.text = Some(value);
    }

    fn into_object(self) -> Map<String, Json> {
        let mut object = Map::new();
        for (name, node) in self.below {
            match LISTS
                .iter()
                .find(|(numbered, ..)| *numbered == name && node.is_numbered())
            {
                Some((_, called, shape)) => {
                    object.insert((*called).to_owned(), node.into_list(*shape));
                }
                None => {
                    let value = node.into_value(&name);
                    object.insert(name, value);
                }
            }
        }
        object
    }

    fn is_numbered(&self) -> bool {
        self.text.is_none() && self.below.keys().all(|key| key.parse::<u32>().is_ok())
    }

    fn into_value(self, name: &str) -> Json {
        match self.text {
            Some(text) if NUMBERS.contains(&name) => match text.parse::<i64>() {
                Ok(number) => Json::from(number),
                Err(_) => Json::from(text),
            },
            Some(text) => Json::from(text),
            None => Json::Object(self.into_object()),
        }
    }

    fn into_list(self, shape: Shape) -> Json {
        let mut numbered: Vec<(u32, Self)> = self
            .below
            .into_iter()
            .filter_map(|(key, node)| Some((key.parse().ok()?, node)))
            .collect();
        numbered.sort_by_key(|(number, _)| *number);
        let nodes = numbered.into_iter().map(|(_, node)| node);
        match shape {
            Shape::Texts => nodes
                .map(|node| Json::from(node.text.unwrap_or_default()))
                .collect(),
            Shape::Objects => nodes.map(|node| Json::Object(node.into_object())).collect(),
            Shape::Map(key, value) => Json::Object(nodes.map(|node| node.into_pair(key, value)).collect()),
        }
    }

    fn into_pair(mut self, key: &str, value: &str) -> (String, Json) {
        let key = self.below.remove(key).and_then(|node| node.text);
        let value = self.below.remove(value).unwrap_or_default();
        let value = match value.text {
            Some(text) => Json::from(text),
            None if value.below.is_empty() => Json::from(""),
            None => Json::Object(value.into_object()),
        };
        (key.unwrap_or_default(), value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    #[test]
    fn numbered_fields_are_lists_and_maps() {
        let form = "Action=SendMessageBatch&Version=2012-11-05&QueueUrl=http%3A%2F%2Fh%2F1\
            &SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.1.Id=a\
            &SendMessageBatchRequestEntry.1.DelaySeconds=5\
            &SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n\
            &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String\
            &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=v+w\
            &AttributeName.1=All&Tag.1.Key=k&Tag.1.Value=t&Attribute.1.Name=DelaySeconds&Attribute.1.Value=7";
        let (action, request) = read(form.as_bytes()).unwrap();
        assert_eq!(action, "SendMessageBatch");
        assert_eq!(
            request,
            json!({
                "QueueUrl": "http://h/1",
                "AttributeNames": ["All"],
                "Attributes": { "DelaySeconds": "7" },
                "Tags": { "k": "t" },
                "Entries": [
                    {
                        "Id": "a",
                        "DelaySeconds": 5,
                        "MessageAttributes": { "n": { "DataType": "String", "StringValue": "v w" } },
                    },
                    { "Id": "b" },
                ],
            })
        );
    }

    #[test]
    fn other_fields_are_texts_or_numbers() {
        let (_, request) =
            read(b"Action=ReceiveMessage&WaitTimeSeconds=20&MaxNumberOfMessages=x&MessageBody=7").unwrap();
        assert_eq!(
            request,
            json!({ "WaitTimeSeconds": 20, "MaxNumberOfMessages": "x", "MessageBody": "7" })
        );
        assert!(read(b"QueueName=a").is_err());
        assert!(read(b"Action=%ff").is_err());
    }
}
