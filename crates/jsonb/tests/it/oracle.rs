//! What others say: SQLite for bytes and text, `serde_json` for what is JSON at all.

use rusqlite::{Connection, types::Value as Sql};

pub(crate) struct Sqlite(Connection);

impl Sqlite {
    pub(crate) fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        let version: String = connection
            .query_row("SELECT sqlite_version()", [], |row| row.get(0))
            .unwrap();
        assert_eq!(
            version, "3.54.1",
            "the format is checked against the version that the store is pinned to"
        );
        Self(connection)
    }

    /// The one value of a query, text as bytes.
    fn ask(&self, sql: &str, params: impl rusqlite::Params) -> Option<Vec<u8>> {
        let mut statement = self.0.prepare_cached(sql).unwrap();
        let answer = statement.query_row(params, |row| {
            Ok(match row.get_ref(0)? {
                rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                    bytes.to_vec()
                }
                other => panic!("unexpected answer {other:?} to {sql}"),
            })
        });
        answer.ok()
    }

    pub(crate) fn jsonb(&self, text: &str) -> Option<Vec<u8>> {
        self.ask("SELECT jsonb(?)", [text])
    }

    pub(crate) fn json_of_text(&self, text: &str) -> Option<Vec<u8>> {
        self.ask("SELECT json(?)", [text])
    }

    pub(crate) fn json_of_blob(&self, blob: &[u8]) -> Option<Vec<u8>> {
        self.ask("SELECT json(?)", [blob])
    }

    /// Whether the blob is JSONB by the thorough check.
    pub(crate) fn is_strict_jsonb(&self, blob: &[u8]) -> bool {
        let mut statement = self.0.prepare_cached("SELECT json_valid(?, 8)").unwrap();
        statement.query_row([blob], |row| row.get::<_, bool>(0)).unwrap()
    }

    /// `json_set` or `json_remove`, as text.
    pub(crate) fn edit(&self, sql: &str, params: Vec<Sql>) -> String {
        let bytes = self.ask(sql, rusqlite::params_from_iter(params)).unwrap();
        String::from_utf8(bytes).unwrap()
    }
}

/// Whether another parser reads `text` as JSON.
pub(crate) fn is_json(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}
