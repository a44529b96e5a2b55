//! Which fields of an article become which fields of a Navision item, in which order.
//!
//! A mapping is checked when it is read from the configuration, so that no export can fail on it: fields are `F_<n>` and
//! `C_<n>`, the article number is among them, and no two columns get the same name in any format. The names of XML
//! elements and of OData fields follow from the item's field names ([`Column::xml_name`], [`Column::odata_name`]).

use std::collections::HashSet;
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::articles::Fields;

/// The longest name of an item's field, in bytes.
const MAX_NAME: usize = 128;
/// The most columns.
const MAX_COLUMNS: usize = 1000;
/// The column that marks deletions.
pub(crate) const DELETED: &str = "Deleted";

/// What a field's value is to Navision. Files carry values as they are stored; a push must send what OData expects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// Text.
    #[default]
    Text,
    /// A decimal number, stored as a JSON number or as a European string.
    Decimal,
    /// A date, stored as `dd/mm/yyyy`.
    Date,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The article's field.
    pub field: String,
    /// The item's field.
    pub name: String,
    /// What its value is.
    pub shape: Shape,
}

impl Column {
    /// A column of text.
    pub fn text(field: &str, name: &str) -> Self {
        Self::of(field, name, Shape::Text)
    }

    fn of(field: &str, name: &str, shape: Shape) -> Self {
        Self {
            field: field.to_owned(),
            name: name.to_owned(),
            shape,
        }
    }

    /// Whether it is the article number.
    pub fn is_key(&self) -> bool {
        self.field == "F_1"
    }

    /// The name without anything but ASCII letters and digits: `No. 2` is `No2`.
    pub fn xml_name(&self) -> String {
        self.name.chars().filter(char::is_ascii_alphanumeric).collect()
    }

    /// The name as Navision's web services spell it, with `_` for what is between words: `No. 2` is `No_2`.
    pub fn odata_name(&self) -> String {
        let words = self.name.split(|c: char| !c.is_ascii_alphanumeric());
        words
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join("_")
    }
}

/// A checked mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping(Vec<Column>);

impl Mapping {
    /// Checks columns.
    ///
    /// # Errors
    /// A sentence that names the wrong column.
    pub fn new(columns: Vec<Column>) -> Result<Self, String> {
        if columns.len() > MAX_COLUMNS {
            return Err(format!("more than {MAX_COLUMNS} columns"));
        }
        let mut taken = HashSet::from([DELETED.to_ascii_lowercase()]);
        let mut fields = HashSet::new();
        for column in &columns {
            check(column)?;
            if !fields.insert(column.field.as_str()) {
                return Err(format!("the field {} is mapped twice", column.field));
            }
            // Names that differ only in case or punctuation are one name in XML and OData.
            if !taken.insert(column.xml_name().to_ascii_lowercase()) {
                return Err(format!("the name {:?} is taken", column.name));
            }
        }
        if !fields.contains("F_1") {
            return Err("F_1, the article number, is not mapped".to_owned());
        }
        Ok(Self(columns))
    }

    /// The columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.0
    }

    /// The column of the article number.
    pub(crate) fn key(&self) -> &Column {
        let key = self.0.iter().find(|column| column.is_key());
        key.expect("a mapping has the article number")
    }
}

fn check(column: &Column) -> Result<(), String> {
    let Column { field, name, shape } = column;
    if !Fields::is_name(field) {
        return Err(format!("{field:?} is not a field: fields are F_<n> and C_<n>"));
    }
    if name.len() > MAX_NAME || name.chars().any(char::is_control) || name.trim() != name {
        return Err(format!(
            "{name:?} is not a name: at most {MAX_NAME} bytes, no control characters, no space around it"
        ));
    }
    if !column.xml_name().starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(format!(
            "the name {name:?} does not begin with a letter from A to Z, as an XML element must"
        ));
    }
    if column.is_key() && *shape != Shape::Text {
        return Err(format!("{name:?}, the article number, is always text"));
    }
    Ok(())
}

