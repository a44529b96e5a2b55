//! Parameters that begin with `_`: paging, sorting, form of the answer, and how something is carried out.

use super::LanguageError;

/// Records of a page that nobody asked to be of another size.
pub const DEFAULT_SIZE: u32 = 20;
/// The largest page.
pub const MAX_SIZE: u32 = 1000;

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offset {
    /// After so many records.
    Skip(u64),
    /// Behind the record of this id (24 lower-case hexadecimal digits).
    After(String),
}

/// How values are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// As JSON.
    #[default]
    Native,
    /// As people read them.
    PlainText,
}

/// How something is carried out; none where nothing was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// As a job.
    pub run_async: Option<bool>,
    /// As a job that others go before.
    pub low_priority: Option<bool>,
    /// Whether listeners hear of it.
    pub trigger_events: Option<bool>,
    /// Whether copies in other records follow.
    pub cascade_operations: Option<bool>,
    /// Whether an export is headed by names instead of labels.
    pub use_field_names: Option<bool>,
}

/// System parameters as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct System {
    pub(super) size: Option<u64>,
    pub(super) offset: Option<Offset>,
    pub(super) sort_field: Option<String>,
    pub(super) ascending: bool,
    pub(super) fields: Option<Vec<String>>,
    pub(super) fetch: Vec<String>,
    pub(super) format: Format,
    pub(super) format_for: Option<String>,
    pub(super) flags: Flags,
}

/// Parameters of later or optional features; answering without them would answer something else.
const UNSUPPORTED: [(&str, &str); 3] = [
    ("_globalSearch", "there is no global search"),
    ("_indexedFilter", "there are no text indexes"),
    ("_indexedFilterQuery", "there are no text indexes"),
];

impl System {
    /// Takes one parameter; unknown ones have no effect.
    pub(super) fn take(&mut self, name: &str, value: &str) -> Result<(), LanguageError> {
        let value = value.trim();
        if value.is_empty() {
            return Ok(());
        }
        if let Some((_, why)) = UNSUPPORTED.iter().find(|(known, _)| *known == name) {
            return Err(LanguageError::new(
                name,
                value,
                format!("is not supported: {why}"),
            ));
        }
        self.set(name, value)
            .map_err(|why| LanguageError::new(name, value, why))
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "_size" => self.size = Some(number(value)?),
            "_offset" => self.offset = Some(offset(value)?),
            "_sortField" => self.sort_field = Some(value.to_owned()),
            "_sortType" => self.ascending = one_of(value, [("asc", true), ("desc", false)])?,
            "_fields" => self.fields = Some(names(value)).filter(|names| !names.is_empty()),
            "_relationshipsToFetch" => self.fetch = names(value),
            "_format" => {
                self.format = one_of(
                    value,
                    [("native", Format::Native), ("plainText", Format::PlainText)],
                )?;
            }
            "_formatForUser" => self.format_for = Some(value.to_owned()),
            "_async" | "async" => self.flags.run_async = Some(boolean(value)?),
            "_lowPriority" => self.flags.low_priority = Some(boolean(value)?),
            "_triggerEvents" => self.flags.trigger_events = Some(boolean(value)?),
            "_cascadeOperations" => self.flags.cascade_operations = Some(boolean(value)?),
            "_useFieldNames" => self.flags.use_field_names = Some(boolean(value)?),
            _ => {}
        }
        Ok(())
    }
}

/// Whether a parameter is one of those that say something about the whole request.
pub(super) fn is_system(name: &str) -> bool {
    name.starts_with('_') || name == "async"
}

fn number(value: &str) -> Result<u64, String> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse().ok().filter(|_| digits);
    number.ok_or_else(|| "must be a whole number from 0".to_owned())
}

fn offset(value: &str) -> Result<Offset, String> {
    if value.len() == 24 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Offset::After(value.to_ascii_lowercase()));
    }
    let skip = number(value).map(Offset::Skip);
    skip.map_err(|_| {
        "must be a number of records to skip or the id of a record (24 hexadecimal digits)".to_owned()
    })
}

fn boolean(value: &str) -> Result<bool, String> {
    one_of(value, [("true", true), ("false", false)])
}

fn one_of<T: Copy>(value: &str, known: [(&str, T); 2]) -> Result<T, String> {
    let found = known
        .iter()
        .find(|(name, _)| *name == value)
        .map(|(_, found)| *found);
    let [(first, _), (second, _)] = known;
    found.ok_or_else(|| format!("must be `{first}` or `{second}`"))
}

fn names(value: &str) -> Vec<String> {
    let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}
