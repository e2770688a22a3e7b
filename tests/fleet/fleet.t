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
. tests/fleet/lib.sh

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
	for name in $hosts; do
		told "$name" 'skipped: tdxupd is not installed yet'
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
		told "$name" 'updated: 1\.5\.24 to 1\.5\.25'
		[ "$(attempts "$name")" = updated ]
	done
}
check "all hosts are set up and updated" all_updated

second_run()
{
	play 0 second-run
	for name in $hosts; do
		recap "$name" changed=0 failed=0
		told "$name" 'unchanged: nothing to do'
		[ "$(attempts "$name")" = updated ]
	done
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
	told one 'would_change: 1\.5\.25 to 1\.5\.26'
	[ "$(version one)" = 1.5.25 ]
	[ "$(attempts one)" = updated ]
}
check "check mode says what would be updated, and does nothing" would_change

rolled_back()
{
	on one simulator tell fault TDH.SYS.LP.INIT module=1.5.26 cpu=1 forever \
		status=0xc000092000000480
	play 2 rolled-back
	[ "$(version one)" = 1.5.25 ]
	[ "$(attempts one)" = 'updated rolled-back' ]
	recap one failed=1
	for name in two three; do
		[ "$(version "$name")" = 1.5.25 ]
		[ "$(attempts "$name")" = updated ]
		# Nor has the play come to them.
		on "$name" '! find /var/lib/tdx-module | grep 1.5.26'
	done
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
	[ "$(attempts one)" = updated ]
	[ "$(attempts two)" = lost ]
	recap one failed=0
	recap two failed=1
	says 'fatal: .two.: .*reboot'
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
	told one 'updated: 1\.5\.24 to 1\.5\.26'
	told two 'busy: .*TD is being built'
	told three 'refused: .*1\.5\.20'
	told nobody 'unreachable: '
	[ "$(on three simulator calls TDH.SYS.SHUTDOWN)" = 0 ]
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
	# By the second attempt, that is.
	told two 'updated: 1\.5\.24 to 1\.5\.26'
	[ "$(attempts two | tr ' ' '\n' | uniq | xargs)" = 'busy updated' ]
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

# A hook that refuses is its operator's word: the others are updated.
hooks()
{
	on_all simulator new
	on one 'mkdir -p /etc/tdxupd/pre.d /etc/tdxupd/post.d
		printf "#!/bin/sh\ncat >/tmp/before\n" >/etc/tdxupd/pre.d/10-drain
		printf "#!/bin/sh\ncat >/tmp/after; echo garbage; exit 1\n" >/etc/tdxupd/post.d/90-ticket
		chmod 755 /etc/tdxupd/pre.d/10-drain /etc/tdxupd/post.d/90-ticket'
	on two 'mkdir -p /etc/tdxupd/pre.d
		printf "#!/bin/sh\necho the node is not drained\nexit 1\n" >/etc/tdxupd/pre.d/10-drain
		chmod 755 /etc/tdxupd/pre.d/10-drain'
	on three 'mkdir -p /etc/tdxupd/pre.d
		printf "#!/bin/sh\ntouch /tmp/was-run\n" >/etc/tdxupd/pre.d/10-drain
		chmod 777 /etc/tdxupd/pre.d/10-drain'
	play 2 hooks
	recap one failed=0
	told one 'updated: 1\.5\.24 to 1\.5\.26; .*post.d/90-ticket said no: exit code 1, garbage'
	on one 'grep -q "\"result\": null" /tmp/before && grep -q "\"outcome\": \"updated\"" /tmp/after'
	recap two failed=1
	told two 'refused: .*pre.d/10-drain said no: exit code 1, the node is not drained; '
	[ "$(on two 'tdxupd apply --newest /var/lib/tdx-module >/dev/null 2>&1; echo $?')" = 78 ]
	recap three failed=1
	told three 'refused: .*pre.d/10-drain can be written by others than root; '
	on three '[ ! -e /tmp/was-run ]'
	for name in two three; do
		[ "$(version "$name")" = 1.5.24 ]
		[ "$(on "$name" simulator calls TDH.SYS.SHUTDOWN)" = 0 ]
	done
}
check "a hook that says no, or is not root's alone, refuses; one afterwards is told" hooks

without_tdx()
{
	on_all simulator new
	on two simulator none
	inventory one two three
	play 0 without-tdx
	recap two failed=0
	told two 'skipped: '
	[ "$(version one)" = 1.5.26 ]
	[ "$(version three)" = 1.5.26 ]
}
check "a host without TDX is skipped, and told" without_tdx

# A timer that is on before the play's own update has ended well would try what the play stops at.
set_up()
{
	on one simulator new
	inventory one
	on one simulator tell fault TDH.SYS.LP.INIT module=1.5.26 cpu=1 forever \
		status=0xc000092000000480
	play 2 timer-stays-off -e tdxupd_timer=true
	[ "$(attempts one)" = rolled-back ]
	[ "$(on one 'systemctl is-enabled tdxupd-apply.timer || true')" = disabled ]
	on one simulator new
	tcb_info >"$work/standard.json"
	play 0 timer-on -e "{ tdxupd_timer: true, tdxupd_allowed: [ '1.5.25' ],
		tdxupd_tcb_info: [ '$work/standard.json' ] }"
	told one 'updated: 1\.5\.24 to 1\.5\.25'
	[ "$(on one systemctl is-enabled tdxupd-apply.timer)" = enabled ]
	[ "$(on one systemctl is-active tdxupd-apply.timer)" = active ]
	on one tdxupd status --prometheus >"$work/metrics"
	grep -q '^tdx_module_tcb_status{.*standard.json.*status="UpToDate"} 1' "$work/metrics"
	asked_for "$work/metrics"
	play 0 timer-off -e tdxupd_timer=false
	told one 'unchanged: nothing to do'
	recap one changed=1 failed=0
	[ "$(on one 'systemctl is-enabled tdxupd-apply.timer || true')" = disabled ]
	[ "$(on one 'systemctl is-active tdxupd-apply.timer || true')" = inactive ]
	on one rm -r /etc/tdxupd
	on one simulator new
	on one systemctl start tdxupd-apply.service
	[ "$(version one)" = 1.5.26 ]
	[ "$(attempts one)" = updated ]
}
check "what may be applied, TCB info, and after an update the timer are put in place" set_up

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
	# In the middle, it was.
	[ "$(version one)" = 1.5.24 ]
	[ "$(grep -c 'PLAY RECAP' "$work/dies.log")" = 0 ]
	on one simulator tell td finish all
	for _ in $(seq 300); do
		! finished || break
		sleep 1
	done
	finished
	[ "$(version one)" = 1.5.26 ]
	[ "$(attempts one | tr ' ' '\n' | uniq | xargs)" = 'busy updated' ]
	inventory $hosts
	play 0 after-death
	recap one changed=0
}
check "a control node that dies leaves each host to end well by itself" control_node_dies

# By a hook: nobody can tell that it was not the update. The last case, for that host does not return.
host_dies()
{
	on_all simulator new
	inventory one two three
	on two 'mkdir -p /etc/tdxupd/pre.d
		printf "#!/bin/sh\necho b >/proc/sysrq-trigger\n" >/etc/tdxupd/pre.d/10-die
		chmod 755 /etc/tdxupd/pre.d/10-die'
	play 2 host-dies -e '{ tdxupd_serial: [ 2, 1 ] }'
	recap one changed=1 failed=0
	recap two failed=1
	says 'fatal: .two.: .*The host has gone away'
	[ "$(version one)" = 1.5.26 ]
	[ "$(version three)" = 1.5.24 ]
	[ "$(on three simulator calls TDH.SYS.SHUTDOWN)" = 0 ]
}
check "a host that goes away in the middle stops the play, too" host_dies

echo "1..$cases"
