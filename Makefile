# SPDX-License-Identifier: GPL-2.0-or-later
#
#	make			build the driver, the simulator, tdxupd and the tools for tests
#	make demo		see an update happen, in a VM
#	make check		all tests (check-unit, check-build, check-vectors, check-vm: a part)
#	make check-part		unit tests, builds, two scenarios and systemd's
#	make style		does the code keep its budgets of size? a part of check, too
#	make check-all		the same, systemd, the packages, Ansible, and the VMs with each other
#				kernel: newer ones, PREEMPT_RT, the cloud's
#	make check-faults	all of the fault matrix; a third of it is in check
#	make check-soak		a thousand updates in a row, under load
#	make check-debug	scenarios on two kernels that find faults, leaks too; one is PREEMPT_RT
#	make check-races	scenarios on a kernel with KCSAN, which finds data races
#	make check-host		a kernel with its own TDX code on a TDX host, which QEMU plays
#	make check-fresh	demo and check in an empty Debian; SUITE=trixie, TARGET="check-unit ..."
#	make check-random	random calls on the firmware model, and what must hold: SEED=1 CALLS=10000000
#	make check-netlink	random and damaged netlink messages: SEED=1 MESSAGES=1000000
#	make check-proofs	what provers say, and each fuzzer for a while (docs/reliability.md)
#	make check-systemd	the timer and service, in a VM that runs systemd
#	make check-fleet	Ansible, of Debian 12 and of 13, against three VMs by SSH
#	make check-ynl		the kernel's generic netlink client with docs/netlink/tdx_update.yaml
#	make bench		what an update costs, counted; CPUS="1 4 16 64" for larger machines,
#				UPDATES=10000 for more of them in a row
#	make bench-pause	how much of the pause is not the firmware's; takes a quarter of an hour
#	make bench-busy		what updating costs, and how long it takes, where TDs are built all the time
#	make install		the driver for the running kernel, and tdxupd
#	make dkms-install	the driver's source, for DKMS to build for every kernel
#	make deb		Debian packages of both, in build/deb
#	make check-packages	install, upgrade and purge those in a chroot; load them in VMs
#	make check-suites	packages of Debian 12, 13 and unstable: lintian, upgrade, skipped kernels
#	make check-toolchains	what is not for a kernel, by gcc 12 to 16 and clang 19 and newer, with
#				OpenSSL 3.0 to 4.0: no warning
#	make setup		install what building and testing need; demo and check do so
#	make clean		remove what was built; the kernel fetched for VMs stays
#
# KVER chooses the kernel that modules are built for and VMs boot, KDIR its headers. Some unit tests
# look at the publisher's own files where TDXU_PUBLISHED names a directory (tests/unit/genuine.h).

KVER = $(shell tests/vm/setup.sh --kernel)
KDIR = $(shell tests/vm/kernels.sh --headers $(KVER))
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
VERSION := $(shell sed -n 's/.*TDXU_PROJECT_VERSION "\(.*\)"/\1/p' kmod/version.h)

# Kbuild writes beside the sources: give it links to them.
BUILD = $(CURDIR)/build/$(KVER)
KBUILD = tests/vm/kernels.sh --run $(KVER) $(MAKE) -C $(KDIR) --no-print-directory
IMAGES := v1.blob v2.blob module.so other.so signer first.blob second.blob third.blob \
	$(addprefix broken-,$(addsuffix .blob,hash signature sigstruct header checksum)) \
	$(addprefix small-,$(addsuffix .blob,target same old stranger debug deaf hungry other)) \
	$(addprefix weak-,$(addsuffix .blob,short small said))

all: modules cli tools

setup:
	@tests/vm/setup.sh

modules: links
	@$(KBUILD) M=$(BUILD)/kmod modules
	@$(KBUILD) M=$(BUILD)/tests/sim modules
	@$(KBUILD) M=$(BUILD)/tests/vectors/seamcall modules

links:
	@test -d '$(KDIR)' || { echo 'make: there are no kernel headers in "$(KDIR)"; install those' \
		'of that kernel ("make setup" does, for the VMs), or choose others by KDIR=' >&2; exit 1; }
	@mkdir -p $(BUILD)/tests/vectors
	@cp -Rsf $(CURDIR)/kmod $(BUILD)/
	@cp -Rsf $(CURDIR)/tests/sim $(BUILD)/tests/
	@cp -Rsf $(CURDIR)/tests/vectors/seamcall $(BUILD)/tests/vectors/
	@find $(BUILD) -xtype l -delete

