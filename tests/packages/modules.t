# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What DKMS built, in a VM: packages.t boots it, with the versions in the variables "old" and "new".
# /built has both, one without a signature, one signed with a key that no kernel knows, and a module
# of the kernel's own.
. /lib.sh

installed=/lib/modules/$(uname -r)/extra/tdx_update.ko

loaded_version()
{
	cat /sys/module/tdx_update/version
}

works()
{
	exits 0 tdxupd apply "/images/$1"
	says 'updated at|nothing to do|already'
}

loads()
{
	host
	[ "$(loaded_version)" = "$old" ]
	works v1.blob
	dmesg | grep -q 'tdx_update: version .* loaded'
}
check "what DKMS built of the first version loads and updates" loads

upgraded_while_loaded()
{
	cp /built/new.ko "$installed"
	[ "$(loaded_version)" = "$old" ]
	exits 0 tdxupd
	says 'TDX module +1.5.28'
	works v1.blob
	rmmod tdx_update
	modprobe tdx_update
	[ "$(loaded_version)" = "$new" ]
	exits 0 tdxupd
	works v1.blob
}
check "its next version is installed while it is loaded: it works on, and is replaced by a reload" \
	upgraded_while_loaded

refused()
{
	! insmod "/built/$1.ko" >$output 2>&1 || false
	cat $output
	says 'Key was rejected by service|Required key not available'
	[ ! -e /sys/module/tdx_update ]
}

# As Secure Boot has it. From here on this VM loads nothing else.
enforced()
{
	unload
	echo 1 >/sys/module/module/parameters/sig_enforce
	insmod /built/own.ko
	for module in unsigned local old new; do
		refused $module
	done
	dmesg | grep -q 'Loading of unsigned module is rejected'
	dmesg | grep -q 'Loading of module with unavailable key is rejected'
}
check "where signatures are enforced the kernel's own modules load, and no driver signed by an unknown key" \
	enforced
