"""``python -m dynamongo``."""

import sys

from dynamongo._command import main

if __name__ == '__main__':
    sys.exit(main())
