#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a scenario in a VM, once for each number of CPUs, and reports its cases as TAP. It is the
# interpreter of the *.t files here: "tests/vm/busy.t" runs one of them, once "make" has built
# everything. The kernel log of each VM is kept in build/KVER/vm/SCENARIO-CPUS/kernel.log.
#
# A SCENARIO.rows beside it prints a row for each further case. With -e only each so-many-th of them
# is a case, unless the variable "every" says otherwise; the scenario is told by a variable, too.
#
# All takes "patience" times as long as it says, on a kernel that is slow.
#
#	run.sh [-c CPUS[,CPUS...]] [-t SECONDS] [-e EVERY] SCENARIO
set -eu
here=$(cd "$(dirname "$0")" && pwd)
list=2
seconds=480
while getopts c:t:e: option; do
	case $option in
	c) list=$OPTARG ;;
	t) seconds=$OPTARG ;;
	e) every=${every:-$OPTARG} ;;
	*) exit 64 ;;
	esac
done
shift $((OPTIND - 1))
[ $# = 1 ] || {
	echo 'usage: run.sh [-c CPUS[,CPUS...]] [-t SECONDS] [-e EVERY] SCENARIO' >&2
	exit 64
}
scenario=$(basename "$1")
there=$(dirname "$1")
KVER=${KVER:-$("$here/setup.sh" --kernel)}
every=${every:-1}
export KVER arguments="${arguments-} every=$every"

report()
{
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		failed=1
	fi
}

# One VM: its cases, then how it ended, then what its kernel said.
boot()
{
	logs=$here/../../build/$KVER/vm/${scenario%.t}-$1
	"$here/boot.sh" "$1" "$((seconds * ${patience:-1}))" "$logs" "$scenario" |
		sed -u "s/^\(not \)\?ok - .*/& ($1 CPUs)/"
	grep -qx 33 "$logs/status" && ended=0 || ended=1
	report "$ended" "all cases passed and the VM ended by itself ($1 CPUs)"
	[ -s "$logs/complaints" ] && complained=1 || complained=0
	report "$complained" "the kernel has nothing to complain of ($1 CPUs)"
	sed 's/^/# /' "$logs/complaints"
}

boots=$(echo "$list" | tr ',' '\n' | wc -l)
cases=$(grep -c '^check ' "$there/$scenario") || true
rows=$there/${scenario%.t}.rows
[ ! -e "$rows" ] || cases=$((cases + $(sh "$rows" | wc -l) / every))
echo "1..$((boots * (cases + 2)))"
failed=0
for cpus in $(echo "$list" | tr ',' ' '); do
	boot "$cpus"
done
exit "$failed"
