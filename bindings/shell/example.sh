#!/bin/sh
# Pushes a certificate, and branches on what became of it.
#
# Usage: example.sh CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE, with the options in the environment:
# CERTPUSH_REGION or CERTPUSH_ENDPOINT, and CERTPUSH_TOKEN_FILE or CERTPUSH_TOKEN.
set -u
. "$(dirname "$0")/certpush.sh"

certpush_run push "$1" "$2" "$3"
case $certpush_outcome/$certpush_retryable in
  unknown/*) echo "It may have been pushed: look at the target before you push it again." >&2 ;;
  */yes) echo "The same push may succeed later." >&2 ;;
esac
exit "$certpush_status"
