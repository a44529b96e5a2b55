//! Puts the parts together: dialects, documents, health, and the one layer around all of them.

use std::sync::Arc;

use axum::Router;
use futures_util::FutureExt;
use utoipa::openapi::OpenApi;

use crate::HttpOptions;
use crate::cors::Cors;
use crate::docs::{self, DocumentFn};
use crate::fault::RenderFn;
use crate::guard::Limiter;
use crate::layer::{EdgeLayer, Shared};
use crate::metrics::{self, RequestMetrics};
use crate::mount::{Mounts, with_fallbacks};
use crate::ops::{self, NotReady, ReadyCheck};

/// Builds the router of the whole server.
pub struct Edge {
    options: HttpOptions,
    mounts: Mounts,
    router: Router,
    documents: Vec<(String, DocumentFn)>,
    check: ReadyCheck,
    limiter: Limiter,
}

impl Edge {
    /// An edge without dialects, always ready.
    pub fn new(options: HttpOptions) -> Self {
        Self {
            limiter: Limiter::new(options.rate_limit),
            options,
            mounts: Mounts::default(),
            router: Router::new(),
            documents: Vec::new(),
            check: Arc::new(|| async { Vec::new() }.boxed()),
        }
    }

    /// The limiter of this server's rates, for the guards of all its dialects.
    pub fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// The settings it was made with.
    pub fn options(&self) -> &HttpOptions {
        &self.options
    }

    /// Mounts a dialect. The routes and the document name whole paths (nesting would rebuild each request's address);
    /// `prefixes` say which paths get its error form though no route has them, a segment in braces standing for any.
    ///
    /// # Panics
    ///
    /// If two dialects have the same route.
    #[must_use]
    pub fn dialect(
        mut self,
        name: &str,
        prefixes: &[&str],
        router: Router,
        document: DocumentFn,
        render: RenderFn,
    ) -> Self {
        for prefix in prefixes {
            self.mounts.add(prefix, render);
        }
        self.documents.push((name.to_owned(), document));
        self.mount(router)
    }

    /// Mounts routes that belong to no dialect, like those of the console.
    #[must_use]
    pub fn mount(mut self, router: Router) -> Self {
        self.router = self.router.merge(router);
        self
    }

    /// The API document of a mounted dialect.
    pub fn document(&self, name: &str) -> Option<OpenApi> {
        let mut documents = self.documents.iter();
        documents.find_map(|(known, document)| (known == name).then(document))
    }

    /// Sets the check behind `/readyz`; it returns the parts that are not ready.
    #[must_use]
    pub fn ready<F, Fut>(mut self, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Vec<NotReady>> + Send + 'static,
    {
        self.check = Arc::new(move || check().boxed());
        self
    }

    /// The router, to be given to [`serve()`](crate::serve()).
    pub fn build(self) -> Router {
        metrics::recorder();
        let router = self
            .router
            .merge(ops::routes(self.check))
            .merge(docs::routes(&self.documents));
        let shared = Shared {
            cors: Cors::new(&self.options.cors),
            options: Arc::new(self.options),
            mounts: self.mounts,
            metrics: RequestMetrics::default(),
        };
        with_fallbacks(router).layer(EdgeLayer(Arc::new(shared)))
    }
}
