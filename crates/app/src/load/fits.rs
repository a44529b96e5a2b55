//! Whether the test of a condition fits what it is about: the path leads to a field, the field's type allows the
//! operator, and the values can be values of it.

use super::users;
use crate::{App, Condition, Field, FieldType, Fields, Literal, Operator, USERS};

/// What a condition is about.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// The entity whose records are tested.
    pub(super) entity: String,
    /// The action whose parameters are tested instead.
    pub(super) action: Option<String>,
    /// Whether there is a user when it is tested.
    pub(super) user: bool,
}

impl Subject {
    /// Records of an entity, tested for a user.
    pub(super) fn records(entity: &str) -> Self {
        Self {
            entity: entity.to_owned(),
            action: None,
            user: true,
        }
    }

    /// The same where no user asks.
    pub(super) fn without_user(self) -> Self {
        Self { user: false, ..self }
    }

    fn fields<'a>(&self, app: &'a App) -> Option<&'a Fields> {
        let fields = fields_of(app, &self.entity)?;
        let Some(action) = &self.action else {
            return Some(fields);
        };
        let actions = &app.entity(&self.entity)?.actions;
        actions
            .iter()
            .find(|known| known.name == *action)
            .map(|known| &known.parameters)
    }
}

/// The fields of an entity, or of users.
pub(super) fn fields_of<'a>(app: &'a App, entity: &str) -> Option<&'a Fields> {
    if entity == USERS {
        Some(users::fields())
    } else {
        app.entity(entity).map(|entity| &entity.fields)
    }
}

/// Checks a single test; what it is about may be missing, which is told elsewhere.
pub(super) fn check(app: &App, subject: &Subject, condition: &Condition) -> Result<(), String> {
    let Some(fields) = subject.fields(app) else {
        return Ok(());
    };
    match condition {
        Condition::Test {
            path,
            operator,
            values,
        } => {
            let target = target(app, fields, path)?;
            allows(&target, path, *operator)?;
            values
                .iter()
                .try_for_each(|value| literal(subject, &target, *operator, value))
        }
        Condition::Element { path, fields: inner } => {
            let Target::Field(Field {
                kind: FieldType::Nested { fields, .. },
                ..
            }) = target(app, fields, path)?
            else {
                return Err(format!("`{path}` has no inner fields"));
            };
            inner.iter().try_for_each(|(name, value)| {
                let target = target(app, fields, name)?;
                literal(subject, &target, Operator::Equals, value)
            })
        }
        Condition::And(_) | Condition::Or(_) => Ok(()),
    }
}

/// What a path leads to.
pub(super) enum Target<'a> {
    /// A field.
    Field(&'a Field),
    /// The id of something.
    Id,
    /// Its label or name.
    Label,
    /// Its version.
    Version,
}

/// What a path leads to, starting from these fields: through nested fields, and into what is kept of other records.
pub(super) fn target<'a>(app: &'a App, fields: &'a Fields, path: &str) -> Result<Target<'a>, String> {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(field) = fields.get(first) else {
        return match (first, rest) {
            ("id", None) => Ok(Target::Id),
            ("label", None) => Ok(Target::Label),
            ("version", None) => Ok(Target::Version),
            _ => Err(format!("there is no field `{first}`")),
        };
    };
    let Some(rest) = rest else {
        return Ok(Target::Field(field));
    };
    match (&field.kind, rest) {
        (FieldType::Nested { fields, .. }, _) => target(app, fields, rest),
        (FieldType::Relationship(_) | FieldType::Group { .. } | FieldType::File, "id") => Ok(Target::Id),
        (FieldType::Relationship(_) | FieldType::Group { .. }, "label") => Ok(Target::Label),
        (FieldType::Group { .. } | FieldType::File, "name") => Ok(Target::Label),
        (FieldType::Relationship(rules), _) => {
            let within = |copied: &String| {
                rest == copied
                    || rest
                        .strip_prefix(copied.as_str())
                        .is_some_and(|rest| rest.starts_with('.'))
            };
            if !rules.copied.iter().any(within) {
                return Err(format!(
                    "`{first}` keeps no `{rest}`: it is not among its copiedFields"
                ));
            }
            match fields_of(app, &rules.entity) {
                Some(fields) => target(app, fields, rest),
                None => Err(format!("there is no entity `{}`", rules.entity)),
            }
        }
        _ => Err(format!("`{first}` has no inner fields")),
    }
}

/// Whether the type allows the operator.
fn allows(target: &Target<'_>, path: &str, operator: Operator) -> Result<(), String> {
    use Operator::{CurrentUserField, Equals, Near, NotEquals};
    let (allowed, sort) = match target {
        Target::Id | Target::Version => (
            matches!(operator, Equals | NotEquals | CurrentUserField),
            "an id or version",
        ),
        Target::Label => (operator != Near, "a label"),
        Target::Field(field) if field.sensitive => (operator == Equals, "a sensitive field"),
        Target::Field(field) => (crate::lower::allows(&field.kind, operator), field.kind.name()),
    };
    if allowed {
        return Ok(());
    }
    let name = Operator::ALL
        .iter()
        .find(|(known, _)| *known == operator)
        .map_or("", |(_, name)| name);
    Err(format!("`{path}` is {sort}, which cannot be tested with {name}"))
}

/// Whether a value can be a value of it; only what is certain is refused.
fn literal(
    subject: &Subject,
    target: &Target<'_>,
    operator: Operator,
    value: &Literal,
) -> Result<(), String> {
    let user_path = match value {
        Literal::CurrentUser(path) => Some(path),
        Literal::Text(path) if operator == Operator::CurrentUserField => Some(path),
        _ => None,
    };
    if let Some(path) = user_path {
        return current_user(subject, path);
    }
    let Target::Field(field) = target else {
        return Ok(());
    };
    let text = match value {
        Literal::Text(text) => text.clone(),
        Literal::Json(value) => plain(value),
        Literal::CurrentUser(_) => return Ok(()),
    };
    let fits = match &field.kind {
        FieldType::Choice(choices) => {
            return if choices
                .iter()
                .any(|choice| choice.name.eq_ignore_ascii_case(&text))
            {
                Ok(())
            } else {
                Err(format!("`{text}` is not a possible value of `{}`", field.name))
            };
        }
        FieldType::Boolean => text == "true" || text == "false",
        FieldType::Integer(_) | FieldType::AutoIncrement { .. } => text.parse::<f64>().is_ok(),
        FieldType::Decimal(_) | FieldType::Money(_) | FieldType::Percentage(_) | FieldType::BigNumber(_) => {
            text.parse::<f64>().is_ok()
        }
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(format!(
            "`{text}` is not a value of `{}`, which is {}",
            field.name,
            field.kind.name()
        ))
    }
}

fn current_user(subject: &Subject, path: &str) -> Result<(), String> {
    if !subject.user {
        return Err("there is no current user where this is tested".to_owned());
    }
    let none = App::default();
    target(&none, users::fields(), path)
        .map(|_| ())
        .map_err(|_| format!("a user has no field `{path}`"))
}

/// A scalar as text.
fn plain(value: &jsonb::Jsonb) -> String {
    let text = value
        .root()
        .as_str()
        .ok()
        .flatten()
        .map(std::borrow::Cow::into_owned);
    text.or_else(|| value.to_text().ok()).unwrap_or_default()
}
