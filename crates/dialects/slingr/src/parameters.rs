//! Query parameters of listings that have no query language: jobs, logs, users, history.
//!
//! An empty value is as none; a name that is not known is refused unless it begins with `_`, so that a misspelt filter
//! never silently finds everything.

use edge::query_pairs;
use model::{Code, Error, Timestamp};

/// The parameters of one request.
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query; `known` are the names without `_` in front that this listing has.
    pub(crate) fn read(query: &str, known: &[&str]) -> Result<Self, Error> {
        let pairs = query_pairs(query)?;
        let mut taken: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs {
            let shown: String = name.chars().take(80).collect();
            if !name.starts_with('_') && !known.contains(&name.as_str()) {
                let message = format!("the parameter {shown} is not known");
                return Err(Error::of_field(Code::UnknownField, shown, message));
            }
            if value.trim().is_empty() {
                continue;
            }
            if taken.iter().any(|(other, _)| *other == name) {
                return Err(Error::bad_value(
                    &shown,
                    format!("{shown} is given more than once"),
                ));
            }
            taken.push((name, value));
        }
        Ok(Self(taken))
    }

    /// A parameter as it is.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        pairs.find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }

    /// The words of a comma list; none when it is not given.
    pub(crate) fn words(&self, name: &str) -> Option<Vec<&str>> {
        let words = self.text(name)?.split(',').map(str::trim);
        Some(words.filter(|word| !word.is_empty()).collect())
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Error> {
        match self.text(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(bad(name, "true or false", other)),
        }
    }

    /// A whole number from 0.
    pub(crate) fn count(&self, name: &str) -> Result<Option<u64>, Error> {
        let read = |text: &str| {
            text.trim()
                .parse()
                .map_err(|_| bad(name, "a whole number from 0", text))
        };
        self.text(name).map(read).transpose()
    }

    /// A moment in milliseconds since 1970.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, Error> {
        let read = |text: &str| match text.trim().parse() {
            Ok(millis) => Ok(Timestamp(millis)),
            Err(_) => Err(bad(name, "milliseconds since 1970", text)),
        };
        self.text(name).map(read).transpose()
    }

    /// The size of a page: `_size`, from 1 to `most`.
    pub(crate) fn size(&self, default: u64, most: u64) -> Result<u64, Error> {
        match self.count("_size")?.unwrap_or(default) {
            size if (1..=most).contains(&size) => Ok(size),
            size => Err(bad(
                "_size",
                &format!("a number from 1 to {most}"),
                &size.to_string(),
            )),
        }
    }
}

/// A parameter with a value that is not taken.
pub(crate) fn bad(name: &str, expected: &str, value: &str) -> Error {
    let shown: String = value.chars().take(80).collect();
    Error::bad_value(name, format!("{name} must be {expected}, got {shown:?}"))
}

#[cfg(test)]
mod tests {
    use model::{Error, Timestamp};

    use super::Parameters;

    fn read(query: &str) -> Result<Parameters, Error> {
        Parameters::read(query, &["type", "from", "full"])
    }

    #[test]
    fn parameters_are_read_by_their_kind() {
        let found = read("type=a,%20b,,&from=5&full=true&_size=7&_x=1&full=").unwrap();
        assert_eq!(found.words("type").unwrap(), ["a", "b"]);
        assert_eq!(found.time("from").unwrap(), Some(Timestamp(5)));
        assert_eq!(found.boolean("full").unwrap(), Some(true));
        assert_eq!(found.size(20, 10).unwrap(), 7);
        assert_eq!(found.text("to"), None);
        assert_eq!(read("_size=").unwrap().size(20, 100).unwrap(), 20);
    }

    #[test]
    fn bad_ones_are_named_with_their_value() {
        let message = |error: Error| error.message().to_owned();
        assert_eq!(
            read("typ=a").map(|_| ()).unwrap_err().message(),
            "the parameter typ is not known"
        );
        assert_eq!(
            read("full=a&full=b").map(|_| ()).unwrap_err().field(),
            Some("full")
        );
        let found = read("from=x&full=yes&_size=0").unwrap();
        assert_eq!(
            message(found.time("from").unwrap_err()),
            "from must be milliseconds since 1970, got \"x\""
        );
        assert_eq!(
            message(found.boolean("full").unwrap_err()),
            "full must be true or false, got \"yes\""
        );
        assert_eq!(
            message(found.size(20, 10).unwrap_err()),
            "_size must be a number from 1 to 10, got \"0\""
        );
    }
}
