#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Shows an update in a VM (tests/vm/demo), live. Fails if anything in it is not as it says.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
KVER=${KVER:-$("$here/setup.sh" --kernel)}
logs=$here/../../build/$KVER/vm/demo
arguments=
[ -t 1 ] || arguments=PLAIN=1
export KVER arguments

echo "Booting Linux $KVER in QEMU, with 4 CPUs and a simulated TDX platform ..."
if ! "$here/boot.sh" 4 170 "$logs" demo; then
	echo "demo: it did not go as told; see what the kernel said in $logs/kernel.log" >&2
	exit 1
fi
