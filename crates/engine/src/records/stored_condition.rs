//! Conditions as jobs keep them: JSON that says the same again.

use app::{Condition, Literal, Operator};
use jsonb::Limits;
use model::Error;
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stored {
    And(Vec<Stored>),
    Or(Vec<Stored>),
    Test(String, String, Vec<Operand>),
    Element(String, Vec<(String, Operand)>),
}

/// An operand.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operand {
    Text(String),
    Json(String),
    User(String),
}

impl Stored {
    pub(crate) fn of(condition: &Condition) -> Result<Self, Error> {
        let all = |parts: &[Condition]| parts.iter().map(Self::of).collect::<Result<Vec<_>, _>>();
        Ok(match condition {
            Condition::And(parts) => Self::And(all(parts)?),
            Condition::Or(parts) => Self::Or(all(parts)?),
            Condition::Test {
                path,
                operator,
                values,
            } => {
                let name = Operator::ALL.iter().find(|(known, _)| known == operator);
                let name = name.map_or("", |(_, name)| name).to_owned();
                let values = values.iter().map(Operand::of).collect::<Result<_, _>>()?;
                Self::Test(path.clone(), name, values)
            }
            Condition::Element { path, fields } => {
                let field = |(name, literal): &(String, Literal)| Ok((name.clone(), Operand::of(literal)?));
                let fields = fields.iter().map(field).collect::<Result<_, Error>>()?;
                Self::Element(path.clone(), fields)
            }
        })
    }

    pub(crate) fn condition(&self) -> Result<Condition, Error> {
        let all = |parts: &[Self]| parts.iter().map(Self::condition).collect::<Result<Vec<_>, _>>();
        Ok(match self {
            Self::And(parts) => Condition::And(all(parts)?),
            Self::Or(parts) => Condition::Or(all(parts)?),
            Self::Test(path, name, values) => {
                let found = Operator::ALL.iter().find(|(_, known)| known == name);
                let unknown = || Error::internal(format!("operator {name:?} in a stored condition"));
                Condition::Test {
                    path: path.clone(),
                    operator: found.ok_or_else(unknown)?.0,
                    values: values.iter().map(Operand::literal).collect::<Result<_, _>>()?,
                }
            }
            Self::Element(path, fields) => {
                let field = |(name, operand): &(String, Operand)| Ok((name.clone(), operand.literal()?));
                Condition::Element {
                    path: path.clone(),
                    fields: fields.iter().map(field).collect::<Result<_, Error>>()?,
                }
            }
        })
    }
}

impl Operand {
    fn of(literal: &Literal) -> Result<Self, Error> {
        Ok(match literal {
            Literal::Text(text) => Self::Text(text.clone()),
            Literal::Json(json) => Self::Json(json.to_text().map_err(Error::internal)?),
            Literal::CurrentUser(path) => Self::User(path.clone()),
        })
    }

    fn literal(&self) -> Result<Literal, Error> {
        Ok(match self {
            Self::Text(text) => Literal::Text(text.clone()),
            Self::Json(text) => {
                let json = jsonb::Jsonb::parse(text.as_bytes(), &Limits::default());
                Literal::Json(json.map_err(Error::internal)?)
            }
            Self::User(path) => Literal::CurrentUser(path.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use app::language::map::map;
    use jsonb::{Jsonb, Limits};

    use super::Stored;

    #[test]
    fn conditions_come_back() {
        let text = r#"{"a":"greater(3)","b":[1,true],"_or":{"c":"x,y","d.e":null},"f":{"g":"h"}}"#;
        let condition = map(Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap().root()).unwrap();
        let stored = serde_json::to_string(&Stored::of(&condition).unwrap()).unwrap();
        let back: Stored = serde_json::from_str(&stored).unwrap();
        assert_eq!(back.condition().unwrap(), condition);
    }
}
