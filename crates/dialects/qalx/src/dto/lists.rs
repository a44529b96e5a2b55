//! The parameters of a list, and what it says of them.

use edge::query_pairs;
use jsonb::{Jsonb, escape_into};
use model::Error;
use query::{Direction, Filter, Limits, Sort};

use crate::error::refused;
use crate::noun::Noun;

const DEFAULT_LIMIT: u64 = 25;
/// The largest page.
pub(crate) const MAX_LIMIT: u64 = 1000;
/// Words of the outside at the beginning of a path, and what they are called in the stored body.
const STORED: [(&str, &str); 3] = [
    ("meta", "metadata.data"),
    ("created", "info.created.on"),
    ("modified", "info.modified.on"),
];

/// What is asked of a list.
pub(crate) struct Asked {
    pub(crate) filter: Filter,
    pub(crate) sort: Sort,
    pub(crate) skip: u64,
    pub(crate) limit: u64,
    /// The query as it was sent.
    query: Option<String>,
    /// The sort as it was sent.
    order: Vec<String>,
}

impl Asked {
    /// Reads the parameters; those that are not known are passed over.
    pub(crate) fn read(query: &str, texts: &jsonb::Limits, limits: &Limits) -> Result<Self, Error> {
        let (mut filter, mut order) = (None, Vec::new());
        let (mut skip, mut limit) = (0, DEFAULT_LIMIT);
        for (name, value) in query_pairs(query)? {
            match name.as_str() {
                "query" => filter = Some(value).filter(|text| !text.trim().is_empty()),
                "sort" => order.extend(
                    value
                        .split(',')
                        .filter(|path| !path.is_empty())
                        .map(str::to_owned),
                ),
                "skip" => skip = number("skip", &value, 0..=i64::MAX as u64)?,
                "limit" => limit = number("limit", &value, 1..=MAX_LIMIT)?,
                _ => {}
            }
        }
        Ok(Self {
            filter: match &filter {
                Some(text) => self::filter(text, texts, limits)?,
                None => Filter::all(),
            },
            sort: sort(&order, limits)?,
            skip,
            limit,
            query: filter,
            order,
        })
    }

    /// Appends the `query` member of a list's answer.
    ///
    /// The addresses of other pages are relative: the client puts its own address in front of whatever it finds there.
    pub(crate) fn write(&self, out: &mut Vec<u8>, noun: &Noun, sent: &str, total: u64) {
        let page = |skip: u64| self.page(noun, sent, skip);
        let next = self.skip.saturating_add(self.limit);
        let next = (next < total).then(|| page(next));
        let previous = (self.skip > 0).then(|| page(self.skip.saturating_sub(self.limit)));
        out.extend_from_slice(format!("{{\"count\":{total},\"next\":").as_bytes());
        text_or_null(out, next.as_deref());
        out.extend_from_slice(b",\"previous\":");
        text_or_null(out, previous.as_deref());
        out.extend_from_slice(b",\"filter\":");
        text_or_null(out, self.query.as_deref());
        out.extend_from_slice(
            format!(",\"skip\":{},\"limit\":{},\"sort\":", self.skip, self.limit).as_bytes(),
        );
        let order = self.order.join(",");
        text_or_null(out, Some(order.as_str()).filter(|order| !order.is_empty()));
        out.push(b'}');
    }

    /// The same query on another page.
    fn page(&self, noun: &Noun, sent: &str, skip: u64) -> String {
        let mut page = format!("{}?skip={skip}&limit={}", noun.word(), self.limit);
        let is_place = |part: &str| part.starts_with("skip=") || part.starts_with("limit=");
        for part in sent.split('&').filter(|part| !part.is_empty() && !is_place(part)) {
            page.push('&');
            page.push_str(part);
        }
        page
    }
}

fn text_or_null(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => escape_into(out, text),
        None => out.extend_from_slice(b"null"),
    }
}

fn number(name: &str, given: &str, range: std::ops::RangeInclusive<u64>) -> Result<u64, Error> {
    let number = given.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let (from, to) = (range.start(), range.end());
        let shown = query::cut(given);
        Error::bad_value(
            name,
            format!("{name}: expected a whole number from {from} to {to}, got {shown:?}"),
        )
    })
}

fn filter(text: &str, texts: &jsonb::Limits, limits: &Limits) -> Result<Filter, Error> {
    let parsed = Jsonb::parse(text.as_bytes(), texts)
        .map_err(|error| Error::bad_value("query", format!("the query is not valid JSON: {error}")))?;
    Filter::parse(&parsed.root(), limits).map_err(|refusal| refused("query", &refusal))
}

/// `-meta__owner__name` is descending by `metadata.data.owner.name`.
fn sort(order: &[String], limits: &Limits) -> Result<Sort, Error> {
    let paths = order.iter().map(|given| {
        let (path, direction) = match given.strip_prefix('-') {
            Some(path) => (path, Direction::Descending),
            None => (given.as_str(), Direction::Ascending),
        };
        (stored_path(&path.replace("__", ".")), direction)
    });
    Sort::by(paths, limits).map_err(|refusal| refused("sort", &refusal))
}

fn stored_path(path: &str) -> String {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let first = STORED
        .iter()
        .find_map(|(outside, stored)| (*outside == first).then_some(*stored))
        .unwrap_or(first);
    match rest {
        Some(rest) => format!("{first}.{rest}"),
        None => first.to_owned(),
    }
}
