//! `POST /qalx/{kind}/aggregate`: a pipeline, as a text in the body (as the client sends it), as the array itself, or in
//! the query (as the documentation has it).

use axum::extract::Request;
use axum::response::Response;
use edge::{Fault, query_pairs};
use http::StatusCode;
use jsonb::{Jsonb, Kind};
use model::Error;
use query::Pipeline;

use crate::call::{Call, json};
use crate::error::refused;
use crate::noun::Noun;

pub(crate) async fn aggregate(noun: &'static Noun, call: Call, request: Request) -> Result<Response, Fault> {
    let sent = sent(&call, request).await?;
    if sent.root().kind() != Kind::Array {
        let message = format!(
            "expected an array of stages, got {}",
            crate::dto::kind_word(sent.root())
        );
        return Err(Error::bad_value("aggregate", message).into());
    }
    let pipeline = Pipeline::parse(&sent.root(), &call.qalx.engine.options().query.limits());
    let pipeline = pipeline.map_err(|refusal| refused("aggregate", &refusal))?;
    let engine = &call.qalx.engine;
    let rows = engine
        .aggregate_entities(&call.actor, noun.kind, pipeline)
        .await?;
    let mut out = b"{\"aggregate\":".to_vec();
    sent.render(&mut out).map_err(Error::internal)?;
    out.extend_from_slice(b",\"data\":[");
    for (place, row) in rows.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        row.render(&mut out).map_err(Error::internal)?;
    }
    out.extend_from_slice(b"]}");
    Ok(json(StatusCode::OK, out))
}

async fn sent(call: &Call, request: Request) -> Result<Jsonb, Error> {
    if let Some(body) = call.object_or_nothing(request).await?
        && let Some(pipeline) = body.root().get("aggregate").map_err(Error::internal)?
    {
        return match pipeline.as_str().map_err(Error::internal)? {
            Some(text) => parsed(call, &text),
            None => Ok(Jsonb::from_stored(pipeline.as_bytes().to_vec())),
        };
    }
    let pairs = query_pairs(call.query())?;
    let given = pairs.into_iter().find(|(name, _)| name == "aggregate");
    let (_, text) = given.ok_or_else(|| Error::missing("aggregate"))?;
    parsed(call, &text)
}

fn parsed(call: &Call, text: &str) -> Result<Jsonb, Error> {
    Jsonb::parse(text.as_bytes(), &call.json_limits())
        .map_err(|error| Error::bad_value("aggregate", format!("the pipeline is not valid JSON: {error}")))
}
