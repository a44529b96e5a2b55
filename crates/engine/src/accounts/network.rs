//! Where users may come from: addresses and networks that their groups name.
//!
//! The lists of all groups of a user unite; groups without a list add nothing to it, and a user without any list may
//! come from anywhere. An entry that is no address lets nobody in.

use std::net::IpAddr;

/// Whether one of `allowed` (`10.0.0.7`, `10.0.0.0/8`, `fd00::/8`) has this address; none of it means anywhere.
pub(super) fn allows<'a>(allowed: impl Iterator<Item = &'a str>, address: Option<IpAddr>) -> bool {
    let address = address.map(|address| address.to_canonical());
    let mut any = false;
    for network in allowed {
        any = true;
        if address.is_some_and(|address| has(network, address)) {
            return true;
        }
    }
    !any
}

fn has(network: &str, address: IpAddr) -> bool {
    let (base, prefix) = match network.split_once('/') {
        Some((base, prefix)) => (base, Some(prefix)),
        None => (network, None),
    };
    let Ok(base) = base.trim().parse::<IpAddr>() else {
        return false;
    };
    let (base, address, width) = match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => (widened(base.to_bits()), widened(address.to_bits()), 32),
        (IpAddr::V6(base), IpAddr::V6(address)) => (base.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let prefix = match prefix.map(|prefix| prefix.trim().parse::<u32>()) {
        None => width,
        Some(Ok(prefix)) if prefix <= width => prefix,
        Some(_) => return false,
    };
    // The first bits are at the top for both kinds.
    prefix == 0 || (base ^ address) >> (128 - prefix) == 0
}

/// The bits of an address of the old kind, at the top.
fn widened(bits: u32) -> u128 {
    u128::from(bits) << 96
}

#[cfg(test)]
mod tests {
    use super::allows;

    fn fits(allowed: &[&str], address: &str) -> bool {
        allows(allowed.iter().copied(), Some(address.parse().unwrap()))
    }

    #[test]
    fn networks_have_their_addresses_only() {
        assert!(fits(&["10.0.0.0/8"], "10.255.0.1") && !fits(&["10.0.0.0/8"], "11.0.0.1"));
        assert!(fits(&["10.0.0.7"], "10.0.0.7") && !fits(&["10.0.0.7"], "10.0.0.6"));
        assert!(
            fits(&["192.168.1.128/25"], "192.168.1.129") && !fits(&["192.168.1.128/25"], "192.168.1.127")
        );
        assert!(fits(&["0.0.0.0/0"], "1.2.3.4") && !fits(&["0.0.0.0/0"], "::1"));
        assert!(fits(&["fd00::/8"], "fd12::1") && !fits(&["fd00::/8"], "fe00::1"));
        assert!(fits(&["10.0.0.0/8"], "::ffff:10.1.1.1"));
        assert!(fits(&["1.1.1.1", "10.0.0.0/8"], "10.1.1.1"));
    }

    #[test]
    fn no_list_is_anywhere_and_a_bad_entry_nowhere() {
        assert!(fits(&[], "1.2.3.4") && allows([].into_iter(), None));
        assert!(!allows(["10.0.0.0/8"].into_iter(), None));
        for bad in ["", "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "/8"] {
            assert!(!fits(&[bad], "10.0.0.1"), "{bad}");
        }
    }
}
