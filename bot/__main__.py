"""`python -m kubectl_smart.bot`: the command line, where the console script is not on PATH."""

from __future__ import annotations

import sys

from kubectl_smart.bot.cli.start import brief

with brief(sys.argv[1:]):
    from kubectl_smart.bot.cli.main import run

    sys.exit(run(sys.argv[1:]))
