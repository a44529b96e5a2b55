//! Calls on single articles, and the way in for delta files. One file per call.

pub(crate) mod copy;
pub(crate) mod delete;
pub(crate) mod delta_update;
pub(crate) mod export;
mod form;
pub(crate) mod read;
pub(crate) mod update;

use std::collections::HashMap;

use axum::response::Response;
use engine::articles::Article;
use model::Error;
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope;

/// An article: its number as `id`, then its fields `F_<n>` and `C_<n>` in the order in which they are stored.
#[derive(Serialize, ToSchema)]
#[schema(as = Article)]
pub(crate) struct ArticleData {
    id: String,
    #[serde(flatten)]
    fields: HashMap<String, serde_json::Value>,
}

/// A success with an article. The stored fields are printed straight behind the id, into the one buffer of the answer.
fn found(message: &str, article: &Article) -> Result<Response, Error> {
    let stored = article.body.as_bytes().len();
    let mut out = Vec::with_capacity(stored + stored / 4 + article.id.len() + 128);
    out.extend_from_slice(br#"{"status":"success","message":""#);
    out.extend_from_slice(message.as_bytes());
    out.extend_from_slice(br#"","data":{"id":"#);
    jsonb::escape_into(&mut out, &article.id);
    let fields = out.len();
    article.body.render(&mut out).map_err(Error::internal)?;
    match out.get_mut(fields..) {
        Some([b'{', b'}']) => drop(out.remove(fields)),
        Some([brace @ b'{', ..]) => *brace = b',',
        _ => return Err(Error::internal(format!("article {} is no object", article.id))),
    }
    out.push(b'}');
    Ok(envelope::json(out))
}

#[cfg(test)]
mod tests {
    use engine::articles::Article;
    use jsonb::{Jsonb, Limits};

    use super::found;

    async fn shown(id: &str, body: &str) -> Result<String, String> {
        let body = Jsonb::parse(body.as_bytes(), &Limits::default()).unwrap();
        let article = Article {
            id: id.to_owned(),
            version: 1,
            body,
        };
        let answer =
            found("m", &article).map_err(|error| error.internal_text().unwrap_or_default().to_owned())?;
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
            .await
            .unwrap();
        Ok(String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn fields_follow_the_id_as_they_are_stored() {
        assert_eq!(
            shown("7\"", r#"{"F_1": "7\"", "F_2": 1.50, "C_3": null}"#)
                .await
                .unwrap(),
            r#"{"status":"success","message":"m","data":{"id":"7\"","F_1":"7\"","F_2":1.50,"C_3":null}}"#
        );
        assert_eq!(
            shown("7", "{}").await.unwrap(),
            r#"{"status":"success","message":"m","data":{"id":"7"}}"#
        );
        assert_eq!(shown("7", "[]").await.unwrap_err(), "article 7 is no object");
    }
}
