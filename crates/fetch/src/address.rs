//! Which addresses belong to the public internet, and networks of addresses.
//!
//! Everything that is not plainly public is special: a new kind of special address is then refused until somebody
//! lists it. IPv6 addresses that carry an IPv4 address are judged by what they carry.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Says what is special about an address; `None` for one of the public internet.
pub(crate) fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => special_v4(v4),
        IpAddr::V6(v6) => special_v6(v6),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let kind = match address.octets() {
        [0, ..] => "unspecified",
        [127, ..] => "loopback",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "private",
        [169, 254, ..] => "link-local",
        // Shared by carriers, and one cloud's metadata.
        [100, 64..=127, ..] => "shared (carrier NAT)",
        // A cloud's host agent on an otherwise public network.
        [168, 63, 129, 16] => "cloud metadata",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "documentation",
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] | [240..=254, ..] => "reserved",
        [224..=239, ..] => "multicast",
        [255, 255, 255, 255] => "broadcast",
        [255, ..] => "reserved",
        _ => return None,
    };
    Some(kind)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let kind = match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => "unspecified",
        [0, 0, 0, 0, 0, 0, 0, 1] => "loopback",
        [0, 0, 0, 0, 0, 0xffff, ..] => return Some(carried(address).unwrap_or("IPv4-mapped")),
        // How a network without IPv4 reaches the public one.
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => return carried(address),
        [0xfc00..=0xfdff, ..] => "private",
        [0xfe80..=0xfebf, ..] => "link-local",
        [0xff00..=0xffff, ..] => "multicast",
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => "documentation",
        [0x2001, 0..=0x01ff, ..] => "reserved",
        [0x2002, ..] => "tunnelled (6to4)",
        [0x2000..=0x3fff, ..] => return None,
        _ => "reserved",
    };
    Some(kind)
}

/// What is special about the IPv4 address in the last four bytes.
fn carried(address: Ipv6Addr) -> Option<&'static str> {
    let [.., a, b, c, d] = address.octets();
    special_v4(Ipv4Addr::new(a, b, c, d))
}

/// A range of addresses; a single one is a range of full length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// `None` when the prefix is too long or the address has bits behind it.
    pub(crate) fn new(address: IpAddr, prefix: u32) -> Option<Self> {
        let network = Self { address, prefix };
        let valid = prefix <= width(address) && bits(address) & !network.mask() == 0;
        valid.then_some(network)
    }

    pub(crate) fn single(address: IpAddr) -> Self {
        Self {
            address,
            prefix: width(address),
        }
    }

    /// IPv4 and IPv6 are never mixed: who means a mapped address lists it.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4() && bits(address) & self.mask() == bits(self.address)
    }

    fn mask(&self) -> u128 {
        let hosts = width(self.address) - self.prefix.min(width(self.address));
        u128::MAX.checked_shl(hosts).unwrap_or(0)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        if self.prefix < width(self.address) {
            write!(f, "/{}", self.prefix)
        } else {
            Ok(())
        }
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tells_what_is_special() {
        for (address, kind) in [
            ("0.0.0.0", "unspecified"),
            ("0.1.2.3", "unspecified"),
            ("10.255.255.255", "private"),
            ("100.64.0.1", "shared (carrier NAT)"),
            ("100.100.100.200", "shared (carrier NAT)"),
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("168.63.129.16", "cloud metadata"),
            ("169.254.169.254", "link-local"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.0.0.192", "reserved"),
            ("192.0.2.1", "documentation"),
            ("192.168.0.1", "private"),
            ("198.19.0.1", "reserved"),
            ("224.0.0.1", "multicast"),
            ("240.0.0.1", "reserved"),
            ("255.255.255.255", "broadcast"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::7f00:1", "reserved"),
            ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:8.8.8.8", "IPv4-mapped"),
            ("64:ff9b::127.0.0.1", "loopback"),
            ("64:ff9b::10.0.0.1", "private"),
            ("64:ff9b:1::8.8.8.8", "reserved"),
            ("2001::1", "reserved"),
            ("2001:db8::1", "documentation"),
            ("2002:7f00:1::", "tunnelled (6to4)"),
            ("3fff:fff::1", "documentation"),
            ("5f00::1", "reserved"),
            ("fc00::1", "private"),
            ("fd00:ec2::254", "private"),
            ("fe80::1", "link-local"),
            ("fec0::1", "reserved"),
            ("ff02::1", "multicast"),
        ] {
            assert_eq!(special(address.parse().unwrap()), Some(kind), "{address}");
        }
    }

    #[test]
    fn leaves_the_public_internet_alone() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "168.63.129.17",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:200::1",
            "2003::1",
            "64:ff9b::8.8.8.8",
            "3fff:1000::1",
        ] {
            assert_eq!(special(address.parse().unwrap()), None, "{address}");
        }
    }

    proptest! {
        #[test]
        fn a_network_holds_exactly_what_shares_its_prefix(base: u32, other: u32, prefix in 0u32..=32) {
            let cut = if prefix == 0 { 0 } else { base >> (32 - prefix) << (32 - prefix) };
            let network = Network::new(Ipv4Addr::from(cut).into(), prefix).unwrap();
            prop_assert!(network.contains(Ipv4Addr::from(base).into()));
            let same = (base ^ other).leading_zeros() >= prefix;
            prop_assert_eq!(network.contains(Ipv4Addr::from(other).into()), same);
            prop_assert!(!network.contains(Ipv4Addr::from(base).to_ipv6_mapped().into()));
        }
    }
}
