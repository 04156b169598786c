"""Addresses of this machine that others on its network can open, found without asking the network."""

import ctypes
import ipaddress
import os
import socket
import sys
from collections.abc import Iterable, Iterator

# Documentation addresses: to connect a datagram socket sends nothing, it only chooses the way out.
FAR = ((socket.AF_INET, "203.0.113.1"), (socket.AF_INET6, "2001:db8::1"))
UP, LOOPBACK, POINT_TO_POINT, RUNNING = 0x1, 0x8, 0x10, 0x40  # flags of an interface on Linux, macOS and the BSDs
# Networks between this machine and what runs inside it.
INSIDE = ("br-", "cni", "docker", "lxc", "lxd", "podman", "vboxnet", "veth", "virbr", "vmnet")


class _Interface(ctypes.Structure):
    """The beginning of `struct ifaddrs`."""


_Interface._fields_ = [
    ("next", ctypes.POINTER(_Interface)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.c_void_p),
]


def of_network(family: socket.AddressFamily) -> list[str]:
    """Addresses that others can open, the likeliest first; none where the machine is in no network.

    Args:
        family: AF_INET for IPv4 alone, AF_INET6 for both.
    """
    families = (socket.AF_INET,) if family == socket.AF_INET else (socket.AF_INET, socket.AF_INET6)
    return usable([*_routed(families), *_interfaces()], families)


def usable(addresses: Iterable[str], families: Iterable[socket.AddressFamily]) -> list[str]:
    """Those of these families that are not this machine's own or its wire's alone, each once, IPv4 first."""
    versions = {4 if family == socket.AF_INET else 6 for family in families}
    found = [ipaddress.ip_address(address) for address in dict.fromkeys(addresses)]
    kept = [
        address
        for address in found
        if address.version in versions
        and not (address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast)
    ]
    return [str(address) for address in sorted(kept, key=lambda address: address.version)]


def _routed(families: Iterable[socket.AddressFamily]) -> Iterator[str]:
    """The address by which this machine would leave its network."""
    for family, far in FAR:
        if family in families:
            try:
                with socket.socket(family, socket.SOCK_DGRAM) as way:
                    way.connect((far, 9))
                    yield way.getsockname()[0].partition("%")[0]
            except OSError:  # there is no way out
                continue


def _interfaces() -> list[str]:
    """Addresses of every interface; where the system does not list them, those of the machine's name."""
    if os.name == "posix":
        try:
            return list(_listed(ctypes.CDLL(None)))
        except (AttributeError, OSError):
            return []
    try:  # Windows knows these without asking anybody
        return [str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(socket.gethostname(), None)]
    except OSError:
        return []


def _listed(system: ctypes.CDLL) -> Iterator[str]:
    first = ctypes.POINTER(_Interface)()
    if system.getifaddrs(ctypes.byref(first)) != 0:
        return
    try:
        at = first
        while at:
            one = at.contents
            flags, name = one.flags, (one.name or b"").decode(errors="replace")
            open_to_others = flags & UP and flags & RUNNING and not flags & (LOOPBACK | POINT_TO_POINT)
            if one.address and open_to_others and not name.startswith(INSIDE):
                yield from _read(one.address)
            at = one.next
    finally:
        system.freeifaddrs(first)


def _read(place: int) -> Iterator[str]:
    """The IP address in a `struct sockaddr`; nothing of another family."""
    start = ctypes.string_at(place, 2)
    # The BSDs and macOS put the length first, then the family in one byte.
    family = int.from_bytes(start, sys.byteorder) if sys.platform in ("linux", "android") else start[1]
    if family == socket.AF_INET:
        yield str(ipaddress.IPv4Address(ctypes.string_at(place + 4, 4)))
    elif family == socket.AF_INET6:
        yield str(ipaddress.IPv6Address(ctypes.string_at(place + 8, 16)))
