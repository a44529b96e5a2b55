//! The members around the records: entity, operation, options and the request's id.

use jsonb::Limits;
use model::{Detail, RequestId};
use serde_json::Value;

use crate::articles::cut;
use crate::imports::{MAX_NAME, Operation};

/// What is asked for, as far as it could be read.
#[derive(Debug, Default)]
pub(in crate::imports) struct Envelope {
    /// As it was named, cut to a length that is safe to repeat.
    pub(in crate::imports) entity: Option<String>,
    /// As it was named.
    pub(in crate::imports) operation: Option<String>,
    pub(in crate::imports) object_in_response: bool,
    pub(in crate::imports) request_id: Option<RequestId>,
}

/// The members with where to complain.
struct Members<'a> {
    fields: &'a [(String, Vec<u8>)],
    /// Whether all of them were seen: what stands behind a break of the file was not.
    complete: bool,
    problems: Vec<Detail>,
}

impl Envelope {
    /// Reads the members, and says what is wrong with them; `wrapper` is what stands before their names.
    pub(super) fn read(
        fields: &[(String, Vec<u8>)],
        wrapper: &str,
        limits: &Limits,
        complete: bool,
    ) -> (Self, Vec<Detail>) {
        let mut members = Members {
            fields,
            complete,
            problems: Vec::new(),
        };
        members.check_syntax(limits);
        let entity = members.required_text(&format!("{wrapper}entity"));
        let operation = members.operation(&format!("{wrapper}operation"));
        let object_in_response = members.object_in_response(&format!("{wrapper}options"));
        let request_id = members.request_id(wrapper);
        let envelope = Self {
            entity: entity.map(bounded),
            operation: operation.map(bounded),
            object_in_response,
            request_id,
        };
        (envelope, members.problems)
    }
}

/// A name at a length that is safe to store and repeat.
fn bounded(name: String) -> String {
    if name.len() <= MAX_NAME { name } else { cut(&name) }
}

impl Members<'_> {
    fn complain(&mut self, field: &str, message: String) {
        self.problems.push(Detail::new(cut(field), message));
    }

    fn is_bad(&self, name: &str) -> bool {
        self.problems.iter().any(|problem| problem.field == name)
    }

    /// Everything around the records must be JSON that is taken here, whether it is used or not.
    fn check_syntax(&mut self, limits: &Limits) {
        for (name, text) in self.fields {
            if let Err(error) = jsonb::validate(text, limits) {
                self.complain(name, format!("{} cannot be read: {}", cut(name), error.kind));
            }
        }
    }

    /// A member's value; null counts as absent.
    fn get(&mut self, name: &str) -> Option<Value> {
        let mut found = self.fields.iter().filter(|(known, _)| known == name);
        let (_, text) = found.next()?;
        if found.next().is_some() {
            self.complain(name, format!("{name} is given more than once"));
        }
        if self.is_bad(name) {
            return None;
        }
        serde_json::from_slice(text)
            .ok()
            .filter(|value: &Value| !value.is_null())
    }

    fn required_text(&mut self, name: &str) -> Option<String> {
        match self.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            Some(other) => {
                let shown = cut(&other.to_string());
                self.complain(name, format!("{name} must be a name, got {shown}"));
                None
            }
            None if self.complete && !self.is_bad(name) => {
                self.complain(name, format!("the {name} field is required"));
                None
            }
            None => None,
        }
    }

    fn operation(&mut self, name: &str) -> Option<String> {
        let word = self.required_text(name)?;
        if Operation::parse(&word).is_none() {
            let known = Operation::ALL.map(Operation::as_str).join(", ");
            let shown = cut(&word);
            self.complain(
                name,
                format!("unknown operation {shown:?}: expected one of {known}"),
            );
        }
        Some(word)
    }

    fn object_in_response(&mut self, name: &str) -> bool {
        let options = match self.get(name) {
            None => return false,
            Some(Value::Object(options)) => options,
            Some(other) => {
                let shown = cut(&other.to_string());
                self.complain(name, format!("{name} must be an object, got {shown}"));
                return false;
            }
        };
        match options.get("object_in_response") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(wanted)) => *wanted,
            Some(other) => {
                let name = format!("{name}.object_in_response");
                let shown = cut(&other.to_string());
                self.complain(&name, format!("{name} must be true or false, got {shown}"));
                false
            }
        }
    }

    /// The request's id, inside the wrapping object or beside it.
    fn request_id(&mut self, wrapper: &str) -> Option<RequestId> {
        let inner = format!("{wrapper}request_id");
        let mut ids = Vec::new();
        for name in [inner.as_str(), "request_id"] {
            if ids.is_empty() || inner != name {
                ids.extend(self.get(name).and_then(|value| self.uuid(name, &value)));
            }
        }
        if let [one, other] = ids.as_slice()
            && one != other
        {
            let message = format!("request_id is {other}, but {inner} is {one}");
            self.complain("request_id", message);
        }
        ids.into_iter().next()
    }

    fn uuid(&mut self, name: &str, value: &Value) -> Option<RequestId> {
        let id = value.as_str().and_then(|text| text.parse().ok());
        if id.is_none() {
            let shown = cut(&value.to_string());
            self.complain(name, format!("{name} must be a UUID, got {shown}"));
        }
        id
    }
}
