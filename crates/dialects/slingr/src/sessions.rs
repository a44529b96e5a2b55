//! `POST /auth/login` and `/auth/logout`.

use axum::extract::{Request, State};
use axum::response::Response;
use edge::{Fault, RequestInfo};
use engine::accounts::LogIn;
use engine::app_logs::{Entry, Happening, Kind, Level};
use model::{Actor, Code};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::{Call, address};
use crate::{Slingr, answer, body};

/// Who wants to come in. Both spellings of whom to act as are in use.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(alias = "impersonated")]
    email_impersonated_user: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    app: String,
    admin_user_email: Option<String>,
    ip: Option<String>,
    user_email: String,
    user_name: String,
    user_id: String,
    token: String,
}

/// Makes a session.
pub(crate) async fn log_in(
    State(slingr): State<Slingr>,
    info: RequestInfo,
    request: Request,
) -> Result<Response, Fault> {
    slingr.limiter.check(&info)?;
    let sent: Credentials = body::typed(&slingr, request).await?;
    let wanted = LogIn {
        email: sent.email,
        password: sent.password,
        impersonated: sent
            .email_impersonated_user
            .filter(|email| !email.trim().is_empty()),
        ip: address(&info),
    };
    let opened = slingr.engine.open_session(wanted).await;
    let opened = opened.inspect_err(|error| {
        if error.code() == Code::Unauthenticated {
            slingr.limiter.note_failure(&info);
        }
    })?;
    let ip = address(&info).map(|ip| ip.to_string());
    let account = opened.account;
    let actor = Actor {
        email: account.email.clone(),
        impersonator: opened.impersonator.clone(),
        ..Actor::default()
    };
    let entry = Entry {
        kind: Kind::App,
        happening: Some(Happening::LogIn),
        level: Level::Info,
        message: "POST /login".to_owned(),
        ip: ip.clone(),
        info: None,
    };
    slingr.engine.log(&actor, entry);
    let session = Session {
        app: slingr
            .engine
            .app()
            .map(|app| app.name.clone())
            .unwrap_or_default(),
        admin_user_email: opened.impersonator,
        ip,
        user_email: account.email,
        user_name: account.full_name,
        user_id: account.id,
        token: opened.token,
    };
    Ok(answer::json(&session)?)
}

/// Ends the caller's session.
pub(crate) async fn log_out(call: Call) -> Result<Response, Fault> {
    call.slingr.engine.close_session(&call.actor).await?;
    Ok(answer::json(&json!({}))?)
}
