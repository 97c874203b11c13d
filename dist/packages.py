"""Makes packages for Debian or for RPM of what was built: it copies, and builds nothing.

    packages.py deb|rpm BUILT OUT

BUILT has what `make dist` builds; OUT gets the packages. The environment says the rest:
ARCHITECTURE, such as x86_64; SOURCE_DATE_EPOCH, the time that is written into them; PACKAGER, who
makes them, as `Name <address>`. It needs dpkg-deb, or rpmbuild; cargo tells what else is inside.
"""

from __future__ import annotations

import email.utils
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
DEBIAN_REVISION = "0certpush1"
"""Of the packages of one version. What Debian itself should make, from -1 on, is newer."""

RPM_RELEASE = "1"

HOMEPAGE = "https://crates.io/crates/certpush"
NOTICES = "THIRD-PARTY-LICENSES"
"""The texts of the licences of what is inside, as licenses.py has written them."""

GLIBC = "libc6 (>= 2.17)"
"""check.py sees to it that nothing later is needed."""

DEBIAN_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
WHAT = """\
certpush pushes an SSL certificate that Huawei Cloud's certificate manager (SCM, a part of CCM)
holds to the service that serves it: a load balancer (ELB), a web application firewall (WAF) or the
CDN. A push is not idempotent, so after any failure it tells whether the certificate may have been
pushed."""


class Package(NamedTuple):
    """A package of Debian."""

    name: str
    section: str
    summary: str
    text: str
    files: tuple[str, ...]
    """Patterns of what is in it; the first package that has a file gets it."""
    depends: tuple[str, ...] = (GLIBC,)
    fields: tuple[str, ...] = ()
    scripts: tuple[tuple[str, str], ...] = ()
    """Further files for dpkg itself."""


class Release(NamedTuple):
    """What all packages have in common."""

    version: str
    soname: str
    architecture: str
    epoch: int
    packager: str

    @property
    def debian_version(self) -> str:
        """The version with that of the packages."""
        return f"{self.version}-{DEBIAN_REVISION}"

    @property
    def libraries(self) -> str:
        """The folder of Debian's libraries."""
        return f"usr/lib/{self.architecture}-linux-gnu"

    @property
    def library_package(self) -> str:
        """Several libraries, of different names, may be installed at once."""
        return self.soname.replace(".so.", "")


def release() -> Release:
    """What the sources and the environment say."""
    header = (ROOT / "include/certpush.h").read_text()
    described = (ROOT / "include/certpush.json").read_text()
    version = re.search(r'^#define CERTPUSH_VERSION_STRING "(.*)"$', header, re.MULTILINE)
    soname = re.search(r'^  "library": "(.*)",$', described, re.MULTILINE)
    if version is None or soname is None:
        sys.exit("packages.py: include/ does not tell the version and the library's name")
    return Release(
        version[1],
        soname[1],
        os.environ["ARCHITECTURE"],
        int(os.environ["SOURCE_DATE_EPOCH"]),
        os.environ["PACKAGER"],
    )


def packages(of: Release) -> list[Package]:
    """All of Debian's, the special ones first."""
    libraries, library = of.libraries, of.library_package
    return [
        Package(
            library,
            "libs",
            "push SSL certificates in Huawei Cloud - shared library",
            "This package has the shared library.",
            (f"{libraries}/libcertpush.so.*",),
            fields=("Multi-Arch: same", "Recommends: ca-certificates"),
            scripts=(
                ("shlibs", f"libcertpush {of.soname.partition('.so.')[2]} {library}\n"),
                ("symbols", symbols(of)),
                ("triggers", "activate-noawait ldconfig\n"),
            ),
        ),
        Package(
            "python3-certpush",
            "python",
            "push SSL certificates in Huawei Cloud - Python module",
            "This package has the module for Python 3.",
            ("usr/lib/python3/*",),
            depends=("python3 (>= 3.9)", GLIBC, "libgcc-s1 | libgcc1"),
            fields=("Recommends: ca-certificates",),
            scripts=(
                ("postinst", script("py3compile -p python3-certpush")),
                ("prerm", script("py3clean -p python3-certpush")),
            ),
        ),
        Package(
            "certpush",
            "admin",
            "push SSL certificates in Huawei Cloud - command",
            "This package has the command, for shell scripts, cron and hooks.",
            (
                "usr/bin/*",
                "usr/share/man/man1/*",
                "usr/share/bash-completion/*",
                "usr/share/fish/*",
                "usr/share/zsh/*",
                "usr/share/doc/certpush/examples/*.sh",
            ),
            fields=("Multi-Arch: foreign", "Recommends: ca-certificates"),
        ),
        Package(
            "libcertpush-dev",
            "libdevel",
            "push SSL certificates in Huawei Cloud - development files",
            "This package has the headers for C and C++, the static library, what pkg-config and"
            " CMake read, the description for other languages, and the documentation.",
            (
                "usr/include/*",
                f"{libraries}/*",
                "usr/share/certpush/*",
                "usr/share/man/man3/*",
                "usr/share/doc/certpush/*",
            ),
            depends=(f"{library} (= {of.debian_version})",),
            fields=("Multi-Arch: same",),
        ),
    ]


