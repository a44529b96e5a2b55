//! Operands as they are stored.

use std::borrow::Cow;

use jsonb::{Jsonb, Kind};

use crate::{Literal, Operator, group_id, values};

use super::path::{End, Target};
use super::{Frame, LowerError, document};

/// Operands in which those of the current user have become what they are; a field that he has no value in gives none.
pub(super) fn expanded<'l>(
    frame: &Frame<'_>,
    path: &str,
    values: &'l [Literal],
) -> Result<Vec<Cow<'l, Literal>>, LowerError> {
    let mut all = Vec::with_capacity(values.len());
    for literal in values {
        let Literal::CurrentUser(field) = literal else {
            all.push(Cow::Borrowed(literal));
            continue;
        };
        let Some(found) = frame.user.values(field) else {
            let why = format!("users have no field `{}`", query::cut(field));
            return Err(LowerError::new(path, why).about(literal));
        };
        let present = found.into_iter().filter(|value| !value.is_empty());
        all.extend(present.map(|value| Cow::Owned(Literal::Text(value))));
    }
    Ok(all)
}

/// Whether a literal stands for no value.
pub(super) fn is_nothing(literal: &Literal) -> bool {
    match literal {
        Literal::Text(text) => text.is_empty(),
        Literal::Json(value) => value.root().kind() == Kind::Null,
        Literal::CurrentUser(_) => false,
    }
}

/// The text of a literal, for what is compared as text.
pub(super) fn text(literal: &Literal) -> String {
    match literal {
        Literal::Json(value) => match value.root().as_str() {
            Ok(Some(text)) => text.into_owned(),
            _ => value.to_text().unwrap_or_default(),
        },
        literal => super::error::shown(literal),
    }
}

/// Whether a text is the id of a record.
pub(super) fn is_record_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An operand in the form that the field is stored, or compared, in.
pub(super) fn stored(frame: &Frame<'_>, target: &Target<'_>, literal: &Literal) -> Result<Jsonb, String> {
    match target.end {
        End::Text => Ok(document::text(&text(literal))),
        End::GroupName => Ok(document::text(&group_id(text(literal).trim()))),
        End::RecordId => {
            let text = text(literal);
            match is_record_id(&text) {
                true => Ok(document::text(&text.to_ascii_lowercase())),
                false => Err("is not an id, which has 24 hexadecimal digits".to_owned()),
            }
        }
        End::Version => {
            let version = text(literal).trim().parse::<i64>();
            version
                .map(|version| document::scalar(|items| items.item_i64(version)))
                .map_err(|_| "is not a whole number".to_owned())
        }
        End::Field(field) => values::operand(field, literal, frame.zone),
    }
}

/// The one operand of an operator that takes one; none when the current user has no value.
pub(super) fn single<'v>(
    values: &'v [Cow<'_, Literal>],
    path: &str,
    operator: Operator,
) -> Result<Option<&'v Literal>, LowerError> {
    match values {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        many => Err(LowerError::new(path, format!("takes one value, found {}", many.len())).with(operator)),
    }
}