impl Default for Mapping {
    fn default() -> Self {
        Self(vec![
            Column::text("F_1", "No."),
            Column::text("F_3", "No. 2"),
            Column::text("F_80000", "Description"),
            Column::text("F_80001", "Description 2"),
            Column::of("F_80004", "Unit Price", Shape::Decimal),
            Column::of("F_80006", "Last Date Modified", Shape::Date),
            Column::text("C_75000", "Item Category Code"),
            Column::text("C_75001", "Product Group Code"),
        ])
    }
}

/// A column's value in the configuration: a name, or a name with a type.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Typed(Typed),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    name: String,
    #[serde(rename = "type", default)]
    shape: Shape,
}

struct Columns;

impl<'de> Visitor<'de> for Columns {
    type Value = Mapping;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of fields and names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Mapping, A::Error> {
        let mut columns = Vec::new();
        while let Some((field, written)) = map.next_entry::<String, Written>()? {
            let (name, shape) = match written {
                Written::Name(name) => (name, Shape::Text),
                Written::Typed(typed) => (typed.name, typed.shape),
            };
            columns.push(Column { field, name, shape });
        }
        Mapping::new(columns).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Mapping {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Columns)
    }
}

impl Serialize for Mapping {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|column| {
            let Column { field, name, shape } = column.clone();
            let written = match shape {
                Shape::Text => Written::Name(name),
                _ => Written::Typed(Typed { name, shape }),
            };
            (field, written)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, Mapping, Shape};

    fn parse(toml: &str) -> Result<Mapping, String> {
        toml::from_str(toml).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn order_and_types_are_those_of_the_file() {
        let mapping = parse("F_9 = 'Zeta'\nC_1 = { name = 'Price', type = 'decimal' }\nF_1 = 'No.'").unwrap();
        let seen: Vec<_> = mapping
            .columns()
            .iter()
            .map(|c| (&*c.field, &*c.name, c.shape))
            .collect();
        let expected = [
            ("F_9", "Zeta", Shape::Text),
            ("C_1", "Price", Shape::Decimal),
            ("F_1", "No.", Shape::Text),
        ];
        assert_eq!(seen, expected);
        let kept = serde_json::to_string(&mapping).unwrap();
        assert_eq!(serde_json::from_str::<Mapping>(&kept).unwrap(), mapping);
    }

    #[test]
    fn the_default_is_sound() {
        let columns = Mapping::default().columns().to_vec();
        assert_eq!(Mapping::new(columns), Ok(Mapping::default()));
    }

    #[test]
    fn names_follow_each_format() {
        let names = |name: &str| {
            let column = Column::text("F_1", name);
            (column.xml_name(), column.odata_name())
        };
        for (name, xml, odata) in [
            ("No.", "No", "No"),
            ("No. 2", "No2", "No_2"),
            ("Unit Price", "UnitPrice", "Unit_Price"),
            (
                "VAT Prod. Posting Group",
                "VATProdPostingGroup",
                "VAT_Prod_Posting_Group",
            ),
            ("Profit_Percent", "ProfitPercent", "Profit_Percent"),
            ("Größe", "Gre", "Gr_e"),
        ] {
            assert_eq!(names(name), (xml.to_owned(), odata.to_owned()), "{name}");
        }
    }

    #[test]
    fn wrong_mappings_are_named() {
        for (toml, needle) in [
            ("F_3 = 'A'", "F_1, the article number, is not mapped"),
            ("F_1 = 'No.'\nprice = 'P'", "\"price\" is not a field"),
            ("F_1 = 'No.'\nF_2 = 'No'", "the name \"No\" is taken"),
            ("F_1 = 'No.'\nF_2 = 'deleted'", "the name \"deleted\" is taken"),
            ("F_1 = '2nd'", "does not begin with a letter"),
            ("F_1 = ''", "does not begin with a letter"),
            ("F_1 = \"a\\nb\"", "is not a name"),
            ("F_1 = { name = 'No.', type = 'date' }", "is always text"),
        ] {
            let error = parse(toml).unwrap_err();
            assert!(error.contains(needle), "{toml}: {error}");
        }
        assert!(parse("F_1 = { name = 'No.', type = 'colour' }").is_err());
        assert!(parse("F_1 = 7").is_err());
    }
}
