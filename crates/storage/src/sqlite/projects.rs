//! Projects.

use model::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use crate::tables::projects::Project;
use crate::tables::{ReadProjects, WriteProjects};
use crate::{Error, Result};

const GET: &str = "SELECT name, tags, created FROM projects WHERE name = ?1";
const LIST: &str = "SELECT name, tags, created FROM projects ORDER BY name";
const INSERT: &str =
    "INSERT INTO projects (name, tags, created) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING";
const SET_TAGS: &str = "UPDATE projects SET tags = ?2 WHERE name = ?1";
const DELETE: &str = "DELETE FROM projects WHERE name = ?1";

type ProjectRow = (String, String, i64);

fn row(row: &Row<'_>) -> rusqlite::Result<ProjectRow> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn project((name, tags, created): ProjectRow) -> Result<Project> {
    let tags = serde_json::from_str(&tags)
        .map_err(|error| Error::Damaged(format!("tags of the project {name:?}: {error}")))?;
    let created = Timestamp(created);
    Ok(Project { name, tags, created })
}

fn text(tags: &[(String, String)]) -> Result<String> {
    serde_json::to_string(tags).map_err(|error| Error::Backend(error.to_string()))
}

impl ReadProjects for Session<'_> {
    fn project(&mut self, name: &str) -> Result<Option<Project>> {
        let found = self.prepared(GET)?.query_row([name], row).optional()?;
        found.map(project).transpose()
    }

    fn projects(&mut self) -> Result<Vec<Project>> {
        let mut list = self.prepared(LIST)?;
        let rows = list.query_map([], row)?;
        rows.map(|row| project(row?)).collect()
    }
}

impl WriteProjects for Session<'_> {
    fn insert_project(&mut self, project: &Project) -> Result<bool> {
        let row = params![project.name, text(&project.tags)?, project.created.0];
        Ok(self.prepared(INSERT)?.execute(row)? == 1)
    }

    fn set_project_tags(&mut self, name: &str, tags: &[(String, String)]) -> Result<bool> {
        Ok(self.prepared(SET_TAGS)?.execute(params![name, text(tags)?])? == 1)
    }

    fn delete_project(&mut self, name: &str) -> Result<bool> {
        Ok(self.prepared(DELETE)?.execute([name])? == 1)
    }
}
