//! Keys from the environment: `STOCKYARD_HTTP__MAX_BODY_BYTES` is `http.max_body_bytes`.
//!
//! Two underscores part section and key, which no name set by a container system has. The value is read as TOML and
//! taken as text when it is none, so that quotes are needed only where TOML would read something else.

use anyhow::{Context, bail};
use toml::{Table, Value};

const PREFIX: &str = "STOCKYARD_";

/// The keys that `variables` set, as a table, and for each path the variable's name.
///
/// # Errors
/// Names the variable that cannot be read.
pub(super) fn table(
    variables: impl Iterator<Item = (String, String)>,
) -> anyhow::Result<(Table, Vec<(String, String)>)> {
    let (mut table, mut sources) = (Table::new(), Vec::new());
    for (name, text) in variables {
        let Some(path) = path(&name) else { continue };
        put(&mut table, &path, value(&text)).with_context(|| format!("environment variable {name}"))?;
        sources.push((path.join("."), name));
    }
    Ok((table, sources))
}

/// The path of keys that a variable names, if it is one of ours with a section.
fn path(name: &str) -> Option<Vec<String>> {
    let keys = name.strip_prefix(PREFIX)?;
    keys.contains("__")
        .then(|| keys.to_ascii_lowercase().split("__").map(str::to_owned).collect())
}

fn value(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}"));
    let single = parsed.ok().filter(|table| table.len() == 1);
    single
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

fn put(table: &mut Table, path: &[String], value: Value) -> anyhow::Result<()> {
    match path {
        [key] => {
            table.insert(key.clone(), value);
        }
        [section, rest @ ..] => {
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            match inner {
                Value::Table(inner) => put(inner, rest, value)?,
                _ => bail!("{section} is set as a whole by another variable"),
            }
        }
        [] => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use toml::Table;

    use super::table;

    fn read(variables: &[(&str, &str)]) -> Table {
        let variables = variables
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        table(variables).unwrap().0
    }

    #[test]
    fn values_are_toml_or_text() {
        let found = read(&[
            ("STOCKYARD_HTTP__MAX_BODY_BYTES", "5"),
            ("STOCKYARD_HTTP__CORS__ALLOWED_ORIGINS", r#"["*"]"#),
            ("STOCKYARD_LOG__LEVEL", "debug"),
            ("STOCKYARD_LOG__FORMAT", "\"json\""),
        ]);
        let expected = "log = { level = \"debug\", format = \"json\" }
            [http]\nmax_body_bytes = 5\ncors = { allowed_origins = [\"*\"] }";
        assert_eq!(found, expected.parse().unwrap());
    }

    #[test]
    fn other_variables_are_left_alone() {
        let found = read(&[
            ("STOCKYARD_LISTEN", "x"),
            ("STOCKYARD_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("HTTP__MAX_BODY_BYTES", "5"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_value_cannot_smuggle_in_a_second_key() {
        let found = read(&[("STOCKYARD_LOG__LEVEL", "1\nother = 2")]);
        assert_eq!(found["log"]["level"].as_str(), Some("1\nother = 2"));
    }
}
