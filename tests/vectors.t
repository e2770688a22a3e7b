#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The golden vectors against the firmware model, in a process of this machine. "make" builds it.
cd "$(dirname "$0")/.." || exit 1
exec build/vectors/run_native tests/vectors/pseamldr_vectors.json tests/vectors/tdxmodule_vectors.json
