#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What an operator gets besides the program: man pages, units, completion, metrics, cron; and how
# small the program is. TAP on stdout.
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# As the program has them: a new one needs no place here.
commands=$(sed -n 's/^\t{ "\([a-z-]*\)", tdxu_cmd_.*/\1/p' cli/commands.c)

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

# silent COMMAND...: it succeeds and says nothing.
silent()
{
	"$@" >"$work/said" 2>&1
	code=$?
	cat "$work/said"
	[ $code = 0 ] && [ ! -s "$work/said" ]
}

man_pages()
{
	for page in docs/*.[78]; do
		silent mandoc -T lint -W warning "$page" || return
	done
}

# Each option is in the man page, and none that there is not; --now is systemctl's.
man_page_has_the_options()
{
	{
		printf '%s\n' --help --version --now
		for command in $commands; do
			cli/tdxupd help $command | grep -o -- '--[a-z-]*'
		done
	} | sort -u >"$work/takes"
	sed 's/\\-/-/g' docs/tdxupd.8 | grep -oE -- '--[a-z][a-z-]*' | sort -u |
		diff "$work/takes" -
}

# numbers: those on stdin are the exit codes that the program has, each once.
numbers()
{
	grep -oE '[0-9]+' | sort -n | diff "$work/codes" - || { echo "in $1"; return 1; }
}

exit_codes_agree()
{
	sed -n 's/.*TDXU_EXIT_[A-Z]* = \([0-9]*\).*/\1/p' cli/base/exits.h | sort -n >"$work/codes"
	[ "$(wc -l <"$work/codes")" -ge 11 ] &&
		grep -xE '\.B [0-9]+' docs/tdxupd.8 | numbers 'the man page' &&
		cli/tdxupd --help | sed -n '/^Exit:/,$p' | numbers --help &&
		sed -n '/^| exit code /,/^$/s/^| \([0-9, ]*\) |.*/\1/p' README.md | numbers README.md &&
		sed -n '/"exit_code": {$/{n;s/.*"enum"//p}' docs/tdxupd.schema.json |
			numbers 'the schema'
}

# What is read or written, as the sources have it: up to what is only known at run time, and without
# what a process has of itself.
files_are_named()
{
	sed 's/\\-/-/g' docs/tdxupd.8 >"$work/page"
	grep -rhoE '"(%s)?/(proc|sys|etc|var|run|lib|boot|efi)(/[^" ]*)?"' cli --include=*.c |
		sed 's/^"\(%s\)\?//; s/[%"].*//' | sort -u | grep -vx '/sys\|/proc/\|/proc/self/fd/' \
		>"$work/paths"
	grep -qx /proc/cpuinfo "$work/paths" || return
	while read -r path; do
		grep -qF "$path" "$work/page" || { echo "no $path"; return 1; }
	done <"$work/paths"
	sed -n 's/.*getenv("\([A-Z_]*\)").*/\1/p' cli/*.c cli/*/*.c >"$work/variables"
	[ -s "$work/variables" ] || return
	while read -r variable; do
		grep -qx "\.B $variable" "$work/page" || { echo "no $variable"; return 1; }
	done <"$work/variables"
}

# The completion offers what the program takes: no more and no less.
completion()
{
	bash -n cli/completion/tdxupd || return
	for command in $commands; do
		{ cli/tdxupd help $command | grep -o -- '--[a-z-]*'; echo --help; } |
			sort -u >"$work/takes"
		bash -c ". cli/completion/tdxupd; _tdxupd_words $command" | tr ' ' '\n' |
			sort -u >"$work/offers"
		diff "$work/takes" "$work/offers" || { echo "of $command"; return 1; }
	done
}

# offers LINE: what completion offers behind it.
offers()
{
	bash -c '. cli/completion/tdxupd
		read -ra COMP_WORDS <<<"$1"
		[[ $1 == *" " ]] && COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_tdxupd
		echo "${COMPREPLY[@]}"' bash "$1"
}

completion_completes()
{
	[ "$(offers 'tdxupd ins')" = inspect ] &&
		[ "$(offers 'tdxupd apply --ne')" = --newest ] &&
		[ "$(offers 'tdxupd pack --format ')" = 'v1 v2' ] &&
		[ "$(offers 'tdxupd list do')" = docs ] &&
		[ "$(offers 'tdxupd hold l')" = list ] &&
		[ "$(offers 'tdxupd inspect cli/Makef')" = cli/Makefile ]
}

