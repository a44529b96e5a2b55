//! One row of the table: a request and what must come of it.

use super::answer::{Answer, Form};
use super::bed::Bed;
use super::wire::exchange;

/// The longest refusal. What a client sent is repeated only as far as it helps him.
const LONGEST: usize = 10 << 10;

/// A request with the refusal that it must get.
pub(crate) struct Row {
    pub(crate) name: String,
    request: Vec<u8>,
    status: u16,
    form: Form,
    says: String,
}

impl Row {
    /// Any bytes. `{user}` and `{admin}` stand for tokens there, in the first 16 kB.
    pub(crate) fn raw(name: impl Into<String>, request: impl Into<Vec<u8>>, status: u16, form: Form) -> Self {
        Self {
            name: name.into(),
            request: request.into(),
            status,
            form,
            says: String::new(),
        }
    }

    /// What the refusal must say, beside being one.
    pub(crate) fn says(mut self, text: impl Into<String>) -> Self {
        self.says = text.into();
        self
    }

    /// Sends it and says what is wrong with the answer.
    pub(crate) fn run(&self, bed: &Bed) -> Result<(), String> {
        let got = exchange(bed.address, &bed.with_tokens(&self.request));
        if !got.closed {
            return Err("the connection is still open".to_owned());
        }
        let answers = Answer::all(&got.bytes)?;
        let [answer] = answers.as_slice() else {
            return Err(format!("{} answers: {answers:?}", answers.len()));
        };
        if answer.status != self.status {
            return Err(format!(
                "expected {}, got {}: {}",
                self.status,
                answer.status,
                cut(&answer.body)
            ));
        }
        let sentences = answer.sentences(self.form).map_err(|error| cut(&error))?;
        // The admin routes begin their sentences with a capital.
        if !sentences.to_lowercase().contains(&self.says.to_lowercase()) {
            return Err(format!("does not say {:?}: {}", self.says, cut(&sentences)));
        }
        if answer.body.len() > LONGEST {
            return Err(format!(
                "{} bytes of refusal: {}",
                answer.body.len(),
                cut(&answer.body)
            ));
        }
        Ok(())
    }
}

fn cut(text: &str) -> String {
    text.chars().take(500).collect()
}

/// A request put together from well-formed parts.
pub(crate) struct Call {
    head: String,
    body: Vec<u8>,
}

impl Call {
    /// Without a token yet.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            head: format!("{method} {path} HTTP/1.1\r\nhost: stockyard\r\nconnection: close\r\n"),
            body: Vec::new(),
        }
    }

    /// By the ordinary user.
    pub(crate) fn user(method: &str, path: &str) -> Self {
        Self::new(method, path).header("authorization: Bearer {user}")
    }

    /// By the ordinary user, in the way of qalx.
    pub(crate) fn qalx(method: &str, path: &str) -> Self {
        Self::new(method, path).header("authorization: Token {user}")
    }

    /// By the admin.
    pub(crate) fn admin(method: &str, path: &str) -> Self {
        Self::new(method, path).header("authorization: Bearer {admin}")
    }

    pub(crate) fn header(mut self, line: &str) -> Self {
        self.head.push_str(line);
        self.head.push_str("\r\n");
        self
    }

    /// A body with its length.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let line = format!("content-length: {}", self.body.len());
        self.header(&line)
    }

    /// A body that says it is JSON.
    pub(crate) fn json(self, body: impl Into<Vec<u8>>) -> Self {
        self.header("content-type: application/json").body(body)
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut bytes = self.head.into_bytes();
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub(crate) fn refused(self, name: impl Into<String>, status: u16, form: Form) -> Row {
        Row::raw(name, self.bytes(), status, form)
    }
}

/// Where articles are changed.
pub(crate) const UPDATE: &str = "/api/v1/articles/update";
/// Where delta files are handed in.
pub(crate) const DELTA: &str = "/api/v1/articles/delta-update";
/// Where users are made.
pub(crate) const CREATE_USER: &str = "/api/v1/admin/create-user";
/// Where import jobs are made and listed.
pub(crate) const JOBS: &str = "/api/v2/jobs";