cli:
	@$(MAKE) --no-print-directory -C cli

# --- what only tests need ----------------------------------------------------------------------

tools: $(addprefix build/tests/,mkimage nlraw nlfuzz kill_at.so end_vm $(IMAGES:%=images/%))

TOOL_CFLAGS = -O2 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror

build/tests/mkimage: tests/tools/mkimage.c tests/tools/testkey.c tests/tools/testkey.h \
		tests/tools/blob.h tests/sim/fw/desc.h kmod/core/abi.h
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -o $@ $(filter %.c,$^) -lcrypto

build/tests/nlraw build/tests/nlfuzz: build/tests/%: tests/vm/%.c kmod/uapi/tdx_update.h
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) $(shell pkg-config --cflags libnl-genl-3.0) -Ikmod/uapi -o $@ $< \
		$(shell pkg-config --libs libnl-genl-3.0)

build/tests/kill_at.so: tests/vm/kill_at.c
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -shared -fPIC -o $@ $< -ldl

build/tests/end_vm: tests/vm/end_vm.c
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -o $@ $<

MKIMAGE = @mkdir -p $(@D) && build/tests/mkimage --key build/tests/key.pem

# Everything is signed by one key, which lives as long as build/tests does.
build/tests/key.pem: | build/tests/mkimage
	@build/tests/mkimage --key $@ --new-key

build/tests/images/%: build/tests/mkimage build/tests/key.pem Makefile
	$(MKIMAGE) --no-downgrade 1 $(ARGUMENTS) -o $@
build/tests/images/signer: build/tests/mkimage build/tests/key.pem
	$(MKIMAGE) --print-signer >$@
build/tests/images/broken-%.blob: build/tests/mkimage build/tests/key.pem
	$(MKIMAGE) --no-downgrade 1 --break $* -o $@
build/tests/images/v1.blob: ARGUMENTS = --format v1
build/tests/images/module.so: ARGUMENTS = --format separate
build/tests/images/first.blob: ARGUMENTS = --version 1.5.25 --pages 2 --sys-disable 1
build/tests/images/second.blob: ARGUMENTS = --version 1.5.26 --pages 2 --sys-disable 1
build/tests/images/third.blob: ARGUMENTS = --version 1.5.27 --pages 2 --sys-disable 1
build/tests/images/other.so: ARGUMENTS = --format separate --seed 2

# For the fault matrix: of two pages, so that an update takes little time.
build/tests/images/small-%.blob: build/tests/mkimage build/tests/key.pem Makefile
	$(MKIMAGE) --no-downgrade 1 --pages 2 $(ARGUMENTS) -o $@
build/tests/images/small-same.blob: ARGUMENTS = --version 1.5.27
build/tests/images/small-old.blob: ARGUMENTS = --version 1.5.26 --svn 1.13
build/tests/images/small-debug.blob: ARGUMENTS = --break debug
build/tests/images/small-deaf.blob: ARGUMENTS = --built-hv 2
# Of those that take no other size than their own.
build/tests/images/small-hungry.blob: ARGUMENTS = --version 1.5.27 --handoff-size 60000 --handoff-pages 15
build/tests/images/small-other.blob: ARGUMENTS = --version 1.5.27 --seed 2 --tdcs-size 20480
build/tests/images/small-stranger.blob: build/tests/mkimage Makefile
	@mkdir -p $(@D)
	@build/tests/mkimage --key build/tests/stranger.pem --new-key --no-downgrade 1 --pages 2 -o $@
# Each is well signed, by a key that P-SEAMLDR would not take for it.
build/tests/images/weak-%.blob: build/tests/mkimage Makefile
	@mkdir -p $(@D)
	@build/tests/mkimage --key build/tests/weak-$*.pem --new-key $(ARGUMENTS) --no-downgrade 1 \
		--pages 2 --print-signer -o $@ >$(@:.blob=.signer)
build/tests/images/weak-short.blob: ARGUMENTS = --key-bits 3071
build/tests/images/weak-small.blob: ARGUMENTS = --key-exponent 3
build/tests/images/weak-said.blob: ARGUMENTS = --key-exponent 3 --break exponent

