"""The logger "certpush", made when the program has imported logging: not every program logs."""

from __future__ import annotations

import logging

logger = logging.getLogger("certpush")
logger.addHandler(logging.NullHandler())
