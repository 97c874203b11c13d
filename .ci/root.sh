# shellcheck shell=bash disable=SC2154
# Minimal roots of Debian, for what is tested there; sourced, with the variables
#
#   root     the folder for the root
#   called   how its machine is called in what is printed
#
# in_namespaces COMMAND...    runs a command whose mounts and processes are in namespaces of their own: the kernel ends
#                             them, whatever happens. The root is removed afterwards
# codename                    the release of Debian that runs here
# make_root SUITE PACKAGE...  makes a minimal root with a user, whose folder is $home
# lend FILE                   puts a file of this machine where it is here
# lend_registries             tells the root how this machine reaches its registries; in $lent what a program that
#                             uses them needs in its environment
# user_runs COMMANDS NAME=VALUE...   runs a shell's commands as that user, in ~/certpush
# timed WHAT COMMAND...       runs a command, and says how long that took
#
# Needs root and debootstrap.
home=/home/user

in_namespaces() {
  mkdir -p "$(dirname "$root")"
  rm -rf --one-file-system "$root"
  # With job control, or what runs beside this shell would ignore SIGINT, and the tests with it.
  set -m
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$@" </dev/null &
  # unshare ignores SIGTERM.
  trap 'kill -KILL $! 2>/dev/null || true; wait; rm -rf --one-file-system "$root"' EXIT
  wait $!
}

codename() {
  sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

make_root() {
  local suite=$1 proxy="" mirror packages
  shift
  packages=$(IFS=, && echo "$*")
  mirror=$(apt-get --print-uris update |
    sed -n "s,^'\(.*\)/dists/\($(codename)\|stable\)/InRelease'.*,\1,p" | head -n 1)
  [ -n "$mirror" ] || { echo "apt has no source for Debian $(codename)" >&2; return 1; }
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  timed debootstrap env ${proxy:+"http_proxy=$proxy"} debootstrap --variant=minbase \
    --include="$packages" "$suite" "$root" "$mirror" >"$root.log" ||
    { tail "$root.log" "$root/debootstrap/debootstrap.log"; return 1; }
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  chroot "$root" useradd --create-home user
}

lend() {
  case $1 in
    /*) [ ! -f "$1" ] || install -D -m 644 "$1" "$root$1" ;;
  esac
}

lend_registries() {
  local file line
  lent=()
  while IFS= read -r line; do
    lent+=("$line")
    lend "${line#*=}"
  done < <(env | grep -E '^([A-Za-z]+_(proxy|PROXY)|PIP_[A-Z_]+|CARGO_(HTTP|NET|REGISTR|SOURCE)[A-Z_]*|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)=')
  for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do
    lend "$file"
  done
  for file in .config/pip/pip.conf .pip/pip.conf; do
    [ ! -f "$HOME/$file" ] || install -D -m 644 "$HOME/$file" "$root$home/$file"
  done
}

user_runs() {
  chroot "$root" setpriv --reuid=user --regid=user --init-groups --no-new-privs \
    env -i HOME="$home" USER=user LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin "${@:2}" \
    bash -c "cd ~/certpush && $1" </dev/null
}

timed() {
  local what=$1 since=$SECONDS status=0
  shift
  "$@" || status=$?
  echo "$called: $what ended with $status after $((SECONDS - since)) s" >&2
  return $status
}
