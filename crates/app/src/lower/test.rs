//! One field against values.

use std::borrow::Cow;

use jsonb::Jsonb;

use crate::{Field, FieldType, Literal, Operator, group_id};

use super::path::{End, Target};
use super::table::{Class, end_name};
use super::{Frame, LowerError, document, near, operands, references};

/// The filter document of a test.
pub(super) fn lower(
    frame: &Frame<'_>,
    path: &str,
    operator: Operator,
    values: &[Literal],
) -> Result<Jsonb, LowerError> {
    let target = frame.resolve(path).map_err(|why| LowerError::new(path, why))?;
    check(&target, path, operator)?;
    let literals = match (operator, values) {
        (Operator::CurrentUserField, [literal]) => {
            let field = Literal::CurrentUser(operands::text(literal));
            owned(operands::expanded(frame, path, &[field])?)
        }
        _ => operands::expanded(frame, path, values)?,
    };
    Test {
        frame,
        target: &target,
        path,
        operator,
        literals: &literals,
    }
    .lower()
}

fn owned(values: Vec<Cow<'_, Literal>>) -> Vec<Cow<'static, Literal>> {
    values
        .into_iter()
        .map(|value| Cow::Owned(value.into_owned()))
        .collect()
}

/// Whether the field has the operator.
fn check(target: &Target<'_>, path: &str, operator: Operator) -> Result<(), LowerError> {
    let refused = |why: String| Err(LowerError::new(path, why).with(operator));
    if !Class::of_end(target.end).allows(operator) {
        return refused(format!(
            "fields of type {} do not have this operator",
            end_name(target.end)
        ));
    }
    if target.sensitive && !matches!(operator, Operator::Equals | Operator::CurrentUserField) {
        return refused("the field is sensitive and takes `equals` only".to_owned());
    }
    Ok(())
}

/// A test whose field and operator fit.
pub(super) struct Test<'t> {
    pub(super) frame: &'t Frame<'t>,
    pub(super) target: &'t Target<'t>,
    pub(super) path: &'t str,
    pub(super) operator: Operator,
    pub(super) literals: &'t [Cow<'t, Literal>],
}

