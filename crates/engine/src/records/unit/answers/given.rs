//! What a question says: JSON whose parts are read as they are needed.

use app::language::map::map;
use app::{Condition, Literal, Operator};
use jsonb::{Jsonb, Kind, Value};
use model::{Code, Error};

use super::super::super::stored_condition::Stored;
use super::super::super::{EntityRef, Offset};
use super::super::Unit;
use super::super::app_log::ScriptLine;
use super::super::find::{Next, Query};
use super::super::hear::{own, parsed};

/// Conditions of one query that may lie within one another.
const DEEPEST: usize = 32;

/// See the module.
pub(in crate::records) struct Given(Jsonb);

impl Given {
    pub(in crate::records) fn read(text: &str) -> Result<Self, Error> {
        Ok(Self(parsed(text)?))
    }

    fn get(&self, key: &str) -> Result<Option<Value<'_>>, Error> {
        let value = self.0.root().get(key).map_err(Error::internal)?;
        Ok(value.filter(|value| value.kind() != Kind::Null))
    }

    /// A text that must be there.
    pub(in crate::records) fn text(&self, key: &str) -> Result<String, Error> {
        self.text_or_none(key).ok_or_else(|| {
            let message = format!("{key} must be a text");
            Error::of_field(Code::BadRequest, key.to_owned(), message)
        })
    }

    pub(in crate::records) fn text_or_none(&self, key: &str) -> Option<String> {
        let value = self.get(key).ok().flatten()?;
        Some(value.as_str().ok().flatten()?.into_owned())
    }

    pub(in crate::records) fn flag(&self, key: &str) -> bool {
        let value = self.get(key).ok().flatten();
        value.is_some_and(|value| value.kind() == Kind::True)
    }

    /// A whole number from 0.
    pub(in crate::records) fn count(&self, key: &str) -> Result<u64, Error> {
        let number = self.get(key)?.and_then(|value| whole(value));
        number.ok_or_else(|| {
            let message = format!("{key} must be a whole number from 0");
            Error::of_field(Code::BadRequest, key.to_owned(), message)
        })
    }

    /// Any value; null when it is not there.
    pub(in crate::records) fn part(&self, key: &str) -> Result<Jsonb, Error> {
        match self.get(key)? {
            Some(value) => Ok(own(value)),
            None => parsed("null"),
        }
    }

    pub(in crate::records) fn entity(&self, unit: &Unit) -> Result<EntityRef, Error> {
        entity(unit, &self.text("entity")?)
    }

    /// Whether there is something under a key.
    pub(in crate::records) fn has(&self, key: &str) -> bool {
        self.get(key).is_ok_and(|value| value.is_some())
    }

    /// The ids that were given; none when none were.
    pub(in crate::records) fn ids(&self) -> Result<Option<Vec<String>>, Error> {
        self.get("ids")?.map(texts).transpose()
    }

    /// The texts of a list; none when it is not there.
    pub(in crate::records) fn texts(&self, key: &str) -> Result<Vec<String>, Error> {
        Ok(self.get(key)?.map(texts).transpose()?.unwrap_or_default())
    }

    /// What a record is to be given: what was written of it, and the version that was read.
    pub(in crate::records) fn changes(&self) -> Result<Jsonb, Error> {
        let changed = self.part("changed")?;
        match self.get("version")? {
            Some(version) => jsonb::set_field(&changed, "version", version).map_err(Error::internal),
            None => Ok(changed),
        }
    }

    /// Options of a save; whether listeners hear of it.
    pub(in crate::records) fn save_options(&self) -> Result<bool, Error> {
        let Some(options) = self.get("options")? else {
            return Ok(true);
        };
        let mut fires = true;
        for entry in options.entries() {
            let (key, value) = entry.map_err(Error::internal)?;
            let standard = match &*key {
                "mode" => value.as_str().ok().flatten().as_deref() == Some("standard"),
                "triggerEvents" => {
                    fires = value.kind() != Kind::False;
                    true
                }
                "calculateFields"
                | "performValidations"
                | "filterByReadWriteAccess"
                | "defaultValues"
                | "cascadeOperations"
                | "lockRecord" => value.kind() == Kind::True,
                _ => false,
            };
            if !standard {
                let message = format!("the option {key} of save cannot be {}", shown(value));
                return Err(Error::of_field(Code::BadRequest, key.into_owned(), message));
            }
        }
        Ok(fires)
    }

    /// A line of a log.
    pub(in crate::records) fn line(&self) -> Result<ScriptLine, Error> {
        let info = self.get("extra")?.map(|extra| extra.to_text()).transpose();
        Ok(super::line_of(
            &self.text_or_none("level").unwrap_or_default(),
            &self.text_or_none("message").unwrap_or_default(),
            info.map_err(Error::internal)?,
        ))
    }

    /// Where a query goes on.
    pub(in crate::records::unit) fn next(&self) -> Result<Next, Error> {
        let Some(next) = self.get("next")? else {
            return Ok(Next::First);
        };
        let part = |key: &str| next.get(key).map_err(Error::internal);
        if let Some(after) = part("after")? {
            let id = after.as_str().map_err(Error::internal)?;
            return Ok(Next::After(id.unwrap_or_default().into_owned()));
        }
        let number = |key: &str| -> Result<usize, Error> {
            let number = part(key)?
                .and_then(whole)
                .and_then(|number| usize::try_from(number).ok());
            number.ok_or_else(|| Error::internal("a query goes on nowhere"))
        };
        Ok(Next::Set(number("set")?, number("at")?))
    }

    /// The query that is under `query`.
    pub(in crate::records) fn query(&self, unit: &Unit) -> Result<Query, Error> {
        let asked = self.part("query")?;
        let query = Self(asked);
        let mut all = Vec::new();
        if let Some(conditions) = query.get("all")? {
            for one in conditions.elements() {
                all.push(condition(one.map_err(Error::internal)?, 0)?);
            }
        }
        if let Some(chosen) = query.get("chosen")? {
            all.extend(chosen_by_caller(chosen)?);
        }
        let offset = query.get("offset")?;
        Ok(Query {
            entity: entity(unit, &query.text("entity")?)?,
            filter: match all.len() {
                0 => None,
                1 => all.pop(),
                _ => Some(Condition::And(all)),
            },
            sort_field: query.text_or_none("sortField"),
            ascending: query.flag("ascending"),
            offset: offset.map(|offset| match offset.as_str().ok().flatten() {
                Some(id) => Offset::After(id.into_owned()),
                None => Offset::Skip(whole(offset).unwrap_or(0)),
            }),
            size: query.get("size")?.and_then(whole),
        })
    }
}

