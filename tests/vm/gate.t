#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the administrator says when loading the driver: the gate can be raised and not lowered, and a
# second signer can be taken.
. /lib.sh

# loads_with VALUE: the driver, on a host that runs 1.5.24.
loads_with()
{
	platform_only
	modprobe tdx_update minimum_version="$1"
}

# refused_with VALUE REGEX: it does not load, and the kernel log says why.
refused_with()
{
	platform_only
	dmesg -c >/dev/null
	! modprobe tdx_update minimum_version="$1" || false
	[ ! -e /sys/module/tdx_update ]
	dmesg | grep -E "tdx_update: minimum_version: .*$2.*; "
}

raised()
{
	loads_with "$1"
	tell td run 8
	tell log clear
	exits 78 tdxupd apply /images/v2.blob
	says '1\.5\.24 is older than 1\.5\.28, .*minimum_version'
	exits 0 tdxupd status
	says '1\.5\.24 is older than 1\.5\.28'
	says 'Gate .*closed: older than 1\.5\.28'
	exits 0 tdxupd status --json
	says '"minimum": ?"1\.5\.28"'
	says '"verdict": ?"too-old"'
	exits 0 tdxupd status --prometheus
	says '^tdx_module_gate_open 0'
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	[ "$(platform version)" = 1.5.24 ]
	tds running=8 dead=0 corrupted=0
}
check "minimum_version=1.5.28 keeps 1.5.24 from being replaced" raised 1.5.28
check "it may name several series" raised 2.0.16,1.5.28

not_in_the_way()
{
	loads_with "$1"
	exits 0 tdxupd status --json
	says '"minimum": ?"1\.5\.24"'
	tell td run 8
	exits 0 tdxupd apply /images/v2.blob
	[ "$(platform version)" = 1.5.28 ]
	tds running=8 dead=0 corrupted=0
}
check "the minimum of the series itself changes nothing" not_in_the_way 1.5.24
check "the minimum of another series changes nothing" not_in_the_way 2.0.18

check "a value that would lower the gate is refused at load" refused_with 1.5.23 \
	'1\.5\.23 is below 1\.5\.24'
check "so is one that lowers another series" refused_with 1.5.28,2.0.13 '2\.0\.13 is below 2\.0\.14'
check "so is a series that nobody knows" refused_with 3.0.0 '3\.0\.00 is of a series'
check "so is what is no version" refused_with off '"off" is not a version'
check "so is nothing at all" refused_with '' '"" is not a version'

without()
{
	host
	exits 0 tdxupd apply /images/v2.blob
	[ "$(platform version)" = 1.5.28 ]
}
check "and afterwards the driver loads without it" without

# A production host: neither P-SEAMLDR nor the driver know the key that the images are signed with.
production()
{
	rm -rf /var/lib/tdxupd
	platform_only
	tell signer clear
	insmod "/lib/modules/$(uname -r)/extra/tdx_update.ko"
	echo refresh | nlraw | grep -qx ok
	tell td run 8
	tell log clear
	unset TDXUPD_SIGNER
}

untouched()
{
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	[ "$(platform version)" = 1.5.24 ]
	tds running=8 dead=0
}

foreign()
{
	production
	exits 65 tdxupd apply /images/v2.blob
	says 'v2\.blob: P-SEAMLDR would refuse it: its key is not Intel'"'"'s production key; '
	untouched
	exits 65 tdxupd inspect /images/v2.blob
	says '^fail +signer '
	[ "$(calls SEAMLDR.INFO)" = 0 ]
}
check "an image of a foreign key is refused, and without a fallback no TD dies" foreign

# User space may be wrong: here it takes the key.
foreign_to_the_kernel()
{
	production
	exits 65 env TDXUPD_SIGNER="$(cat /images/signer)" tdxupd apply /images/v2.blob --json
	says '"check": ?"signer"'
	says '"outcome": ?"refused"'
	untouched
	exits 65 env TDXUPD_SIGNER="$(cat /images/signer)" tdxupd apply /images/v2.blob --dry-run
	says '^fail +signer +target: P-SEAMLDR would refuse it'
}
check "the kernel itself refuses a foreign key" foreign_to_the_kernel

# mirror SEAMLDR: a directory as the publisher has it, with 1.5.28, which needs that P-SEAMLDR.
mirror()
{
	mkdir -p /tmp/mirror/joined_files
	cp /images/v2.blob /tmp/mirror/joined_files/tdx_module_1.5.28.blob
	echo '{ "tdx_module_releases": [ { "version": "1.5.28",
		"min_module_version_for_td_preserving": "1.5.24", "strict_compat_versions": [],
		"min_seamldr_versions": [ "'"$1"'" ], "tdx_feature0": "0x1" } ] }' \
		>/tmp/mirror/mapping_file.json
}

foreign_unattended()
{
	production
	mirror 1.5.00
	exits 65 tdxupd apply --newest /tmp/mirror
	says 'its key is not Intel'
	exits 0 tdxupd list /tmp/mirror --json
	says '"rule": ?"signer"'
	untouched
}
check "an image of a foreign key is never taken unattended" foreign_unattended

# What an image needs of the P-SEAMLDR, its update number included, is compared with this host's.
needs_loader()
{
	host seamldr_update="$1"
	mirror 1.5.03
	exits 0 tdxupd status
	says "P-SEAMLDR +1\.5\.0$1, 15 updates left"
	exits "$2" tdxupd apply --newest /tmp/mirror
	says "$3"
}
check "an image for a newer update of this P-SEAMLDR is not taken" needs_loader 2 78 \
	'needs P-SEAMLDR 1\.5\.03, and this host has 1\.5\.02'
check "an image for the very update of this P-SEAMLDR is taken" needs_loader 3 0 'is now 1\.5\.28|1\.5\.24 -> 1\.5\.28'

second_signer()
{
	host
	unset TDXUPD_SIGNER
	exits 0 tdxupd status --json
	says "\"signer\": ?\"$(cat /images/signer)\""
	exits 0 tdxupd apply /images/v2.blob
	[ "$(platform version)" = 1.5.28 ]
}
check "the key that signer= names is taken, and tdxupd goes by what the driver says" second_signer

no_signer()
{
	platform_only
	dmesg -c >/dev/null
	! modprobe tdx_update signer="$1" || false
	[ ! -e /sys/module/tdx_update ]
	dmesg | grep 'tdx_update: signer: not the SHA-384 of a key, which has 96 hexadecimal digits; '
}
check "a signer that is too short keeps the driver from loading" no_signer c8572f
check "a signer with another letter keeps the driver from loading" no_signer \
	"g$(cut -c 2- /images/signer)"
check "a signer that is too long keeps the driver from loading" no_signer "$(cat /images/signer)0"
check "an empty signer keeps the driver from loading" no_signer ''
