"""The miniature book with an explorable: its id, and the files that stand in for scripts and styles."""

STATIC, FILES = "book/static/explore", ("load.js", "explore.css", "controls.css", "softmax-by-hand.css")
ID = "explore.softmax-by-hand"
