//! Answers of the older protocol: the JSON of the answer, as XML.
//!
//! Written by hand: a carriage return must be written as a reference, or the client's reader makes a line feed of it, and
//! the body would not be what was sent.

use serde_json::Value as Json;

/// What the elements of lists are called, by the operation and the key that JSON has for the list.
fn element(operation: &str, key: &str) -> &'static str {
    match (operation, key) {
        (_, "QueueUrls" | "queueUrls") => "QueueUrl",
        (_, "Messages") => "Message",
        ("SendMessageBatch", "Successful") => "SendMessageBatchResultEntry",
        ("DeleteMessageBatch", "Successful") => "DeleteMessageBatchResultEntry",
        ("ChangeMessageVisibilityBatch", "Successful") => "ChangeMessageVisibilityBatchResultEntry",
        (_, "Failed") => "BatchResultErrorEntry",
        (_, "Results") => "ListMessageMoveTasksResultEntry",
        _ => "member",
    }
}

/// What the entries of maps are called, with their keys.
fn entry(key: &str) -> Option<(&'static str, &'static str)> {
    match key {
        "Attributes" => Some(("Attribute", "Name")),
        "MessageAttributes" => Some(("MessageAttribute", "Name")),
        "Tags" => Some(("Tag", "Key")),
        _ => None,
    }
}

const NAMESPACE: &str = "http://queue.amazonaws.com/doc/2012-11-05/";

/// The answer of an operation.
pub(crate) fn answer(operation: &str, result: &Json, request_id: &str) -> String {
    let mut xml = Xml::default();
    xml.text.push_str("<?xml version=\"1.0\"?>");
    xml.text
        .push_str(&format!("<{operation}Response xmlns=\"{NAMESPACE}\">"));
    if has_result(operation) {
        let name = format!("{operation}Result");
        xml.open(&name);
        xml.members(operation, result);
        xml.close(&name);
    }
    xml.open("ResponseMetadata");
    xml.leaf("RequestId", request_id);
    xml.close("ResponseMetadata");
    xml.close(&format!("{operation}Response"));
    xml.text
}

fn has_result(operation: &str) -> bool {
    !matches!(
        operation,
        "DeleteMessage"
            | "ChangeMessageVisibility"
            | "PurgeQueue"
            | "DeleteQueue"
            | "SetQueueAttributes"
            | "TagQueue"
            | "UntagQueue"
    )
}

/// A refusal.
pub(crate) fn refusal(kind: &str, code: &str, message: &str, request_id: &str) -> String {
    let mut xml = Xml::default();
    xml.text.push_str("<?xml version=\"1.0\"?>");
    xml.text
        .push_str(&format!("<ErrorResponse xmlns=\"{NAMESPACE}\">"));
    xml.open("Error");
    xml.leaf("Type", kind);
    xml.leaf("Code", code);
    xml.leaf("Message", message);
    xml.text.push_str("<Detail/>");
    xml.close("Error");
    xml.leaf("RequestId", request_id);
    xml.close("ErrorResponse");
    xml.text
}

#[derive(Default)]
struct Xml {
    text: String,
}

impl Xml {
    fn open(&mut self, name: &str) {
        self.text.push_str(&format!("<{name}>"));
    }

    fn close(&mut self, name: &str) {
        self.text.push_str(&format!("</{name}>"));
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.open(name);
        for c in text.chars() {
            match c {
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '&' => self.text.push_str("&amp;"),
                '"' => self.text.push_str("&quot;"),
                '\r' => self.text.push_str("&#xD;"),
                other => self.text.push(other),
            }
        }
        self.close(name);
    }

    fn members(&mut self, operation: &str, object: &Json) {
        for (key, value) in object.as_object().into_iter().flatten() {
            match (value, entry(key)) {
                (Json::Object(map), Some((element, name))) => {
                    for (key, value) in map {
                        self.open(element);
                        self.leaf(name, key);
                        self.member(operation, "Value", value);
                        self.close(element);
                    }
                }
                (Json::Array(list), _) => {
                    for value in list {
                        self.member(operation, element(operation, key), value);
                    }
                }
                _ => self.member(operation, key, value),
            }
        }
    }

    fn member(&mut self, operation: &str, name: &str, value: &Json) {
        match value {
            Json::Null => {}
            Json::String(text) => self.leaf(name, text),
            Json::Object(_) => {
                self.open(name);
                self.members(operation, value);
                self.close(name);
            }
            other => self.leaf(name, &other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{answer, refusal};

    #[test]
    fn lists_and_maps_have_their_elements() {
        let result = json!({
            "Messages": [{ "Body": "a\r<b>", "Attributes": { "SenderId": "s" },
                "MessageAttributes": { "n": { "DataType": "String", "StringValue": "v" } } }],
        });
        let xml = answer("ReceiveMessage", &result, "r");
        let (_, inner) = xml.split_once("<ReceiveMessageResult>").unwrap();
        assert_eq!(
            inner,
            "<Message><Body>a&#xD;&lt;b&gt;</Body><Attribute><Name>SenderId</Name><Value>s</Value></Attribute>\
             <MessageAttribute><Name>n</Name><Value><DataType>String</DataType><StringValue>v</StringValue></Value>\
             </MessageAttribute></Message></ReceiveMessageResult><ResponseMetadata><RequestId>r</RequestId>\
             </ResponseMetadata></ReceiveMessageResponse>"
        );
        assert!(!answer("DeleteMessage", &json!({}), "r").contains("Result"));
    }

    #[test]
    fn refusals_name_type_and_code() {
        let xml = refusal("Sender", "InvalidParameterValue", "a & b", "r");
        assert!(
            xml.contains("<Code>InvalidParameterValue</Code><Message>a &amp; b</Message>"),
            "{xml}"
        );
    }
}
