//! The API document beside its routes: what the dialect is, how callers show who they are, and what tells the two methods
//! of one call apart.

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

/// Makes two operations of a call that is annotated once for GET and POST: the GET is the documented one, the POST does
/// the same without side effects on GET.
pub(crate) fn tell_methods_apart(document: &mut OpenApi) {
    for call in document.paths.paths.values_mut() {
        let (Some(get), Some(post)) = (&mut call.get, &mut call.post) else {
            continue;
        };
        if let Some(id) = &mut get.operation_id {
            id.push_str("_by_get");
        }
        if let Some(summary) = &mut post.summary {
            summary.push_str(" (without side effects on GET)");
        }
        let description = "The same as the documented call, with the method that says what it does.";
        post.description = Some(description.to_owned());
    }
}
