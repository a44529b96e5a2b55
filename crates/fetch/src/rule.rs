//! One line of the list of allowed hosts.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::address::Network;

/// Allows a host, or several. Written as
///
/// | rule | allows in a URL |
/// |---|---|
/// | `example.com` | this name |
/// | `*.example.com` | every name below it, at any depth, not `example.com` itself |
/// | `192.0.2.7`, `[2001:db8::7]` | this address |
/// | `10.0.0.0/8`, `[fd00::/8]` | every address in this network |
///
/// on ports 80 and 443; with `:8080` behind it on that port only, with `:*` on any port.
///
/// A name may only resolve to addresses of the public internet. It may also resolve to others (private, loopback,
/// link-local…) when rules for addresses cover them on the ports that the name is allowed on. The one exception is the
/// name `localhost`, whose rule covers loopback addresses for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostRule {
    pub(crate) host: Host,
    pub(crate) ports: Ports,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Name(String),
    Below(String),
    Network(Network),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ports {
    Web,
    One(u16),
    Any,
}

/// A text that is not a [`HostRule`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule:?} is not a rule for hosts: {reason}")]
pub struct InvalidRule {
    rule: String,
    reason: &'static str,
}

impl FromStr for HostRule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        let parsed = split(text).and_then(|(host, port)| {
            Ok(Self {
                host: host.parse()?,
                ports: parse_ports(port)?,
            })
        });
        parsed.map_err(|reason| InvalidRule {
            rule: text.chars().take(300).collect(),
            reason,
        })
    }
}

/// Splits host and port; a bare IPv6 address or network has no port.
fn split(text: &str) -> Result<(&str, Option<&str>), &'static str> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or("the bracket is not closed")?;
        if !host.contains(':') {
            return Err("only IPv6 addresses stand in brackets");
        }
        return match rest.strip_prefix(':') {
            None if rest.is_empty() => Ok((host, None)),
            None => Err("expected a port behind the bracket"),
            Some(port) => Ok((host, Some(port))),
        };
    }
    match text.split_once(':') {
        Some((_, rest)) if rest.contains(':') => Ok((text, None)),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((text, None)),
    }
}

fn parse_ports(port: Option<&str>) -> Result<Ports, &'static str> {
    match port {
        None => Ok(Ports::Web),
        Some("*") => Ok(Ports::Any),
        Some(digits) if digits.bytes().all(|c| c.is_ascii_digit()) => match digits.parse() {
            Ok(0) | Err(_) => Err("a port is a number from 1 to 65535, or *"),
            Ok(port) => Ok(Ports::One(port)),
        },
        Some(_) => Err("a port is a number from 1 to 65535, or *"),
    }
}

impl FromStr for Host {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        if let Some((address, prefix)) = text.split_once('/') {
            let address = address
                .parse()
                .map_err(|_| "a network is written like 10.0.0.0/8")?;
            let prefix = prefix
                .parse()
                .map_err(|_| "a network is written like 10.0.0.0/8")?;
            let network = Network::new(address, prefix);
            return network
                .map(Self::Network)
                .ok_or("the address of a network has no bits behind its prefix");
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Network(Network::single(address)));
        }
        match text.strip_prefix("*.") {
            Some(name) => parse_name(name).map(Self::Below),
            None => parse_name(text).map(Self::Name),
        }
    }
}

/// Brings a name into the form that a parsed URL has: lower case, international names in ASCII.
fn parse_name(text: &str) -> Result<String, &'static str> {
    const NO_NAME: &str =
        "expected a host name, an address or a network, and a port where needed, without http://";
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.is_empty() || !text.chars().all(plain) {
        return Err(NO_NAME);
    }
    let url = Url::parse(&format!("http://{text}/")).map_err(|_| NO_NAME)?;
    let name = url.host_str().unwrap_or_default();
    if name.parse::<Ipv4Addr>().is_ok() {
        return Err("write an address as four decimal numbers");
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.split('.').any(str::is_empty) {
        Err(NO_NAME)
    } else {
        Ok(name.to_owned())
    }
}

