"""What the start of Python costs, with what every client of the benchmark needs."""

import driver  # noqa: F401

print(flush=True)
