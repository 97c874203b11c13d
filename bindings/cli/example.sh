#!/bin/sh
# Pushes a certificate, and says what to do if nobody knows whether that worked.
#
# Usage: example.sh CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE, with the options in the environment:
# CERTPUSH_REGION or CERTPUSH_ENDPOINT, and CERTPUSH_TOKEN_FILE or CERTPUSH_TOKEN.

certpush push "$1" --project "$2" --service "$3"
status=$?
if [ $status -ge 64 ]; then
  echo "It may have been pushed: look at the target before you push it again." >&2
fi
exit $status
