//! The head of the API document: what the dialect is and how callers show who they are.

use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Article catalogue (light100)",
        version = "1",
        description = "Article information: single articles, delta updates through a job queue, and the users who may \
                       use it. Every call needs `Authorization: Bearer <token>`."
    ),
    tags(
        (name = "Article", description = "Article calls: to copy, edit, delete, read and update in bulk."),
        (name = "Admin", description = "Users and their tokens; for administrators only."),
        (name = "Job", description = "Job calls: to see, flush and clear jobs in the job queue."),
    ),
    security(("bearer" = []))
)]
struct Document;

/// The document before its routes.
pub(crate) fn base() -> OpenApi {
    let mut document = Document::openapi();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A personal access token."))
        .build();
    document
        .components
        .get_or_insert_default()
        .add_security_scheme("bearer", SecurityScheme::Http(bearer));
    document
}
