//! `PUT /status/jobs/{id}/stop`, `/forceStop`, `/cancel` and `/resume`.

use axum::response::{IntoResponse, Response};
use edge::{Fault, Path};
use engine::accounts::RestPart;
use engine::jobs::Action;
use http::StatusCode;
use model::job::Status;
use model::{Class, Code, Error, Job};

use super::{id_of, view, words};
use crate::call::{Call, One};
use crate::{answer, error};

/// Asks a job to stand still after the chunk under way.
pub(super) async fn stop(call: Call, Path(One { id }): Path<One>) -> Result<Response, Fault> {
    steer(call, &id, Action::Stop).await
}

/// Lets a job that was asked to stop stand still at once.
pub(super) async fn force_stop(call: Call, Path(One { id }): Path<One>) -> Result<Response, Fault> {
    steer(call, &id, Action::ForceStop).await
}

/// Gives up a job that stands still.
pub(super) async fn cancel(call: Call, Path(One { id }): Path<One>) -> Result<Response, Fault> {
    steer(call, &id, Action::Cancel).await
}

/// Lets a job go on that stands still.
pub(super) async fn resume(call: Call, Path(One { id }): Path<One>) -> Result<Response, Fault> {
    steer(call, &id, Action::Resume).await
}

async fn steer(call: Call, id: &str, action: Action) -> Result<Response, Fault> {
    call.require(RestPart::Jobs)?;
    let engine = &call.slingr.engine;
    let job = engine.job_to_steer(&call.actor, &id_of(id)?).await?;
    let steered = match from(action) {
        Some(status) => engine.steer_job_from(&call.actor, job.seq, action, status).await,
        None => engine.steer_job(&call.actor, job.seq, action).await,
    };
    match steered {
        Ok(job) => Ok(answer::json(&view::one(&call, job).await?)?),
        Err(error) if error.class() == Class::Conflict => Ok(refused(&call, &job, action)),
        Err(error) => Err(error.into()),
    }
}

/// The one status in which the documents allow an action; others allow more.
fn from(action: Action) -> Option<Status> {
    match action {
        Action::Cancel | Action::Resume => Some(Status::Stopped),
        _ => None,
    }
}

/// The refusal of what the state of the job does not allow, with the status that the settings say.
fn refused(call: &Call, job: &Job, action: Action) -> Response {
    let (id, past) = (&job.id, past(action));
    let message = match job.root {
        Some(_) => format!("job {id} is a part of another one, only root jobs can be {past}"),
        None => format!("job {id} is {}, it cannot be {past}", words::status(job.status)),
    };
    let mut response = error::render(&Error::new(Code::BadRequest, message), &call.info).into_response();
    let status = StatusCode::from_u16(call.slingr.options.bad_job_action_status);
    *response.status_mut() = status.unwrap_or(StatusCode::BAD_REQUEST);
    response
}

fn past(action: Action) -> &'static str {
    match action {
        Action::Stop => "stopped",
        Action::ForceStop => "stopped by force",
        Action::Resume => "resumed",
        _ => "cancelled",
    }
}
