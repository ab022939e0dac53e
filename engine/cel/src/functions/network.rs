//! IP addresses and ranges of them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Call, Row, Who, no_overload};
use crate::value::KubernetesVal;
use crate::{CelError, Val};

pub(super) const ROWS: &[Row] = &[
    ("cidr", Who::Kubernetes, |call| match call.values {
        [Val::String(text)] => Cidr::parse(text)
            .map(|range| Val::kubernetes(KubernetesVal::Cidr(range)))
            .ok_or_else(|| CelError::new(format!("network address parse error: {text}"))),
        _ => no_overload(),
    }),
    ("containsCIDR", Who::Kubernetes, contains_cidr),
    ("containsIP", Who::Kubernetes, contains_ip),
    ("family", Who::Kubernetes, |call| {
        of_ip(call, |address| Val::Int(if address.is_ipv4() { 4 } else { 6 }))
    }),
    ("ip", Who::Kubernetes, ip),
    ("ip.isCanonical", Who::Kubernetes, |call| match call.values {
        [Val::String(text)] => {
            let address = parse_ip(text)
                .ok_or_else(|| CelError::new(format!("IP Address {text:?} parse error")))?;
            Ok(Val::Bool(address.to_string() == text.as_str()))
        }
        _ => no_overload(),
    }),
    ("isCIDR", Who::Kubernetes, |call| match call.values {
        [Val::String(text)] => Ok(Val::Bool(Cidr::parse(text).is_some())),
        _ => no_overload(),
    }),
    ("isGlobalUnicast", Who::Kubernetes, |call| {
        of_ip(call, |address| Val::Bool(is_global_unicast(address)))
    }),
    ("isIP", Who::Kubernetes, |call| match call.values {
        [Val::String(text)] => Ok(Val::Bool(parse_ip(text).is_some())),
        _ => no_overload(),
    }),
    ("isLinkLocalMulticast", Who::Kubernetes, |call| {
        of_ip(call, |address| Val::Bool(is_link_local_multicast(address)))
    }),
    ("isLinkLocalUnicast", Who::Kubernetes, |call| {
        of_ip(call, |address| Val::Bool(is_link_local(address)))
    }),
    ("isLoopback", Who::Kubernetes, |call| of_ip(call, |address| Val::Bool(address.is_loopback()))),
    ("isUnspecified", Who::Kubernetes, |call| {
        of_ip(call, |address| Val::Bool(address.is_unspecified()))
    }),
    ("masked", Who::Kubernetes, |call| {
        of_cidr(call, |range| Val::kubernetes(KubernetesVal::Cidr(range.masked())))
    }),
    ("prefixLength", Who::Kubernetes, |call| {
        of_cidr(call, |range| Val::Int(i64::from(range.length)))
    }),
];

/// A range of addresses: one address, and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    length: u8,
}

impl Cidr {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let address = parse_ip(address)?;
        let is_plain = length == "0" || !length.starts_with('0');
        let is_number = length.bytes().all(|byte| byte.is_ascii_digit());
        let length: u8 = Some(length).filter(|_| is_plain && is_number)?.parse().ok()?;
        (length <= bits_of(address)).then_some(Self { address, length })
    }

    fn masked(self) -> Self {
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(u32::from(32 - self.length)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(u32::from(128 - self.length)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        };
        Self { address, ..self }
    }

    fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && Self { address, length: self.length }.masked() == self.masked()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

fn bits_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Reads an address; one of version 4 written as one of version 6 is refused, as Kubernetes does.
fn parse_ip(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => None,
        other => Some(other),
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn is_link_local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets().starts_with(&[224, 0, 0]),
        IpAddr::V6(address) => {
            let [first, second, ..] = address.octets();
            first == 0xff && second & 0x0f == 0x02
        }
    }
}

fn is_global_unicast(address: IpAddr) -> bool {
    address != IpAddr::V4(Ipv4Addr::BROADCAST)
        && !address.is_unspecified()
        && !address.is_loopback()
        && !address.is_multicast()
        && !is_link_local(address)
}

fn as_cidr(value: &Val) -> Option<Cidr> {
    let Val::Kubernetes(value) = value else { return None };
    if let KubernetesVal::Cidr(range) = &**value { Some(*range) } else { None }
}

fn as_ip(value: &Val) -> Option<IpAddr> {
    let Val::Kubernetes(value) = value else { return None };
    if let KubernetesVal::Ip(address) = &**value { Some(*address) } else { None }
}

fn of_ip(call: &Call<'_>, part: fn(IpAddr) -> Val) -> Result<Val, CelError> {
    match call.values {
        [value] => as_ip(value).map(part).ok_or_else(CelError::no_overload),
        _ => no_overload(),
    }
}

fn of_cidr(call: &Call<'_>, part: fn(Cidr) -> Val) -> Result<Val, CelError> {
    match call.values {
        [value] => as_cidr(value).map(part).ok_or_else(CelError::no_overload),
        _ => no_overload(),
    }
}

fn ip(call: &Call<'_>) -> Result<Val, CelError> {
    let address = match call.values {
        [Val::String(text)] => parse_ip(text)
            .ok_or_else(|| CelError::new(format!("IP Address {text:?} parse error")))?,
        [value] => as_cidr(value).ok_or_else(CelError::no_overload)?.address,
        _ => return no_overload(),
    };
    Ok(Val::kubernetes(KubernetesVal::Ip(address)))
}

fn contains_ip(call: &Call<'_>) -> Result<Val, CelError> {
    let [range, address] = call.values else { return no_overload() };
    let range = as_cidr(range).ok_or_else(CelError::no_overload)?;
    let address = match address {
        Val::String(text) => parse_ip(text)
            .ok_or_else(|| CelError::new(format!("IP Address {text:?} parse error")))?,
        other => as_ip(other).ok_or_else(CelError::no_overload)?,
    };
    Ok(Val::Bool(range.contains(address)))
}

fn contains_cidr(call: &Call<'_>) -> Result<Val, CelError> {
    let [range, other] = call.values else { return no_overload() };
    let range = as_cidr(range).ok_or_else(CelError::no_overload)?;
    let other = match other {
        Val::String(text) => Cidr::parse(text)
            .ok_or_else(|| CelError::new(format!("network address parse error: {text}")))?,
        other => as_cidr(other).ok_or_else(CelError::no_overload)?,
    };
    Ok(Val::Bool(range.length <= other.length && range.contains(other.address)))
}
