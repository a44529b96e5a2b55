//! Name resolution that answers only with addresses that may be connected to.
//!
//! The HTTP client connects to what this returns and to nothing else, so there is no moment between check and use.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::Refused;
use crate::allow::AllowList;

/// A name being looked up.
pub type Looking = BoxFuture<'static, io::Result<Vec<IpAddr>>>;

/// Finds the addresses of a name. The system's way is the default; tests bring their own answers.
pub trait Lookup: Send + Sync + 'static {
    /// Finds all addresses of a name.
    fn lookup(&self, name: &str) -> Looking;
}

/// The system's way: `/etc/hosts`, DNS and whatever else it is set up to ask.
pub(crate) struct System;

impl Lookup for System {
    fn lookup(&self, name: &str) -> Looking {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Drops what the list of allowed hosts does not allow.
pub(crate) struct Guard {
    pub(crate) allow: Arc<AllowList>,
    pub(crate) lookup: Arc<dyn Lookup>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = Arc::clone(&self.allow);
        let looking = self.lookup.lookup(name.as_str());
        Box::pin(async move {
            let found = looking.await?;
            let allowed = filter(&allow, name.as_str(), found)?;
            Ok(Box::new(allowed.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

fn filter(
    allow: &AllowList,
    name: &str,
    found: Vec<IpAddr>,
) -> Result<Vec<IpAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let mut refused: Option<Refused> = None;
    let mut allowed = Vec::new();
    for address in found {
        match allow.check_answer(name, address) {
            Ok(()) => allowed.push(address),
            Err(reason) => refused = Some(reason),
        }
    }
    match refused {
        Some(reason) if allowed.is_empty() => Err(reason.into()),
        None if allowed.is_empty() => Err(format!("the name {name} has no address").into()),
        _ => Ok(allowed),
    }
}
