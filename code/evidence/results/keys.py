"""What travels from a kernel to the pages: the keys under which the metadata of a cell's outputs hold it.

The side that writes them (`publish`, `show`, `explore`) and the side that reads them (a book's Sphinx extension) share
this module and nothing else.
"""

RESULT = "book.result"
"""A record, as `Record.to_json` writes it."""

FIGURE = "book.figure"
"""`id`; `files` by kind: csv as text, pdf and png in base64 (the svg is the output itself); `runs` as in a record;
`modules`, by name, that the notebook's cells import, and `code`, the fingerprint of all that these can reach; and
`build` as in a record."""

EXPLORABLE = "book.explorable"
"""`id`, `module` (the name of its script) and `files` by name, in base64."""

ABSENT = "book.absent"
"""`ids` of results and figures that this machine cannot have, `why`, and whether to try `again`."""

PROGRESS = "application/vnd.deref.progress+json"
"""Type of an output that says how far a training is; it is for the terminal, and never kept."""
