#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Ansible collection against three hosts, each a VM with a simulated TDX platform, by SSH on
# loopback. Wants root and what "make check-fleet" builds. What Ansible has printed is in
# build/fleet/PLAY.log.
#
#	fleet.t		SUITE in the environment: whose Ansible, bookworm (default) or trixie
set -eu
cd "$(dirname "$0")/../.."
KVER=${KVER:-$(tests/vm/setup.sh --kernel)}
suite=${SUITE:-bookworm}
work=$PWD/build/fleet
control=$(realpath build/cache)/control-$suite
hosts='one two three'
failures=0
cases=0

# address HOST: all on one port; the loopback network is wide.
address()
{
	case $1 in
	one) echo 127.77.0.1 ;;
	two) echo 127.77.0.2 ;;
	three) echo 127.77.0.3 ;;
	*) echo 127.77.0.9 ;;
	esac
}

processes=
cleanup()
{
	# shellcheck disable=SC2086 # one word a process
	[ -z "$processes" ] || kill $processes 2>/dev/null || true
	exit "$failures"
}
trap cleanup EXIT
trap 'failures=130; exit' INT TERM HUP

boot()
{
	qemu-system-x86_64 -accel tcg,thread=single -machine q35 -smp 2 -m 1536 \
		-cpu max,la57=off,vendor=GenuineIntel,family=6,model=143,stepping=8 \
		-nodefaults -no-user-config -display none -vga none -no-reboot -monitor none \
		-netdev "user,id=net,restrict=on,hostfwd=tcp:$(address "$1"):2222-:22" \
		-device virtio-net-pci,netdev=net,romfile= -serial "file:$work/$1.console" \
		-kernel "build/cache/linux-$KVER/vmlinux" -initrd build/fleet/host.cpio \
		-append 'rdinit=/init console=ttyS0 panic=-1 loglevel=4 tsc=reliable random.trust_cpu=on' \
		</dev/null &
	processes="$processes $!"
}

ready()
{
	for _ in $(seq 600); do
		! grep -q 'fleet: ready' "$work/$1.console" 2>/dev/null || return 0
		sleep 1
	done
	tail -n 20 "$work/$1.console" | sed 's/^/# /'
	echo "Bail out! host $1 does not come up"
	exit 1
}

# on HOST COMMAND...
on()
{
	host=$(address "$1")
	shift
	ssh -q -i "$work/key" -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o ConnectTimeout=60 "root@$host" "$@" </dev/null
}

on_all()
{
	for name in $hosts; do
		on "$name" "$@"
	done
}

version()
{
	on "$1" simulator version
}

# in_control COMMAND...: on the control node, which sees this tree, and the hosts by loopback.
in_control()
{
	unshare --mount sh -euc '
		root=$1 tree=$2
		shift 2
		for directory in /proc /dev "$tree"; do
			mkdir -p "$root$directory"
			mount --rbind "$directory" "$root$directory"
		done
		exec chroot "$root" env -i -C "$tree" HOME=/root LC_ALL=C.UTF-8 \
			PATH=/usr/sbin:/usr/bin:/sbin:/bin ANSIBLE_NOCOLOR=1 \
			ANSIBLE_PIPELINING=1 ANSIBLE_HOST_KEY_CHECKING=0 ANSIBLE_TIMEOUT=60 \
			ANSIBLE_COLLECTIONS_PATH="$tree/build/fleet/collections" "$@"
	' sh "$control" "$PWD" "$@"
}

# inventory HOST...
inventory()
{
	{
		echo '[tdx_hosts]'
		for name; do
			echo "$name ansible_host=$(address "$name")"
		done
		echo '[tdx_hosts:vars]'
		echo "ansible_port=2222"
		echo "ansible_user=root"
		echo "ansible_ssh_private_key_file=$work/key"
		echo "ansible_python_interpreter=/usr/bin/python3"
		echo "ansible_ssh_common_args='-o UserKnownHostsFile=/dev/null'"
		echo "tdxupd_images=$work/images"
		echo "tdxupd_retry_for=1s"
	} >"$work/inventory"
}

# play CODE LOG [OPTION...]: the rolling playbook ends with this code.
play()
{
	want=$1
	log=$work/$2.log
	shift 2
	code=0
	in_control ansible-playbook -i "$work/inventory" tdx_update.fleet.rolling "$@" \
		>"$log" 2>&1 || code=$?
	grep -A 20 'PLAY RECAP' "$log" || tail -n 30 "$log"
	[ "$code" = "$want" ]
}

# recap HOST WORD...: each stands in the last play's line of that host ("changed=1").
recap()
{
	sed -n '/PLAY RECAP/,$p' "$log" | grep "^$1 " >"$work/line"
	shift
	for word; do
		grep -qw -- "$word" "$work/line"
	done
}