def script(line: str) -> str:
    """A script for dpkg, with a command that need not be there."""
    name = line.partition(" ")[0]
    return f"#!/bin/sh\nset -e\nif command -v {name} >/dev/null 2>&1; then\n\t{line}\nfi\n"


def symbols(of: Release) -> str:
    """By which dpkg-shlibdeps finds how old a library a program may be used with."""
    listed = (ROOT / "bindings/c/abi/symbols.txt").read_text().splitlines()
    exports = sorted(line.split() for line in listed if line and not line.startswith("#"))
    lines = [
        f"{of.soname} {of.library_package} #MINVER#",
        "* Build-Depends-Package: libcertpush-dev",
    ]
    lines += [f" {name}@Base {since}" for name, since in exports]
    return "".join(f"{line}\n" for line in lines)


def crates_inside(of: Release) -> list[str]:
    """The crates of others that are in the binaries, each with its version and licence."""
    packed = ("certpush-c", "certpush-cli", "certpush-python")
    command = [os.environ.get("CARGO", "cargo"), "tree", "--locked", "--edges", "normal"]
    command += ["--target", f"{of.architecture}-unknown-linux-gnu", "--prefix", "none"]
    command += ["--format", "{p}: {l}", *(word for it in packed for word in ("--package", it))]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    crates = set()
    for line in told.stdout.splitlines():
        # Our own have a folder in brackets, those that make code while rustc runs a word.
        match = re.match(r"(\S+) v(\S+?)(?:\+\S*)?: (.*?)(?: \(\*\))?$", line)
        if match:
            crates.add(f"{match[1]} {match[2]}: {match[3].replace('/', ' OR ')}")
    return sorted(crates)


def copyright_(of: Release) -> str:
    """In the form that Debian's programs read."""
    mit = (ROOT / "LICENSE-MIT").read_text()
    holder, _, text = mit.partition("\n\n")
    if not holder.startswith("Copyright (c) "):
        sys.exit("packages.py: LICENSE-MIT does not begin with whose it is")
    lines = [f" {line}".rstrip() for line in text.rstrip().splitlines()]
    paragraphs = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
        "Upstream-Name: certpush",
        f"Source: {HOMEPAGE}",
        "Comment:",
        " The binaries have these crates inside, under their own licences, whose texts are in",
        " notices.gz, beside this file:",
        *(f"  {crate}" for crate in crates_inside(of)),
        "",
        "Files: *",
        f"Copyright: {holder.removeprefix('Copyright (c) ')}",
        "License: Expat or Apache-2.0",
        "",
        "License: Expat",
        *(line or " ." for line in lines),
        "",
        "License: Apache-2.0",
        " On Debian systems, the text of this licence is in",
        " /usr/share/common-licenses/Apache-2.0.",
    ]
    return "".join(f"{line}\n" for line in paragraphs)


def changelog(of: Release) -> str:
    """Of the packages."""
    return (
        f"certpush ({of.debian_version}) unstable; urgency=medium\n\n"
        f"  * Version {of.version}: changelog.gz says what is new.\n\n"
        f" -- {of.packager}  {email.utils.formatdate(of.epoch)}\n"
    )