impl Test<'_> {
    fn lower(&self) -> Result<Jsonb, LowerError> {
        match self.operator {
            Operator::Equals | Operator::NotEquals | Operator::CurrentUserField => self.equality(),
            Operator::Empty => Ok(self.emptiness(true)),
            Operator::NotEmpty => Ok(self.emptiness(false)),
            Operator::Like => self.like(),
            Operator::Between => self.between(),
            Operator::Near => near::lowered(self.target, &self.numbers()?).map_err(|why| self.refused(why)),
            Operator::Greater => self.compare("$gt"),
            Operator::GreaterOrEquals => self.compare("$gte"),
            Operator::Less => self.compare("$lt"),
            Operator::LessOrEquals => self.compare("$lte"),
        }
    }

    pub(super) fn refused(&self, why: impl Into<String>) -> LowerError {
        LowerError::new(self.path, why).with(self.operator)
    }

    /// What is stored of an operand.
    fn stored(&self, literal: &Literal) -> Result<Jsonb, LowerError> {
        let stored = operands::stored(self.frame, self.target, literal);
        stored.map_err(|why| match self.target.sensitive {
            true => self.refused("the field is sensitive, and the value does not fit it"),
            false => self.refused(why).about(literal),
        })
    }

    /// The steps to what is compared.
    fn at(&self, condition: &Jsonb) -> Jsonb {
        document::at(&document::dotted(&self.target.compared()), condition)
    }

    fn equality(&self) -> Result<Jsonb, LowerError> {
        let negated = self.operator == Operator::NotEquals;
        if let End::Field(Field { kind, .. }) = self.target.end {
            match kind {
                FieldType::Nested { .. } => return self.nested(),
                FieldType::Relationship(_) | FieldType::Group { .. } | FieldType::File => {
                    return Ok(references::equality(self, kind, negated));
                }
                _ => {}
            }
        }
        let mut values = Vec::new();
        for literal in self.literals {
            match operands::is_nothing(literal) {
                true => values.extend(document::nothing()),
                false => values.push(self.stored(literal)?),
            }
        }
        Ok(self.at(&match negated {
            true => document::none_of(&values),
            false => document::any_of(&values),
        }))
    }

    /// A group of nested fields is equal to nothing but an object, or nothing.
    fn nested(&self) -> Result<Jsonb, LowerError> {
        match self.literals {
            [literal] if operands::is_nothing(literal) => Ok(self.emptiness(true)),
            [literal, ..] => Err(self.refused("takes a JSON object of inner fields").about(literal)),
            [] => Ok(document::none()),
        }
    }

    fn emptiness(&self, empty: bool) -> Jsonb {
        match empty {
            true => document::at(
                &self.target.dotted(),
                &document::one("$in", &document::list_of(&document::nothing())),
            ),
            false => document::same_element(
                &self.target.steps,
                false,
                &document::none_of(&document::nothing()),
            ),
        }
    }

    fn compare(&self, name: &str) -> Result<Jsonb, LowerError> {
        let Some(literal) = operands::single(self.literals, self.path, self.operator)? else {
            return Ok(document::none());
        };
        Ok(self.at(&document::one(name, &self.bound(literal)?)))
    }

    fn bound(&self, literal: &Literal) -> Result<Jsonb, LowerError> {
        match operands::is_nothing(literal) {
            true => Err(self.refused("needs a value").about(literal)),
            false => self.stored(literal),
        }
    }

    /// Within two values, by one and the same element of a list.
    fn between(&self) -> Result<Jsonb, LowerError> {
        let [from, to] = self.literals else {
            return match self.literals.len() {
                0 | 1 => Ok(document::none()),
                found => Err(self.refused(format!("takes two values, found {found}"))),
            };
        };
        let range = jsonb::object()
            .field_body("$gte", &self.bound(from)?)
            .field_body("$lte", &self.bound(to)?)
            .finish();
        Ok(document::same_element(&self.target.compared(), true, &range))
    }

    fn like(&self) -> Result<Jsonb, LowerError> {
        let Some(literal) = operands::single(self.literals, self.path, self.operator)? else {
            return Ok(document::none());
        };
        let pattern = pattern(&operands::text(literal));
        // Compiled here too, so that a bad one is refused with its field and value.
        let compiled = query::Pattern::compile(&pattern, "i", &query::Limits::default())
            .map_err(|refusal| self.refused(refusal.why).about(literal))?;
        if let End::GroupName = self.target.end {
            let groups = self.frame.app.groups.keys();
            let named = groups.filter(|name| compiled.regex().is_match(name));
            let ids: Vec<Jsonb> = named.map(|name| document::text(&group_id(name))).collect();
            return Ok(self.at(&document::any_of(&ids)));
        }
        let steps = match self.target.kind() {
            Some(FieldType::Relationship(_) | FieldType::Group { .. }) => self.target.inner("label"),
            Some(FieldType::File) => self.target.inner("name"),
            _ => self.target.compared(),
        };
        let condition = jsonb::object()
            .field_str("$regex", &pattern)
            .field_str("$options", "i")
            .finish();
        Ok(document::at(&document::dotted(&steps), &condition))
    }

    fn numbers(&self) -> Result<Vec<f64>, LowerError> {
        let number = |literal: &Cow<'_, Literal>| {
            let number = operands::text(literal)
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite());
            number.ok_or_else(|| self.refused("is not a number").about(literal))
        };
        self.literals.iter().map(number).collect()
    }
}

/// `/regex/`, `/start`, `end/` or a part, as a pattern.
fn pattern(text: &str) -> String {
    match (text.strip_prefix('/'), text.strip_suffix('/')) {
        (Some(rest), Some(_)) if !rest.is_empty() => rest[..rest.len() - 1].to_owned(),
        (Some(start), _) => format!("^{}", escaped(start)),
        (None, Some(end)) => format!("{}$", escaped(end)),
        (None, None) => escaped(text),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if r"\.+*?()|[]{}^$".contains(char) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}