units()
{
	mkdir -p "$work/units"
	for unit in cli/systemd/*; do
		sed "s|/usr/sbin/tdxupd|$PWD/cli/tdxupd|; s|^Documentation=.*||" "$unit" \
			>"$work/units/${unit##*/}"
	done
	silent systemd-analyze verify "$work"/units/*
}

units_say()
{
	for service in cli/systemd/*.service; do
		grep -qx 'SuccessExitStatus=75' "$service" &&
			systemd-analyze security --offline=true --threshold=35 "$service" || return
	done
	grep -q '^RandomizedDelaySec=' cli/systemd/tdxupd-apply.timer &&
		grep -q '^OnBootSec=' cli/systemd/tdxupd-apply.timer
}

# It is ordered, and nothing depends on it: what it does never keeps a host from booting.
boot_unit()
{
	unit=cli/systemd/tdxupd-boot.service
	for guests in libvirtd virtqemud containerd crio kubelet; do
		grep -q "^Before=.*$guests\.service" $unit || return
	done
	grep -qx 'After=systemd-modules-load.service.*' $unit &&
		grep -qx 'TimeoutStartSec=3min' $unit && grep -q -- '--retry-for 1m$' $unit &&
		! grep -Eq '^(RequiredBy|RequiresMountsFor|BindsTo|Requires)=' $unit
}

# A name with a dot is ignored in /etc/cron.d, one without its ending in /etc/modules-load.d.
names()
{
	for file in $(grep -v '\.conf$' cli/debian/tdxupd.examples); do
		[ -e "$file" ] && echo "${file##*/}" | grep -qxE '[A-Za-z0-9_-]+' || return 1
	done
	[ "$(grep -v '^#' docs/tdx_update.conf)" = tdx_update ] &&
		grep -qx docs/tdx_update.conf cli/debian/tdxupd.examples
}

cron()
{
	lines=$(grep -c '^[*0-9]' docs/tdxupd-cron)
	[ "$lines" -ge 2 ] &&
		[ "$(grep -cE '^([0-9*/,-]+ +){5}root +tdxupd (apply|status) ' docs/tdxupd-cron)" = "$lines" ] &&
		# A shell of root's writes nothing into a folder of others.
		! grep '^[*0-9].*>[^&]' docs/tdxupd-cron | grep -v '2>/dev/null$'
}

# Prometheus' own tool, of version 3, too, where that was fetched; with a line that it must refuse
# for comparison.
metrics()
{
	for promtool in build/cache/promtool*; do
		promtool_takes || return
	done
}

promtool_takes()
{
	TDXUPD_METRICS=$work CK_VERBOSITY=silent build/unit/test_cli_metrics || return
	for file in "$work"/*.prom; do
		silent "$promtool" check metrics <"$file" || return
	done
	[ "$(find "$work" -name '*.prom' | wc -l)" = 9 ] || return
	! { cat "$file"; echo 'bad{x=1} y'; } | "$promtool" check metrics
}

# In docs/fleet.md: the name of each that the program has, and of no other.
metrics_are_described()
{
	grep -oE '"tdx_[a-z_]+' cli/metrics.c | tr -d '"' | sort -u >"$work/metrics"
	[ "$(wc -l <"$work/metrics")" -ge 21 ] &&
		sed -n '/^| metric /,/^$/s/^| \([^|]*\) |.*/\1/p' docs/fleet.md |
		grep -oE 'tdx_[a-z_]+' | sort | diff "$work/metrics" -
}

schema()
{
	/usr/bin/python3 -c 'import json, jsonschema, sys
schema = json.load(open("docs/tdxupd.schema.json"))
jsonschema.Draft202012Validator.check_schema(schema)
for line in sys.stdin:
    jsonschema.Draft202012Validator(schema).validate(json.loads(line))' <<-END
		$(cli/tdxupd status --json | tr '\n' ' ')
		$(cli/tdxupd inspect build/tests/images/v1.blob --json | tr '\n' ' ')
		$(cli/tdxupd inspect build/tests/images/broken-hash.blob --json | tr '\n' ' ')
		$(cli/tdxupd list /nonexistent --json | tr '\n' ' ')
		$(cli/tdxupd history --json | tr '\n' ' ')
		$(cli/tdxupd hold list --json | tr '\n' ' ')
		$(cli/tdxupd unhold 1.5 --json | tr '\n' ' ')
		$(cli/tdxupd frobnicate --json | tr '\n' ' ')
		$(cli/tdxupd apply --json | tr '\n' ' ')
		$(cli/tdxupd apply build/tests/images/v1.blob --json | tr '\n' ' ')
		$(cli/tdxupd apply /nonexistent --json | tr '\n' ' ')
		$(cli/tdxupd pack build/tests/images/v1.blob --output "$work/v2.blob" --json | tr '\n' ' ')
		$(cli/tdxupd pack build/tests/images/v1.blob --output "$work/v2.blob" --json | tr '\n' ' ')
		$(cli/tdxupd unpack build/tests/images/v1.blob --output "$work/x.so" --json | tr '\n' ' ')
	END
}

small()
{
	strip -o "$work/stripped" cli/tdxupd
	size=$(stat -c %s "$work/stripped")
	echo "$size bytes"
	[ "$size" -lt $((184 * 1024)) ]
}

libraries()
{
	readelf -d cli/tdxupd | sed -n 's/.*NEEDED.*\[\(.*\)\.so.*/\1/p' | sort >"$work/needs"
	printf '%s\n' libc libjansson libnl-3 libnl-genl-3 | diff - "$work/needs"
}

