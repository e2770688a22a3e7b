#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docs/hacking.md says what a new check, attribute, command, option, key, kernel or simulated leaf
# needs in other places; this is what one would forget of it. TAP on stdout.
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# As the program has them: a new one needs no place here.
commands=$(sed -n 's/^\t{ "\([a-z-]*\)", tdxu_cmd_.*/\1/p' cli/commands.c)
host_checks=$(sed -n 's/^\t{ "\([a-z-]*\)", .*check_.*/\1/p' kmod/core/host_checks.c)
image_checks=$(sed -n 's/^\t{ "\([a-z-]*\)", \(true\|false\),.*/\1/p' kmod/core/image_checks.c)

# check SENTENCE FUNCTION
check()
{
	if ("$2") >"$work/log" 2>&1; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		sed 's/^/# /' "$work/log"
	fi
}

checks_are_everywhere()
{
	all=$(($(sed -n 's/.*TDXU_NR_[A-Z]*_CHECKS = \([0-9]*\),/\1/p' kmod/core/preflight.h |
		paste -sd+)))
	[ "$(echo $host_checks $image_checks | wc -w)" = $all ] ||
		{ echo "these are not all $all: $host_checks $image_checks"; return 1; }
	for name in $host_checks $image_checks; do
		grep -q "^| $name |" docs/checks.md && grep -q "^\*\*$name\.\*\*" docs/checks.md ||
			{ echo "docs/checks.md has no row or no paragraph for $name"; return 1; }
		grep -q "\"$name\"" cli/backend/backend_sysfs.c ||
			{ echo "backend_sysfs.c does not say whether $name can be told"; return 1; }
		grep -q "\"$name\"" tests/unit/test_preflight.c ||
			{ echo "test_preflight has no row for $name"; return 1; }
	done
	for name in $image_checks; do
		grep -q "\`$name\`" docs/selection.md ||
			{ echo "docs/selection.md has no $name"; return 1; }
	done
	# That of the check "memory" goes by its name.
	for errno in $(sed -n 's/.*tdxu_fail(v, \(E[A-Z]*\),.*/\1/p' kmod/core/*_checks.c | sort -u |
			grep -vx ENOMEM); do
		grep -q "^	\[$errno\] = {.* TDXU_EXIT_" cli/base/exits.c ||
			{ echo "cli/base/exits.c has no row for $errno"; return 1; }
	done
}

commands_are_everywhere()
{
	[ "$(echo $commands | wc -w)" = "$(grep -c '", tdxu_cmd_' cli/commands.c)" ] || return
	for command in $commands; do
		grep -q "\b$command\b" cli/completion/tdxupd ||
			{ echo "the completion has no $command"; return 1; }
		grep -Eq "^## (.* and )?$command( and .*)?$|\`$command\`" docs/json.md ||
			{ echo "docs/json.md has no $command"; return 1; }
		grep -q "\"$command\"" docs/tdxupd.schema.json ||
			{ echo "docs/tdxupd.schema.json has no $command"; return 1; }
		grep -Eq "^\.(B tdxupd|RB \[) $command\b" docs/tdxupd.8 && grep -qx "\.B $command" docs/tdxupd.8 ||
			{ echo "tdxupd(8) has no synopsis or no section of $command"; return 1; }
		sed -n '/^schema()/,/^}/p' tests/operators.t | grep -q "cli/tdxupd $command .*--json" ||
			{ echo "what $command --json prints is not compared with the schema"; return 1; }
	done
}

# takes COMMAND OPTION: no command runs, for want of --no-such.
takes()
{
	! cli/tdxupd "$1" "$2" 1 --no-such 2>&1 | grep -q "it has no option '$2'"
}

# What a command's usage names is what it takes.
usage_has_the_options()
{
	options=$(sed -n 's/^	\(FLAG\|VALUE\)("\(--[a-z-]*\)".*/\2/p' cli/options.c | grep -vx -- --help)
	[ "$(echo $options | wc -w)" -ge 18 ] || return
	for command in $commands; do
		for option in $options; do
			takes $command $option && echo $option
		done | sort >"$work/takes"
		cli/tdxupd help $command | grep -oE -- '--[a-z][a-z-]*' | sort -u |
			diff "$work/takes" - || { echo "of $command"; return 1; }
	done
}

# By name and number of those with that name: "update" is in two sets.
attributes_are_everywhere()
{
	sed -n 's/^	TDX_UPDATE_A_[A-Z]*_\([A-Z0-9_]*\)[ ,].*/\1/p' kmod/uapi/tdx_update.h |
		grep -vx MAX | tr 'A-Z_' 'a-z-' | sort >"$work/header"
	[ -s "$work/header" ] || return
	sed -n '/^attribute-sets:/,/^operations:/s/^        name: //p' \
		docs/netlink/tdx_update.yaml | sort >"$work/yaml"
	diff "$work/header" "$work/yaml" || return
	for name in $(grep -o '^	TDX_UPDATE_A_[A-Z0-9_]*' kmod/uapi/tdx_update.h | grep -v '_MAX$'); do
		grep -qw "$name" kmod/*.c || { echo "the driver does nothing with $name"; return 1; }
	done
}

# What JSON has by the schema, docs/json.md explains.
keys_are_described()
{
	/usr/bin/python3 -c 'import json
text = open("docs/json.md").read()
def keys(rule):
    if isinstance(rule, dict):
        properties = rule.get("properties", {})
        yield from properties if isinstance(properties, dict) else ()
        rule = list(rule.values())
    for inner in rule if isinstance(rule, list) else ():
        yield from keys(inner)
print(*(key for key in keys(json.load(open("docs/tdxupd.schema.json"))) if f"`{key}`" not in text))
' >"$work/keys"
	cat "$work/keys"
	[ "$(cat "$work/keys")" = '' ]
}

versions_are_in_compat()
{
	! grep -lE 'KERNEL_VERSION|LINUX_VERSION|RHEL_RELEASE' $(find kmod -name '*.[ch]' ! -name compat.h)
}

leaves_are_named()
{
	for leaf in $(grep -ohE '(TDXU|FW)_SEAMLDR_[A-Z]+ +0x8000000000000[0-9]{3}ULL|(TDXU|FW)_TDH_[A-Z_]+ = [0-9]+' \
			kmod/core/abi.h tests/sim/fw/abi.h | cut -d ' ' -f 1); do
		grep -qw "$leaf" tests/sim/fw/names.c || { echo "names.c has no $leaf"; return 1; }
	done
}

echo 1..7
check 'each check has an exit code, a paragraph, rows, and is told or not by the other updater' \
	checks_are_everywhere
check 'the YAML has each netlink attribute, and no other; the driver uses each' \
	attributes_are_everywhere
check 'each command is completed, and has its manual and JSON' commands_are_everywhere
check 'the usage of a command has every option that it takes, and no other' usage_has_the_options
check 'json.md explains each key of the schema' keys_are_described
check 'only compat.h knows kernel versions' versions_are_in_compat
check 'the simulator has a name for each leaf' leaves_are_named
