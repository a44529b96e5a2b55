//! Projects, which an admin makes: their tags decide what their users see.

use model::{Actor, Code, Error};
use storage::tables::projects::Project as Stored;

use super::{Tag, tag};
use crate::Engine;
use crate::identity::require_admin;

/// The longest name, in characters.
const MAX_NAME: usize = 255;

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its name, unique.
    pub name: String,
    /// Its tags, in order.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created: model::Timestamp,
}

impl Engine {
    /// Makes a project.
    ///
    /// # Errors
    /// `forbidden` unless `actor` is an admin; `bad-value`; `already-exists`.
    pub async fn create_project(&self, actor: &Actor, name: &str, tags: Vec<Tag>) -> Result<Project, Error> {
        require_admin(actor)?;
        let (name, created) = (checked(name)?, self.env().now());
        tag::check_count(&tags)?;
        let stored = Stored {
            name: name.clone(),
            tags: tags.iter().map(Tag::to_pair).collect(),
            created,
        };
        let made = self
            .store()
            .write(move |tx| Ok::<_, Error>(tx.insert_project(&stored)?));
        if made.await? {
            return Ok(Project { name, tags, created });
        }
        let message = format!("a project of this name already exists: {name}");
        Err(Error::of_field(Code::AlreadyExists, "name".to_owned(), message))
    }

    /// All projects by name.
    ///
    /// # Errors
    /// `forbidden` unless `actor` is an admin.
    pub async fn projects(&self, actor: &Actor) -> Result<Vec<Project>, Error> {
        require_admin(actor)?;
        let stored = self.store().read(|tx| Ok::<_, Error>(tx.projects()?)).await?;
        let project = |stored: Stored| Project {
            tags: stored.tags.iter().map(Tag::of_pair).collect(),
            name: stored.name,
            created: stored.created,
        };
        Ok(stored.into_iter().map(project).collect())
    }

    /// Replaces the tags of a project.
    ///
    /// # Errors
    /// `forbidden` unless `actor` is an admin; `bad-value`; `not-found`.
    pub async fn set_project_tags(&self, actor: &Actor, name: &str, tags: Vec<Tag>) -> Result<(), Error> {
        require_admin(actor)?;
        tag::check_count(&tags)?;
        let (name, pairs) = (name.to_owned(), tags.iter().map(Tag::to_pair).collect::<Vec<_>>());
        self.store()
            .write(move |tx| match tx.set_project_tags(&name, &pairs)? {
                true => Ok(()),
                false => Err(Error::not_found("project", &name)),
            })
            .await
    }

    /// Removes a project. Users keep its name; another project of that name is theirs again.
    ///
    /// # Errors
    /// `forbidden` unless `actor` is an admin; `not-found`.
    pub async fn delete_project(&self, actor: &Actor, name: &str) -> Result<(), Error> {
        require_admin(actor)?;
        let name = name.to_owned();
        self.store()
            .write(move |tx| match tx.delete_project(&name)? {
                true => Ok(()),
                false => Err(Error::not_found("project", &name)),
            })
            .await
    }
}

fn checked(name: &str) -> Result<String, Error> {
    let (name, length) = (name.trim(), name.trim().chars().count());
    if (1..=MAX_NAME).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    let message = format!(
        "the name of a project must have 1 to {MAX_NAME} characters and no control characters, got {length}"
    );
    Err(Error::bad_value("name", message))
}