fn entity(unit: &Unit, name: &str) -> Result<EntityRef, Error> {
    if name == app::USERS {
        let message = "sys.users is not available to scripts here, except as the current user";
        return Err(Error::new(Code::BadRequest, message));
    }
    Ok(unit.catalogue().entity(name)?.clone())
}

fn whole(value: Value<'_>) -> Option<u64> {
    let number = value.as_f64().ok().flatten()?;
    (number >= 0.0 && number.fract() == 0.0 && number < 9.0e15).then_some(number as u64)
}

fn texts(list: Value<'_>) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    for one in list.elements() {
        let text = one.and_then(Value::as_str).map_err(Error::internal)?;
        all.extend(text.map(std::borrow::Cow::into_owned));
    }
    Ok(all)
}

fn shown(value: Value<'_>) -> String {
    query::cut(&value.to_text().unwrap_or_default())
}

/// What the caller of an action has chosen: `{"ids":…}` or `{"stored":…}`.
fn chosen_by_caller(chosen: Value<'_>) -> Result<Option<Condition>, Error> {
    if let Some(ids) = chosen.get("ids").map_err(Error::internal)? {
        return Ok(Some(with_ids(&texts(ids)?)));
    }
    let Some(stored) = chosen.get("stored").map_err(Error::internal)? else {
        return Ok(None);
    };
    let text = stored.to_text().map_err(Error::internal)?;
    let stored: Stored = serde_json::from_str(&text).map_err(Error::internal)?;
    stored.condition().map(Some)
}

/// The records with these ids.
fn with_ids(ids: &[String]) -> Condition {
    Condition::Test {
        path: "id".to_owned(),
        operator: Operator::Equals,
        values: ids.iter().cloned().map(Literal::Text).collect(),
    }
}

/// One condition as the prelude writes it.
fn condition(given: Value<'_>, depth: usize) -> Result<Condition, Error> {
    let refused = |message: String| Error::new(Code::BadRequest, message);
    if depth > DEEPEST {
        return Err(refused(format!("a query nests deeper than {DEEPEST} levels")));
    }
    let part = |key: &str| given.get(key).map_err(Error::internal);
    let several = |list: Value<'_>| {
        let each = list
            .elements()
            .map(|one| condition(one.map_err(Error::internal)?, depth + 1));
        each.collect::<Result<Vec<_>, _>>()
    };
    if let Some(given) = part("map")? {
        return map(given).map_err(|error| refused(error.to_string()));
    }
    if let Some(list) = part("and")? {
        return Ok(Condition::And(several(list)?));
    }
    if let Some(list) = part("or")? {
        return Ok(Condition::Or(several(list)?));
    }
    let Some(test) = part("test")? else {
        return Err(refused("a condition of a query is none".to_owned()));
    };
    let at = |place: usize| test.index(place).map_err(Error::internal);
    let word = |place: usize| -> Result<String, Error> {
        let text = at(place)?
            .map(Value::as_str)
            .transpose()
            .map_err(Error::internal)?;
        Ok(text.flatten().unwrap_or_default().into_owned())
    };
    let name = word(1)?;
    let known = Operator::ALL.iter().find(|(_, known)| *known == name);
    let mut values = Vec::new();
    for value in at(2)?.into_iter().flat_map(Value::elements) {
        let value = value.map_err(Error::internal)?;
        values.push(match value.as_str().map_err(Error::internal)? {
            Some(text) => Literal::Text(text.into_owned()),
            None => Literal::Json(own(value)),
        });
    }
    Ok(Condition::Test {
        path: word(0)?,
        operator: known
            .ok_or_else(|| refused(format!("there is no operator {name}")))?
            .0,
        values,
    })
}
