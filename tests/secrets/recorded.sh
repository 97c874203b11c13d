#!/usr/bin/env bash
# recorded.sh NAME COMMAND...: runs a command, and keeps what it prints in $TRANSCRIPTS/NAME.console too.
set -euo pipefail
mkdir -p "$TRANSCRIPTS"
name=$1
shift
rm -f "$TRANSCRIPTS/$name".*
"$@" 2>&1 | tee "$TRANSCRIPTS/$name.console"
