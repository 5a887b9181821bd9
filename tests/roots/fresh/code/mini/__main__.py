"""The command that a build calls: python -m mini train --module NAME…"""

import sys
from importlib import import_module

command, option, *modules = sys.argv[1:]
if (command, option) != ("train", "--module"):
    sys.exit(f"expected: train --module NAME…, got: {' '.join(sys.argv[1:])}")
for module in modules:
    import_module(module).train()
