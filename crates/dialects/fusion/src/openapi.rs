//! The head of the dialect's API document.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApiBuilder, SecurityRequirement};
use utoipa_axum::router::OpenApiRouter;

use crate::Fusion;

/// A router with nothing but the document's head.
pub(crate) fn document() -> OpenApiRouter<Fusion> {
    let info = InfoBuilder::new()
        .title("Stockyard: fusion")
        .version("2.0")
        .description(Some(
            "Import jobs and their status. The listing and the creation of jobs are those of the documented PIM API \
             v2; the other routes are compatible extensions.",
        ));
    let schemes = ComponentsBuilder::new()
        .security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        .security_scheme(
            "token",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                "Authorization",
                "Token token=<token>,email=<email>",
            ))),
        );
    let none: [&str; 0] = [];
    let document = OpenApiBuilder::new()
        .info(info)
        .components(Some(schemes.build()))
        .security(Some([
            SecurityRequirement::new("bearer", none),
            SecurityRequirement::new("token", none),
        ]));
    OpenApiRouter::with_openapi(document.build())
}