# What a VM executes the golden vectors with, and SEAMCALL for its shell.
VECTORS = $(MAKE) --no-print-directory -C tests/vectors OUT=$(CURDIR)/build/vectors

initramfs: modules cli tools vectors
	@tests/vm/initramfs.sh $(KVER) $(BUILD)/vm/initramfs.cpio

# --- demo and tests ----------------------------------------------------------------------------

CHECKS = part unit build vectors random netlink proofs vm faults soak systemd ynl packages \
	suites toolchains fleet

# The kernel's version is known only after the set-up: so each of these runs make again.
demo: setup
	@echo 'Building the driver, the simulator and tdxupd ...'
	@mkdir -p build
	@$(MAKE) --no-print-directory initramfs >build/demo.log 2>&1 || { cat build/demo.log; exit 1; }
	@KVER=$(KVER) tests/vm/demo.sh
check: setup
	@$(MAKE) --no-print-directory run-check
$(CHECKS:%=check-%): check-%: setup
	@$(MAKE) --no-print-directory run-$@
check-all: setup
	@tests/vm/kernels.sh --more
	@tests/vm/setup.sh --more
	@tests/platform/qemu.sh --fetch
	@$(MAKE) --no-print-directory run-$@
# On kernels with TDX of their own, KASAN, lockdep and more, or KCSAN, built from their source.
BUILT = debug host races
FLAVOUR-races = kcsan
check-debug: debug-kernel
debug-kernel: setup
	@FLAVOUR=rt tests/platform/kernel.sh
$(BUILT:%=check-%): check-%: setup
	@export FLAVOUR=$(FLAVOUR-$*) && tests/platform/setup.sh && $(MAKE) --no-print-directory \
		KVER=$$(tests/platform/kernel.sh --kernel) \
		KDIR=$$(tests/platform/kernel.sh --dir)/headers run-$@

# As a newcomer would: what is installed here is not seen.
SUITE = bookworm
TARGET = demo check
check-fresh:
	@tests/fresh.sh $(SUITE) $(TARGET)