def control(of: Release, package: Package, size: int) -> str:
    """What dpkg knows of a package, with its size in KiB."""
    text = [*textwrap.wrap(WHAT, 78), ".", *textwrap.wrap(package.text, 78)]
    fields = [
        f"Package: {package.name}",
        "Source: certpush",
        f"Version: {of.debian_version}",
        f"Architecture: {DEBIAN_ARCHITECTURES[of.architecture]}",
        f"Maintainer: {of.packager}",
        f"Installed-Size: {size}",
        f"Depends: {', '.join(package.depends)}",
        f"Section: {package.section}",
        "Priority: optional",
        *package.fields,
        f"Homepage: {HOMEPAGE}",
        f"Description: {package.summary}",
        *(f" {line}" for line in text),
    ]
    if package.name == "certpush":
        # Its source is called as the package.
        fields.remove("Source: certpush")
    return "".join(f"{field}\n" for field in fields)


def write(path: Path, data: str | bytes) -> None:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def compress(path: Path) -> None:
    """Compress a file, without name and time; a link leads to what is beside it."""
    to = path.with_name(f"{path.name}.gz")
    if path.is_symlink():
        to.symlink_to(f"{path.readlink()}.gz")
    else:
        to.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    path.unlink()


def move(tree: Path, name: str, to: str) -> None:
    """Move a file or a folder within a tree."""
    (tree / to).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).rename(tree / to)


def files_in(tree: Path) -> list[Path]:
    """All files and links, not the folders."""
    return sorted(it for it in tree.rglob("*") if it.is_symlink() or not it.is_dir())


def settle(tree: Path, epoch: int) -> None:
    """Give all in a tree modes and times that do not depend on who made it, and when."""
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            may_run = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if may_run else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def install(built: Path, tree: Path, libraries: str) -> None:
    """What `make install` installs, with compressed pages."""
    environment = os.environ | {"LIBDIR": f"/{libraries}"}
    command: list[str | Path] = [ROOT / "bindings/c/install.sh", "/usr", tree, built]
    subprocess.run(command, check=True, env=environment, stdout=sys.stderr)
    for page in files_in(tree / "usr/share/man"):
        compress(page)


def install_wheel(built: Path, tree: Path, architecture: str) -> bytes:
    """The module, with what tells its version; Debian's packages have no list of files for pip.

    Gives the licences of what is inside.
    """
    wheels = list(built.glob(f"certpush-*-abi3-manylinux*_{architecture}.whl"))
    if len(wheels) != 1:
        sys.exit(f"packages.py: {built} has {len(wheels)} wheels for {architecture}, not one")
    into = tree / "usr/lib/python3/dist-packages"
    with zipfile.ZipFile(wheels[0]) as packed:
        for name in packed.namelist():
            folder, _, rest = name.partition("/")
            tells_version = folder.endswith(".dist-info") and rest in {"METADATA", "WHEEL"}
            if folder == "certpush" or tells_version:
                write(into / name, packed.read(name))
        (notices,) = (it for it in packed.namelist() if it.endswith(f"/{NOTICES}"))
        return packed.read(notices)


def put(tree: Path, to: Path, file: Path) -> None:
    """Move a file to the same place in another tree."""
    target = to / file.relative_to(tree)
    target.parent.mkdir(parents=True, exist_ok=True)
    file.rename(target)


def make_debs(of: Release, built: Path, out: Path, work: Path) -> None:
    """Make all packages of Debian."""
    tree = work / "tree"
    install(built, tree, of.libraries)
    of_module = install_wheel(built, tree, of.architecture)
    # As Debian has it.
    (tree / of.libraries / f"{of.soname}.{of.version.rpartition('.')[2]}").chmod(0o644)
    move(tree, "usr/share/zsh/site-functions", "usr/share/zsh/vendor-completions")
    for name in ("LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md"):
        (tree / "usr/share/doc/certpush" / name).unlink()
    news = gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), 9, mtime=0)
    of_packages = gzip.compress(changelog(of).encode(), 9, mtime=0)
    rights = copyright_(of)
    all_packages = packages(of)
    for file in files_in(tree):
        name = str(file.relative_to(tree))
        for package in all_packages:
            if any(fnmatchcase(name, pattern) for pattern in package.files):
                put(tree, work / package.name, file)
                break
        else:
            sys.exit(f"packages.py: no package has {name}")
    for package in all_packages:
        top = work / package.name
        documentation = top / "usr/share/doc" / package.name
        if package.name != "certpush" and (top / "usr/share/doc/certpush").exists():
            move(top, "usr/share/doc/certpush", f"usr/share/doc/{package.name}")
        write(documentation / "copyright", rights)
        notices = of_module if package.section == "python" else (built / NOTICES).read_bytes()
        write(documentation / "notices.gz", gzip.compress(notices, 9, mtime=0))
        write(documentation / "changelog.gz", news)
        write(documentation / "changelog.Debian.gz", of_packages)
        make_deb(of, package, top, out)


