//! One record of an import, read and checked before any transaction: its key, its sender's own id, its content.

use jsonb::{Damaged, Jsonb, Kind, Value, remove_field};
use model::{Code, Env};

use crate::ImportOptions;
use crate::articles::{Fields, article_id, check_key, cut, shown};
use crate::imports::{Operation, Problem, REQUEST_DATA_ID};

/// The longest id of a sender's own, in bytes as JSON.
const MAX_REQUEST_DATA_ID: usize = 300;

/// What records are held to.
pub(super) struct Rules {
    pub(super) articles: bool,
    pub(super) operation: Operation,
    pub(super) options: ImportOptions,
    pub(super) env: Env,
}

/// A record, or as much of it as could be read and what is wrong with it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) number: u64,
    pub(super) key: Option<String>,
    /// As JSON.
    pub(super) request_data_id: Option<String>,
    pub(super) content: Result<Jsonb, Problem>,
}

type Checked<T> = Result<Result<T, Problem>, Damaged>;

impl Row {
    /// A record of which nothing but what is wrong is known.
    pub(super) fn refused(number: u64, problem: Problem) -> Self {
        Self {
            number,
            key: None,
            request_data_id: None,
            content: Err(problem),
        }
    }

    /// Reads one record.
    pub(super) fn read(number: u64, body: Jsonb, rules: &Rules) -> Result<Self, Damaged> {
        let root = body.root();
        if root.kind() != Kind::Object {
            let message = format!("a record must be an object, got {}", shown(root)?);
            return Ok(Self::refused(number, bad(None, message)));
        }
        let mut row = Self::refused(number, bad(None, String::new()));
        let (given, problem) = match request_data_id(root)? {
            Ok(given) => (given, None),
            Err(problem) => (None, Some(problem)),
        };
        row.request_data_id = given;
        let body = match root.get(REQUEST_DATA_ID)? {
            Some(_) => remove_field(&body, REQUEST_DATA_ID)?,
            None => body,
        };
        let key = match rules.key(body.root())? {
            Ok(key) => key,
            Err(key_problem) => {
                row.content = Err(problem.unwrap_or(key_problem));
                return Ok(row);
            }
        };
        row.key = Some(key);
        row.content = match problem {
            Some(problem) => Err(problem),
            None => rules.content(body),
        };
        Ok(row)
    }
}

impl Rules {
    /// The record's key: an article's number; else its `id`, else its `code`, else a new one where that makes sense.
    fn key(&self, record: Value<'_>) -> Checked<String> {
        if self.articles {
            return Ok(article_id(record)?.map_err(|message| bad(Some("F_1"), message)));
        }
        for name in ["id", "code"] {
            if let Some(value) = record.get(name)?.filter(|value| value.kind() != Kind::Null) {
                return key_of(name, value);
            }
        }
        if self.operation.creates() {
            return Ok(Ok(self.env.new_job_id().as_str().to_owned()));
        }
        let message = format!("id or code is required to {} a record", self.operation.as_str());
        Ok(Err(Problem::new(Code::MissingField, Some("id"), message)))
    }

    fn content(&self, body: Jsonb) -> Result<Jsonb, Problem> {
        if self.articles {
            return Ok(Fields::parse(body)?.body().clone());
        }
        Ok(body)
    }
}

fn key_of(name: &str, value: Value<'_>) -> Checked<String> {
    let key = match value.kind() {
        Kind::Text => value.as_str()?.unwrap_or_default().into_owned(),
        Kind::Int => value.number_spelling()?.unwrap_or_default().into_owned(),
        _ => {
            let message = format!("{name} must be a string or an integer, got {}", shown(value)?);
            return Ok(Err(bad(Some(name), message)));
        }
    };
    Ok(check_key(name, key).map_err(|message| bad(Some(name), message)))
}

/// The sender's own id as JSON; null counts as absent.
fn request_data_id(record: Value<'_>) -> Checked<Option<String>> {
    let Some(value) = record.get(REQUEST_DATA_ID)? else {
        return Ok(Ok(None));
    };
    let text = match value.kind() {
        Kind::Null => return Ok(Ok(None)),
        Kind::Text | Kind::Int | Kind::Float => value.to_text()?,
        _ => {
            let message = format!(
                "{REQUEST_DATA_ID} must be a string or a number, got {}",
                shown(value)?
            );
            return Ok(Err(bad(Some(REQUEST_DATA_ID), message)));
        }
    };
    if text.len() > MAX_REQUEST_DATA_ID {
        let message = format!(
            "{REQUEST_DATA_ID} is longer than {MAX_REQUEST_DATA_ID} bytes: {}",
            cut(&text)
        );
        return Ok(Err(bad(Some(REQUEST_DATA_ID), message)));
    }
    Ok(Ok(Some(text)))
}

fn bad(field: Option<&str>, message: String) -> Problem {
    Problem::new(Code::BadValue, field, message)
}
