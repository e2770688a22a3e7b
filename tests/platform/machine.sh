#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# QEMU as a TDX host: what tests/vm/boot.sh gives it, a CPU that has what the kernel asks of one,
# and the plugin. The trace goes to LOGDIR/trace.
#
# Model 175 has no partial write erratum: with it KVM would execute MOVDIR64B, which QEMU has not.
set -eu
cd "$(dirname "$0")/../.."
cpu=max,la57=off,vendor=GenuineIntel,family=6,model=175,stepping=0
exec tests/platform/qemu.sh "$@" -m 1024 -cpu "$cpu,x-force-features=on,+vmx,+movdir64b,+ss" \
	-plugin "build/platform/platform.so,trace=$LOGDIR/trace,control=build/platform/control"
