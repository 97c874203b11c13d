# shellcheck shell=sh disable=SC2034
# Functions for sh around the command certpush: what its exit status says, in words.
#
#     . /usr/local/share/certpush/certpush.sh
#     certpush_run push scs1600313391074 ap-southeast-3 ELB
#     echo "$certpush_outcome"

# Runs the command with these arguments and returns its exit status, which is in $certpush_status, too.
# $certpush_outcome is pushed, not_pushed or unknown, $certpush_retryable yes or no.
certpush_run() {
  certpush_status=0 certpush_outcome=unknown certpush_retryable=no
  command certpush "$@" || certpush_status=$?
  certpush_outcome=$(certpush_outcome_of "$certpush_status")
  ! certpush_is_retryable "$certpush_status" || certpush_retryable=yes
  return "$certpush_status"
}

# Prints what an exit status of the command says of the certificate, or of a list as a whole: pushed,
# not_pushed (of a list: something was not, and of the rest it is known), or unknown, which is that it may
# have been pushed. What no command has told counts as unknown.
certpush_outcome_of() {
  case ${1-} in
    0) echo pushed ;;
    # The shell did not start it; HUP, INT or TERM ended it before it had anything to tell.
    126 | 127 | 129 | 130 | 143) echo not_pushed ;;
    [1-9] | [1-5][0-9] | 6[0-3]) echo not_pushed ;;
    *) echo unknown ;;
  esac
}

# Whether the same command may simply be run again later: nothing was pushed, and what was in the way may pass.
certpush_is_retryable() {
  case ${1-} in
    5 | 10 | 11 | 14 | 15 | 24 | 26) return 0 ;;
    *) return 1 ;;
  esac
}
