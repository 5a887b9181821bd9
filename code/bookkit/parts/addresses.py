"""Addresses of the site's files: one form of each, wherever one stands."""

import re
from urllib.parse import quote, urlsplit, urlunsplit

_INDEX = re.compile(r"(?<![^/])index\.html$")


def address(base: str, name: str, anchor: str = "") -> str:
    """The address of a file of the site.

    Args:
        base: address of the site with its last slash, escaped (see `site`); empty while it has none, and then the
            address is that from the root of the site.
        name: of the file from the root of the site; the page of a folder has the folder's address, ending in a slash.
        anchor: in the page, without "#".

    Returns:
        The address, percent-encoded.
    """
    return f"{base}{quote(_INDEX.sub('', name))}{f'#{quote(anchor)}' if anchor else ''}"


def site(given: str) -> str:
    """The address of a site as a reader gives it, escaped and with its last slash.

    Args:
        given: such as "https://example.org/book"; its name may have letters of any script.

    Raises:
        ValueError: no address that begins with https:// or http://, or one with a query or a fragment.
    """
    parts = urlsplit(given)
    try:
        host = parts.hostname.encode("idna").decode() if parts.hostname else ""
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:  # of the port, or of a name that cannot be
        host = port = ""
    if (not re.fullmatch(r"https?", parts.scheme) or not host or re.search(r"\s", given) or "?" in given or "#" in given
            or parts.username is not None):
        raise ValueError(f"an address that begins with https://, got {given!r}")
    # what is escaped already stays as it is
    return urlunsplit((parts.scheme, host + port, quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~") + "/", "", ""))