def make_deb(of: Release, package: Package, top: Path, out: Path) -> None:
    """Make one package, of its tree."""
    files = files_in(top)
    # As dpkg-gencontrol counts, which does not depend on the file system.
    sizes = [1 if it.is_symlink() else -(-it.stat().st_size // 1024) for it in files]
    folders = {parent for it in files for parent in it.relative_to(top).parents}
    sums = [
        f"{hashlib.md5(it.read_bytes()).hexdigest()}  {it.relative_to(top)}\n"
        for it in files
        if not it.is_symlink()
    ]
    write(top / "DEBIAN/md5sums", "".join(sums))
    write(top / "DEBIAN/control", control(of, package, sum(sizes) + len(folders)))
    for name, text in package.scripts:
        write(top / "DEBIAN" / name, text)
        if text.startswith("#!"):
            (top / "DEBIAN" / name).chmod(0o755)
    settle(top, of.epoch)
    name = f"{package.name}_{of.debian_version}_{DEBIAN_ARCHITECTURES[of.architecture]}.deb"
    # What dpkg knows of it is compressed by gzip: Ubuntu 14.04's does not read xz there.
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--no-uniform-compression"]
    command += ["--build", str(top), str(out / name)]
    # Of several threads, the number would be seen in what xz writes.
    environment = os.environ | {"DPKG_DEB_THREADS_MAX": "1", "SOURCE_DATE_EPOCH": str(of.epoch)}
    subprocess.run(command, check=True, env=environment, stdout=sys.stderr)


def make_rpms(of: Release, built: Path, out: Path, work: Path) -> None:
    """Make all packages of RPM: certpush.spec says what is in which."""
    tree = work / "tree"
    install(built, tree, "usr/lib64")
    write(
        tree / "usr/share/licenses/certpush/crates", "".join(f"{it}\n" for it in crates_inside(of))
    )
    write(tree / "usr/share/licenses/certpush" / NOTICES, (built / NOTICES).read_bytes())
    for name in ("LICENSE-APACHE", "LICENSE-MIT"):
        move(tree, f"usr/share/doc/certpush/{name}", f"usr/share/licenses/certpush/{name}")
    settle(tree, of.epoch)
    write(work / "what", textwrap.fill(WHAT, 78))
    values = {
        "_topdir": str(work / "rpm"),
        "_rpmdir": str(out),
        "_build_name_fmt": "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
        "tree": str(tree),
        "of_certpush": of.version,
        "of_packages": RPM_RELEASE,
        "soname": of.soname,
        "packager": of.packager,
        "homepage": HOMEPAGE,
        "what": f"%(cat {work / 'what'})",
    }
    command = ["rpmbuild", "--quiet", "-bb", "--target", f"{of.architecture}-linux"]
    command += ["--dbpath", str(work / "db")]
    for name, value in values.items():
        command += ["--define", f"{name} {value}"]
    command.append(str(ROOT / "dist/certpush.spec"))
    # Settings of whoever builds, in .rpmmacros, count no more than the machine's name.
    environment = os.environ | {"HOME": str(work), "SOURCE_DATE_EPOCH": str(of.epoch)}
    subprocess.run(command, check=True, env=environment, stdout=sys.stderr)


def main(kind: str, built: Path, out: Path) -> None:
    """What the command does."""
    tool, make = {"deb": ("dpkg-deb", make_debs), "rpm": ("rpmbuild", make_rpms)}[kind]
    if shutil.which(tool) is None:
        sys.exit(f"packages.py: {tool} is not installed")
    out.mkdir(parents=True, exist_ok=True)
    # Whoever has a strict umask builds what others can read.
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as made:
        make(release(), built.resolve(), out.resolve(), Path(made))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in {"deb", "rpm"}:
        sys.exit("usage: packages.py deb|rpm BUILT OUT")
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