impl Ports {
    pub(crate) fn has(self, port: u16) -> bool {
        match self {
            Self::Web => port == 80 || port == 443,
            Self::One(one) => port == one,
            Self::Any => true,
        }
    }
}

impl HostRule {
    /// Whether the rule is for this name; `name` is in the form that a parsed URL has.
    pub(crate) fn is_for_name(&self, name: &str) -> bool {
        match &self.host {
            Host::Name(host) => name == host,
            Host::Below(host) => name
                .strip_suffix(host.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|s| !s.is_empty()),
            Host::Network(_) => false,
        }
    }

    /// Whether the rule is for this address.
    pub(crate) fn is_for_address(&self, address: IpAddr) -> bool {
        matches!(&self.host, Host::Network(network) if network.contains(address))
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) => write!(f, "{name}")?,
            Host::Below(name) => write!(f, "*.{name}")?,
            Host::Network(network) => {
                let text = network.to_string();
                if text.contains(':') {
                    write!(f, "[{text}]")?
                } else {
                    write!(f, "{text}")?
                }
            }
        }
        match self.ports {
            Ports::Web => Ok(()),
            Ports::One(port) => write!(f, ":{port}"),
            Ports::Any => write!(f, ":*"),
        }
    }
}

impl TryFrom<String> for HostRule {
    type Error = InvalidRule;

    fn try_from(text: String) -> Result<Self, InvalidRule> {
        text.parse()
    }
}

impl From<HostRule> for String {
    fn from(rule: HostRule) -> Self {
        rule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_parses_and_prints() {
        for (text, printed) in [
            ("example.com", "example.com"),
            ("Example.COM.", "example.com"),
            ("example.com:8080", "example.com:8080"),
            ("example.com:*", "example.com:*"),
            ("*.example.com:8443", "*.example.com:8443"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("erp_1.internal", "erp_1.internal"),
            ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1:*", "127.0.0.1:*"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.0/8:8080", "10.0.0.0/8:8080"),
            ("[::1]:9000", "[::1]:9000"),
            ("::1", "[::1]"),
            ("fd00::/8", "[fd00::/8]"),
            ("[fd00::/8]:443", "[fd00::/8]:443"),
            ("::ffff:10.0.0.1", "[::ffff:10.0.0.1]"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            let rule: HostRule = text.parse().unwrap();
            assert_eq!(rule.to_string(), printed, "{text}");
            assert_eq!(printed.parse::<HostRule>().unwrap(), rule, "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            " ",
            "*",
            "*.",
            ".",
            "..",
            "a..b",
            ".com",
            "*.*.com",
            "foo*.com",
            "http://example.com",
            "example.com/",
            "example.com/path",
            "user@example.com",
            "example.com:",
            "example.com:0",
            "example.com:65536",
            "example.com:+80",
            "example.com:http",
            "a b",
            "a\tb",
            "exa%6dple.com",
            "0x7f.1",
            "2130706433",
            "127.1",
            "0177.0.0.1",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "fd00::/129",
            "[::1",
            "[::1]x",
            "[example.com]",
            "[::1]:",
            "1:2:3",
            "[fe80::1%eth0]",
        ] {
            let error = text.parse::<HostRule>().expect_err(text);
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("{text:?} is not a rule for hosts: ")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_wildcard_is_for_what_is_below() {
        let rule: HostRule = "*.example.com".parse().unwrap();
        for (name, expected) in [
            ("a.example.com", true),
            ("a.b.example.com", true),
            ("example.com", false),
            (".example.com", false),
            ("notexample.com", false),
            ("example.com.evil.net", false),
        ] {
            assert_eq!(rule.is_for_name(name), expected, "{name}");
        }
    }
}
