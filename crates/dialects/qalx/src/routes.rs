//! Every route of the dialect.

use axum::Router;
use axum::extract::Request;
use axum::routing::{MethodRouter, delete, get, patch, post};
use edge::Path;

use crate::call::Call;
use crate::entities::{aggregate, archive, create, list, read, save};
use crate::noun::{NOUNS, Noun};
use crate::{Qalx, bots, entities, factory, files, notification, projects, queues, tags};

/// The routes that need a token.
pub(crate) fn guarded() -> Router<Qalx> {
    let nouns = NOUNS
        .iter()
        .fold(Router::new(), |router, noun| router.merge(of_noun(noun)));
    nouns
        .route(
            "/qalx/bot/{guid}/replace-workers",
            patch(bots::replace_workers::replace),
        )
        .route(
            "/qalx/bot/{guid}/worker/{worker_guid}",
            get(bots::read_worker::read).patch(bots::save_worker::save),
        )
        .route("/qalx/queue/{guid}/complete", post(queues::complete::complete))
        .route("/qalx/factory/validate", post(factory::validate))
        .route("/qalx/tags/validate", post(tags::validate))
        .route("/qalx/notification", post(notification::create))
        .route("/qalx/project", get(projects::list).post(projects::create))
        .route("/qalx/project/{name}", projects_by_name())
}

/// The routes whose address is the right.
pub(crate) fn open() -> Router<Qalx> {
    Router::new().route("/qalx/file/{guid}", get(files::get::get).put(files::put::put))
}

fn projects_by_name() -> MethodRouter<Qalx> {
    delete(projects::delete).patch(projects::save)
}

/// What every kind has.
fn of_noun(noun: &'static Noun) -> Router<Qalx> {
    let all = format!("/qalx/{}", noun.word());
    let one = format!("{all}/{{guid}}");
    let by_guid = get(move |call: Call, Path(id): Path<String>| read::read(noun, call, id))
        .patch(move |call: Call, Path(id): Path<String>, body: Request| save::patch(noun, call, id, body))
        .put(move |call: Call, Path(id): Path<String>, body: Request| save::put(noun, call, id, body))
        .delete(move |call: Call, Path(id): Path<String>| entities::delete::delete(noun, call, id));
    Router::new()
        .route(
            &all,
            get(move |call: Call| list::list(noun, call))
                .post(move |call: Call, body: Request| create::create(noun, call, body)),
        )
        .route(
            &format!("{all}/aggregate"),
            post(move |call: Call, body: Request| aggregate::aggregate(noun, call, body)),
        )
        .route(&one, by_guid)
        .route(
            &format!("{one}/archive"),
            patch(move |call: Call, Path(id): Path<String>| archive::archive(noun, call, id)),
        )
        .route(
            &format!("{one}/unarchive"),
            patch(move |call: Call, Path(id): Path<String>| archive::unarchive(noun, call, id)),
        )
}
