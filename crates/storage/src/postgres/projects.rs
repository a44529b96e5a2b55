//! Projects.

use model::Timestamp;
use tokio_postgres::Row;

use super::Session;
use super::value::{Cells, params};
use crate::tables::projects::Project;
use crate::tables::{ReadProjects, WriteProjects};
use crate::{Error, Result};

const GET: &str = "SELECT name, tags, created FROM projects WHERE name = $1";
const LIST: &str = "SELECT name, tags, created FROM projects ORDER BY name";
const INSERT: &str =
    "INSERT INTO projects (name, tags, created) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
const SET_TAGS: &str = "UPDATE projects SET tags = $2 WHERE name = $1";
const DELETE: &str = "DELETE FROM projects WHERE name = $1";

fn project(row: &Row) -> Result<Project> {
    let row = Cells(row);
    let (name, tags) = (row.text(0)?, row.text(1)?);
    let tags = serde_json::from_str(&tags)
        .map_err(|error| Error::Damaged(format!("tags of the project {name:?}: {error}")))?;
    let created = Timestamp(row.int(2)?);
    Ok(Project { name, tags, created })
}

fn text(tags: &[(String, String)]) -> Result<String> {
    serde_json::to_string(tags).map_err(|error| Error::Backend(error.to_string()))
}

impl ReadProjects for Session<'_> {
    fn project(&mut self, name: &str) -> Result<Option<Project>> {
        self.aside()
            .row(GET, params![name])?
            .as_ref()
            .map(project)
            .transpose()
    }

    fn projects(&mut self) -> Result<Vec<Project>> {
        self.aside().rows(LIST, &[])?.iter().map(project).collect()
    }
}

impl WriteProjects for Session<'_> {
    fn insert_project(&mut self, project: &Project) -> Result<bool> {
        let row = params![&project.name, text(&project.tags)?, project.created.0];
        Ok(self.aside().change(INSERT, row)? == 1)
    }

    fn set_project_tags(&mut self, name: &str, tags: &[(String, String)]) -> Result<bool> {
        Ok(self.aside().change(SET_TAGS, params![name, text(tags)?])? == 1)
    }

    fn delete_project(&mut self, name: &str) -> Result<bool> {
        Ok(self.aside().change(DELETE, params![name])? == 1)
    }
}
