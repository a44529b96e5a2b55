//! What every handler gets: the dialect, who calls, and the address as it was sent.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use edge::{Caller, Fault, RequestInfo};
use engine::accounts::RestPart;
use engine::app_logs::{Entry, Happening, Kind, Level};
use engine::records;
use http::request::Parts;
use model::{Actor, Error};
use serde::Deserialize;

use crate::Slingr;

/// See the module.
pub(crate) struct Call {
    pub(crate) slingr: Slingr,
    pub(crate) actor: Arc<Actor>,
    pub(crate) info: RequestInfo,
}

impl FromRequestParts<Slingr> for Call {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, slingr: &Slingr) -> Result<Self, Fault> {
        let Caller(actor) = Caller::from_request_parts(parts, slingr).await?;
        let Ok(info) = RequestInfo::from_request_parts(parts, slingr).await;
        slingr.engine.check_address(&actor, address(&info))?;
        Ok(Self {
            slingr: slingr.clone(),
            actor,
            info,
        })
    }
}

/// Where a request came from.
pub(crate) fn address(info: &RequestInfo) -> Option<IpAddr> {
    info.peer().map(|peer| peer.ip().to_canonical())
}

impl Call {
    /// The query of the address, as it was sent.
    pub(crate) fn query(&self) -> &str {
        self.info.uri().query().unwrap_or_default()
    }

    /// Where the call came from, as it is shown.
    pub(crate) fn ip(&self) -> Option<String> {
        address(&self.info).map(|ip| ip.to_string())
    }

    /// The caller as records want him.
    pub(crate) fn records(&self) -> records::Call {
        records::Call {
            ip: self.ip(),
            ..records::Call::of(&self.actor)
        }
    }

    /// Refuses a caller whose groups do not open a part of the API.
    pub(crate) fn require(&self, part: RestPart) -> Result<(), Error> {
        self.slingr.engine.require_rest(&self.actor, part)
    }

    /// Writes a line into the app's log.
    pub(crate) fn log(&self, happening: Option<Happening>, level: Level, message: String) {
        let entry = Entry {
            kind: Kind::App,
            happening,
            level,
            message,
            ip: self.ip(),
            info: None,
        };
        self.slingr.engine.log(&self.actor, entry);
    }
}

/// The id in a path.
#[derive(Deserialize)]
pub(crate) struct One {
    pub(crate) id: String,
}
