"""Pushes a certificate, and says what to do if nobody knows whether that worked.

Usage: push.py CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE, with the options in the environment:
CERTPUSH_REGION or CERTPUSH_ENDPOINT, and CERTPUSH_TOKEN_FILE or CERTPUSH_TOKEN. It exits as the
command certpush does.
"""

import sys

import certpush_ctypes as certpush


def main() -> int:
    """Push what the command line says."""
    try:
        with certpush.Client(trust_env=True) as client:
            print(client.push(*sys.argv[1:4]).message)
    except certpush.Error as error:
        print(error, error.hint, sep="\n", file=sys.stderr)
        if error.outcome_unknown:
            print("It may have been pushed: look at the target first.", file=sys.stderr)
            return int(error.status) + 64
        return int(error.status)
    return 0


if __name__ == "__main__":
    sys.exit(main())
