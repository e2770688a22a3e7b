#!/usr/bin/env -S tests/vm/run.sh -c 1,2,10
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The straight way: module 1.5.24 with eight running TDs becomes 1.5.28 underneath them.
. /lib.sh

# What a TD is made of is the same before and after, and the new module runs.
survived_by_all()
{
	host
	tell td run 8
	fingerprint >/tmp/before
	exits 0 tdxupd apply "/images/$1"
	[ "$(platform version)" = 1.5.28 ]
	[ "$(platform sys_state)" = SYS_READY ]
	tds total=8 running=8 dead=0 corrupted=0
	fingerprint | diff /tmp/before -
	[ "$(wc -l </tmp/before)" = 24 ]
}
check "a v1 image: eight running TDs survive, unchanged" survived_by_all v1.blob
check "a v2 image: eight running TDs survive, unchanged" survived_by_all v2.blob
check "a module with its sigstruct beside it: eight running TDs survive" survived_by_all module.so

# Between SHUTDOWN and UPDATE nothing else may be called, and nothing twice. The driver believes the
# P-SEAMLDR's own word that the session is over, which costs one INFO.
by_the_book()
{
	host
	tell td run 8
	tell log clear
	exits 0 tdxupd apply /images/v2.blob
	sed -n '/ TDH.SYS.SHUTDOWN /,/ TDH.SYS.UPDATE /p' $sim/log >/tmp/window
	cat /tmp/window
	cpus=$(nproc)
	printf '%s\n' "1 TDH.SYS.SHUTDOWN" "$cpus SEAMLDR.INSTALL" "1 SEAMLDR.INFO" "1 TDH.SYS.INIT" \
		"$cpus TDH.SYS.LP.INIT" "1 TDH.SYS.UPDATE" >/tmp/book
	awk '{ print $4 }' /tmp/window | uniq -c | sed 's/^ *//' | diff /tmp/book -
	[ "$(grep -c ' rax=0x0 .* return$' /tmp/window)" = $((2 * cpus + 4)) ]
	for leaf in SEAMLDR.INSTALL TDH.SYS.LP.INIT; do
		[ "$(grep " $leaf " /tmp/window | cut -d ' ' -f 3 | sort -u | wc -l)" = "$cpus" ]
	done
	grep ' TDH.SYS.SHUTDOWN ' /tmp/window | grep -q ' rcx=0x10001 '
	for leaf in TDH.SYS.SHUTDOWN TDH.SYS.INIT TDH.SYS.UPDATE; do
		[ "$(calls $leaf)" = 1 ]
	done
}
check "the SEAMCALLs of an update are by the book" by_the_book

# A newer firmware could take what is left over there for an argument.
no_leftovers()
{
	[ "$(platform leftovers)" = 0 ]
}
check "no call has anything in a register that its leaf does not take" no_leftovers

again_is_nothing_to_do()
{
	exits 0 tdxupd apply /images/v2.blob
	[ "$(calls TDH.SYS.SHUTDOWN)" = 1 ]
}
check "the same image again is success without an update" again_is_nothing_to_do

reported()
{
	exits 0 tdxupd status
	says '1\.5\.28'
	exits 0 tdxupd status --json
	says '"outcome": ?"updated"'
}
check "status tells of the update" reported
