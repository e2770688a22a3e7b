#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# That the kernel of "make check-races" would tell of a race of ours: each is planted in a copy of the
# driver, which a scenario then runs. Wants KVER and KDIR, and what "make initramfs" has built for them.
cd "$(dirname "$0")/.." || exit 1
. tests/proofs/lib.sh
built=build/$KVER

details()
{
	cat "$tmp/log"
}

# race NAME FILE SED_SCRIPT SCENARIO FUNCTIONS: between these is the race.
race()
{
	rm -rf "$tmp/kmod" "$tmp/vm"
	cp -R kmod "$tmp/"
	sed -i "$3" "$tmp/kmod/$2"
	! cmp -s "kmod/$2" "$tmp/kmod/$2" &&
		make -C "$KDIR" M="$tmp/kmod" modules >"$tmp/log" 2>&1 &&
		MODULES="$tmp/kmod/tdx_update.ko $built/tests/sim/tdx_sim.ko" \
			tests/vm/initramfs.sh "$KVER" "$tmp/initramfs.cpio" >"$tmp/log" 2>&1 &&
		! arguments='kcsan.skip_watch=10 updates=100' INITRAMFS=$tmp/initramfs.cpio \
			tests/vm/boot.sh 2 1200 "$tmp/vm" "$4" >"$tmp/log" 2>&1
	cat "$tmp"/vm/complaints >>"$tmp/log"
	found=$(grep -c "KCSAN: data-race in $5" "$tmp/vm/complaints")
	[ "${found:-0}" -gt 0 ]
	is "$1 is found, by ${found:-0} reports" $?
}

race 'a turn that is opened by a plain store' window.c \
	's/smp_store_release(&w->turn, turn)/w->turn = turn/' soak.t 'advance.* / walk'
race 'a turn that is opened before all that it tells is written' window.c \
	's/smp_store_release(&w->turn, turn)/WRITE_ONCE(w->turn, turn)/' soak.t 'advance.* / walk'
race 'a neighbour that is told by a plain store' window.c \
	's/smp_store_release(&next->turn, turn)/next->turn = turn/' soak.t '.* / walk'
race 'a status that is read without its lock' claim.c \
	'/^void tdxu_update_status/,/^}/ s/mutex_\(un\)\?lock.*//' netlink.t '.*tdxu_update_status'
echo "1..$count"
exit "$failed"
