"""The logger "certpush", made when the first client is: not every program logs."""

from __future__ import annotations

import logging

logger = logging.getLogger("certpush")
logger.addHandler(logging.NullHandler())
