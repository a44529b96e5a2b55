//! An answer taken apart, and the error forms of the dialects.

use serde_json::Value;

/// One HTTP/1 answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// The forms in which errors are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    /// Article and job routes of light100.
    Article,
    /// Admin routes of light100.
    Admin,
    /// Fusion.
    Fusion,
    /// Fusion's body that cannot be taken: the job that says so, and what is wrong.
    Rejected,
    /// Qalx: `detail`, or sentences by field.
    Qalx,
    /// Slingr: `code` and `message`, with `errors` where values are wrong.
    Slingr,
    /// Outside any dialect.
    Plain,
    /// What is no HTTP is answered by the protocol's parser, with a status alone.
    Bare,
}

impl Answer {
    /// All answers in what came back on one connection.
    pub(crate) fn all(mut bytes: &[u8]) -> Result<Vec<Self>, String> {
        let mut answers = Vec::new();
        while !bytes.is_empty() {
            let (answer, rest) = Self::first(bytes).ok_or_else(|| {
                format!(
                    "no answer: {:?}",
                    String::from_utf8_lossy(&bytes[..bytes.len().min(300)])
                )
            })?;
            if answer.status != 100 {
                answers.push(answer);
            }
            bytes = rest;
        }
        Ok(answers)
    }

    fn first(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        let headers: Vec<_> = headers.collect::<Option<_>>()?;
        let mut answer = Self {
            status,
            headers,
            body: String::new(),
        };
        let rest = &bytes[end + 4..];
        let length = answer
            .header("content-length")
            .map_or(Some(0), |length| length.parse().ok())?;
        answer.body = String::from_utf8(rest.get(..length)?.to_vec()).ok()?;
        Some((answer, &rest[length..]))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Checks that this is an error of `form`, and gives its sentences.
    pub(crate) fn sentences(&self, form: Form) -> Result<String, String> {
        if form == Form::Bare {
            return if self.body.is_empty() {
                Ok(String::new())
            } else {
                Err(format!("a body: {self:?}"))
            };
        }
        if self.header("content-type") != Some("application/json") || self.header("x-request-id").is_none() {
            return Err(format!("not the headers of a refusal: {self:?}"));
        }
        let needed = match self.status {
            401 => "www-authenticate",
            405 => "allow",
            _ => "content-type",
        };
        if form != Form::Plain && self.header(needed).is_none() {
            return Err(format!("{needed} is missing: {self:?}"));
        }
        let body: Value = serde_json::from_str(&self.body).map_err(|error| format!("{error}: {self:?}"))?;
        read(form, &body).ok_or_else(|| format!("not of the form {form:?}: {}", self.body))
    }
}

fn read(form: Form, body: &Value) -> Option<String> {
    let text = |name: &str| body.get(name)?.as_str().map(str::to_owned);
    let keys: Vec<&str> = body.as_object()?.keys().map(String::as_str).collect();
    match form {
        Form::Article => {
            let fits =
                keys == ["status", "message", "data"] && body["status"] == "error" && body["data"].is_null();
            text("message").filter(|_| fits)
        }
        Form::Admin => {
            let message = text("message").filter(|message| message.ends_with('.'))?;
            let fits = keys == ["message"] || keys == ["message", "errors"];
            let errors = body.get("errors").map(Value::to_string).unwrap_or_default();
            fits.then(|| message + &errors)
        }
        Form::Fusion => text("error")
            .filter(|_| keys == ["error", "details"])
            .and_then(|_| details(body)),
        Form::Rejected => {
            let fits = body["status"] == "fail_to_receive" && body["id"].is_i64();
            fits.then(|| details(body)).flatten()
        }
        Form::Qalx => by_field(body),
        Form::Slingr => {
            let fits = keys == ["code", "message"] || keys == ["code", "message", "errors"];
            text("message").filter(|_| fits)
        }
        Form::Plain => text("error").filter(|_| keys == ["error", "code"]),
        Form::Bare => None,
    }
}

/// The sentences of a qalx error, behind their fields.
fn by_field(body: &Value) -> Option<String> {
    let mut all = String::new();
    for (field, said) in body.as_object().filter(|fields| !fields.is_empty())? {
        match said {
            Value::String(sentence) if field == "detail" => all.push_str(sentence),
            Value::Array(sentences) if !sentences.is_empty() => {
                for sentence in sentences {
                    all = format!("{all}{field}: {}\n", sentence.as_str()?);
                }
            }
            _ => return None,
        }
    }
    Some(all)
}

/// The sentence of a fusion error and those of its details.
fn details(body: &Value) -> Option<String> {
    let mut all = body["error"].as_str()?.to_owned();
    for detail in body["details"].as_array()? {
        let (field, message) = (detail["field"].as_str()?, detail["message"].as_str()?);
        all = format!("{all}\n{field}: {message}");
    }
    Some(all)
}
