# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What a scenario on a TDX host is written with, beside lib.sh: there the simulator is a kernel
# module, here it is outside (tdxhost), and the machine is never new.
updater=/sys/class/firmware/tdx_module
kernel=/sys/devices/faux/tdx_host
# shellcheck disable=SC2034 # for lib.sh
sim=/none

# as_new: as far as updates go. The kernel of this machine may have another version in mind.
as_new()
{
	tdxhost platform version=1.5.24 updates_left=15
	tdxhost log clear
	load_kvm
	modprobe tdx-host
	modprobe tdx_update
}

# as_theirs: and of the two updaters there is only the kernel's: ours is loaded by who asks for it.
as_theirs()
{
	load_kvm
	modprobe tdx-host
	echo /bin/false >/proc/sys/kernel/modprobe
}

# KVM, with TDs, which it has only if told so.
load_kvm()
{
	modprobe kvm_intel tdx=1
}

# tell COMMAND...: give the plugin a command.
tell()
{
	tdxhost "$@"
}

# platform KEY: what the firmware says of itself.
platform()
{
	tdxhost show platform | sed -n "s/^$1 //p"
}

# calls LEAF: how often it was executed since "tell log clear".
calls()
{
	tdxhost show log | grep -c " $1 " || true
}

# wbinvds [at_disable]: how often each CPU has written its caches back, "2,1,1,1", or had, when the
# module was disabled last.
wbinvds()
{
	echo $(tdxhost show wbinvds | sed "s/.* ${1:-now}=\([0-9]*\).*/\1/") | tr ' ' ,
}

# once_more WBINVDS: that, each CPU one more.
once_more()
{
	more=
	for count in $(echo "$1" | tr , ' '); do
		more=$more${more:+,}$((count + 1))
	done
	echo "$more"
}

# tds WORD...: each of "running=8" and the like holds.
tds()
{
	tdxhost show tds
	for word; do
		tdxhost show tds | tail -n 1 | grep -qw -- "$word"
	done
}

# by_kernel IMAGE: update by the kernel's own updater, as its documentation says. It tells how that
# ended, or nothing if all is well.
by_kernel()
{
	echo 1 >$updater/loading
	cat "$1" >$updater/data
	echo 0 >$updater/loading
	wait_for grep -qx idle $updater/status
	cat $updater/error
}

# The version that the kernel's own driver tells.
kernel_version()
{
	cat $kernel/version
}

# start_td STEP...: a TD by KVM, which waits where told; then "td_goes_on". Its report: /tmp/td.out
start_td()
{
	rm -f /tmp/td.in /tmp/td.out
	mkfifo /tmp/td.in
	kvm_td "$@" </tmp/td.in >/tmp/td.out 2>&1 &
	td=$!
	exec 5>/tmp/td.in
}

td_goes_on()
{
	echo >&5
}

# td_ended: it did all that it was told.
td_ended()
{
	exec 5>&-
	wait "$td"
}

# counted N: TDs that tdxupd finds on this host, of 31.
counted()
{
	exits 0 tdxupd
	says "TDs +$1 of at most 31$"
	exits 0 tdxupd status --prometheus
	says "^tdx_tds $1$"
	says '^tdx_tds_capacity 31$'
}

# td_runs: KVM has finished a TD, which stays.
td_runs()
{
	start_td create init finalize wait
	wait_for grep -q 'finalize: done' /tmp/td.out
	tds running=1 dead=0 corrupted=0
}

td_goes()
{
	td_goes_on
	td_ended
}

# stays_lost: nobody does anything any more, and everybody says why.
stays_lost()
{
	! cat $kernel/version 2>/tmp/error || false
	grep -q 'No such device or address' /tmp/error
	exits 0 tdxupd
	says 'STATE +LOST'
	tell log clear
	for how in --at-own-risk --dry-run; do
		exits 70 tdxupd apply /images/v2.blob $how
		says 'lost in an earlier update; reboot the host'
	done
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	# KVM warns when it takes down a TD without a module. It need not: this keeps the TD's input
	# open until the machine ends.
	tail -f /dev/null &
}

# theirs_lost IMAGE FAULT...: the kernel's updater meets that while a TD runs.
theirs_lost()
{
	image=$1
	shift
	td_runs
	tell log clear
	tell fault "$@"
	exits 70 tdxupd apply "/images/$image.blob" --at-own-risk
	tell fault clear
	says 'has lost the TDX module'
	says 'reboot the host$'
	[ "$(cat $updater/error)" = transferring:firmware-invalid ]
	[ "$(calls TDH.SYS.SHUTDOWN)" = 1 ]
	stays_lost
}
