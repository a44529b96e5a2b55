//! `GET /api/v1/articles/delete/{id}` as documented, and `DELETE /api/v1/articles/{id}`, which no link can trigger.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, Path};
use engine::Engine;
use engine::articles::Deleted;
use model::Actor;
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::{self, Envelope};
use crate::safe::NotHead;
use crate::unquote::unquote;

/// What became of a deletion, in the words of the search index that clients know.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deletion {
    /// Always `articles`.
    _index: &'static str,
    /// Always `_doc`.
    _type: &'static str,
    /// The article number.
    _id: String,
    /// The version that the deletion made.
    _version: u64,
    /// Always `deleted`.
    result: &'static str,
    _shards: Shards,
    /// The place of the deletion in the history of all articles.
    _seq_no: i64,
    /// How often the server had been started by then.
    _primary_term: u64,
}

#[derive(Serialize, ToSchema)]
struct Shards {
    total: u8,
    successful: u8,
    failed: u8,
}

impl Deletion {
    fn new(id: String, deleted: Deleted) -> Self {
        Self {
            _index: "articles",
            _type: "_doc",
            _id: id,
            _version: deleted.version,
            result: "deleted",
            _shards: Shards {
                total: 2,
                successful: 1,
                failed: 0,
            },
            _seq_no: deleted.seq.0,
            _primary_term: deleted.epoch,
        }
    }
}

/// Delete
///
/// Deletes an article by its number `F_1`, which is its id. A GET that changes something: prefer the DELETE call.
#[utoipa::path(
    get,
    path = "/api/v1/articles/delete/{id}",
    tag = "Article",
    params(("id" = String, Path, description = "The article number, with or without surrounding quotes.",
            example = "12411116")),
    responses(
        (status = 200, description = "What became of it.", body = Envelope<Deletion>, example = json!({
            "status": "success",
            "message": "Articles deleted",
            "data": {
                "_index": "articles", "_type": "_doc", "_id": "12411116", "_version": 4, "result": "deleted",
                "_shards": { "total": 2, "successful": 1, "failed": 0 }, "_seq_no": 2338, "_primary_term": 26
            }
        })),
        (status = 404, description = "There is no such article.", example = json!({
            "status": "error", "message": "Article not found: 12411116", "data": null
        })),
    )
)]
pub(crate) async fn delete_by_get(
    _: NotHead,
    State(engine): State<Engine>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    carry_out(&engine, &actor, &id).await
}

/// Delete (without side effects on GET)
///
/// The same as the documented call, with the method that says what it does.
#[utoipa::path(
    delete,
    path = "/api/v1/articles/{id}",
    tag = "Article",
    params(("id" = String, Path, description = "The article number, with or without surrounding quotes.",
            example = "12411116")),
    responses(
        (status = 200, description = "What became of it.", body = Envelope<Deletion>),
        (status = 404, description = "There is no such article.", example = json!({
            "status": "error", "message": "Article not found: 12411116", "data": null
        })),
    )
)]
pub(crate) async fn delete(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    carry_out(&engine, &actor, &id).await
}

async fn carry_out(engine: &Engine, actor: &Actor, id: &str) -> Result<Response, Fault> {
    let id = unquote(id);
    let deleted = engine.delete_article(actor, id).await?;
    Ok(envelope::success(
        "Articles deleted",
        Deletion::new(id.to_owned(), deleted),
    )?)
}
