#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The administrator can raise the gate when loading the driver, and cannot lower it.
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
