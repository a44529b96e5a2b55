//! Counts for the guard: requests per token, and wrong credentials per address.
//!
//! Both are bounded: tokens by those that exist, addresses by a table that is emptied of the innocent when it is full.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use model::{Code, Error, TokenId};

use crate::options::RateLimitOptions;

/// Time over which wrong credentials are counted.
const WINDOW: Duration = Duration::from_secs(60);
/// Most addresses remembered.
const MAX_PEERS: usize = 10_000;

pub(super) struct Limits {
    tokens: DefaultKeyedRateLimiter<TokenId>,
    clock: DefaultClock,
    peers: Mutex<HashMap<IpAddr, Failures>>,
    failures_per_minute: u32,
}

struct Failures {
    since: Instant,
    count: u32,
}

impl Limits {
    pub(super) fn new(options: RateLimitOptions) -> Self {
        let quota = Quota::per_minute(options.requests_per_minute).allow_burst(options.burst);
        Self {
            tokens: RateLimiter::dashmap(quota),
            clock: DefaultClock::default(),
            peers: Mutex::default(),
            failures_per_minute: options.failures_per_minute,
        }
    }

    /// Counts one request of `token`.
    pub(super) fn check_token(&self, token: TokenId) -> Result<(), Error> {
        self.tokens
            .check_key(&token)
            .map_err(|not_until| over_limit("too many requests", not_until.wait_time_from(self.clock.now())))
    }

    /// Refuses an address that has guessed too often.
    pub(super) fn check_peer(&self, peer: IpAddr, now: Instant) -> Result<(), Error> {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(failures) = peers.get(&network(peer)) else {
            return Ok(());
        };
        let age = now.duration_since(failures.since);
        if age >= WINDOW || failures.count < self.failures_per_minute {
            return Ok(());
        }
        Err(over_limit(
            "too many wrong credentials from this address",
            WINDOW - age,
        ))
    }

    /// Counts one wrong secret from `peer`.
    pub(super) fn note_failure(&self, peer: IpAddr, now: Instant) {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= MAX_PEERS {
            make_room(&mut peers, self.failures_per_minute, now);
        }
        let failures = peers
            .entry(network(peer))
            .or_insert(Failures { since: now, count: 0 });
        if now.duration_since(failures.since) >= WINDOW {
            *failures = Failures { since: now, count: 0 };
        }
        failures.count = failures.count.saturating_add(1);
    }
}

/// Forgets old counts; if that is not enough, those below the limit; if that is not enough, all.
fn make_room(peers: &mut HashMap<IpAddr, Failures>, limit: u32, now: Instant) {
    peers.retain(|_, failures| now.duration_since(failures.since) < WINDOW);
    if peers.len() >= MAX_PEERS {
        peers.retain(|_, failures| failures.count >= limit);
    }
    if peers.len() >= MAX_PEERS {
        peers.clear();
    }
}

/// What one subscriber holds: an IPv4 address, or the first half of an IPv6 address.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

fn over_limit(what: &'static str, wait: Duration) -> Error {
    let seconds = u32::try_from(wait.as_millis().div_ceil(1000))
        .unwrap_or(u32::MAX)
        .max(1);
    Error::new(Code::RateLimited, format!("{what}, try again in {seconds} s")).with_retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::num::NonZeroU32;
    use std::time::Instant;

    use super::{Limits, MAX_PEERS, WINDOW};
    use crate::options::RateLimitOptions;

    fn limits() -> Limits {
        Limits::new(RateLimitOptions {
            requests_per_minute: NonZeroU32::MIN,
            burst: NonZeroU32::MIN,
            failures_per_minute: 2,
        })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_refused_after_its_failures_and_let_in_a_minute_later() {
        let (limits, now, peer) = (limits(), Instant::now(), ip("192.0.2.1"));
        limits.note_failure(peer, now);
        assert!(limits.check_peer(peer, now).is_ok());
        limits.note_failure(peer, now);
        let error = limits.check_peer(peer, now).unwrap_err();
        assert_eq!(error.retry_after(), Some(60));
        assert!(limits.check_peer(ip("192.0.2.2"), now).is_ok());
        let dressed = ip("::ffff:192.0.2.1");
        assert!(
            limits.check_peer(dressed, now).is_err(),
            "the same address in IPv6 dress"
        );
        assert!(limits.check_peer(peer, now + WINDOW).is_ok());
    }

    #[test]
    fn an_ipv6_subscriber_is_one_address() {
        let (limits, now) = (limits(), Instant::now());
        limits.note_failure(ip("2001:db8::1"), now);
        limits.note_failure(ip("2001:db8::ffff:2"), now);
        assert!(limits.check_peer(ip("2001:db8::3"), now).is_err());
        assert!(limits.check_peer(ip("2001:db8:0:1::3"), now).is_ok());
    }

    #[test]
    fn the_table_of_addresses_is_bounded() {
        let (limits, now, guesser) = (limits(), Instant::now(), ip("192.0.2.1"));
        limits.note_failure(guesser, now);
        limits.note_failure(guesser, now);
        for n in 0..2 * u32::try_from(MAX_PEERS).unwrap() {
            limits.note_failure(IpAddr::from(n.to_be_bytes()), now);
        }
        assert!(limits.peers.lock().unwrap().len() <= MAX_PEERS);
        assert!(
            limits.check_peer(guesser, now).is_err(),
            "the guesser is remembered"
        );
    }
}
