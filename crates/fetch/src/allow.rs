//! The list of allowed hosts as a whole: may this URL be asked for, may this name be at this address?

use std::net::IpAddr;

use reqwest::Url;

use crate::address::special;
use crate::mask::{masked, masked_text};
use crate::rule::Ports;
use crate::{HostRule, Refused};

/// Longer URLs are refused; servers rarely take more.
const LONGEST: usize = 8192;

/// All rules together; what no rule allows is refused.
#[derive(Debug, Clone)]
pub(crate) struct AllowList(Vec<HostRule>);

impl AllowList {
    pub(crate) fn new(rules: Vec<HostRule>) -> Self {
        Self(rules)
    }

    /// Parses a URL and checks everything that can be known without asking the network.
    pub(crate) fn parse(&self, text: &str) -> Result<Url, Refused> {
        if text.len() > LONGEST {
            return Err(Refused::TooLong {
                length: text.len(),
                limit: LONGEST,
            });
        }
        let url = Url::parse(text).map_err(|e| Refused::NotAUrl {
            url: masked_text(text),
            reason: e.to_string(),
        })?;
        self.check(&url)?;
        Ok(url)
    }

    /// Finds where a redirect leads, and checks that like a URL of the user's.
    pub(crate) fn redirect(&self, from: &Url, location: &str) -> Result<Url, Refused> {
        let target = from.join(location).map_err(|e| Refused::NotAUrl {
            url: masked_text(location),
            reason: e.to_string(),
        })?;
        self.check(&target)?;
        match (from.scheme(), target.scheme()) {
            ("https", "http") => Err(Refused::Downgrade { url: masked(&target) }),
            _ => Ok(target),
        }
    }

    /// Checks a parsed URL.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Refused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::Scheme {
                url: masked(url),
                scheme: url.scheme().to_owned(),
            });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials { url: masked(url) });
        }
        // Both always there for these schemes; an empty host or port 0 matches no rule but `:*`.
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        match literal(host) {
            Some(address) => self.check_literal(url, address, port),
            None => self.check_name(url, plain(host), port),
        }
    }

    fn check_literal(&self, url: &Url, address: IpAddr, port: u16) -> Result<(), Refused> {
        let rules = self.0.iter().filter(|rule| rule.is_for_address(address));
        match (allowed(rules, port), special(address)) {
            (Some(true), _) => Ok(()),
            (None, Some(kind)) => Err(Refused::Address {
                url: masked(url),
                address,
                kind,
            }),
            (None, None) => Err(Refused::Host {
                url: masked(url),
                host: address.to_string(),
            }),
            (Some(false), _) => Err(Refused::Port {
                url: masked(url),
                host: address.to_string(),
                port,
            }),
        }
    }

    fn check_name(&self, url: &Url, name: &str, port: u16) -> Result<(), Refused> {
        let host = name.to_owned();
        match allowed(self.rules_for(name), port) {
            Some(true) => Ok(()),
            Some(false) => Err(Refused::Port {
                url: masked(url),
                host,
                port,
            }),
            None => Err(Refused::Host {
                url: masked(url),
                host,
            }),
        }
    }

    /// Checks an address that a name resolved to. The port is not known here, so an address that is not public must
    /// be covered on every port that the name is allowed on.
    pub(crate) fn check_answer(&self, name: &str, address: IpAddr) -> Result<(), Refused> {
        let Some(kind) = special(address) else {
            return Ok(());
        };
        let name = plain(name);
        let own = name == "localhost" && address.is_loopback();
        let mut rules = self.rules_for(name).peekable();
        let covered = rules.peek().is_some() && rules.all(|rule| own || self.covers(address, rule.ports));
        if covered {
            Ok(())
        } else {
            Err(Refused::Answer {
                name: name.to_owned(),
                address,
                kind,
            })
        }
    }

    fn covers(&self, address: IpAddr, ports: Ports) -> bool {
        let covering = || {
            self.0
                .iter()
                .filter(|rule| rule.is_for_address(address))
                .map(|rule| rule.ports)
        };
        match ports {
            Ports::Any => covering().any(|ports| ports == Ports::Any),
            Ports::One(port) => covering().any(|ports| ports.has(port)),
            Ports::Web => [80, 443]
                .into_iter()
                .all(|port| covering().any(|ports| ports.has(port))),
        }
    }

    fn rules_for<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a HostRule> {
        self.0.iter().filter(move |rule| rule.is_for_name(name))
    }
}

/// Whether some of the rules has the port; `None` when there is no rule.
fn allowed<'a>(rules: impl Iterator<Item = &'a HostRule>, port: u16) -> Option<bool> {
    rules
        .map(|rule| rule.ports.has(port))
        .reduce(|one, other| one || other)
}

/// The address that a URL names, if it names one. The URL parser has already brought every spelling into one form.
fn literal(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(v6) => v6.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

/// A name without the dot that says it is complete.
fn plain(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
#[path = "allow_tests.rs"]
mod tests;
