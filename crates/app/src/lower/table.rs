//! Which operators a type has: the one table of `contracts/slingr.md` §5.

use crate::{FieldType, Operator};

use super::path::End;

/// Types that are alike in what may be asked of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Text,
    Ordered,
    Boolean,
    Choice,
    Named,
    Nested,
    Place,
}

impl Class {
    pub(crate) fn of(kind: &FieldType) -> Self {
        match kind {
            FieldType::Text(_)
            | FieldType::LongText(_)
            | FieldType::Html
            | FieldType::Email
            | FieldType::Phone(_)
            | FieldType::Url
            | FieldType::MaskedText(_)
            | FieldType::Qr(_)
            | FieldType::Rank => Self::Text,
            FieldType::Integer(_)
            | FieldType::AutoIncrement { .. }
            | FieldType::Decimal(_)
            | FieldType::Money(_)
            | FieldType::Percentage(_)
            | FieldType::BigNumber(_)
            | FieldType::Date(_)
            | FieldType::DateTime(_)
            | FieldType::DateTimeNoTimezone(_)
            | FieldType::RecordCreated
            | FieldType::RecordModified
            | FieldType::YearMonth(_)
            | FieldType::MonthDay(_)
            | FieldType::Time(_)
            | FieldType::Duration(_) => Self::Ordered,
            FieldType::Boolean => Self::Boolean,
            FieldType::Choice(_) | FieldType::Color => Self::Choice,
            FieldType::DynamicChoice(_)
            | FieldType::Relationship(_)
            | FieldType::Group { .. }
            | FieldType::File => Self::Named,
            FieldType::Nested { .. } => Self::Nested,
            FieldType::GeoPoint => Self::Place,
        }
    }

    pub(crate) fn of_end(end: End<'_>) -> Self {
        match end {
            End::Field(field) => Self::of(&field.kind),
            End::Text => Self::Text,
            End::GroupName => Self::Named,
            End::RecordId | End::Version => Self::Ordered,
        }
    }

    pub(crate) fn allows(self, operator: Operator) -> bool {
        use Operator::*;
        match operator {
            Equals => self != Self::Place,
            NotEquals => !matches!(self, Self::Place | Self::Nested),
            CurrentUserField => !matches!(self, Self::Place | Self::Nested),
            Empty | NotEmpty => !matches!(self, Self::Place | Self::Boolean),
            Like => matches!(self, Self::Text | Self::Named),
            Between | Greater | GreaterOrEquals | Less | LessOrEquals => {
                matches!(self, Self::Text | Self::Ordered)
            }
            Near => self == Self::Place,
        }
    }
}

/// Whether fields of a type have an operator.
#[must_use]
pub fn allows(kind: &FieldType, operator: Operator) -> bool {
    Class::of(kind).allows(operator)
}

/// What a message calls the end of a path.
pub(crate) fn end_name(end: End<'_>) -> &'static str {
    match end {
        End::Field(field) => field.kind.name(),
        End::RecordId => "id",
        End::Text => "text",
        End::GroupName => "group",
        End::Version => "integer",
    }
}
