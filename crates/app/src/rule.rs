//! Rules, and the conditions they may consist of.

use std::fmt;

/// The name of a JavaScript function of the entity's own file; `js/<name>` in the definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionName(pub String);

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "js/{}", self.0)
    }
}

/// When something holds: whether a field is required, may be read, an action is allowed …
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// Always.
    Always,
    /// Never.
    Never,
    /// For the records that meet a condition.
    When(Condition),
    /// When the function says so.
    Script(FunctionName),
}

/// A condition in the query language (`contracts/slingr.md` §2), as it is written: paths and values are not yet checked
/// against an entity.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of them; none is true.
    And(Vec<Condition>),
    /// One of them; none is false.
    Or(Vec<Condition>),
    /// A field against values.
    Test {
        /// Dotted path, as in `addresses.state`, `company.id`, `id`.
        path: String,
        /// How it is compared.
        operator: Operator,
        /// The operands. Of `equals` and `notEquals` there may be several: any of them.
        values: Vec<Literal>,
    },
    /// One element of a group of nested fields that meets all of them: `addresses={"street":…}`.
    Element {
        /// The path of the nested fields.
        path: String,
        /// Inner field and value.
        fields: Vec<(String, Literal)>,
    },
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal to one of the values.
    Equals,
    /// Equal to none of them.
    NotEquals,
    /// Contains, starts with (`/v`), ends with (`v/`), or matches (`/regex/`).
    Like,
    /// Within two values, both included.
    Between,
    /// Greater than.
    Greater,
    /// Greater than or equal to.
    GreaterOrEquals,
    /// Less than.
    Less,
    /// Less than or equal to.
    LessOrEquals,
    /// Has no value.
    Empty,
    /// Has a value.
    NotEmpty,
    /// Latitude, longitude, and optionally least and most distance in metres.
    Near,
    /// Equal to a field of the current user.
    CurrentUserField,
}

impl Operator {
    /// All of them with their names in the language.
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::Equals, "equals"),
        (Self::NotEquals, "notEquals"),
        (Self::Like, "like"),
        (Self::Between, "between"),
        (Self::Greater, "greater"),
        (Self::GreaterOrEquals, "greaterOrEquals"),
        (Self::Less, "less"),
        (Self::LessOrEquals, "lessOrEquals"),
        (Self::Empty, "empty"),
        (Self::NotEmpty, "notEmpty"),
        (Self::Near, "near"),
        (Self::CurrentUserField, "currentUserField"),
    ];
}

/// An operand as it was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// Text, of which a number or a date may still be made.
    Text(String),
    /// A JSON value, where the language stands in JSON or YAML.
    Json(jsonb::Jsonb),
    /// The value of a field of the current user: `currentUser(path)`.
    CurrentUser(String),
}
