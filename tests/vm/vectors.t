#!/usr/bin/env -S tests/vm/run.sh -c 8 -t 600
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The golden vectors on tdx_sim.ko: SEAMCALLs by a module that shares nothing with the driver, on
# the CPUs that a vector names. A row of vectors.rows is a vector's id, and a case.
. /lib.sh

platform_only
modprobe vec_seamcall
# shellcheck disable=SC2046 # one word a vector; the runner of scenarios has counted them already
{ run_vm -k /vectors/key.pem /vectors/*_vectors.json \
	$(cat /scenarios/vectors.rows) || touch /tmp/failed; } | grep -v '^1[.][.]'
[ ! -e /tmp/failed ] || failures=1
rmmod vec_seamcall
unload
