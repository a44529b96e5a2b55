//! The `fields` parameter: which parts of an entity are wanted, as a tree of names.

use edge::query_pairs;
use model::Error;

/// The most names in one request.
const MOST: usize = 200;

/// What is wanted of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wanted {
    /// The whole.
    All,
    /// These members, and what is wanted of each.
    Some(Vec<(String, Wanted)>),
}

impl Wanted {
    /// Reads `fields` out of a query; without one the whole is wanted. The guid is never left out, because the client
    /// matches children by it.
    pub(crate) fn read(query: &str) -> Result<Self, Error> {
        let pairs = query_pairs(query)?;
        let names: Vec<_> = pairs
            .iter()
            .filter(|(name, value)| name == "fields" && !value.is_empty())
            .map(|(_, value)| value.as_str())
            .collect();
        if names.len() > MOST {
            let message = format!("fields: at most {MOST} are taken, got {}", names.len());
            return Err(Error::bad_value("fields", message));
        }
        if names.is_empty() {
            return Ok(Self::All);
        }
        let mut wanted = Self::Some(Vec::new());
        for path in names.into_iter().chain(["guid"]) {
            wanted.add(path);
        }
        Ok(wanted)
    }

    fn add(&mut self, path: &str) {
        let Self::Some(members) = self else {
            return;
        };
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let known = members.iter().position(|(known, _)| known == name);
        let place = known.unwrap_or_else(|| {
            members.push((name.to_owned(), Self::Some(Vec::new())));
            members.len() - 1
        });
        match rest {
            Some(rest) => members[place].1.add(rest),
            None => members[place].1 = Self::All,
        }
    }

    /// What is wanted of a member; none if nothing is.
    pub(crate) fn of(&self, name: &str) -> Option<&Self> {
        match self {
            Self::All => Some(&Self::All),
            Self::Some(members) => members
                .iter()
                .find_map(|(known, wanted)| (known == name).then_some(wanted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn names_make_a_tree() {
        assert_eq!(Wanted::read("").unwrap(), Wanted::All);
        assert_eq!(Wanted::read("fields=&x=1").unwrap(), Wanted::All);
        let wanted = Wanted::read("fields=data.a&fields=data.b.c&fields=meta&fields=meta.x").unwrap();
        let data = wanted.of("data").unwrap();
        assert_eq!((data.of("a"), data.of("c")), (Some(&Wanted::All), None));
        assert!(data.of("b").unwrap().of("c").is_some() && data.of("b").unwrap().of("d").is_none());
        assert_eq!(
            (wanted.of("meta"), wanted.of("guid")),
            (Some(&Wanted::All), Some(&Wanted::All))
        );
        assert_eq!(wanted.of("tags"), None);
        let many = "fields=a&".repeat(201);
        assert!(Wanted::read(&many).is_err());
    }
}
