"""Which addresses may ask the dialplan's questions. Plain Python."""
import ipaddress
import re


def parse_networks(text):
    """Return the networks of a text, one per line or parted by commas or blanks. Raise ValueError naming the bad one."""
    return [ipaddress.ip_network(word, strict=False) for word in re.split(r"[\s,]+", text or "") if word]


def is_permitted(address, networks):
    """Tell whether an address is in one of the networks. An IPv4 address in IPv6 clothes counts as IPv4."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found.version == network.version and found in network for network in networks)
