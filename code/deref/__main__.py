"""`python -m deref` is the command `deref`."""

import sys

from deref.cli import main

sys.exit(main())
