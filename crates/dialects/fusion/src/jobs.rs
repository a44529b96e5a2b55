//! `/api/v2/jobs…`, one endpoint per file.

mod cancel;
mod create;
mod errors;
mod errors_csv;
mod force_stop;
mod list;
mod logs;
mod read;
mod results;
mod resume;
mod stop;
mod view;
mod words;

use engine::jobs::Action;
use model::{Actor, Error, JobSeq};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Fusion;
use view::Single;

/// Every route.
pub(crate) fn routes() -> OpenApiRouter<Fusion> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(read::read))
        .routes(routes!(errors::errors))
        .routes(routes!(errors_csv::errors_csv))
        .routes(routes!(results::results))
        .routes(routes!(logs::logs))
        .routes(routes!(cancel::cancel))
        .routes(routes!(stop::stop))
        .routes(routes!(resume::resume))
        .routes(routes!(force_stop::force_stop))
}

/// The job that a path names. What is no number names no job.
fn seq(id: &str) -> Result<JobSeq, Error> {
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let number = id.parse().ok().filter(|_| is_number);
    number.map(JobSeq).ok_or_else(|| {
        let given: String = id.chars().take(64).collect();
        Error::not_found("job", given)
    })
}

/// Does what was asked of a job and shows it as it is then.
async fn steer(fusion: &Fusion, actor: &Actor, id: &str, action: Action) -> Result<Single, Error> {
    let job = fusion.engine.steer_job(actor, seq(id)?, action).await?;
    Single::new(&job, &fusion.zone)
}
