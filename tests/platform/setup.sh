#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Brings a machine on which tests/vm/setup.sh has run to the point where a TDX host can be tested:
# QEMU of the backports, and a kernel with TDX built from its source. Quick when there is nothing
# to do.
set -eu
here=$(dirname "$0")
"$here/qemu.sh" --fetch
"$here/kernel.sh"
