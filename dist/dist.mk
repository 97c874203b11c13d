# What a release is made of, for every Linux with glibc 2.17 or later (Debian 8, RHEL 7): the libraries, the command,
# the wheel, and packages of them. docs/packaging.md says how and why.
#
#   make dist       builds it into target/dist
#   make test-dist  and tests it on this machine
#   make test-old   and on an old Debian; needs root and debootstrap
#   make test-packages   and installs the packages on an old Debian and a new one; needs the same
#   make release-check-wheels   runs Python's tests on the wheel, with every Python that there is
#   make release-check-pythons  and with those that the newest Debian has; needs root and debootstrap
#   make release-check-sdist    and on what pip makes of the sources
#   make release-check-twice    builds what is committed again, in another folder, and compares every byte
#   make dist ARCHITECTURE=aarch64   builds it for another processor, into target/dist-aarch64
#   make dist-static   builds a command that needs no file beside it, into target/dist-static
#   make dist-cross    both, for x86_64 and aarch64, with what Debian's packages have; needs root and debootstrap
#   make release-check-cross    and tries them; needs Linux 6.7 or later, too
#   make release-check-frozen   pushes from programs that PyInstaller and Nuitka make; needs patchelf
#
# What is built for another processor needs Rust's library and Debian's gcc for that, and COMMAND, a command certpush
# that runs here; the static command needs Rust's sources. PACKAGER is who makes the packages, as `Name <address>`.

PROCESSOR := $(shell uname -m)
ARCHITECTURE := $(PROCESSOR)
DIST := $(TARGET)/dist$(if $(filter-out $(PROCESSOR),$(ARCHITECTURE)),-$(ARCHITECTURE))
DIST_STATIC := $(TARGET)/dist-static
DIST_VENV := $(TARGET)/dist-venv
VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' Cargo.toml)
TARBALL := certpush-$(VERSION)-linux-$(ARCHITECTURE)-glibc2.17
STATIC := $(ARCHITECTURE)-musl
STATIC_TARBALL := certpush-$(VERSION)-linux-$(STATIC)
# The time that is written into archives: the last commit's.
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),$(shell date -r CHANGELOG.md +%s))
PACKAGER ?= The certpush authors <certpush@example.org>
# Into a folder.
DIST_BUILD = OUT=$(1) TARGET=$(TARGET) VENV=$(DIST_VENV) ARCHITECTURE=$(ARCHITECTURE) CARGO="$(CARGO)" \
	SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) dist/build.sh

# A tarball in the first folder of what is in its folder tree, which may be unpacked anywhere.
define MAKE_TARBALL
	tar -C $(1)/tree --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw,a-s \
		--mtime=@$(SOURCE_DATE_EPOCH) -cf - $(2) | gzip -9n >$(1)/$(2).tar.gz
	rm -r $(1)/tree
endef

# The packages that can be made here, and what is missing for the others.
PACKAGE_TOOLS := deb=dpkg-deb rpm=rpmbuild
package_tool = $(patsubst $(1)=%,%,$(filter $(1)=%,$(PACKAGE_TOOLS)))
PACKAGES := $(foreach kind,deb rpm,$(if $(shell command -v $(call package_tool,$(kind)) 2>/dev/null),$(kind)))
MAKE_PACKAGES = ARCHITECTURE=$(ARCHITECTURE) CARGO="$(CARGO)" SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) \
	PACKAGER="$(PACKAGER)"

.PHONY: dist dist-static dist-cross test-dist test-old test-packages release-check-wheels release-check-pythons \
	release-check-sdist release-check-frozen release-check-twice release-check-cross

$(DIST_VENV)/ready: dist/requirements.txt
	$(PYTHON) -m venv $(DIST_VENV)
	$(DIST_VENV)/bin/python -m pip --quiet --disable-pip-version-check install -r $<
	touch $@

