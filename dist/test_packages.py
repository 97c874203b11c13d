"""What packages.py makes, of what `make dist` has built in $DIST."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import packages
import pytest

DIST = Path(os.environ.get("DIST", "target/dist"))


def needs(tool: str, package: str) -> None:
    """Skip a test that needs a program which is not there, or fail where all must run."""
    if shutil.which(tool) is None:
        missing = f"{tool} is not installed (Debian package {package})"
        if os.environ.get("CERTPUSH_REQUIRE_TOOLS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)


def told(*command: str | Path) -> str:
    """What a program prints."""
    environment = os.environ | {"LC_ALL": "C"}
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment
    ).stdout


@pytest.fixture(scope="module")
def debs() -> dict[str, Path]:
    """Debian's packages that are there, by their names."""
    needs("dpkg-deb", "dpkg")
    return {it.name.partition("_")[0]: it for it in DIST.glob("*.deb")}


@pytest.fixture(scope="module")
def rpms() -> dict[str, Path]:
    """RPM's."""
    needs("rpmbuild", "rpm")
    return {it.name.rsplit("-", 2)[0]: it for it in DIST.glob("*.rpm")}


@pytest.fixture(scope="module")
def unpacked(debs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with what is in Debian's, and DEBIAN."""
    folders = {name: tmp_path_factory.mktemp(name) for name in debs}
    for name, folder in folders.items():
        told("dpkg-deb", "--raw-extract", debs[name], folder)
    return folders


def by_rpm(program: str, *arguments: str | Path) -> str:
    """What a program of rpm's prints: root's would make its database wherever it is said to be."""
    with tempfile.TemporaryDirectory() as folder:
        return told(program, "--dbpath", folder, *arguments)


def queried(path: Path, *query: str) -> list[str]:
    """Lines that rpm tells of a package."""
    return by_rpm("rpm", "--query", *query, "--package", path).splitlines()


def library_package() -> str:
    return packages.release().library_package


def test_all_packages_of_debian_are_there(debs: dict[str, Path]) -> None:
    wanted = {library_package(), "libcertpush-dev", "certpush", "python3-certpush"}
    assert set(debs) == wanted


def test_lintian_has_nothing_to_say(debs: dict[str, Path]) -> None:
    needs("lintian", "lintian")
    done = subprocess.run(
        ["lintian", "--allow-root", "--fail-on=error,warning", *debs.values()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_no_file_is_in_two_packages(unpacked: dict[str, Path]) -> None:
    seen = [
        str(file.relative_to(top))
        for top in unpacked.values()
        for file in packages.files_in(top)
        if file.relative_to(top).parts[0] != "DEBIAN"
    ]
    assert len(seen) == len(set(seen))


def test_packages_of_debian_need_the_c_library_that_is_checked(
    unpacked: dict[str, Path],
) -> None:
    for name, top in unpacked.items():
        control = (top / "DEBIAN/control").read_text()
        depends = re.findall("^Depends: (.*)$", control, re.MULTILINE)
        assert depends == {
            "libcertpush-dev": [f"{library_package()} (= {packages.release().debian_version})"],
            "python3-certpush": ["python3 (>= 3.9), libc6 (>= 2.17), libgcc-s1 | libgcc1"],
        }.get(name, ["libc6 (>= 2.17)"])


def test_dpkg_of_ubuntu_14_04_reads_the_packages(debs: dict[str, Path]) -> None:
    """Before 1.17.6 it knew no control.tar.xz."""
    for path in debs.values():
        assert told("ar", "t", path).split() == ["debian-binary", "control.tar.gz", "data.tar.xz"]


def test_the_symbols_file_has_what_the_library_exports(unpacked: dict[str, Path]) -> None:
    top = unpacked[library_package()]
    (library,) = (it for it in top.rglob("libcertpush.so.*") if not it.is_symlink())
    exported = re.findall(r" [TDBRVW] (\S+)", told("nm", "-D", "--defined-only", library))
    listed = re.findall(r"^ (\S+)@Base \d", (top / "DEBIAN/symbols").read_text(), re.MULTILINE)
    assert listed == sorted(exported)
    assert (top / "DEBIAN/shlibs").read_text().split() == [
        "libcertpush",
        library_package().removeprefix("libcertpush"),
        library_package(),
    ]


def test_links_lead_to_files(unpacked: dict[str, Path]) -> None:
    for top in unpacked.values():
        for file in packages.files_in(top):
            # The one for the linker leads into the package of the library.
            if file.is_symlink() and file.name != "libcertpush.so":
                assert file.exists(), file


def test_sums_are_those_of_the_files(unpacked: dict[str, Path]) -> None:
    for top in unpacked.values():
        lines = (top / "DEBIAN/md5sums").read_text().splitlines()
        sums = {name: digest for digest, _, name in (it.partition("  ") for it in lines)}
        found = {
            str(it.relative_to(top)): hashlib.md5(it.read_bytes()).hexdigest()
            for it in packages.files_in(top)
            if not it.is_symlink() and it.relative_to(top).parts[0] != "DEBIAN"
        }
        assert sums == found


def test_what_is_inside_is_told_with_its_licence(unpacked: dict[str, Path]) -> None:
    for name, top in unpacked.items():
        text = (top / "usr/share/doc" / name / "copyright").read_text()
        assert re.search(r"^  rustls [\d.]+: Apache-2\.0 OR ISC OR MIT$", text, re.MULTILINE)
        assert str(packages.ROOT) not in text


def is_of_rustls(text: bytes) -> bool:
    """Whether a text has the licence of what is in all that is built."""
    return b"\nrustls 0." in text and b"Permission to use, copy, modify" in text


def test_what_is_inside_brings_the_texts_of_its_licences(
    unpacked: dict[str, Path], rpms: dict[str, Path]
) -> None:
    for name, top in unpacked.items():
        notices = gzip.decompress((top / f"usr/share/doc/{name}/notices.gz").read_bytes())
        assert is_of_rustls(notices)
        assert (b"\npyo3 0." in notices) == (name == "python3-certpush")
    for name, path in rpms.items():
        assert f"/usr/share/licenses/{name}/THIRD-PARTY-LICENSES" in queried(path, "--list")
    (path,) = DIST.glob("certpush-*-linux-*.tar.gz")
    with tarfile.open(path) as tarball:
        file = tarball.extractfile(f"{path.name.removesuffix('.tar.gz')}/THIRD-PARTY-LICENSES")
        assert file is not None
        assert is_of_rustls(file.read())


def test_all_packages_of_rpm_are_there(rpms: dict[str, Path]) -> None:
    assert set(rpms) == {"libcertpush", "certpush-devel", "certpush"}


def test_packages_of_rpm_tell_what_others_look_for(rpms: dict[str, Path]) -> None:
    of = packages.release()
    assert f"{of.soname}()(64bit)" in queried(rpms["libcertpush"], "--provides")
    assert f"pkgconfig(certpush) = {of.version}" in queried(rpms["certpush-devel"], "--provides")


def test_packages_of_rpm_need_no_later_c_library_and_no_other(rpms: dict[str, Path]) -> None:
    allowed = re.compile(
        r"(lib(c|m|dl|rt|util|pthread)|ld-linux-[\w-]+)\.so\.\d+\((GLIBC_(?P<version>[\d.]+))?\)\(64bit\)"
        r"|rpmlib\(.*|/sbin/ldconfig|/usr/bin/pkg-config|libcertpush\((x86|aarch)-64\) = .*"
    )
    for path in rpms.values():
        for needed in queried(path, "--requires"):
            match = allowed.fullmatch(needed)
            assert match, needed
            assert tuple(map(int, (match["version"] or "0").split("."))) <= (2, 17), needed


def test_packages_of_rpm_are_whole_and_name_no_machine(rpms: dict[str, Path]) -> None:
    for path in rpms.values():
        by_rpm("rpmkeys", "--checksig", "--nosignature", path)
        assert queried(path, "--queryformat", "%{BUILDHOST} %{BUILDTIME}") == [
            f"certpush {os.environ['SOURCE_DATE_EPOCH']}"
        ]


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_another_place_and_time_make_the_same_bytes(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Of copies that nobody else may read."""
    made: dict[str, Path] = request.getfixturevalue(f"{kind}s")
    root, built, out = (tmp_path / name for name in ("sources", "built", "out"))
    for name in ("bindings", "dist", "docs", "include"):
        shutil.copytree(packages.ROOT / name, root / name, copy_function=shutil.copy, symlinks=True)
    for pattern in ("*.md", "LICENSE-*"):
        for file in packages.ROOT.glob(pattern):
            shutil.copy(file, root)
    ignored = shutil.ignore_patterns("*.deb", "*.rpm", "*.tar.gz")
    shutil.copytree(DIST, built, copy_function=shutil.copy, ignore=ignored)
    # Cargo knows the crates by all sources.
    cargo = tmp_path / "cargo"
    cargo.write_text(
        f'#!/bin/sh\ncd "{packages.ROOT}" && exec {os.environ.get("CARGO", "cargo")} "$@"\n'
    )
    cargo.chmod(0o755)
    environment = os.environ | {"CARGO": str(cargo), "TZ": "Asia/Shanghai", "LC_ALL": "C"}
    command = (
        f'umask 077 && exec "{sys.executable}" "{root}/dist/packages.py" {kind} "{built}" "{out}"'
    )
    subprocess.run(["sh", "-c", command], check=True, env=environment)
    assert {it.name for it in out.iterdir()} == {it.name for it in made.values()}
    for path in made.values():
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_file_that_no_package_has_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or it would be missing, and nobody would know."""
    needs("dpkg-deb", "dpkg")
    monkeypatch.setattr(packages, "packages", lambda _: [])
    with pytest.raises(SystemExit, match=r"packages\.py: no package has usr/bin/certpush"):
        packages.main("deb", DIST, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_tool_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"packages\.py: rpmbuild is not installed"):
        packages.main("rpm", DIST, tmp_path)
