//! Every route of the dialect, once; the same list makes the API document.

use std::sync::Arc;

use edge::openapi::{USUAL, add_refusals};
use edge::{Edge, Guard, bearer};
use engine::Engine;
use model::Code;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::errors::render;
use crate::{admin, articles, document, jobs};

/// The name of the dialect and of its document.
const NAME: &str = "light100";
/// Where it is mounted.
const PREFIX: &str = "/api/v1";

/// Adds the dialect to a server.
#[must_use]
pub fn mount(edge: Edge, engine: &Engine) -> Edge {
    let guard = Guard::new(Arc::new(engine.clone()), bearer).with_limiter(edge.limiter());
    let all = of_articles().merge(of_admin()).merge(of_jobs());
    let (router, _) = all.split_for_parts();
    let router = router.route_layer(guard).with_state(engine.clone());
    edge.dialect(NAME, &[PREFIX], router, documented, render)
}

/// The same routes as a document.
fn documented() -> OpenApi {
    let open_to_users: Vec<Code> = USUAL
        .iter()
        .copied()
        .filter(|code| *code != Code::Forbidden)
        .collect();
    let (_, document) = OpenApiRouter::with_openapi(document::base())
        .merge(with_refusals(of_articles(), &open_to_users))
        .merge(with_refusals(of_admin(), USUAL))
        .merge(with_refusals(of_jobs(), &open_to_users))
        .split_for_parts();
    document
}

/// Documents the refusals that any call can answer with. Nothing here conflicts with another change.
fn with_refusals(mut router: OpenApiRouter<Engine>, codes: &[Code]) -> OpenApiRouter<Engine> {
    let codes: Vec<Code> = codes
        .iter()
        .copied()
        .filter(|code| *code != Code::Conflict)
        .collect();
    add_refusals(router.get_openapi_mut(), render, &codes);
    router
}

fn group() -> OpenApiRouter<Engine> {
    OpenApiRouter::with_openapi(document::base())
}

fn of_articles() -> OpenApiRouter<Engine> {
    group()
        .routes(routes!(articles::copy::copy))
        .routes(routes!(articles::delta_update::delta_update))
        .routes(routes!(articles::export::start::start))
        .routes(routes!(articles::export::show::show))
        .routes(routes!(articles::export::download::download))
        .routes(routes!(articles::update::update))
        .routes(routes!(articles::delete::delete_by_get))
        .routes(routes!(articles::read::read, articles::delete::delete))
}

fn of_admin() -> OpenApiRouter<Engine> {
    group()
        .routes(routes!(admin::create_user::create_user))
        .routes(routes!(admin::users::users))
        .routes(routes!(admin::delete_user::delete_user))
        .routes(routes!(admin::renew::renew))
}

fn of_jobs() -> OpenApiRouter<Engine> {
    let mut router = group()
        .routes(routes!(jobs::job::job))
        .routes(routes!(jobs::jobs::jobs))
        .routes(routes!(jobs::files::files))
        .routes(routes!(jobs::failed_job::failed_job))
        .routes(routes!(jobs::failed_jobs::failed_jobs))
        .routes(routes!(jobs::failed_articles::failed_articles))
        .routes(routes!(jobs::failed_files::failed_files))
        .routes(routes!(jobs::successful_files::successful_files))
        .routes(routes!(jobs::clear::clear))
        .routes(routes!(jobs::clear_successful::clear_successful))
        .routes(routes!(jobs::flush::flush));
    document::tell_methods_apart(router.get_openapi_mut());
    router
}
