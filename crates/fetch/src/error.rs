//! Why something was not fetched. Texts may be shown to users: they name host, address and URL, never secrets.

use std::error::Error as StdError;
use std::net::IpAddr;
use std::time::Duration;

use http::StatusCode;

/// A URL, or an address behind it, that the list of allowed hosts does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The text is not a URL.
    #[error("{url:?} is not a URL: {reason}")]
    NotAUrl {
        /// The text, without its secrets.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The URL is too long.
    #[error("the URL has {length} bytes, more than the limit of {limit}")]
    TooLong {
        /// How long it is.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The URL is neither `http` nor `https`.
    #[error("the URL {url} has the scheme {scheme:?}, allowed are \"http\" and \"https\"")]
    Scheme {
        /// The URL, without its secrets.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// The URL has a user name or a password in it.
    #[error("the URL {url} contains a user name or a password")]
    Credentials {
        /// The URL, without its secrets.
        url: String,
    },
    /// No rule is for this host.
    #[error("the host {host} is not in the list of allowed hosts (URL {url})")]
    Host {
        /// The URL, without its secrets.
        url: String,
        /// Its host.
        host: String,
    },
    /// Rules are for this host, but none for this port.
    #[error("port {port} of the host {host} is not in the list of allowed hosts (URL {url})")]
    Port {
        /// The URL, without its secrets.
        url: String,
        /// Its host.
        host: String,
        /// Its port.
        port: u16,
    },
    /// The URL names an address that is not public and not listed.
    #[error("the {kind} address {address} is not in the list of allowed hosts (URL {url})")]
    Address {
        /// The URL, without its secrets.
        url: String,
        /// The address.
        address: IpAddr,
        /// What is special about it.
        kind: &'static str,
    },
    /// A listed name resolves to an address that is not public and not listed.
    #[error(
        "the host {name} resolves to the {kind} address {address}, which is not in the list of allowed hosts"
    )]
    Answer {
        /// The name.
        name: String,
        /// The address.
        address: IpAddr,
        /// What is special about it.
        kind: &'static str,
    },
    /// A redirect leads from `https` to `http`.
    #[error("the redirect to {url} leads from https to http")]
    Downgrade {
        /// The target, without its secrets.
        url: String,
    },
}

/// What was waited for when time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The connection.
    Connect,
    /// The start of the answer.
    Answer,
    /// More of the body.
    Body,
    /// The end of everything.
    Total,
}

impl Wait {
    fn text(self) -> &'static str {
        match self {
            Self::Connect => "no connection",
            Self::Answer => "no answer",
            Self::Body => "no more data",
            Self::Total => "not done",
        }
    }
}

/// Why something was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The list of allowed hosts does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The list of allowed hosts does not allow where a redirect leads.
    #[error("redirected by {from}: {refused}")]
    Redirect {
        /// Who redirected.
        from: String,
        /// Why this was not followed.
        refused: Refused,
    },
    /// There were too many redirects.
    #[error("{url} redirects more than {limit} times")]
    TooManyRedirects {
        /// Where it began.
        url: String,
        /// How many redirects are followed.
        limit: u32,
    },
    /// Time was up.
    #[error("{}: {url} within {} seconds", wait.text(), after.as_secs_f64())]
    Timeout {
        /// Which URL.
        url: String,
        /// What was waited for.
        wait: Wait,
        /// How long.
        after: Duration,
    },
    /// No connection could be made, or the name does not resolve.
    #[error("could not connect to {url}: {reason}")]
    Connect {
        /// Which URL.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The connection broke or the other side does not speak HTTP.
    #[error("the connection to {url} failed: {reason}")]
    Transport {
        /// Which URL.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The other side answered, but not with the file.
    #[error("{url} answered {status}")]
    Status {
        /// Which URL.
        url: String,
        /// With what.
        status: StatusCode,
    },
    /// The answer is too large.
    #[error("{url} answered with more than the limit of {limit} bytes")]
    TooLarge {
        /// Which URL.
        url: String,
        /// How many bytes are taken.
        limit: u64,
    },
    /// The HTTP client could not be set up.
    #[error("could not set up the HTTP client: {0}")]
    Setup(String),
}

impl Error {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Connect { .. } | Self::Transport { .. } => true,
            Self::Status { status, .. } => {
                status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429)
            }
            Self::Refused(_)
            | Self::Redirect { .. }
            | Self::TooManyRedirects { .. }
            | Self::TooLarge { .. }
            | Self::Setup(_) => false,
        }
    }

    /// Sorts what the HTTP client reports: a refusal by our resolver comes back through it too.
    pub(crate) fn from_client(url: &str, connect_timeout: Duration, error: &reqwest::Error) -> Self {
        let url = url.to_owned();
        if let Some(refused) = chain(error).find_map(|e| e.downcast_ref::<Refused>()) {
            return refused.clone().into();
        }
        if error.is_timeout() && error.is_connect() {
            return Self::Timeout {
                url,
                wait: Wait::Connect,
                after: connect_timeout,
            };
        }
        // The outermost text repeats the whole URL with its secrets; the innermost says what happened.
        let reason = chain(error).last().filter(|e| !e.is::<reqwest::Error>());
        let reason = reason.map_or_else(|| "the request failed".to_owned(), ToString::to_string);
        if error.is_connect() {
            Self::Connect { url, reason }
        } else {
            Self::Transport { url, reason }
        }
    }
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(Some(error as &(dyn StdError + 'static)), |&e| e.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_may_succeed_later() {
        let url = || "https://example.com/".to_owned();
        let status = |code| Error::Status {
            url: url(),
            status: StatusCode::from_u16(code).unwrap(),
        };
        for (code, retryable) in [
            (404, false),
            (401, false),
            (408, true),
            (425, true),
            (429, true),
            (500, true),
            (503, true),
        ] {
            assert_eq!(status(code).is_retryable(), retryable, "{code}");
        }
        let after = Duration::from_millis(1500);
        let timeout = Error::Timeout {
            url: url(),
            wait: Wait::Body,
            after,
        };
        assert_eq!(
            timeout.to_string(),
            "no more data: https://example.com/ within 1.5 seconds"
        );
        assert!(timeout.is_retryable());
        assert!(!Error::TooLarge { url: url(), limit: 1 }.is_retryable());
    }
}
