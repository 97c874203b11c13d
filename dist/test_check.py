"""check.py sees what it is there to see."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import check
import pytest
from test_packages import needs

OLD = "int certpush_one(void) { return 1; }"


def compiled(to: Path, source: str, *flags: str) -> Path:
    """What the machine's compiler makes of a line of C."""
    to.parent.mkdir(exist_ok=True)
    command: list[str | Path] = [os.environ.get("CC", "cc"), "-x", "c", "-", "-o", to, *flags]
    subprocess.run(command, input=source, text=True, check=True)
    return to


def library(folder: Path, source: str, *flags: str) -> Path:
    """A library that is called as certpush's."""
    return compiled(folder / "libcertpush.so", source, "-shared", "-fPIC", "-s", *flags)


def archive(folder: Path, *sources: str) -> Path:
    """An archive that is called as certpush's, with an object for each source."""
    made = folder / "libcertpush.a"
    objects = [
        compiled(folder / f"{index}.o", source, "-c") for index, source in enumerate(sources)
    ]
    subprocess.run(["ar", "rcs", made, *objects], check=True)
    return made


def deb_with(file: Path, folder: Path) -> Path:
    """A package of Debian with a file."""
    needs("dpkg-deb", "dpkg")
    made, top = folder / "some.deb", folder / "deb"
    (top / "DEBIAN").mkdir(parents=True, exist_ok=True)
    fields = "Package: some\nVersion: 1\nArchitecture: all\nMaintainer: me\nDescription: some\n"
    (top / "DEBIAN/control").write_text(fields)
    shutil.copy(file, top)
    subprocess.run(["dpkg-deb", "--build", top, made], check=True)
    return made


def rpm_with(file: Path, folder: Path) -> Path:
    """A package of RPM with a file."""
    needs("rpmbuild", "rpm")
    spec = folder / "some.spec"
    spec.write_text(
        "Name: some\nVersion: 1\nRelease: 1\nSummary: some\nLicense: MIT\nBuildArch: noarch\n"
        f"%description\n%install\nmkdir -p %{{buildroot}}\ncp '{file}' %{{buildroot}}/named\n"
        "%files\n/named\n"
    )
    defined = ("--define", f"_topdir {folder}", "--define", f"_rpmdir {folder}")
    subprocess.run(
        ["rpmbuild", "--quiet", "-bb", "--dbpath", folder / "db", *defined, spec], check=True
    )
    return folder / "noarch/some-1-1.noarch.rpm"


def wrong(path: Path) -> list[str]:
    """All that is wrong with a file."""
    return list(check.what_is_wrong(path, list(check.folders_of_this_machine())))


def test_what_needs_nothing_new_is_fit(tmp_path: Path) -> None:
    assert wrong(library(tmp_path, OLD)) == []
    assert wrong(archive(tmp_path, OLD)) == []


def test_a_symbol_of_a_later_glibc_is_seen(tmp_path: Path) -> None:
    # Of 2.28.
    later = "int fcntl64(int, int, ...); int certpush_one(void) { return fcntl64(0, 0); }"
    assert wrong(library(tmp_path, later)) == ["needs fcntl64 of GLIBC_2.28"]


def test_a_weak_symbol_may_be_missing(tmp_path: Path) -> None:
    declared = "extern {} nowhere(void); int certpush_one(void) {{ {} nowhere(); return 1; }}"
    weak = declared.format("__attribute__((weak)) void", "if (nowhere)")
    assert wrong(library(tmp_path, weak)) == []
    strong = declared.format("void", "")
    assert wrong(library(tmp_path, strong)) == ["needs nowhere, of no version"]


def test_another_library_is_seen(tmp_path: Path) -> None:
    found = wrong(library(tmp_path, OLD, "-Wl,--no-as-needed", "-lgcc_s"))
    assert found == ["needs the library libgcc_s.so.1"]


def test_python_may_have_its_threads_ended_by_libgcc_s(tmp_path: Path) -> None:
    source = "void _Unwind_Resume(void *); void PyInit__certpush(void) { _Unwind_Resume(0); }"
    flags = ("-shared", "-fPIC", "-s", "-shared-libgcc")
    assert wrong(compiled(tmp_path / "_certpush.abi3.so", source, *flags)) == []
    other = source.replace("PyInit__certpush", "certpush_one")
    assert wrong(library(tmp_path, other, "-shared-libgcc")) == [
        "needs _Unwind_Resume of GCC_3.0",
        "needs the library libgcc_s.so.1",
    ]


def test_other_symbols_are_seen(tmp_path: Path) -> None:
    other = f"{OLD} int other;"
    assert wrong(library(tmp_path, other)) == ["shows other"]
    assert wrong(archive(tmp_path, other)) == ["shows other"]


def test_another_processor_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = next(it for it in check.MACHINES if it != check.ARCHITECTURE)
    number = check.MACHINES[check.ARCHITECTURE]
    monkeypatch.setattr(check, "ARCHITECTURE", other)
    found = [f"is for the processor {number} of ELF, not for {other}"]
    assert wrong(library(tmp_path, OLD)) == found
    assert wrong(archive(tmp_path, OLD)) == found


def test_what_is_linked_with_musl_needs_nothing(tmp_path: Path) -> None:
    program, source = tmp_path / "some-musl/certpush", "int main(void) { return 0; }"
    assert wrong(compiled(program, source, "-static", "-s")) == []
    assert wrong(compiled(program, source, "-s")) == [
        "needs a loader",
        "needs the library libc.so.6",
    ]


def test_an_archive_has_one_object(tmp_path: Path) -> None:
    assert wrong(archive(tmp_path, OLD, "int certpush_two;")) == ["has 2 objects"]


def test_an_archive_has_no_bitcode(tmp_path: Path) -> None:
    bitcode = f'{OLD} __attribute__((section(".llvmcmd"))) int certpush_code = 1;'
    assert wrong(archive(tmp_path, bitcode)) == ["has bitcode of LLVM in it"]


def test_a_library_that_is_too_large_is_seen(tmp_path: Path) -> None:
    large = f"{OLD} const char certpush_large[{check.LARGEST_LIBRARY}] = {{1}};"
    assert [it for it in wrong(library(tmp_path, large)) if "bytes" in it]


@pytest.mark.parametrize("packed", ["plain", "wheel", "tarball", "deb", "rpm"])
def test_a_folder_of_this_machine_is_seen_wherever_it_is(
    tmp_path: Path, packed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    named = tmp_path / "named.txt"
    for text, status in (("/certpush/src/lib.rs", 0), (f"{Path(check.__file__).parent}", 1)):
        named.write_text(text)
        path = named
        if packed == "wheel":
            path = tmp_path / "some.whl"
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as into:
                into.write(named, "some/named.txt")
        elif packed == "tarball":
            path = tmp_path / "some.tar.gz"
            with tarfile.open(path, "w:gz") as tar:
                tar.add(named, "some/named.txt")
        elif packed == "deb":
            path = deb_with(named, tmp_path)
        elif packed == "rpm":
            path = rpm_with(named, tmp_path)
        assert check.main([path]) == status
        assert ("has the folder" in capsys.readouterr().out) == bool(status)


def test_nothing_is_not_fit() -> None:
    assert check.main([]) == 1