dist: rust $(DIST_VENV)/ready
	rm -rf $(DIST)
	$(call DIST_BUILD,$(DIST)) library command licenses wheel $(if $(filter $(PROCESSOR),$(ARCHITECTURE)),sdist)
	$(MAKE) --no-print-directory install RELEASE=$(DIST) DESTDIR=$(DIST)/tree PREFIX=/$(TARBALL) LIBDIR=lib
	install -m 644 README.md CHANGELOG.md LICENSE-* $(DIST)/THIRD-PARTY-LICENSES $(DIST)/tree/$(TARBALL)
	$(call MAKE_TARBALL,$(DIST),$(TARBALL))
	for kind in $(PACKAGES); do $(MAKE_PACKAGES) $(PYTHON) dist/packages.py $$kind $(DIST) $(DIST) || exit 1; done
	@$(foreach kind,$(filter-out $(PACKAGES),deb rpm),echo \
		"There are no packages .$(kind): $(call package_tool,$(kind)) is not installed" >&2;) :
	cd $(DIST) && sha256sum -- * >SHA256SUMS

dist-static: rust $(DIST_VENV)/ready
	rm -rf $(DIST_STATIC)/$(STATIC)
	$(call DIST_BUILD,$(DIST_STATIC)/$(STATIC)) static
	bindings/c/install.sh /$(STATIC_TARBALL) $(DIST_STATIC)/tree $(DIST_STATIC)/$(STATIC) command
	install -m 644 README.md CHANGELOG.md LICENSE-* $(DIST_STATIC)/$(STATIC)/THIRD-PARTY-LICENSES \
		$(DIST_STATIC)/tree/$(STATIC_TARBALL)
	$(call MAKE_TARBALL,$(DIST_STATIC),$(STATIC_TARBALL))
	cd $(DIST_STATIC) && sha256sum -- *.tar.gz >SHA256SUMS

# What was built is looked at and tried.
test-dist: dist crates $(VENV)/ready
	cd $(DIST) && sha256sum --quiet -c SHA256SUMS
	ARCHITECTURE=$(ARCHITECTURE) $(PYTHON) dist/check.py $(DIST)/*
	$(DIST_VENV)/bin/abi3audit --strict $(DIST)/*.whl
	$(DIST_VENV)/bin/twine check --strict $(DIST)/*.whl $(DIST)/certpush-$(VERSION).tar.gz
	CC="$(CC)" CXX="$(CXX)" PYTHON=$(PYTHON) dist/try.sh $(DIST) $(SIM)
	mkdir -p $(TARGET)/pytest
	$(MAKE_PACKAGES) DIST=$(DIST) $(VENV)/bin/python -m pytest -q -rs --basetemp=$(TARGET)/pytest/dist dist

# certpush-sim and libbeside.a, for old systems.
.PHONY: simulator-for-old
simulator-for-old: dist
	rm -rf $(DIST)-simulator
	$(call DIST_BUILD,$(DIST)-simulator) simulator

test-packages: simulator-for-old
	for release in bullseye bookworm trixie; do .ci/installed $$release $(DIST) $(DIST)-simulator || exit 1; done

test-old: simulator-for-old
	.ci/old bullseye $(DIST) $(DIST)-simulator

release-check-wheels: dist crates
	dist/pythons.sh $(SIM) $(DIST)/certpush-*.whl

release-check-pythons: simulator-for-old
	.ci/pythons sid $(DIST) $(DIST)-simulator

release-check-sdist: dist crates
	dist/pythons.sh --only $(PYTHON) $(SIM) $(DIST)/certpush-$(VERSION).tar.gz

release-check-frozen: dist
	PYTHON=$(PYTHON) dist/try.sh $(DIST) $(SIM) frozen

release-check-twice: dist
	rm -rf $(TARGET)/twice
	git clone --quiet . $(TARGET)/twice/another-folder
	$(MAKE) -C $(TARGET)/twice/another-folder dist TARGET=$(TARGET)/twice/target
	diff $(DIST)/SHA256SUMS $(TARGET)/twice/target/dist/SHA256SUMS
	rm -rf $(TARGET)/twice

dist-cross:
	PACKAGER="$(PACKAGER)" .ci/cross $(TARGET)

release-check-cross: crates
	PACKAGER="$(PACKAGER)" .ci/cross $(TARGET) $(SIM)
	ARCHITECTURE=aarch64 .ci/old bullseye $(TARGET)/dist-aarch64 $(TARGET)/dist-aarch64-simulator
	ARCHITECTURE=aarch64 .ci/installed bullseye $(TARGET)/dist-aarch64 $(TARGET)/dist-aarch64-simulator
