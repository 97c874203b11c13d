#!/usr/bin/env bash
# with_gnucobol4.sh FOLDER COMMAND...: runs a command with GnuCOBOL 4 as cobc. Debian cannot have it beside
# GnuCOBOL 3, so its packages are unpacked into a folder.
set -euo pipefail
folder=$(realpath -m "$1")
shift
if [ ! -x "$folder/usr/bin/cobc" ]; then
	mkdir -p "$folder/packages"
	(cd "$folder/packages" && apt-get download gnucobol4 libcob5 libcob5-dev)
	for package in "$folder"/packages/*.deb; do dpkg -x "$package" "$folder"; done
fi
libraries=$(dirname "$(find "$folder/usr/lib" -name libcob.so)")
export PATH=$folder/usr/bin:$PATH LD_LIBRARY_PATH=$libraries
export COB_CONFIG_DIR=$folder/etc/gnucobol COB_COPY_DIR=$folder/usr/share/gnucobol/copy
export COB_CFLAGS="-I$folder/usr/include -pipe -Wno-unused -fsigned-char -Wno-pointer-sign"
export COB_LIBS="-L$libraries -lcob -lm"
cobc --version | head -n 1
exec "$@"
