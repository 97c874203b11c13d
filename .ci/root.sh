# shellcheck shell=bash disable=SC2154
# Minimal roots of Debian, for what is tested there; sourced, with the variables
#
#   root     the folder for the root
#   called   how its machine is called in what is printed
#
# in_namespaces COMMAND...    runs a command whose mounts and processes are in namespaces of their own: the kernel ends
#                             them, whatever happens. The root is removed afterwards
# codename                    the release of Debian that runs here
# make_root SUITE PACKAGE...  makes a minimal root with a user, whose folder is $home; for the processor $ARCHITECTURE,
#                             if it is set
# emulate FOLDER              has what chroot_into runs afterwards emulated where it is for another processor
# chroot_into COMMAND...      runs a command in the root
# lend FILE                   puts a file of this machine where it is here
# lend_registries             tells the root how this machine reaches its registries; in $lent what a program that
#                             uses them needs in its environment
# lend_crates                 the same with what cargo has downloaded
# user_runs COMMANDS NAME=VALUE...   runs a shell's commands as that user, in ~/certpush
# root_runs COMMANDS NAME=VALUE...   runs them as root
# timed WHAT COMMAND...       runs a command, and says how long that took
#
# Needs root and debootstrap; for another processor, Linux 6.7 or later.
home=/home/user
declare -A of_debian=([x86_64]=amd64 [aarch64]=arm64)
entered=()

in_namespaces() {
  mkdir -p "$(dirname "$root")"
  rm -rf --one-file-system "$root"
  # With job control, or what runs beside this shell would ignore SIGINT, and the tests with it.
  set -m
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$@" </dev/null &
  # unshare ignores SIGTERM.
  trap 'kill -KILL $! 2>/dev/null || true; wait; rm -rf --one-file-system "$root" "$root.qemu"' EXIT
  wait $!
}

codename() {
  sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

make_root() {
  local suite=$1 proxy="" mirror packages architecture=${ARCHITECTURE:-$(uname -m)} foreign=()
  shift
  [ "$architecture" = "$(uname -m)" ] || foreign=("--arch=${of_debian[$architecture]}" --foreign)
  packages=$(IFS=, && echo "$*")
  mirror=$(apt-get --print-uris update |
    sed -n "s,^'\(.*\)/dists/\($(codename)\|stable\)/InRelease'.*,\1,p" | head -n 1)
  [ -n "$mirror" ] || { echo "apt has no source for Debian $(codename)" >&2; return 1; }
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  timed debootstrap env ${proxy:+"http_proxy=$proxy"} debootstrap --variant=minbase \
    "${foreign[@]}" --include="$packages" "$suite" "$root" "$mirror" >"$root.log" ||
    { tail "$root.log" "$root/debootstrap/debootstrap.log"; return 1; }
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  if [ ${#foreign[@]} -gt 0 ]; then
    mount --bind /sys "$root/sys"
    emulate "$root.qemu"
    timed "the emulated half of debootstrap" chroot_into /debootstrap/debootstrap --second-stage >>"$root.log" ||
      { tail "$root.log" "$root/debootstrap/debootstrap.log"; return 1; }
  fi
  chroot_into useradd --create-home user
}

# A user namespace may know an emulator that the rest of this machine does not: so it is, and nothing is installed. In
# one, as in a container, debootstrap makes no devices, which are there already.
emulate() {
  local qemu magic
  mkdir -p "$1"
  (cd "$1" && apt-get -qq -o APT::Sandbox::User=root download qemu-user qemu-user-static &&
    for package in *.deb; do dpkg-deb -x "$package" .; done)
  qemu=$(find "$1/usr/bin/" -name qemu-aarch64-static -o -name qemu-aarch64 | sort | tail -n 1)
  unshare --user --mount --propagation private sleep infinity &
  until [ "$(readlink /proc/$!/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.1; done
  echo "0 0 4294967295" >/proc/$!/uid_map
  echo "0 0 4294967295" >/proc/$!/gid_map
  entered=(env container=lxc nsenter --target $! --user --mount)
  # What a file of ELF for aarch64 begins with, and which bits of that count.
  magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
  magic+=':\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
  # shellcheck disable=SC2016
  "${entered[@]}" sh -c 'mount -t binfmt_misc none /proc/sys/fs/binfmt_misc &&
    printf %s "$1" >/proc/sys/fs/binfmt_misc/register' sh ":aarch64:M::$magic:$qemu:OCF"
}

chroot_into() {
  "${entered[@]}" chroot "$root" "$@"
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

lend_crates() {
  local cargo=${CARGO_HOME:-$HOME/.cargo} file
  mkdir -p "$root$home/.cargo/registry"
  for file in registry/cache registry/index config.toml config; do
    [ ! -e "$cargo/$file" ] || cp -R "$cargo/$file" "$root$home/.cargo/$file"
  done
  chroot_into chown -R user:user "$home/.cargo"
}

root_runs() {
  chroot_into env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    "${@:2}" bash -c "set -e; $1" </dev/null
}

user_runs() {
  local become=(chroot "$root" setpriv --reuid=user --regid=user --init-groups --no-new-privs)
  # What is emulated cannot change its capabilities, and so not its user by that.
  [ ${#entered[@]} -eq 0 ] || become=(setpriv --no-new-privs chroot --userspec=1000:1000 --groups= "$root")
  "${entered[@]}" "${become[@]}" env -i HOME="$home" USER=user LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin "${@:2}" \
    bash -c "cd ~/certpush && $1" </dev/null
}

timed() {
  local what=$1 since=$SECONDS status=0
  shift
  "$@" || status=$?
  echo "$called: $what ended with $status after $((SECONDS - since)) s" >&2
  return $status
}
