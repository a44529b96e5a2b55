//! Projects: names with tags. A user sees what has a tag of one of his projects.

use model::Timestamp;

use crate::Result;

/// A project as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its name, unique.
    pub name: String,
    /// Its tags, name and value, in order.
    pub tags: Vec<(String, String)>,
    /// When it was made.
    pub created: Timestamp,
}

/// Reading projects.
pub trait ReadProjects {
    /// The project of this name.
    fn project(&mut self, name: &str) -> Result<Option<Project>>;
    /// All projects by name.
    fn projects(&mut self) -> Result<Vec<Project>>;
}

/// Writing projects.
pub trait WriteProjects {
    /// Makes a project; `false` when the name is taken.
    fn insert_project(&mut self, project: &Project) -> Result<bool>;
    /// Replaces the tags of a project; whether there is one.
    fn set_project_tags(&mut self, name: &str, tags: &[(String, String)]) -> Result<bool>;
    /// Removes a project; whether there was one. Users keep its name.
    fn delete_project(&mut self, name: &str) -> Result<bool>;
}
