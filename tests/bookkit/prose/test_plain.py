"""MyST as plain Markdown: roles, directives and what must stay as it is."""

import pytest

from bookkit.prose.plain import markdown


def say(kind, text):
    return {("r", "a.b"): "50%", ("box claim", "c"): "**Claim.**"}.get((kind, text))


@pytest.mark.parametrize(("myst", "plain"), [
    ("It is {r}`a.b` of them.", "It is 50% of them."),
    ("{doc}`Chapter 7 <../ch07/index>`, {term}`gathers <gather>`, {term}`seed`", "Chapter 7, gathers, seed"),
    (":::{claim} c\n:::", "**Claim.**"),
    (":::{exhibit} fig.a\n:alt: A line.\n\nIts caption.\n:::", "**Figure.**\n\nIts caption."),
    ("```{admonition} Takeaways\n- One.\n```", "**Takeaways.**\n\n- One."),
    (":::{margin}\nAn aside.\n:::", "An aside."),
    ("```{math}\n:label: eq\n\nx^2\n```", "$$\n\nx^2\n$$"),
    ("```sh\nmake\n```", "```sh\nmake\n```"),
    ("```\n:::{claim} c\n```", "```\n:::{claim} c\n```"),
    ("$\\frac{a}{b}$ and `{x}`", "$\\frac{a}{b}$ and `{x}`"),
])
def test_what_a_notebook_shows(myst, plain):
    assert markdown(myst, say) == plain


def test_a_directive_within_another_ends_only_itself():
    said = markdown("::::{solution} ex\n:class: dropdown\nBefore.\n:::{note}\nInside.\n:::\nAfter.\n::::\nBehind.", say)
    assert [line for line in said.split("\n") if line] == ["**Solution.**", "Before.", "Inside.", "After.", "Behind."]
