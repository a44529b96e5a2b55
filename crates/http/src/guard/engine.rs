//! The engine as the one that knows the callers.

use std::sync::Arc;

use engine::Engine;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::{Actor, Error};

use super::Authenticator;

impl Authenticator for Engine {
    fn cached(&self, secret: &str) -> Option<Arc<Actor>> {
        self.known_caller(secret)
    }

    fn authenticate<'a>(&'a self, secret: &'a str) -> BoxFuture<'a, Result<Arc<Actor>, Error>> {
        Engine::authenticate(self, secret).boxed()
    }
}
