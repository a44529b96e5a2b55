//! Fields and their types.

use jsonb::Jsonb;

use crate::{Condition, FunctionName, LabelRule, Rule};

/// Fields in the order of the definition; names are unique.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(pub Vec<Field>);

impl Fields {
    /// The field of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|field| field.name == name)
    }

    /// The field at a dotted path through nested fields; relationships are not followed.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Field> {
        let Some((first, rest)) = path.split_once('.') else {
            return self.get(path);
        };
        match &self.get(first)?.kind {
            FieldType::Nested { fields, .. } => fields.at(rest),
            _ => None,
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Field> {
        self.0.iter()
    }
}

impl<'f> IntoIterator for &'f Fields {
    type Item = &'f Field;
    type IntoIter = std::slice::Iter<'f, Field>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Name, the key in JSON.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Type with its rules.
    pub kind: FieldType,
    /// Whether it holds a list of values.
    pub many: bool,
    /// When it must have a value.
    pub required: Rule,
    /// Whether two records may not share a value.
    pub unique: bool,
    /// Whether it is indexed.
    pub indexable: bool,
    /// Whether it is never stored.
    pub transient: bool,
    /// Whether its value is kept out of logs and history.
    pub sensitive: bool,
    /// Its value in a new record that says nothing.
    pub default: Option<DefaultValue>,
    /// How it is computed; nobody writes it then.
    pub calculation: Option<Calculation>,
    /// Who reads it, permissions apart.
    pub read_access: Rule,
    /// Who writes it, permissions apart.
    pub write_access: Rule,
    /// The function that checks its value.
    pub validation: Option<FunctionName>,
}

impl Field {
    /// Whether clients may set it at all.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        let fixed = matches!(
            self.kind,
            FieldType::AutoIncrement { .. }
                | FieldType::RecordCreated
                | FieldType::RecordModified
                | FieldType::Rank
        );
        self.calculation.is_none() && !fixed
    }

    /// Whether it is computed over records of another entity.
    #[must_use]
    pub fn is_aggregate(&self) -> bool {
        matches!(self.calculation, Some(Calculation::Aggregate { .. }))
    }
}

/// A value for what a new record does not say.
#[derive(Clone, Debug, PartialEq)]
pub enum DefaultValue {
    /// This value.
    Value(Jsonb),
    /// The date of the creation.
    CurrentDate,
    /// Who creates it.
    CurrentUser,
    /// What the function gives.
    Script(FunctionName),
}

/// How a value is computed.
#[derive(Clone, Debug, PartialEq)]
pub enum Calculation {
    /// By a function.
    Script(FunctionName),
    /// Over records of another entity that point here.
    Aggregate {
        /// What is computed.
        sum: Sum,
        /// The other entity.
        entity: String,
        /// Its relationship that points here.
        by: String,
        /// Which of them.
        filter: Option<Condition>,
    },
}

impl Calculation {
    /// The paths of the other entity that an aggregate looks at.
    #[must_use]
    pub fn looks_at(&self) -> Vec<String> {
        let Self::Aggregate { sum, by, filter, .. } = self else {
            return Vec::new();
        };
        let mut paths = filter.as_ref().map(crate::lower::fields_used).unwrap_or_default();
        paths.push(by.clone());
        if let Sum::Sum(field) | Sum::Avg(field) = sum {
            paths.push(field.clone());
        }
        paths
    }
}

/// What an aggregate computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sum {
    /// How many.
    Count,
    /// The sum of a field.
    Sum(String),
    /// The mean of a field.
    Avg(String),
}

/// Types of values, with their rules.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldType {
    /// Up to 300 characters.
    Text(TextRules),
    /// Any length.
    LongText(TextRules),
    /// Markup, reduced to harmless tags.
    Html,
    /// Mail address.
    Email,
    /// Telephone number.
    Phone(PhoneRules),
    /// Address of a page.
    Url,
    /// Text of a fixed form.
    MaskedText(MaskRules),
    /// What a QR code says.
    Qr(TextRules),
    /// Whole number.
    Integer(Range<i64>),
    /// Whole number that the server counts up.
    AutoIncrement {
        /// The first one.
        from: i64,
    },
    /// Number.
    Decimal(DecimalRules),
    /// Amount of money.
    Money(DecimalRules),
    /// Fraction: 0.5 is half.
    Percentage(DecimalRules),
    /// Number of up to 34 digits, as text.
    BigNumber(DecimalRules),
    /// True or false, never empty.
    Boolean,
    /// One of the names that are listed.
    Choice(Vec<Choice>),
    /// One of the names that the record itself lists.
    DynamicChoice(Vec<Choice>),
    /// `2016-07-30`.
    Date(Range<String>),
    /// Milliseconds since 1970.
    DateTime(Range<i64>),
    /// `2016-07-30 08:00`.
    DateTimeNoTimezone(Range<String>),
    /// When the record was made.
    RecordCreated,
    /// When the record was changed last.
    RecordModified,
    /// `2016-07`.
    YearMonth(Range<String>),
    /// `07-30`.
    MonthDay(Range<String>),
    /// `08:00`.
    Time(Range<String>),
    /// Milliseconds.
    Duration(Range<i64>),
    /// A permission group.
    Group {
        /// Which ones; empty: any.
        allowed: Vec<String>,
    },
    /// A file.
    File,
    /// `#f5a9a9`.
    Color,
    /// A place in an order, kept by the server.
    Rank,
    /// A place on earth.
    GeoPoint,
    /// Fields within the field.
    Nested {
        /// What the label of each is made of.
        label: LabelRule,
        /// The fields.
        fields: Fields,
    },
    /// Another record.
    Relationship(Box<RelationshipRules>),
}