# loads ARGUMENT...: libcrypto is loaded to do that.
loads()
{
	LD_DEBUG=files cli/tdxupd "$@" >"$work/loaded" 2>&1
	grep -q 'file=libc\.so' "$work/loaded" || return 2
	grep 'file=libcrypto\.so' "$work/loaded"
}

loads_late()
{
	for arguments in --version --help 'help apply' frobnicate status 'status --json' \
		'status --prometheus' 'inspect /nonexistent' 'list /nonexistent'; do
		# shellcheck disable=SC2086 # words
		loads $arguments
		[ $? = 1 ] || { echo "$arguments"; return 1; }
	done
	loads inspect build/tests/images/v1.blob && loads apply build/tests/images/v1.blob
}

installed()
{
	make -s -C cli install DESTDIR="$work/root" PREFIX=/usr || return
	(cd "$work/root" && find . -type f | sort) >"$work/files"
	diff - "$work/files" <<-END || return
		./usr/lib/systemd/system/tdxupd-apply.service
		./usr/lib/systemd/system/tdxupd-apply.timer
		./usr/lib/systemd/system/tdxupd-boot.service
		./usr/sbin/tdxupd
		./usr/sbin/tdxupd-launch
		./usr/share/bash-completion/completions/tdxupd
		./usr/share/doc/tdxupd/examples/hold-builds.conf
		./usr/share/doc/tdxupd/examples/libvirt-hook
		./usr/share/man/man7/tdx_update.7
		./usr/share/man/man8/tdxupd.8
	END
	make -s -C cli uninstall DESTDIR="$work/root" PREFIX=/usr
	[ -z "$(find "$work/root" -type f)" ]
}

# Peak memory, as the kernel counts it.
memory()
{
	/usr/bin/time -q -o "$work/peak" -f %M cli/tdxupd status || true
	echo "$(cat "$work/peak") KiB"
	[ "$(cat "$work/peak")" -lt 5120 ]
}

# A directory with ten thousand files, half of which claim to be images.
many_files()
{
	mkdir "$work/many"
	echo '{ "tdx_module_releases": [] }' >"$work/many/mapping_file.json"
	(cd "$work/many" && seq -f 'tdx_module_1.5.%.0f.blob' 5000 | xargs touch &&
		seq -f 'other-%.0f' 5000 | xargs touch)
	/usr/bin/time -q -o "$work/peak" -f %M cli/tdxupd list "$work/many" >"$work/said" || return
	echo "$(cat "$work/peak") KiB"
	[ "$(grep -c 'it is empty' "$work/said")" = 5000 ] &&
		[ "$(cat "$work/peak")" -lt 16384 ]
}

# At every limit, up to that from which on there is enough: the image is good, or nothing is said of
# it. How much that is differs between releases of OpenSSL.
short_of_memory()
{
	TDXUPD_SIGNER=$(cat build/tests/images/signer)
	export TDXUPD_SIGNER
	kib=6000 codes= good=0
	while [ "$good" -lt 10 ] && [ "$kib" -le 60000 ]; do
		(ulimit -v "$kib"; exec cli/tdxupd inspect build/tests/images/v2.blob) \
			>"$work/said" 2>&1
		code=$?
		case $code in
		0) good=$((good + 1)) ;;
		1 | 127) grep -Eq 'memory|cannot be loaded|shared librar' "$work/said" ||
			{ echo "$kib KiB: $code"; cat "$work/said"; return 1; } ;;
		*) echo "$kib KiB: $code"; cat "$work/said"; return 1 ;;
		esac
		codes="$codes $code"
		kib=$((kib + 40))
	done
	echo "$codes" | grep ' 1 .* 0$'
}

echo 1..21
check 'the man pages are clean by mandoc -T lint' man_pages
check 'tdxupd(8) has every option, and no other' man_page_has_the_options
check 'it, --help, README and schema have the exit codes that there are' exit_codes_agree
check 'and every file and variable that the program reads by its name' files_are_named
check 'the completion knows every option, and no other' completion
check 'the completion completes' completion_completes
check 'systemd takes the services and the timer' units
check 'busy is no failed unit, the timer has jitter, and the service is hardened' units_say
check 'the unit of the boot comes before guests, in bounded time' boot_unit
check 'the examples have names by which cron and systemd take them' names
check 'the cron example has lines as cron reads them' cron
check 'promtool takes the metrics' metrics
check 'and fleet.md describes each' metrics_are_described
check 'the JSON schema is one, and takes what the program prints' schema
check 'the stripped program has less than 184 KiB' small
check 'the program is linked with libnl and jansson, and nothing else' libraries
check 'it loads libcrypto for hashes and signatures, and for nothing else' loads_late
check 'make install installs, and make uninstall removes, all of it' installed
check 'status takes less than 5 MiB of memory' memory
check 'a directory of ten thousand files takes less than 16 MiB' many_files
check 'short of memory, it calls no image forged' short_of_memory
