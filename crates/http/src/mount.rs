//! Which dialect a path belongs to, for errors that no handler of the dialect has seen: unknown paths, wrong methods,
//! time limits and panics.

use axum::Router;
use axum::response::{IntoResponse, Response};
use model::{Code, Error};

use crate::fault::{Fault, RenderFn, plain};
use crate::info::RequestInfo;

/// The path prefixes of all dialects.
#[derive(Default)]
pub(crate) struct Mounts(Vec<Mount>);

struct Mount {
    /// `None` stands for any one segment.
    segments: Vec<Option<String>>,
    form: RenderFn,
}

impl Mounts {
    /// Gives `prefix` to a dialect; a segment in braces stands for any.
    pub(crate) fn add(&mut self, prefix: &str, form: RenderFn) {
        let pattern = |segment: &str| (!segment.starts_with('{')).then(|| segment.to_owned());
        let segments = segments_of(prefix).map(pattern).collect();
        self.0.push(Mount { segments, form });
    }

    /// The form of the longest prefix that `path` begins with.
    pub(crate) fn form_of(&self, path: &str) -> RenderFn {
        let fitting = self.0.iter().filter(|mount| mount.covers(path));
        // Of two equally long ones the one with fewer wildcards is meant.
        let exactness = |mount: &&Mount| (mount.segments.len(), mount.segments.iter().flatten().count());
        fitting.max_by_key(exactness).map_or(plain, |mount| mount.form)
    }
}

impl Mount {
    fn covers(&self, path: &str) -> bool {
        let mut path = segments_of(path);
        let fits = |pattern: &Option<String>| match (pattern, path.next()) {
            (Some(wanted), Some(given)) => wanted == given,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        self.segments.iter().all(fits)
    }
}

fn segments_of(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// Installs the answers for unknown paths and wrong methods on a router, to be rendered further out. The edge does
/// this for everything mounted on it; a router that is used alone calls it after its last route.
pub fn with_fallbacks<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.fallback(no_route).method_not_allowed_fallback(no_method)
}

async fn no_route(info: RequestInfo) -> Response {
    let path = shorten(info.path());
    Fault(Error::new(Code::NoRoute, format!("no such path: {path}"))).into_response()
}

async fn no_method(info: RequestInfo) -> Response {
    let (method, path) = (shorten(info.method().as_str()), shorten(info.path()));
    let message = format!("the method {method} is not allowed on {path}");
    Fault(Error::new(Code::MethodNotAllowed, message)).into_response()
}

/// A client's text at a length that is safe to repeat.
pub(crate) fn shorten(text: &str) -> String {
    const MAX: usize = 200;
    if text.chars().nth(MAX).is_none() {
        return text.to_owned();
    }
    text.chars().take(MAX).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use axum::response::{IntoResponse, Response};
    use model::Error;

    use super::Mounts;
    use crate::fault::RenderFn;
    use crate::info::RequestInfo;

    fn a(_: &Error, _: &RequestInfo) -> Response {
        "a".into_response()
    }
    fn b(_: &Error, _: &RequestInfo) -> Response {
        "bb".into_response()
    }
    fn c(_: &Error, _: &RequestInfo) -> Response {
        "ccc".into_response()
    }

    #[test]
    fn the_longest_and_most_exact_prefix_decides() {
        let mut mounts = Mounts::default();
        let forms: [(&str, RenderFn); 3] = [("/api", a), ("/api/v1", b), ("/{env}/v1", c)];
        for (prefix, form) in forms {
            mounts.add(prefix, form);
        }
        let name = |path: &str| {
            let form = mounts.form_of(path);
            match () {
                () if std::ptr::fn_addr_eq(form, a as RenderFn) => "a",
                () if std::ptr::fn_addr_eq(form, b as RenderFn) => "b",
                () if std::ptr::fn_addr_eq(form, c as RenderFn) => "c",
                () => "plain",
            }
        };
        for (path, expected) in [
            ("/api", "a"),
            ("/api/v2/x", "a"),
            ("/api/v1", "b"),
            ("/api/v1/x", "b"),
            ("/api/v10", "a"),
            ("/prod/v1/x", "c"),
            ("/apis", "plain"),
            ("/", "plain"),
        ] {
            assert_eq!(name(path), expected, "{path}");
        }
    }
}
