"""Who asks: addresses and networks of the settings against the address of an HTTP request. Plain Python."""
import hmac
import ipaddress
import re

SEPARATORS = re.compile(r"[\s,;]+")
# Any of these says that a proxy stands between: the peer's address is then the proxy's, not the client's.
FORWARDING_HEADERS = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
    "HTTP_VIA",
)


def entries(text):
    """Return the words of a list of addresses."""
    return [word for word in SEPARATORS.split(text or "") if word]


def wrong_entries(text):
    """Return the words that are neither an address nor a network."""
    return [word for word in entries(text) if _network(word) is None]


def is_listed(address, text):
    """Tell whether the address is one of, or within one of, those of the text. Never raise."""
    client = _address(address)
    if client is None:
        return False
    networks = (_network(word) for word in entries(text))
    return any(network is not None and client in network for network in networks)


def client_address(environ, proxies):
    """Return the address that the request comes from, None when nobody trustworthy tells it.

    Odoo applies werkzeug's ProxyFix with proxy_mode only, and only beside X-Forwarded-Host (wsgi_server.py). It leaves the
    peer's own address in `werkzeug.proxy_fix.orig`. A forwarded address counts only when that peer is one of `proxies`;
    forwarding headers that were not applied mean that REMOTE_ADDR is some proxy's, so that nobody's address is known.
    """
    original = environ.get("werkzeug.proxy_fix.orig")
    if original is not None:
        # Without X-Forwarded-For ProxyFix leaves the peer's address: the proxy's, which is nobody's here.
        is_told = "HTTP_X_FORWARDED_FOR" in environ and is_listed(original.get("REMOTE_ADDR"), proxies)
        return environ.get("REMOTE_ADDR") if is_told else None
    if any(header in environ for header in FORWARDING_HEADERS):
        return None
    return environ.get("REMOTE_ADDR")


def is_same_secret(shown, kept):
    """Compare two secrets in constant time. An empty one is never right."""
    if not shown or not kept:
        return False
    return hmac.compare_digest(shown.encode("utf-8", "replace"), kept.encode("utf-8", "replace"))


def _address(text):
    try:
        address = ipaddress.ip_address((text or "").strip())
    except ValueError:
        return None
    # A socket for both families sees IPv4 clients as ::ffff:192.0.2.1
    return getattr(address, "ipv4_mapped", None) or address


def _network(word):
    try:
        return ipaddress.ip_network(word)
    except ValueError:
        return None