says()
{
	grep -Eq -- "$1" "$log"
}

# publish VERSION=FILE...: what lies in the publisher's directory on the control node.
publish()
{
	rm -rf "$work/images"
	mkdir -p "$work/images/joined_files/1.5"
	releases=
	for image; do
		cp "build/tests/images/${image#*=}" \
			"$work/images/joined_files/1.5/tdx_module_${image%=*}.blob"
		releases="$releases${releases:+, }{ \"version\": \"${image%=*}\",
			\"min_module_version_for_td_preserving\": \"1.5.01\",
			\"min_seamldr_versions\": [ \"1.5.00\", \"2.0.00\" ] }"
	done
	echo "{ \"tdx_module_releases\": [ $releases ] }" >"$work/images/mapping_file.json"
}

# check SENTENCE FUNCTION
check()
{
	cases=$((cases + 1))
	# Not as a condition: set -e has no effect in one.
	set +e
	(set -ex; "$2") >"$work/case" 2>&1
	code=$?
	set -e
	if [ "$code" = 0 ]; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		failures=$((failures + 1))
		sed 's/^/# /' "$work/case"
	fi
}

tests/fleet/roots.sh "$KVER" >"$work/roots.log" 2>&1 || {
	sed 's/^/# /' "$work/roots.log"
	echo 'Bail out! the roots could not be made'
	exit 1
}
rm -f "$work"/*.console
for name in $hosts; do
	boot "$name"
done
for name in $hosts; do
	ready "$name"
done

installed()
{
	rm -rf "$work/collections" "$work/published.git"
	git init -q "$work/published.git"
	cp -R cli "$work/published.git/"
	rm -rf "$work/published.git/cli/build" "$work/published.git/cli/tdxupd"
	git -C "$work/published.git" add .
	git -C "$work/published.git" -c user.name=x -c user.email=x@example.org commit -qm x
	printf 'collections:\n  - name: "git+file://%s#/cli/fleet/ansible/"\n    type: git\n' \
		"$work/published.git" >"$work/requirements.yml"
	in_control ansible-galaxy collection install -r "$work/requirements.yml" \
		-p "$work/collections"
}
check "the collection is installed from a requirements file" installed

# Newer ones complain of 2.14, which its publisher has left and Debian 12 has not; older ones have no
# such setting.
lint()
{
	rm -rf "$work/lint"
	cp -R cli/fleet/ansible "$work/lint"
	[ "$suite" = bookworm ] || echo 'supported_ansible_also: ["2.14"]' >"$work/lint/.ansible-lint"
	in_control env -C "$work/lint" ansible-lint --offline --profile production
}
check "ansible-lint has nothing to say" lint

check_mode()
{
	publish 1.5.25=first.blob
	inventory $hosts
	on_all simulator new
	play 0 check-mode-first --check
	says 'skipped: tdxupd is not installed yet'
	for name in $hosts; do
		[ "$(version "$name")" = 1.5.24 ]
		on "$name" "! command -v tdxupd"
	done
}
check "check mode on hosts that have nothing yet changes nothing" check_mode

all_updated()
{
	play 0 all-updated
	for name in $hosts; do
		[ "$(version "$name")" = 1.5.25 ]
		recap "$name" failed=0 unreachable=0
		on "$name" 'grep -q "\"version\": *\"1.5.25\"" /var/lib/tdxupd/history.jsonl'
	done
}
check "all hosts are set up and updated" all_updated

second_run()
{
	play 0 second-run
	for name in $hosts; do
		recap "$name" changed=0 failed=0
	done
	says 'unchanged: nothing to do'
	in_control ansible -i "$work/inventory" one -m ansible.builtin.setup -a filter=ansible_local \
		>"$work/facts"
	grep -q '"version": "1.5.25"' "$work/facts"
}
check "a second run changes nothing, and the facts tell what runs" second_run

would_change()
{
	publish 1.5.25=first.blob 1.5.26=second.blob
	(cd "$work/images" && tar -c .) | ssh -q -i "$work/key" -p 2222 -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null "root@$(address one)" tar -x -C /var/lib/tdx-module
	play 0 check-mode --check
	recap one failed=0
	says 'updated: '
	[ "$(version one)" = 1.5.25 ]
}
check "check mode says what would be updated, and does nothing" would_change

rolled_back()
{
	on one simulator tell fault TDH.SYS.LP.INIT module=1.5.26 cpu=1 forever \
		status=0xc000092000000480
	play 2 rolled-back
	[ "$(version one)" = 1.5.25 ]
	for name in two three; do
		[ "$(version "$name")" = 1.5.25 ]
		on "$name" "! grep 1.5.26 /var/lib/tdxupd/history.jsonl"
	done
	recap one failed=1
}
check "one rolled back: the play stops, and the hosts behind it are untouched" rolled_back

lost()
{
	on_all simulator new
	on two simulator tell fault SEAMLDR.INSTALL call=2 status=0x8000000000020001 rdx=1
	play 2 lost
	[ "$(version one)" = 1.5.26 ]
	[ "$(version three)" = 1.5.24 ]
	[ "$(on three simulator calls TDH.SYS.SHUTDOWN)" = 0 ]
	recap two failed=1
	says 'reboot'
}
check "one lost: the play stops, and the hosts behind it are untouched" lost

mixed()
{
	on one simulator new
	on two simulator new
	on three simulator new version=1.5.20
	on two simulator tell td build 1
	inventory nobody one two three
	play 2 mixed
	[ "$(version one)" = 1.5.26 ]
	[ "$(version two)" = 1.5.24 ]
	[ "$(version three)" = 1.5.20 ]
	recap one failed=0
	recap two failed=0
	recap three failed=1
	recap nobody failed=1
	says 'busy: .*TD is being built'
	says 'refused: .*1\.5\.20'
	says 'unreachable: '
}
check "busy, behind the gate, and out of reach: told, and the others are updated" mixed

# What is busy in its batch, and no more when all others are done.
busy_at_first()
{
	on_all simulator new
	on two simulator tell td build 1
	inventory one two three
	{
		until grep -q '^PLAY .Try the busy hosts again' "$work/busy-at-first.log"; do
			sleep 1
		done
		on two simulator tell td finish all
	} &
	helper=$!
	play 0 busy-at-first -e tdxupd_retry_for=20s || { kill $helper; false; }
	wait $helper
	for name in $hosts; do
		[ "$(version "$name")" = 1.5.26 ]
	done
	recap two failed=0 changed=1
	says 'msg": "updated: 1\.5\.24 to 1\.5\.26'
	! says 'msg": "busy: '
	# By the second attempt, that is.
	[ "$(on two 'tdxupd history --json' | grep -o '"outcome": *"[a-z]*"' | grep -c updated)" = 1 ]
	[ "$(sed -n '/Try the busy hosts again/,$p' "$log" | grep -c '^changed: .two')" = 1 ]
}
check "a host that is busy in its batch is tried again at the end, and updated" busy_at_first

labels()
{
	directory=/etc/kubernetes/node-feature-discovery/features.d
	on one "mkdir -p $directory && tdxupd status --prometheus --nfd=$directory/tdx" >"$work/metrics"
	grep -qx 'tdx_update_up 1' "$work/metrics"
	on one "cat $directory/tdx" >"$work/labels"
	grep -qx 'tdx-module.version=1.5.26' "$work/labels"
	grep -Eqx 'tdx-module.svn=[0-9]+[.][0-9]+' "$work/labels"
	grep -Eqx 'tdx-module.mrseam=[0-9a-f]{32}' "$work/labels"
	on one simulator none
	# Asked, the driver comes back, and has nobody to ask.
	on one "tdxupd status --prometheus --nfd=$directory/tdx" >"$work/metrics"
	grep -qx 'tdx_module_present 0' "$work/metrics"
	on one "grep -v '^#' $directory/tdx" >"$work/labels" || true
	! grep . "$work/labels"
}
check "labels tell what runs, and nothing where there is no TDX" labels

without_tdx()
{
	on_all simulator new
	on two simulator none
	inventory one two three
	play 0 without-tdx
	recap two failed=0
	says 'skipped: '
	[ "$(version one)" = 1.5.26 ]
	[ "$(version three)" = 1.5.26 ]
}
check "a host without TDX is skipped, and told" without_tdx

finished()
{
	! on one 'pidof tdxupd' >/dev/null
}

control_node_dies()
{
	on_all simulator new
	on one simulator tell td build 1
	inventory one
	in_control setsid ansible-playbook -i "$work/inventory" tdx_update.fleet.rolling \
		-e tdxupd_retry_for=10m >"$work/dies.log" 2>&1 &
	player=$!
	for _ in $(seq 300); do
		[ "$(on one simulator calls TDH.SYS.SHUTDOWN)" = 0 ] || break
		sleep 1
	done
	# With all that it has started, on this side.
	for process in $player $(pgrep -P $player); do
		pkill -KILL -s "$process" || true
		kill -KILL "$process" || true
	done
	on one simulator tell td finish all
	for _ in $(seq 300); do
		! finished || break
		sleep 1
	done
	finished
	[ "$(version one)" = 1.5.26 ]
	on one 'tdxupd history --json' | grep -q '"outcome": *"updated"'
	inventory $hosts
	play 0 after-death
	recap one changed=0
}
check "a control node that dies leaves each host to end well by itself" control_node_dies

echo "1..$cases"
