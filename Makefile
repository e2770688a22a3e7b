# SPDX-License-Identifier: GPL-2.0-or-later
#
#	make			build the driver, the simulator, tdxupd and the tools for tests
#	make demo		see an update happen, in a VM
#	make check		all tests (check-unit, check-build, check-vectors, check-vm: a part)
#	make install		the driver for the running kernel, and tdxupd
#	make dkms-install	the driver's source, for DKMS to build for every kernel
#	make setup		install what building and testing need; demo and check do so
#	make clean		remove what was built; the kernel fetched for VMs stays
#
# KVER chooses the kernel that modules are built for and VMs boot, KDIR its headers.

KVER = $(shell tests/vm/setup.sh --kernel)
KDIR = /usr/src/linux-headers-$(KVER)
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
VERSION := $(shell sed -n 's/.*TDXU_PROJECT_VERSION "\(.*\)"/\1/p' kmod/version.h)

# Kbuild writes beside the sources: give it links to them.
BUILD = $(CURDIR)/build/$(KVER)
KBUILD = $(MAKE) -C $(KDIR) --no-print-directory
IMAGES := v1.blob v2.blob module.so other.so signer \
	$(addprefix broken-,$(addsuffix .blob,hash signature sigstruct header checksum))

all: modules cli tools

setup:
	@tests/vm/setup.sh

modules: links
	@$(KBUILD) M=$(BUILD)/kmod modules
	@$(KBUILD) M=$(BUILD)/tests/sim modules

links:
	@test -d '$(KDIR)' || { echo 'make: no kernel headers in "$(KDIR)": run "make setup", or' \
		'name the headers by KDIR=' >&2; exit 1; }
	@mkdir -p $(BUILD)/tests
	@cp -Rsf $(CURDIR)/kmod $(BUILD)/
	@cp -Rsf $(CURDIR)/tests/sim $(BUILD)/tests/
	@find $(BUILD) -xtype l -delete

cli:
	@$(MAKE) --no-print-directory -C cli

# --- what only tests need ----------------------------------------------------------------------

tools: build/tests/mkimage build/tests/nlraw $(IMAGES:%=build/tests/images/%)

TOOL_CFLAGS = -O2 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror

build/tests/mkimage: tests/tools/mkimage.c tests/tools/testkey.c tests/tools/testkey.h \
		tests/sim/fw/desc.h kmod/core/abi.h
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -o $@ $(filter %.c,$^) -lcrypto

build/tests/nlraw: tests/vm/nlraw.c kmod/uapi/tdx_update.h
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) $(shell pkg-config --cflags libnl-genl-3.0) -Ikmod/uapi -o $@ $< \
		$(shell pkg-config --libs libnl-genl-3.0)

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
build/tests/images/other.so: ARGUMENTS = --format separate --seed 2

initramfs: modules cli tools
	@tests/vm/initramfs.sh $(KVER) $(BUILD)/vm/initramfs.cpio

# --- demo and tests ----------------------------------------------------------------------------

# The kernel's version is known only after the set-up: so each of these runs make again.
demo: setup
	@$(MAKE) --no-print-directory run-demo
check: setup
	@$(MAKE) --no-print-directory run-check
check-unit check-build check-vectors check-vm: check-%: setup
	@$(MAKE) --no-print-directory run-$@

UNIT = $(patsubst tests/unit/%.c,build/unit/%,$(wildcard tests/unit/test_*.c))
VM = $(wildcard tests/vm/*.t)

# prove adds up what all of them report. Check's programs report TAP if they are told to.
PROVE = KVER=$(KVER) CK_TAP_LOG_FILE_NAME=- CK_VERBOSITY=silent prove -e '' -j$(JOBS) --timer

unit:
	@$(MAKE) --no-print-directory -C tests/unit

vectors:
	@$(MAKE) --no-print-directory -C tests/vectors OUT=$(CURDIR)/build/vectors

run-demo: initramfs
	@KVER=$(KVER) tests/vm/demo.sh

run-check: unit vectors initramfs
	@$(PROVE) $(UNIT) tests/vectors.t tests/build.t $(VM)

run-check-unit: unit
	@$(PROVE) $(UNIT)

run-check-build: links
	@$(PROVE) tests/build.t

run-check-vectors: vectors
	@$(PROVE) tests/vectors.t

run-check-vm: initramfs
	@$(PROVE) $(VM)

# --- installation ------------------------------------------------------------------------------

RUNNING = KVER=$(shell uname -r) KDIR=/lib/modules/$(shell uname -r)/build

install: cli
	@$(MAKE) --no-print-directory $(RUNNING) modules-install
	@$(MAKE) --no-print-directory -C cli install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

modules-install: links
	@$(KBUILD) M=$(BUILD)/kmod modules
	@$(KBUILD) M=$(BUILD)/kmod INSTALL_MOD_PATH=$(DESTDIR) modules_install

DKMS_SOURCE = $(DESTDIR)/usr/src/tdx_update-$(VERSION)

dkms-install:
	rm -rf $(DKMS_SOURCE)
	mkdir -p $(DKMS_SOURCE)
	cp -R dkms.conf LICENSE kmod $(DKMS_SOURCE)/

clean:
	@$(MAKE) --no-print-directory -C cli clean
	@for dir in build/*; do [ "$$dir" = build/cache ] || rm -rf "$$dir"; done

.PHONY: all setup modules links cli tools initramfs demo check check-unit check-build check-vectors \
	check-vm unit vectors run-demo run-check run-check-unit run-check-build run-check-vectors \
	run-check-vm install modules-install dkms-install clean