impl FieldType {
    /// What definitions call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::LongText(_) => "longText",
            Self::Html => "html",
            Self::Email => "email",
            Self::Phone(_) => "phone",
            Self::Url => "url",
            Self::MaskedText(_) => "maskedText",
            Self::Qr(_) => "qr",
            Self::Integer(_) => "integer",
            Self::AutoIncrement { .. } => "autoIncrement",
            Self::Decimal(_) => "decimal",
            Self::Money(_) => "money",
            Self::Percentage(_) => "percentage",
            Self::BigNumber(_) => "bigNumber",
            Self::Boolean => "boolean",
            Self::Choice(_) => "choice",
            Self::DynamicChoice(_) => "dynamicChoice",
            Self::Date(_) => "date",
            Self::DateTime(_) => "dateTime",
            Self::DateTimeNoTimezone(_) => "dateTimeNoTimezone",
            Self::RecordCreated => "dateRecordCreated",
            Self::RecordModified => "dateRecordModified",
            Self::YearMonth(_) => "dateYearMonth",
            Self::MonthDay(_) => "dateMonthDay",
            Self::Time(_) => "time",
            Self::Duration(_) => "duration",
            Self::Group { .. } => "group",
            Self::File => "fileUpload",
            Self::Color => "color",
            Self::Rank => "rank",
            Self::GeoPoint => "geoPoint",
            Self::Nested { .. } => "nestedFields",
            Self::Relationship(_) => "relationship",
        }
    }
}

/// Rules of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextRules {
    /// Fewest characters.
    pub min: Option<u32>,
    /// Most characters.
    pub max: Option<u32>,
    /// Exactly so many characters.
    pub exact: Option<u32>,
    /// An expression that the whole text must match; checked to be one when the definition is loaded.
    pub regex: Option<String>,
    /// What to tell those whose text does not.
    pub regex_hint: Option<String>,
    /// Whether upper and lower case are alike to it.
    pub regex_ignores_case: bool,
}

/// Rules of telephone numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhoneRules {
    /// Whether numbers have a country code.
    pub international: bool,
    /// The code of numbers that are written without one.
    pub default_prefix: Option<String>,
}

/// The form of a masked text: `9` a digit, `a` a letter, `w` either, anything else stands for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaskRules {
    /// As in `999-aaa`.
    pub mask: String,
}

/// Least and greatest value, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range<T> {
    /// Least.
    pub min: Option<T>,
    /// Greatest.
    pub max: Option<T>,
}

impl<T> Default for Range<T> {
    fn default() -> Self {
        Self { min: None, max: None }
    }
}

/// Rules of numbers with decimals. Bounds are spelled as in the definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecimalRules {
    /// Bounds.
    pub range: Range<String>,
    /// Most decimals.
    pub decimals: Option<u8>,
    /// What is done with more.
    pub rounding: Rounding,
}

/// What is done with decimals that are too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Rounded, halves away from zero.
    #[default]
    Round,
    /// Cut off.
    Truncate,
    /// Refused.
    Refuse,
}

/// A value of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name in JSON.
    pub name: String,
    /// What people read.
    pub label: String,
}

/// Rules of relationships.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationshipRules {
    /// The other entity, by full name; [`crate::USERS`] for users.
    pub entity: String,
    /// Which of its records.
    pub filter: Option<Condition>,
    /// Fields of the other record that are kept here too, by path.
    pub copied: Vec<String>,
    /// What becomes of this record when the other one is deleted.
    pub on_delete: DeletePolicy,
    /// Whether a new label of the other record is taken over.
    pub follows_label: bool,
}

/// What becomes of a reference whose record is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeletePolicy {
    /// It stays as it is.
    #[default]
    None,
    /// It is taken out.
    Remove,
    /// The record that holds it is deleted too.
    Delete,
}
