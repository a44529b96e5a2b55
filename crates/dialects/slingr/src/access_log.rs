//! The line that the app's log gets for each call: method, path, who, and what kind of thing was done.
//!
//! The path is without its query, which may hold what a log must not keep. Looking at logs and jobs is not noted: clients
//! poll them, and a log that grows by being read says nothing.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use edge::RequestInfo;
use engine::app_logs::{Entry, Happening, Kind, Level};
use http::{Method, StatusCode};

use crate::call::address;
use crate::{PREFIXES, Slingr};

/// The longest path that is noted, in characters.
const LONGEST: usize = 500;

/// Lets a request pass and notes it. A caller who could not be known is not noted.
pub(crate) async fn note(
    State(slingr): State<Slingr>,
    info: RequestInfo,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let route = PREFIXES
        .iter()
        .find_map(|prefix| info.route()?.strip_prefix(prefix));
    let (Some(actor), Some(route)) = (info.actor(), route) else {
        return response;
    };
    if info.method() == Method::GET && route.starts_with("/status/") {
        return response;
    }
    let entry = Entry {
        kind: Kind::App,
        happening: happening(info.method(), route, info.path()),
        level: level(response.status()),
        message: format!("{} {}", info.method(), shown(info.path())),
        ip: address(&info).map(|ip| ip.to_string()),
        info: None,
    };
    slingr.engine.log(actor, entry);
    response
}

/// The path from `/api` on.
fn shown(path: &str) -> String {
    let begin = path.find("/api").unwrap_or_default();
    path[begin..].chars().take(LONGEST).collect()
}

fn level(status: StatusCode) -> Level {
    match status {
        status if status.is_server_error() => Level::Error,
        status if status.is_client_error() => Level::Warn,
        _ => Level::Info,
    }
}

fn happening(method: &Method, route: &str, path: &str) -> Option<Happening> {
    let rest = route.strip_prefix("/data/{entity}")?;
    let is_aggregate = || path.ends_with("/aggregate");
    let is_change = || model::is_record_id(path.rsplit('/').next().unwrap_or_default());
    match (method.as_str(), rest) {
        ("GET", _) => Some(Happening::RecordRead),
        ("POST", "") => Some(Happening::RecordCreated),
        ("PUT", "/{id}") if is_aggregate() => Some(Happening::RecordRead),
        ("PUT", "/{id}") if is_change() => Some(Happening::RecordUpdated),
        ("PUT", "/{id}" | "/{id}/{action}") => Some(Happening::ActionExecuted),
        ("DELETE", _) => Some(Happening::RecordDeleted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use engine::app_logs::Happening;
    use http::Method;

    use super::{happening, shown};

    #[test]
    fn calls_on_records_are_told_apart() {
        let on = |method: Method, rest: &str, path: &str| {
            happening(&method, &format!("/data/{{entity}}{rest}"), path)
        };
        for (method, rest, path, expected) in [
            (Method::GET, "", "/api/data/a", Some(Happening::RecordRead)),
            (Method::POST, "", "/api/data/a", Some(Happening::RecordCreated)),
            (
                Method::PUT,
                "/{id}",
                "/api/data/a/aggregate",
                Some(Happening::RecordRead),
            ),
            (
                Method::PUT,
                "/{id}",
                "/api/data/a/588775f63b063a0007604f4c",
                Some(Happening::RecordUpdated),
            ),
            (
                Method::PUT,
                "/{id}",
                "/api/data/a/b",
                Some(Happening::ActionExecuted),
            ),
            (
                Method::DELETE,
                "/{id}",
                "/api/data/a/b",
                Some(Happening::RecordDeleted),
            ),
        ] {
            assert_eq!(on(method, rest, path), expected, "{path}");
        }
        assert_eq!(happening(&Method::GET, "/users", "/api/users"), None);
    }

    #[test]
    fn paths_begin_at_the_api() {
        assert_eq!(shown("/prod/runtime/api/data/companies"), "/api/data/companies");
        assert_eq!(shown("/api/data/companies"), "/api/data/companies");
        assert_eq!(shown(&format!("/api/{}", "x".repeat(1000))).len(), 500);
    }
}
