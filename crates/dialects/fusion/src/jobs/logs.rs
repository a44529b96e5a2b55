//! `GET /api/v2/jobs/{id}/logs`: what a job wrote down, an extension for operators.

use axum::Json;
use axum::extract::State;
use edge::{Caller, Fault, Path, Query};
use engine::jobs::LogFilter;
use model::job::Level;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::seq;
use crate::Fusion;
use crate::paging::{Paged, page};
use crate::time::show;

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Lines {
    /// Page number. Default is 1.
    page: Option<u64>,
    /// Number of objects in one response. Default is 50, at most 1000.
    per_page: Option<u64>,
    /// Only lines this grave or graver.
    #[param(inline)]
    level: Option<MinLevel>,
    /// Only lines with this text in them, in any ASCII case.
    text: Option<String>,
}

/// How grave.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
enum MinLevel {
    Info,
    Warn,
    Error,
}

/// One line.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Line {
    /// When it was written.
    time: String,
    /// `INFO`, `WARN` or `ERROR`.
    #[schema(example = "INFO")]
    level: &'static str,
    /// The text.
    message: String,
}

/// Lines of a job's log, oldest first.
#[utoipa::path(get, path = "/api/v2/jobs/{id}/logs", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number"), Lines),
    responses((status = 200, description = "A page of lines.", body = Paged<Line>)))]
pub(super) async fn logs(
    State(fusion): State<Fusion>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Query(lines): Query<Lines>,
) -> Result<Json<Paged<Line>>, Fault> {
    let page = page(lines.page, lines.per_page)?;
    let filter = LogFilter {
        min_level: lines.level.map(|level| match level {
            MinLevel::Info => Level::Info,
            MinLevel::Warn => Level::Warn,
            MinLevel::Error => Level::Error,
        }),
        text: lines.text,
        ..LogFilter::default()
    };
    let found = fusion.engine.job_logs(&actor, seq(&id)?, filter, page).await?;
    let line = |line: model::job::LogLine| Line {
        time: show(line.on, &fusion.zone),
        level: line.level.as_str(),
        message: line.message,
    };
    Ok(Json(Paged::new(page, found.map(line))))
}
