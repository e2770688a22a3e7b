#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a scenario in a VM that has neighbours of this version, too: /skew/newer.ko and
# /skew/older.ko, drivers that know more and less, and /skew/tdxupd, a tool that knows less. They are
# made of copies of the sources by what stands below, each line of which has to change something.
#
#	skew.sh [OPTION...] SCENARIO		as run.sh
set -eu
cd "$(dirname "$0")/../.."
KVER=${KVER:-$(tests/vm/setup.sh --kernel)}
headers=${KDIR:-$(tests/vm/kernels.sh --headers "$KVER")}
built=$PWD/build/$KVER/skew
rm -rf "$built"
mkdir -p "$built/root/skew"

# change FILE SED_SCRIPT: in the copy that is being made
change()
{
	cp "$copy/$1" "$built/before"
	sed -i "$2" "$copy/$1"
	! cmp -s "$copy/$1" "$built/before" || {
		echo "Bail out! skew.sh: nothing in $1 is changed by: $2"
		exit 1
	}
}

driver()
{
	tests/vm/kernels.sh --run "$KVER" make -s -C "$headers" M="$copy/kmod" modules \
		>"$built/log" 2>&1 || { sed 's/^/# /' "$built/log"; exit 1; }
	cp "$copy/kmod/tdx_update.ko" "$built/root/skew/${copy##*/}.ko"
}

# version NAME: a copy, to be changed
version()
{
	copy=$built/$1
	mkdir "$copy"
	cp -R kmod cli "$copy/"
	rm -rf "$copy/cli/build" "$copy/cli/tdxupd"
}

# One more check, its verdict a parameter; one more attribute of the status, and of a check if that
# fails; one more phase; one more outcome, if a parameter says so.
version newer
change kmod/core/preflight.h 's/TDXU_NR_HOST_CHECKS = [0-9]*/& + 1/'
change kmod/core/host_checks.c '/^const struct tdxu_host_check/i\
u32 tdxu_newer_verdict;\
\
static void check_newer(const struct tdxu_facts *f, struct tdxu_verdict *v)\
{\
	tdxu_fail(v, EMLINK, "only a newer driver looks at this; do what its manual says");\
	v->kind = tdxu_newer_verdict;\
	if (v->kind != TDXU_FAIL)\
		v->error = 0;\
}\
'
change kmod/core/host_checks.c 's/^	{ "updates-left".*/&\n	{ "newer", 0, check_newer },/'
change kmod/report.c '/^#include "version.h"/a\
#include <linux/moduleparam.h>\
extern u32 tdxu_newer_verdict;\
module_param_named(verdict, tdxu_newer_verdict, uint, 0644);\
static u32 newer_outcome;\
module_param_named(outcome, newer_outcome, uint, 0644);'
change kmod/report.c 's/put_u32(&m, TDX_UPDATE_A_STATUS_STATE/\
	put_u32(\&m, TDX_UPDATE_A_STATUS_MAX + 1, 1);\
	&/'
change kmod/report.c 's/put_u32(m, TDX_UPDATE_A_CHECK_VERDICT/\
	if (v->error == EMLINK)\
		put_u32(m, TDX_UPDATE_A_CHECK_MAX + 1, 1);\
	&/'
change kmod/report.c 's/TDX_UPDATE_A_TIMING_PHASE, t->phase/& + (t->phase == TDX_UPDATE_PHASE_VERIFY)/'
change kmod/report.c 's/TDX_UPDATE_A_RESULT_OUTCOME, r->outcome/\
	TDX_UPDATE_A_RESULT_OUTCOME, newer_outcome ?: r->outcome/'
driver

# One check and one attribute less; if a parameter says so, it names none of its checks.
version older
change kmod/core/preflight.h 's/TDXU_NR_HOST_CHECKS = [0-9]*/& - 1/'
change kmod/core/host_checks.c '/^	{ "updates-left"/d'
change kmod/report.c '/put_minimum(&m, f);/d'
change kmod/report.c '/^#include "version.h"/a\
#include <linux/moduleparam.h>\
static bool names_none;\
module_param(names_none, bool, 0644);'
change kmod/report.c 's/for (i = 0; (name = tdxu_preflight_name/for (i = 0; !names_none \&\& (name = tdxu_preflight_name/'
driver

# Of the driver as it is, the tool does not know one attribute and one phase.
version tool
change cli/backend/decode.c '/TDX_UPDATE_A_STATUS_SIGNER/d'
change cli/base/names.c 's/, "handoff", "verify")/, "handoff")/'
change cli/base/names.c 's/(tdxu_name_phase, TDX_UPDATE_PHASE_VERIFY/(tdxu_name_phase, TDX_UPDATE_PHASE_HANDOFF/'
make -s -C "$copy/cli" >"$built/log" 2>&1 || { sed 's/^/# /' "$built/log"; exit 1; }
cp "$copy/cli/tdxupd" "$built/root/skew/"

(cd "$built/root" && find . | cpio -o -H newc -R 0:0 --quiet) |
	cat "build/$KVER/vm/initramfs.cpio" - >"$built/initramfs.cpio"
export KVER INITRAMFS="build/$KVER/skew/initramfs.cpio"
exec tests/vm/run.sh "$@"
