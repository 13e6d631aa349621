"""`python -m dsar.cli`, for where the command itself is not on the path."""

import sys

from dsar.cli.main import main

sys.exit(main())
