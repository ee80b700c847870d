"""``python -m napari_flowprior``: the command line, as torchrun starts it."""

import sys

from napari_flowprior.cli import main

if __name__ == "__main__":
    sys.exit(main())
