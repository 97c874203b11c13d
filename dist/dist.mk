# What a release is made of, for every Linux with glibc 2.17 or later (Debian 8, RHEL 7): the libraries, the command,
# the wheel. docs/packaging.md says how and why.
#
#   make dist       builds it into target/dist
#   make test-dist  and tests it on this machine
#   make test-old   and on an old Debian; needs root and debootstrap

DIST := $(TARGET)/dist
DIST_VENV := $(TARGET)/dist-venv
ARCHITECTURE := $(shell uname -m)
VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' Cargo.toml)
TARBALL := certpush-$(VERSION)-linux-$(ARCHITECTURE)-glibc2.17
# The time that is written into archives: the last commit's.
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),$(shell date -r CHANGELOG.md +%s))
# Into a folder.
DIST_BUILD = OUT=$(1) TARGET=$(TARGET) VENV=$(DIST_VENV) ARCHITECTURE=$(ARCHITECTURE) CARGO="$(CARGO)" \
	SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) dist/build.sh

.PHONY: dist test-dist test-old

$(DIST_VENV)/ready: dist/requirements.txt
	$(PYTHON) -m venv $(DIST_VENV)
	$(DIST_VENV)/bin/python -m pip --quiet --disable-pip-version-check install -r $<
	touch $@

# The tarball may be unpacked anywhere: pkg-config is told to look from where its file is.
dist: rust $(DIST_VENV)/ready
	rm -rf $(DIST)
	$(call DIST_BUILD,$(DIST)) library command wheel
	$(MAKE) --no-print-directory install RELEASE=$(DIST) DESTDIR=$(DIST)/tree PREFIX=/$(TARBALL) LIBDIR=lib
	sed -i 's|^prefix=.*|prefix=$${pcfiledir}/../..|' $(DIST)/tree/$(TARBALL)/lib/pkgconfig/certpush.pc
	install -m 644 README.md CHANGELOG.md LICENSE-* $(DIST)/tree/$(TARBALL)
	tar -C $(DIST)/tree --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw,a-s \
		--mtime=@$(SOURCE_DATE_EPOCH) -cf - $(TARBALL) | gzip -9n >$(DIST)/$(TARBALL).tar.gz
	rm -r $(DIST)/tree
	cd $(DIST) && sha256sum -- * >SHA256SUMS

# What was built is looked at and tried.
test-dist: dist crates $(VENV)/ready
	cd $(DIST) && sha256sum --quiet -c SHA256SUMS
	$(PYTHON) dist/check.py $(DIST)/*
	$(DIST_VENV)/bin/abi3audit --strict $(DIST)/*.whl
	CC="$(CC)" CXX="$(CXX)" PYTHON=$(PYTHON) dist/try.sh $(DIST) $(SIM)
	mkdir -p $(TARGET)/pytest
	$(VENV)/bin/python -m pytest -q --basetemp=$(TARGET)/pytest/dist dist

test-old: dist
	rm -rf $(DIST)-simulator
	$(call DIST_BUILD,$(DIST)-simulator) simulator
	.ci/old bullseye $(DIST) $(DIST)-simulator
