//! What `--help` says behind a verb's arguments: examples, and the exit status.

pub(crate) const COMMAND: &str = "Exit status: 0 when the certificate was pushed, otherwise the \
    number of the status (certpush explain NUMBER tells), plus 64 when the certificate may have been \
    pushed all the same.

Examples:
  certpush push scs1600313391074 ap-southeast-3 ELB
  certpush push-all targets.csv
  certpush explain 78";

pub(crate) const PUSH: &str =
    "Exit status: 0 when the certificate was pushed, otherwise the number of \
    the status (certpush explain NUMBER tells), plus 64 when the certificate may have been pushed \
    all the same.

Examples:
  certpush push scs1600313391074 ap-southeast-3 ELB
  certpush push scs1600313391074 --service CDN
  certpush push --journal /var/lib/certpush/journal scs1600313391074 ap-southeast-3 ELB
          once, however often it is run: for cron tables and hooks";

pub(crate) const BATCH_PUSH: &str = "Exit status: 0 when the certificate was pushed to every project, \
    30 when it was not pushed to at least one, otherwise the number of the status (certpush explain \
    NUMBER tells), plus 64 when it may have been pushed to one of those all the same. One time-out \
    leaves all of them unknown.

Examples:
  certpush batch-push scs1600313391074 cn-north-4,cn-north-7 ELB";

pub(crate) const PUSH_ALL: &str = "FILE is CSV whose first line is \
    certificate_id,target_project,target_service, the columns in any order, or JSON Lines with these \
    members. All of it is checked before anything is sent. What became of each push is kept in \
    FILE.journal: the same command again sends what was not pushed, and nothing else.

Exit status: 0 when all are pushed, now or earlier; the one status that all failures share (certpush \
    explain NUMBER tells), or 30 when they differ; plus 64 when one of them may have been pushed all \
    the same; 2 when FILE or the journal was refused and nothing was sent.

Examples:
  certpush push-all targets.csv
  certpush push-all --quiet --deadline-ms 3000000 targets.csv
          in a cron table: says nothing unless something failed
  certpush push-all --json targets.csv | jq -r 'select(.line and .status != 0).message'
  make-list | certpush push-all --journal /var/lib/certpush/targets.journal -";

pub(crate) const SETTLE: &str = "Without an ID it lists what the journal has unsettled: nobody knows \
    whether it was pushed. With one it writes down what a look at the target has found out; settled \
    as not pushed, the next run sends it. Nothing is sent now.

Examples:
  certpush settle targets.csv.journal
  certpush settle targets.csv.journal scs1600313391074 ap-southeast-3 ELB --pushed";

pub(crate) const CHECK: &str = "Examples:
  certpush check
  certpush check --connect scs1600313391074 ap-southeast-3 ELB";

pub(crate) const EXPLAIN: &str = "Examples:
  certpush explain 78
  certpush explain SCM.0069";

pub(crate) const COMPLETIONS: &str = "Examples:
  certpush completions bash >/etc/bash_completion.d/certpush
  certpush completions zsh >/usr/local/share/zsh/site-functions/_certpush
  certpush completions fish >~/.config/fish/completions/certpush.fish";
