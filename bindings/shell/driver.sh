#!/bin/sh
# The conformance driver of the functions for sh: tests/conformance/README.md says what it must do. Its five
# arguments are percent-encoded: endpoint token_file certificate_id target_project target_service.
set -eu
. "$(dirname "$0")/certpush.sh"

case ${CERTPUSH_DRIVER_OPERATION:-push} in
  push) verb=push ;;
  batch_push) verb=batch-push ;;
  *) echo "driver.sh: the operation $CERTPUSH_DRIVER_OPERATION is not known" >&2 && exit 1 ;;
esac
if [ -n "${CERTPUSH_DRIVER_REPEAT:-}" ]; then
  echo '{"cannot":"the command pushes once and ends, and its client with it"}'
  exit
fi
case "$*" in
  *%00*) echo '{"cannot":"an argument of a program has no NUL inside"}' && exit ;;
esac

# The bytes that percent-encoded text stands for, and a full stop, for a line end at their end would go.
decoded() {
  printf '%b.' "$(printf '%s\n' "$1" | LC_ALL=C awk '
    BEGIN { for (i = 0; i < 256; i++) octal[sprintf("%02x", i)] = sprintf("\\0%03o", i) }
    {
      while (match($0, /%[0-9a-fA-F][0-9a-fA-F]/)) {
        printf "%s%s", substr($0, 1, RSTART - 1), octal[tolower(substr($0, RSTART + 1, 2))]
        $0 = substr($0, RSTART + 3)
      }
      printf "%s", $0
    }')"
}

endpoint=$(decoded "$1") token_file=$(decoded "$2") id=$(decoded "$3") project=$(decoded "$4") service=$(decoded "$5")
set -- "$verb" --json --project="${project%.}" --service="${service%.}"
[ "$endpoint" = . ] || set -- "$@" --endpoint="${endpoint%.}"
[ "$token_file" = . ] || set -- "$@" --token-file="${token_file%.}"
told=$(certpush_run "$@" -- "${id%.}" || :; echo "$certpush_outcome")
outcome=${told##*
} told=${told%
*}
# What the functions make of the exit status is what the command has told.
case $told/$outcome in
  *'"outcome_unknown":true'*/unknown | *'"outcome_unknown":false'*/*pushed) printf '%s\n' "$told" ;;
  *) echo "driver.sh: as $outcome is told: $told" >&2 && exit 1 ;;
esac
