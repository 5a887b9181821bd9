"""Tooltips: a link with what it says when a reader rests on it, in the HTML that style sheet and script expect.

They open on hover and on keyboard focus by style alone, and are described to screen readers.
"""

from html import escape


def link(uri: str, tip: str, kind: str, around: str = "", attributes: str = "") -> str:
    """The beginning: what stands between it and the end is the text of the link.

    Args:
        uri: where it leads.
        tip: the id of the tooltip.
        kind: the class of the link.
        around: a further class of both together; empty for none.
        attributes: further ones of the link, with a space before; empty for none.
    """
    return (f'<span class="result-cite{around and " " + around}"><a class="{kind}"{attributes} href="{escape(uri)}" '
            f'aria-describedby="{tip}">')


def said(tip: str, html: str) -> str:
    """The end, with what the tooltip says.

    Args:
        tip: its id.
        html: its content.
    """
    return f'</a><span class="result-tip" role="tooltip" id="{tip}">{html}</span></span>'
