"""A drawing."""

from toy.publish import figure

SVG = ('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
       'viewBox="0 0 9 9" width="90pt" height="90pt"><defs><style>*{stroke-linecap:butt}</style>'
       '<clipPath id="frame"><path d="M0 0h9v9H0z"/></clipPath><path id="tick" d="M0 0v1"/></defs>'
       '<g clip-path="url(#frame)"><path d="M0 9L9 0" style="stroke: #000000; fill: none"/></g>'
       '<use xlink:href="#tick" x="3"/><text style="fill: #ffffff">runs</text></svg>')


def runs():
    return figure("fig.coin-runs", SVG, "step,heads\n0,0\n1,1\n", ["a" * 8])
