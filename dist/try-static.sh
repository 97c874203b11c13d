#!/usr/bin/env bash
# Uses the command that `make dist-static` has built where there is no other file:
#
#   try-static.sh TARBALL SIMULATOR
#
# Pushes to the simulator with a folder as root that has the command, the certificate to trust and a token: by address,
# by a name of /etc/hosts, and by a name that a DNS server tells. All of it is in a network of its own. Needs root, and
# Python for the DNS server.
set -euo pipefail
if [ "$1" != --inside ]; then
  exec unshare --net "$0" --inside "$(realpath "$1")" "$(realpath "$2")"
fi
tarball=$2 simulator=$3
repository=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$repository/dist/checks.sh"

tar -xzf "$tarball"
mkdir root
cp certpush-*/bin/certpush root
install -m 600 "$repository/tests/sim/src/default_token.txt" root/token

# Brings this network up, and answers every question for an address with 127.0.0.1.
coproc named { python3 -u -c '
import fcntl, socket, struct
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
# SIOCSIFFLAGS, IFF_UP
fcntl.ioctl(server, 0x8914, struct.pack("16sh22x", b"lo", 1))
server.bind(("127.0.0.1", 53))
print("ready")
while True:
    question, sender = server.recvfrom(512)
    end = question.index(0, 12) + 5
    known = question[end - 4 : end - 2] == b"\0\1" and b"nowhere" not in question
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1" if known else b""
    counts = struct.pack(">HHHH", 1, known, 0, 0)
    server.sendto(question[:2] + b"\x81\x80" + counts + question[12:end] + answer, sender)
'; }
read -r _ <&"${named[0]}"

mkfifo hold
# The simulator stops when its input ends.
sleep infinity >hold &
"$simulator" --any-token --any-project --scenarios "$repository/tests/c/scenarios.json" --ca-file root/ca.pem \
  --stop-on-stdin-eof <hold >simulated &
until [ -s simulated ]; do sleep 0.1; done
url() {
  sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" simulated
}

# alone [NAME=VALUE...] ARGUMENT...: the command.
alone() {
  local set=()
  while [[ $1 == *=* ]]; do
    set+=("$1")
    shift
  done
  env -i PATH="$PATH" CERTPUSH_TOKEN_FILE=/token "${set[@]}" chroot root /certpush "$@"
}
# tells_apart NAME=VALUE...: success, refusal and doubt.
tells_apart() {
  local id status=() ended
  for id in scs1600313391074 scs8000000000002 scs8000000000004; do
    ended=0
    alone "$@" push $id --project ap-southeast-3 --service ELB || ended=$?
    status+=("$ended")
  done
  echo "exit statuses: ${status[*]}"
  [ "${status[*]}" = "0 21 84" ]
}
is_nowhere() {
  local ended=0
  alone CERTPUSH_ENDPOINT=https://nowhere.test CERTPUSH_CA_FILE=/ca.pem \
    push scs1600313391074 --project ap-southeast-3 --service ELB || ended=$?
  [ $ended -eq 10 ]
}
pushes_many() {
  {
    echo certificate_id,target_project,target_service
    printf 'scs1600313391074,project-%s,ELB\n' {1..200}
  } >root/list.csv
  alone CERTPUSH_ENDPOINT="$by_address" CERTPUSH_CA_FILE=/ca.pem push-all /list.csv --jobs 16 >told && cat told &&
    grep '^200 targets: 200 pushed' told
}

by_address=$(url https)
by_name=${by_address/127.0.0.1/localhost}
check "the command runs" alone --version
check "it pushes over https" tells_apart CERTPUSH_ENDPOINT="$by_address" CERTPUSH_CA_FILE=/ca.pem
check "it pushes over http" tells_apart CERTPUSH_ENDPOINT="$(url http)"
check "it pushes to a name that a DNS server tells" tells_apart CERTPUSH_ENDPOINT="$by_name" CERTPUSH_CA_FILE=/ca.pem
check "it says that a name is unknown" is_nowhere
mkdir -p root/etc/ssl/certs
echo "127.0.0.1 localhost" >root/etc/hosts
echo "nameserver 127.0.0.2" >root/etc/resolv.conf
check "it pushes to a name of /etc/hosts" tells_apart CERTPUSH_ENDPOINT="$by_name" CERTPUSH_CA_FILE=/ca.pem
cp root/ca.pem root/etc/ssl/certs/ca-certificates.crt
check "it trusts whom the system trusts" tells_apart CERTPUSH_ENDPOINT="$by_address"
check "it pushes a list from many threads" pushes_many
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
