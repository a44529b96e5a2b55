//! The example data of `examples/aeroplanes`, as files that the API takes.

use std::io::Write;

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};

/// The catalogue.
const PLANES: &str = include_str!("../../../../../examples/aeroplanes/planes.csv");
/// The delta update.
pub(super) const DELTA: &str = include_str!("../../../../../examples/aeroplanes/delta.json");

/// Which column is which field of an article.
const FIELDS: [(&str, &str); 8] = [
    ("tailnum", "F_1"),
    ("model", "F_3"),
    ("manufacturer", "F_80000"),
    ("engine", "F_80001"),
    ("seats", "F_80004"),
    ("year", "F_80006"),
    ("type", "C_75000"),
    ("engines", "C_75001"),
];
/// What the table writes for a value that is not known.
const UNKNOWN: &str = "NA";

/// The catalogue as operations, one per line, and how many.
///
/// # Errors
/// Never with the file of the release.
pub(super) fn catalogue() -> anyhow::Result<(Vec<u8>, usize)> {
    let mut reader = csv::Reader::from_reader(PLANES.as_bytes());
    let columns = reader.headers()?.clone();
    let (mut lines, mut count) = (Vec::new(), 0);
    for row in reader.records() {
        let row = row?;
        let mut article = Map::new();
        for (column, field) in FIELDS {
            let place = columns.iter().position(|name| name == column).context(column)?;
            let value = row.get(place).context(column)?;
            if value != UNKNOWN {
                article.insert(field.to_owned(), Value::from(value));
            }
        }
        serde_json::to_writer(
            &mut lines,
            &json!({ "operation": "add-article", "articleData": article }),
        )?;
        lines.push(b'\n');
        count += 1;
    }
    Ok((lines, count))
}

/// The delta update as it is sent: packed.
///
/// # Errors
/// Never: it is packed in memory.
pub(super) fn packed_delta() -> anyhow::Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(DELTA.as_bytes())?;
    Ok(packer.finish()?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::{DELTA, catalogue};

    #[test]
    fn the_catalogue_has_every_aeroplane_once() {
        let (lines, count) = catalogue().unwrap();
        let numbers: BTreeSet<String> = lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice::<Value>(line).unwrap())
            .map(|operation| operation["articleData"]["F_1"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!((count, numbers.len()), (3322, 3322));
        let first: Value =
            serde_json::from_slice(lines.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
        assert_eq!(
            first.to_string(),
            r#"{"operation":"add-article","articleData":{"F_1":"N10156","F_3":"EMB-145XR","F_80000":"EMBRAER","F_80001":"Turbo-fan","F_80004":"55","F_80006":"2004","C_75000":"Fixed wing multi engine","C_75001":"2"}}"#
        );
    }

    #[test]
    fn the_delta_update_has_all_six_operations() {
        let delta: Value = serde_json::from_str(DELTA).unwrap();
        let operations = delta["operations"].as_array().unwrap();
        let names: BTreeSet<_> = operations
            .iter()
            .map(|o| o["operation"].as_str().unwrap())
            .collect();
        let six = [
            "add-article",
            "add-article-feature",
            "delete-article",
            "delete-article-feature",
            "rename-article",
            "replace-article",
            "replace-article-feature",
        ];
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            six,
            "six, and one that there is not"
        );
    }
}
