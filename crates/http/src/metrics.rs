//! Counters and durations per route, in the Prometheus text form.
//!
//! The recorder is one per process, however many servers run in it. Handles are looked up once per route, method and
//! status and then kept, so that a request costs two read locks and two atomic additions, not the building of labels.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use http::{Method, StatusCode};
use metrics::{Counter, Gauge, Histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Upper bounds of the duration histogram, in seconds.
const BUCKETS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// How often recorded durations must be moved from the recorder's queue into the buckets.
pub(crate) const UPKEEP: Duration = Duration::from_secs(5);

/// The process's recorder; `None` when the process has installed one of its own.
pub(crate) fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let builder = PrometheusBuilder::new()
            .set_buckets(BUCKETS)
            .expect("the list of buckets is not empty");
        builder.install_recorder().ok()
    };
    RECORDER.get_or_init(install).as_ref()
}

/// All metrics of the process as text.
pub(crate) fn render() -> String {
    recorder().map(PrometheusHandle::render).unwrap_or_default()
}

/// A connection that is open as long as this lives.
pub(crate) struct OpenConnection(Gauge);

impl OpenConnection {
    /// Counts one more.
    pub(crate) fn count() -> Self {
        recorder();
        let gauge = metrics::gauge!("http_connections");
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

struct Series {
    method: &'static str,
    status: StatusCode,
    requests: Counter,
    seconds: Histogram,
}

type Route = Arc<RwLock<Vec<Series>>>;

/// The cached handles of one edge.
#[derive(Default)]
pub(crate) struct RequestMetrics {
    routes: RwLock<HashMap<Box<str>, Route>>,
}

impl RequestMetrics {
    /// Counts one answered request.
    pub(crate) fn record(&self, route: Option<&str>, method: &Method, status: StatusCode, took: Duration) {
        let (route, method) = (route.unwrap_or("none"), label(method));
        let series = self.route(route);
        {
            let known = series.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(series) = known.iter().find(|s| s.status == status && s.method == method) {
                return series.add(took);
            }
        }
        let mut known = series.write().unwrap_or_else(PoisonError::into_inner);
        let fresh = Series::new(route, method, status);
        fresh.add(took);
        known.push(fresh);
    }

    fn route(&self, route: &str) -> Route {
        let known = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = known.get(route) {
            return Arc::clone(series);
        }
        drop(known);
        let mut known = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(route.into()).or_default())
    }
}

impl Series {
    fn new(route: &str, method: &'static str, status: StatusCode) -> Self {
        recorder();
        let labels = [
            ("route", route.to_owned()),
            ("method", method.to_owned()),
            ("status", status.as_str().to_owned()),
        ];
        Self {
            method,
            status,
            requests: metrics::counter!("http_requests_total", &labels),
            seconds: metrics::histogram!("http_request_duration_seconds", &labels[..2]),
        }
    }

    fn add(&self, took: Duration) {
        self.requests.increment(1);
        self.seconds.record(took.as_secs_f64());
    }
}

/// The method as a label; made-up methods share one, so that clients cannot grow the series.
fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{Method, StatusCode};

    use super::{RequestMetrics, render};

    #[test]
    fn requests_are_counted_by_route_method_and_status() {
        let metrics = RequestMetrics::default();
        let brew = Method::from_bytes(b"BREW").unwrap();
        for (method, status) in [
            (&Method::GET, StatusCode::OK),
            (&Method::GET, StatusCode::OK),
            (&Method::GET, StatusCode::NOT_FOUND),
            (&brew, StatusCode::METHOD_NOT_ALLOWED),
        ] {
            metrics.record(Some("/counted/{id}"), method, status, Duration::from_millis(3));
        }
        let text = render();
        for line in [
            r#"http_requests_total{route="/counted/{id}",method="GET",status="200"} 2"#,
            r#"http_requests_total{route="/counted/{id}",method="GET",status="404"} 1"#,
            r#"http_requests_total{route="/counted/{id}",method="OTHER",status="405"} 1"#,
            r#"http_request_duration_seconds_bucket{route="/counted/{id}",method="GET",le="0.0025"} 0"#,
            r#"http_request_duration_seconds_bucket{route="/counted/{id}",method="GET",le="0.005"} 3"#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
