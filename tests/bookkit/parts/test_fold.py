"""Long lists of results are folded, short ones stand open, and nothing is lost or reordered."""

import pytest
from docutils import nodes
from docutils.utils import new_document

from bookkit.parts.fold import LINE, SHOWN, Fold, fold


def document(lines):
    page, output = new_document("page"), nodes.container(nb_element="cell_code_output")
    output += nodes.literal_block("", "printed")
    output += [nodes.container("", nodes.paragraph("", f"line {i}"), classes=["output", LINE]) for i in range(lines)]
    page += output
    return page


@pytest.mark.parametrize("lines", [0, 1, SHOWN, SHOWN + 1, 40])
def test_only_long_lists_are_folded_and_keep_their_order(lines):
    page = document(lines)
    before = page.astext()
    fold(page)
    folds = list(page.findall(Fold))
    assert page.astext() == before
    assert [len(found.children) for found in folds] == ([lines] if lines > SHOWN else [])


def test_folding_twice_changes_nothing_more():
    page = document(SHOWN + 5)
    fold(page)
    once = page.pformat()
    fold(page)
    assert page.pformat() == once
