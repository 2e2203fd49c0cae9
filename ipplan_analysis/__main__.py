"""`python -m ipplan_analysis` is `ipplan`."""

import sys

from ipplan_analysis.cli import main

sys.exit(main())
