//! What the header of a file says: paths of fields with indexes, or the labels that exports write.

use app::{FieldType, Fields, USERS};

use crate::records::catalogue::{Catalogue, join};

/// The most elements of a list that columns may name.
const ELEMENTS: usize = 1000;
/// The most fields on the way to one.
const DEPTH: usize = 16;

/// A field on the way, and which of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part<'h> {
    pub(super) name: &'h str,
    pub(super) element: Option<usize>,
}

/// The parts of a path: `addresses[1].city`.
pub(super) fn parts(path: &str) -> Result<Vec<Part<'_>>, String> {
    let parts: Vec<_> = path.split('.').map(part).collect::<Result<_, _>>()?;
    match parts.len() <= DEPTH {
        true => Ok(parts),
        false => Err(format!("there are more than {DEPTH} fields on the way")),
    }
}

fn part(text: &str) -> Result<Part<'_>, String> {
    let text = text.trim();
    let Some((name, rest)) = text.split_once('[') else {
        return Ok(Part {
            name: text,
            element: None,
        });
    };
    let number = rest
        .strip_suffix(']')
        .and_then(|number| number.parse::<usize>().ok());
    match number {
        Some(number) if number < ELEMENTS => Ok(Part {
            name,
            element: Some(number),
        }),
        Some(_) => Err(format!("a list has at most {ELEMENTS} columns")),
        None => Err(format!("{text:?} should end with a number as in {name}[0]")),
    }
}

/// The paths that a header of labels may mean: `Addresses[0] - City`.
pub(super) fn of_labels(catalogue: &Catalogue, fields: &Fields, header: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(catalogue, fields, header, "", &mut found);
    found
}

fn collect(catalogue: &Catalogue, fields: &Fields, header: &str, under: &str, found: &mut Vec<String>) {
    for field in fields {
        let Some(rest) = header
            .strip_prefix(field.label.as_str())
            .filter(|_| !field.label.is_empty())
        else {
            continue;
        };
        let (index, rest) = match (field.many, rest.find(']')) {
            (true, Some(end)) if rest.starts_with('[') => rest.split_at(end + 1),
            (true, _) => continue,
            (false, _) => ("", rest),
        };
        let path = format!("{}{index}", join(under, &field.name));
        if rest.is_empty() {
            found.push(path);
            continue;
        }
        let Some(inner) = rest.strip_prefix(" - ") else {
            continue;
        };
        match &field.kind {
            FieldType::Nested { fields, .. } => collect(catalogue, fields, inner, &path, found),
            FieldType::Relationship(rules) if rules.entity != USERS && under.len() < header.len() => {
                if let Ok(target) = catalogue.entity(&rules.entity) {
                    collect(catalogue, &target.fields, inner, &path, found);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, parts};

    #[test]
    fn paths_have_names_and_numbers() {
        let part = |name, element| Part { name, element };
        assert_eq!(
            parts("addresses[1].city").unwrap(),
            [part("addresses", Some(1)), part("city", None)]
        );
        assert_eq!(parts(" name ").unwrap(), [part("name", None)]);
        for bad in ["a[", "a[x]", "a[-1]", "a[1000]", "a[1]b"] {
            assert!(parts(bad).is_err(), "{bad}");
        }
        assert!(parts(&["a"; 17].join(".")).is_err());
    }
}
