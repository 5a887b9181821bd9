"""A style sheet without the rules that nothing can match: exact answers on sheets written by hand."""

import pytest

from bookkit.pages.style_rules import names, rules, trimmed

USED = {"a", "b", "sd-p:1"}


@pytest.mark.parametrize(("css", "left"), [
    (".a{x:1}.c{x:2}.b{x:3}", ".a{x:1}.b{x:3}"),
    (".a .c{x:1}#b>.a{x:2}", "#b>.a{x:2}"),
    (".c,.a , p.c,p{x:1}", ".a,p{x:1}"),
    ("p:not(.c){x:1}.a:is(.c,.d){x:2}.c:is(.a){x:3}", "p:not(.c){x:1}.a:is(.c,.d){x:2}"),
    ("p:not(:is(.c, .d) .e) .a{x:1}", "p:not(:is(.c, .d) .e) .a{x:1}"),
    ('[data-x=".c"]{x:1}a[href$=".c,.d"],.c{x:2}', '[data-x=".c"]{x:1}a[href$=".c,.d"]{x:2}'),
    (r".sd-p\:1{x:1}.sd-p\:2{x:2}", r".sd-p\:1{x:1}"),
    (".a::before{content:'}.c{'}.c{x:1}", ".a::before{content:'}.c{'}"),
    (".a{background:url(data:image/svg+xml;x{})}.c{x:1}", ".a{background:url(data:image/svg+xml;x{})}"),
    ("@media print{.c{x:1}.a{x:2}}@media print{.c{x:1}}", "@media print{.a{x:2}}"),
    ("@supports (x:1){@media print{.c{x:1}}}p{x:1}", "p{x:1}"),
    ("@keyframes c{0%{x:1}to{x:2}}.c{x:1}", "@keyframes c{0%{x:1}to{x:2}}"),
    ("@font-face{src:url(c.woff)}", "@font-face{src:url(c.woff)}"),
    ('@charset "UTF-8";@import "c.css";.a{}', '@import "c.css";.a{}'),
    ("/* .a{ */.c{x:1}/*! by c */.a{x:1}", "/*! by c */.a{x:1}"),
])
def test_what_asks_for_a_class_or_an_id_that_no_page_has_goes_and_all_else_stays(css, left):
    assert trimmed(css, USED) == left
    assert trimmed(left, USED) == left


def test_rules_are_what_stands_before_braces_and_between_them():
    assert list(rules('@import "x"; a{b:c} @media x{d{e:f}g{}}')) == [
        ('@import "x"', None), ("a", "b:c"), ("@media x", "d{e:f}g{}")]


def test_a_selector_asks_for_its_classes_and_ids():
    assert names("p.a > #b .c:hover::after") == {"a", "b", "c"}
