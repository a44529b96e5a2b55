//! `/qalx/project`: projects, whose tags decide what their users see. For admins; not part of the documented API.

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use edge::{Fault, Path};
use engine::entities::Project;
use http::StatusCode;
use model::Error;
use serde::Serialize;
use serde_json::json;

use crate::call::Call;
use crate::dto::read::tags;
use crate::dto::text;

/// A project as it is shown.
#[derive(Serialize)]
struct Shown {
    name: String,
    tags: Vec<ShownTag>,
}

#[derive(Serialize)]
struct ShownTag {
    name: String,
    value: String,
}

impl From<Project> for Shown {
    fn from(project: Project) -> Self {
        let tags = project.tags.iter().map(|tag| ShownTag {
            name: tag.name().to_owned(),
            value: tag.value().to_owned(),
        });
        Self {
            tags: tags.collect(),
            name: project.name,
        }
    }
}

/// All projects, by name.
pub(crate) async fn list(call: Call) -> Result<Response, Fault> {
    let projects = call.qalx.engine.projects(&call.actor).await?;
    let shown: Vec<_> = projects.into_iter().map(Shown::from).collect();
    Ok(Json(json!({ "data": shown })).into_response())
}

/// Makes a project.
pub(crate) async fn create(call: Call, request: Request) -> Result<Response, Fault> {
    edge::require_admin(&call.actor)?;
    let body = call.object(request).await?;
    let name = text(body.root(), "name")?.ok_or_else(|| Error::missing("name"))?;
    let tags = tags(body.root())?.unwrap_or_default();
    let project = call.qalx.engine.create_project(&call.actor, &name, tags).await?;
    Ok((StatusCode::CREATED, Json(Shown::from(project))).into_response())
}

/// Replaces the tags of a project.
pub(crate) async fn save(call: Call, Path(name): Path<String>, request: Request) -> Result<Response, Fault> {
    edge::require_admin(&call.actor)?;
    let body = call.object(request).await?;
    let tags = tags(body.root())?.ok_or_else(|| Error::missing("tags"))?;
    let engine = &call.qalx.engine;
    engine.set_project_tags(&call.actor, &name, tags).await?;
    let projects = engine.projects(&call.actor).await?;
    let project = projects.into_iter().find(|project| project.name == name);
    let project = project.ok_or_else(|| Error::not_found("project", &name))?;
    Ok(Json(Shown::from(project)).into_response())
}

/// Removes a project; its users see less from then on.
pub(crate) async fn delete(call: Call, Path(name): Path<String>) -> Result<StatusCode, Fault> {
    call.qalx.engine.delete_project(&call.actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