UNIT = $(patsubst tests/unit/%.c,build/unit/%,$(wildcard tests/unit/test_*.c))
# The one that boots systemd has a target of its own: it takes as long as many others together. So
# has the one that needs a large package. And one needs a kernel in which allocations can be made fail.
SCENARIOS = $(filter-out $(addprefix tests/vm/,systemd.t ynl.t shortage.t),$(wildcard tests/vm/*.t))

# prove adds up what all of them report, and shows what a failed case has to say. Check's programs
# report TAP if they are told to.
PROVE = KVER=$(KVER) CK_TAP_LOG_FILE_NAME=- CK_VERBOSITY=silent prove -e '' -j$(JOBS) --timer \
	--failures --comments

# Those that look at the sources, and at the program as it was built.
STATIC = $(addprefix tests/,style.t build.t setup.t messages.t operators.t additions.t \
	fleet/alerts.t)

style:
	@prove tests/style.t

unit:
	@$(MAKE) --no-print-directory -C tests/unit

# With a random sequence, to be replayed in a VM, too.
vectors: build/tests/key.pem
	@$(VECTORS)
	@build/vectors/run_random -s 1 -p 20 >build/vectors/random_vectors.json 2>/dev/null

CHECKED = $(STATIC) $(SCENARIOS) $(UNIT) tests/vectors.t

run-check: unit vectors initramfs
	@$(PROVE) $(CHECKED)

# For CI on the release that is not tested in full.
run-check-part: unit initramfs
	@$(PROVE) $(UNIT) $(STATIC) $(addprefix tests/vm/,busy.t update.t systemd.t)

# Those for the kernels that find faults of their own.
DEBUGGED = $(patsubst %,tests/vm/%.t,busy events faults many netlink recheck session soak stress)
RT_KVER = $(shell FLAVOUR=rt tests/platform/kernel.sh --kernel)
RT_DEBUGGED = $(DEBUGGED:tests/vm/%=build/$(RT_KVER)/vm/%)

# The same scenarios once more for each other kernel: by scripts that name it, so that one run of
# prove adds up all. The one that needs FW_UPLOAD and faux devices (Linux 6.14) runs on the first that
# has them anyway, and not on those that have them not. Of the moments at which tdxupd is killed, and of
# the fault matrix, they take fewer: the first is not about kernels, the second hardly.
KERNELS = $(shell tests/vm/kernels.sh --others)
ALL_KERNELS = $(KERNELS) $(shell tests/vm/kernels.sh --flavours)
WITHOUT_UPLOAD = $(shell for kernel in $(ALL_KERNELS); do printf '6.14\n%s\n' $$kernel | sort -CV && \
	grep -qsx CONFIG_FW_UPLOAD=y "$$(tests/vm/kernels.sh --headers $$kernel)/.config" || \
	echo $$kernel; done)
WITH_UPLOAD = $(firstword $(filter-out $(WITHOUT_UPLOAD),$(KERNELS)))
MATRIX = $(filter-out $(patsubst %,build/%/vm/in-tree.t,$(WITH_UPLOAD) $(WITHOUT_UPLOAD)), \
	$(foreach kernel,$(ALL_KERNELS),$(SCENARIOS:tests/vm/%=build/$(kernel)/vm/%)))

$(MATRIX) $(RT_DEBUGGED): build/%.t: Makefile
	@mkdir -p $(@D)
	@printf '#!/bin/sh\n%sKVER=%s exec tests/vm/%s\n' \
		'$(if $(filter kill.t faults.t,$(@F)),every=$${every:-9} )' $(subst /vm/, ,$*.t) >$@
	@chmod +x $@

PROOFS = $(wildcard tests/proofs/*.t) tests/fuzz/fuzz.t

run-check-all: unit vectors initramfs fleet $(MATRIX)
	@for kernel in $(ALL_KERNELS); do $(MAKE) --no-print-directory KVER=$$kernel initramfs || \
		exit 1; done
	@$(PROVE) $(CHECKED) $(PROOFS) tests/vm/systemd.t tests/packages/packages.t \
		tests/fleet/fleet.t tests/fleet/role.t $(MATRIX)

run-check-unit: unit
	@$(PROVE) $(UNIT)

run-check-build: unit cli tools
	@$(PROVE) $(STATIC)

run-check-vectors: vectors initramfs
	@$(PROVE) -v tests/vectors.t tests/vm/vectors.t

run-check-random: vectors
	@build/vectors/run_random -s $(or $(SEED),1) -c $(or $(CALLS),10000000)

run-check-netlink: initramfs
	@arguments='seed=$(or $(SEED),1) messages=$(or $(MESSAGES),1000000)' $(PROVE) -v tests/vm/netlink.t

run-check-vm: initramfs
	@$(PROVE) $(SCENARIOS)

run-check-proofs:
	@$(PROVE) -v $(PROOFS)

run-check-faults: initramfs
	@every=1 $(PROVE) tests/vm/faults.t

run-check-soak: initramfs
	@arguments=updates=1000 $(PROVE) -v tests/vm/soak.t

run-check-debug: initramfs $(RT_DEBUGGED)
	@$(MAKE) --no-print-directory KVER=$(RT_KVER) initramfs \
		KDIR=$$(FLAVOUR=rt tests/platform/kernel.sh --dir)/headers
	@patience=8 every=20 arguments='panic_on_warn=1 kasan.fault=panic' $(PROVE) $(DEBUGGED) \
		tests/vm/shortage.t $(RT_DEBUGGED)

# All in which the driver takes part. One access in so many is watched.
run-check-races: initramfs
	@patience=8 arguments=kcsan.skip_watch=500 KDIR=$(KDIR) $(PROVE) tests/races.t \
		$(filter-out tests/vm/sim.t tests/vm/vectors.t,$(SCENARIOS))

run-check-systemd run-check-ynl: run-check-%: initramfs
	@$(PROVE) -v tests/vm/$*.t

run-check-packages: initramfs
run-check-packages run-check-suites run-check-toolchains: run-check-%:
	@$(PROVE) -v tests/packages/$*.t

# While it runs, packages.t makes the packages anew.
fleet: deb initramfs
	@mkdir -p build/fleet
	@rm -f build/fleet/*.deb
	@cp build/deb/tdxupd_*.deb build/fleet/
	@tests/fleet/roots.sh $(KVER)

run-check-fleet: initramfs fleet
	@for suite in bookworm trixie; do \
		SUITE=$$suite $(PROVE) -j1 -v tests/fleet/fleet.t tests/fleet/role.t || exit 1; done

# The kernel and QEMU are others than elsewhere: KVER, KDIR.
platform: initramfs
	@$(MAKE) --no-print-directory -C tests/platform
	@tests/platform/initramfs.sh $(KVER) $(BUILD)/vm/host.cpio
	@WITH_KERNEL=1 tests/platform/initramfs.sh $(KVER) $(BUILD)/vm/host-kernel.cpio

run-check-host: platform
	@$(PROVE) tests/platform/*.t

# --- benchmarks --------------------------------------------------------------------------------

CPUS = 1 4 16
UPDATES = 300
BENCH = build/bench

bench: setup
	@tests/vm/setup.sh --bench
	@tests/platform/qemu.sh --fetch
	@$(MAKE) --no-print-directory run-bench

build/bench/plugin.so: $(addprefix tests/bench/,plugin.c guest.c guest.h model.c model.h) \
		tests/platform/plugin/qemu.h
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -shared -fPIC -o $@ $(filter %.c,$^)

# None is one of those that updates alternate between.
build/bench/small.so: ARGUMENTS = --pages 2 --version 1.5.29 --format separate
build/bench/large.so build/bench/large.blob: ARGUMENTS = --pages 146 --version 1.5.29
build/bench/large.so: ARGUMENTS += --format separate
# Different, and of the same size: for list.
LISTED = $(patsubst %,$(BENCH)/list/1.5.%.blob,$(shell seq 30 49))
$(LISTED): ARGUMENTS = --pages 146 --version $(basename $(@F)) --seed $(subst .,,$(basename $(@F)))
MEASURED = $(addprefix $(BENCH)/,small.so large.so large.blob) $(LISTED)
$(MEASURED): build/tests/mkimage build/tests/key.pem
	$(MKIMAGE) --no-downgrade 1 $(ARGUMENTS) -o $@

bench-module: links
	@mkdir -p $(BUILD)/tests/bench
	@cp -Rsf $(CURDIR)/tests/bench/tdx_bench $(BUILD)/tests/bench/
	@$(KBUILD) M=$(BUILD)/tests/bench/tdx_bench modules

run-bench: initramfs bench-module build/bench/plugin.so $(MEASURED)
	@KVER=$(KVER) UPDATES=$(UPDATES) tests/bench/run.sh $(CPUS)

# In virtual time, in which Linux 6.1 does not boot on several CPUs.
bench-pause: CPUS = 64
bench-pause: setup
	@tests/vm/setup.sh --bench
	@tests/platform/qemu.sh --fetch
	@$(MAKE) --no-print-directory KVER=$(firstword $(KERNELS)) CPUS='--pause $(CPUS)' run-bench

bench-busy: CPUS = 4
bench-busy: setup
	@tests/vm/setup.sh --bench
	@tests/platform/qemu.sh --fetch
	@$(MAKE) --no-print-directory CPUS='--busy $(CPUS)' run-bench

# --- installation ------------------------------------------------------------------------------

# For the kernel of this host, which is not that of the VMs.
HOST_KVER = $(shell uname -r)

install: cli
	@$(MAKE) --no-print-directory KVER=$(HOST_KVER) KDIR=/lib/modules/$(HOST_KVER)/build \
		modules-install
	@$(MAKE) --no-print-directory -C cli install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

# kbuild leaves out depmod, and succeeds, where headers have no System.map, as Debian's. A DESTDIR
# without that kernel's own modules is a stage for a package: whoever unpacks that runs depmod.
modules-install: links
	@$(KBUILD) M=$(BUILD)/kmod modules
	@$(KBUILD) M=$(BUILD)/kmod INSTALL_MOD_PATH=$(DESTDIR) INSTALL_MOD_DIR=extra modules_install
	@if [ -e '$(DESTDIR)/lib/modules/$(KVER)/modules.builtin' ]; then \
		PATH=$$PATH:/usr/sbin:/sbin; \
		depmod -b '$(DESTDIR)/' $(KVER) && $(PROVE_MODPROBE); \
	else \
		echo 'make: there is no kernel $(KVER) in $(DESTDIR)/: run depmod where the driver' \
			'is installed from there'; \
	fi

# It would load what was built, and no driver of DKMS or of earlier that comes first.
PROVE_MODPROBE = modprobe -n -d '$(DESTDIR)/' -S $(KVER) tdx_update || { \
		echo 'make: depmod has run, but modprobe does not find tdx_update in' \
			'$(DESTDIR)/lib/modules/$(KVER); look in /etc/depmod.d and /etc/modprobe.d' >&2; \
		exit 1; } && \
	found=$$(modinfo -b '$(DESTDIR)/' -k $(KVER) -F filename tdx_update) && \
	[ "$$(modinfo -F srcversion "$$found")" = \
		"$$(modinfo -F srcversion $(BUILD)/kmod/tdx_update.ko)" ] || { \
		echo "make: modprobe would load another tdx_update, $$found; remove that one first (if" \
			"it is of DKMS: dkms remove tdx_update/$(VERSION) --all) and install again" >&2; \
		exit 1; } && \
	echo "make: modprobe finds $$found"

DKMS_SOURCE = $(DESTDIR)/usr/src/tdx_update-$(VERSION)

dkms-install:
	rm -rf $(DKMS_SOURCE)
	mkdir -p $(DKMS_SOURCE)
	cp -R dkms.conf LICENSE kmod $(DKMS_SOURCE)/

# --- Debian packages ---------------------------------------------------------------------------

DEB = build/deb/tdx-update-$(VERSION)
NEWS_DATE = $(shell sed -n 's/^\#\# $(VERSION) (\(.*\))/\1/p' docs/NEWS.md)
# The newest policy that the package was compared with and that this release's lintian knows.
POLICY = $(shell sed -n 's/.*"version" *: *"\([0-9]*\.[0-9]*\.[0-9]*\).*/\1/p' \
	/usr/share/lintian/data/debian-policy/releases.json 2>/dev/null | sort -V | tail -n 1)
STANDARDS = $(shell sed -n 's/^Standards-Version: //p' cli/debian/control)
# What lintians up to Debian 13's demand, those that know policy 4.7.3 call redundant.
REDUNDANT = $(shell printf '%s\n' 4.7.3 $(POLICY) | sort -CV && \
	echo '/^Priority: optional$$/d; /^Rules-Requires-Root: no$$/d')
# The level that this release's debhelper recommends, of those that the package was built with.
COMPAT = $(shell dpkg-query -W -f '$${Version}\n14' debhelper | cut -d . -f 1 | sort -n | head -n 1)
MAINTAINER = $(shell sed -n 's/^Maintainer: //p' cli/debian/control)

# From a source tree of their own, with cli/debian at its top.
deb:
	@tests/vm/setup.sh --packaging
	@rm -rf build/deb
	@$(MAKE) --no-print-directory deb-source
	cd $(DEB) && dpkg-buildpackage -us -uc >../log 2>&1 || { cat ../log; exit 1; }
	@ls -l build/deb/*.deb

deb-source:
	@test -n '$(NEWS_DATE)' || { echo 'make: docs/NEWS.md does not tell of version $(VERSION);' \
		'add a section "## $(VERSION) (DATE)"' >&2; exit 1; }
	@mkdir -p $(DEB)
	@cp -R kmod cli docs Makefile README.md LICENSE dkms.conf $(DEB)/
	@rm -rf $(DEB)/cli/build $(DEB)/cli/tdxupd
	@mv $(DEB)/cli/debian $(DEB)/debian
	@sed -i -e "s/^\(Standards-Version: \).*/\1$$(printf '%s\n' $(STANDARDS) $(POLICY) | sort -V | \
		head -n 1)/" -e 's/\(debhelper-compat (= \)[0-9]*/\1$(COMPAT)/' -e '$(REDUNDANT)' \
		$(DEB)/debian/control
	@printf 'tdx-update (%s) unstable; urgency=medium\n\n  * %s\n\n -- %s  %s\n' '$(VERSION)' \
		'New release; NEWS.md says what is new.' '$(MAINTAINER)' \
		"$$(LC_ALL=C date -u -R -d '$(NEWS_DATE)')" >$(DEB)/debian/changelog

clean:
	@$(MAKE) --no-print-directory -C cli clean
	@for dir in build/*; do [ "$$dir" = build/cache ] || rm -rf "$$dir"; done

.PHONY: all setup modules links cli tools initramfs demo style check check-all unit vectors \
	run-check check-fresh platform deb deb-source install modules-install dkms-install clean \
	bench bench-pause bench-module run-bench debug-kernel run-check-all fleet \
	$(foreach check,$(BUILT) $(CHECKS),check-$(check) run-check-$(check))
