//! One operation of a delta update, read and checked before any transaction.

use jsonb::{Damaged, Jsonb, Kind, Value};

use super::fields::{article_id, complaint, cut, shown};

/// What an operation does. The table of outcomes is in the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    AddArticle,
    ReplaceArticle,
    DeleteArticle,
    AddFeature,
    ReplaceFeature,
    DeleteFeature,
}

const NAMES: [(&str, Operation); 6] = [
    ("add-article", Operation::AddArticle),
    ("replace-article", Operation::ReplaceArticle),
    ("delete-article", Operation::DeleteArticle),
    ("add-article-feature", Operation::AddFeature),
    ("replace-article-feature", Operation::ReplaceFeature),
    ("delete-article-feature", Operation::DeleteFeature),
];

impl Operation {
    /// The name in files and answers.
    pub(crate) fn as_str(self) -> &'static str {
        NAMES
            .iter()
            .find(|(_, operation)| *operation == self)
            .map_or("", |(name, _)| name)
    }

    fn parse(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, operation)| *operation)
    }

    fn is_about_features(self) -> bool {
        matches!(
            self,
            Self::AddFeature | Self::ReplaceFeature | Self::DeleteFeature
        )
    }
}

/// An operation that can be tried.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Op {
    pub(crate) operation: Operation,
    pub(crate) id: String,
    pub(crate) data: Jsonb,
}

/// An operation that cannot even be tried, with as much of it as could be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) operation: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) data: Option<Jsonb>,
    pub(crate) message: String,
}

impl Refused {
    /// A refusal of which nothing but the reason is known.
    pub(crate) fn because(message: String) -> Self {
        Self {
            operation: None,
            id: None,
            data: None,
            message,
        }
    }
}

impl Op {
    /// Reads one element of a delta file.
    pub(crate) fn read(element: Value<'_>) -> Result<Result<Self, Refused>, Damaged> {
        if element.kind() != Kind::Object {
            let message = format!("an operation must be an object, got {}", shown(element)?);
            return Ok(Err(Refused::because(message)));
        }
        let name = element.get("operation")?;
        let data = element.get("articleData")?;
        let mut refused = Refused::because(String::new());
        refused.operation = name
            .map(|name| Ok(name.as_str()?.unwrap_or_default().into_owned()))
            .transpose()?;
        refused.data = data.map(|data| Jsonb::from_stored(data.as_bytes().to_vec()));
        if let Some(data) = data.filter(|data| data.kind() == Kind::Object) {
            refused.id = article_id(data)?.ok();
        }
        let checked = check(element, name, data)?;
        Ok(checked.map_err(|message| Refused { message, ..refused }))
    }
}

/// The operation, or the sentence that says why it cannot be tried.
fn check(
    element: Value<'_>,
    name: Option<Value<'_>>,
    data: Option<Value<'_>>,
) -> Result<Result<Op, String>, Damaged> {
    for entry in element.entries() {
        let (key, _) = entry?;
        if !matches!(&*key, "operation" | "articleData" | "file") {
            return Ok(Err(format!(
                "unknown key {} in an operation",
                cut(&format!("{key:?}"))
            )));
        }
    }
    let Some(name) = name else {
        return Ok(Err("operation is missing".to_owned()));
    };
    let operation = name.as_str()?.as_deref().and_then(Operation::parse);
    let Some(operation) = operation else {
        return Ok(Err(format!("unknown operation: {}", shown(name)?)));
    };
    let Some(data) = data else {
        return Ok(Err("articleData is missing".to_owned()));
    };
    if let Some((_, message)) = complaint(data)? {
        return Ok(Err(message));
    }
    let id = match article_id(data)? {
        Ok(id) => id,
        Err(message) => return Ok(Err(message)),
    };
    if operation.is_about_features() && data.len()? < 2 {
        return Ok(Err(format!(
            "{} names no field besides F_1: {id}",
            operation.as_str()
        )));
    }
    let data = Jsonb::from_stored(data.as_bytes().to_vec());
    Ok(Ok(Op { operation, id, data }))
}

#[cfg(test)]
mod tests {
    use jsonb::{Jsonb, Limits};

    use super::{Op, Operation};

    fn read(text: &str) -> Result<Op, String> {
        let body = Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap();
        Op::read(body.root()).unwrap().map_err(|refused| refused.message)
    }

    #[test]
    fn reads_every_operation() {
        for (name, operation) in super::NAMES {
            let op = read(&format!(
                r#"{{"operation":"{name}","articleData":{{"F_1":"7","F_3":"x"}}}}"#
            ))
            .unwrap();
            assert_eq!(
                (op.operation, op.id.as_str(), op.operation.as_str()),
                (operation, "7", name)
            );
        }
        let op =
            read(r#"{"articleData":{"F_1":12},"operation":"delete-article","file":"http://h/f"}"#).unwrap();
        assert_eq!((op.operation, op.id.as_str()), (Operation::DeleteArticle, "12"));
    }

    #[test]
    fn refusals_name_what_is_wrong() {
        let cases = [
            ("7", "an operation must be an object, got 7"),
            ("{}", "operation is missing"),
            (r#"{"operation":"add-article"}"#, "articleData is missing"),
            (
                r#"{"operation":"frob","articleData":{"F_1":"1"}}"#,
                r#"unknown operation: "frob""#,
            ),
            (
                r#"{"operation":4,"articleData":{"F_1":"1"}}"#,
                "unknown operation: 4",
            ),
            (
                r#"{"operation":"add-article","articleData":[]}"#,
                "articleData must be an object, got an array",
            ),
            (
                r#"{"operation":"add-article","articleData":{}}"#,
                "F_1, the article number, is missing",
            ),
            (
                r#"{"operation":"add-article","articleData":{"F_1":""}}"#,
                "F_1, the article number, is empty",
            ),
            (
                r#"{"operation":"add-article","articleData":{"F_1":null}}"#,
                "F_1, the article number, must be a string, got null",
            ),
            (
                r#"{"operation":"add-article","articleData":{"F_1":"1","x":1}}"#,
                r#"unknown field "x": fields are F_<n> and C_<n>"#,
            ),
            (
                r#"{"operation":"add-article","articleData":{"F_1":"1","F_2":true}}"#,
                "field F_2 must be a string, a number or null, got true",
            ),
            (
                r#"{"operation":"add-article","articleData":{"F_1":"1"},"why":1}"#,
                r#"unknown key "why" in an operation"#,
            ),
            (
                r#"{"operation":"add-article-feature","articleData":{"F_1":"1"}}"#,
                "add-article-feature names no field besides F_1: 1",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(read(text), Err(message.to_owned()), "{text}");
        }
    }
}
