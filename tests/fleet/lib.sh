# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For fleet.t: three hosts, each a VM, the control node, and what its plays have told.
KVER=${KVER:-$(tests/vm/setup.sh --kernel)}
suite=${SUITE:-bookworm}
work=$PWD/build/fleet
control=$(realpath build/cache)/control-$suite
hosts='one two three'
failures=0
cases=0

# address HOST: all on one port. The loopback network is wide: another run has others.
network=127.$((1 + $$ / 250 % 250)).$((1 + $$ % 250))
address()
{
	case $1 in
	one) echo "$network.1" ;;
	two) echo "$network.2" ;;
	three) echo "$network.3" ;;
	*) echo "$network.9" ;;
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
		-append 'rdinit=/init console=ttyS0 panic=-1 loglevel=4 tsc=reliable no_timer_check random.trust_cpu=on
			systemd.getty_auto=no systemd.mask=getty.target' \
		</dev/null &
	processes="$processes $!"
}

ready()
{
	end=$(($(date +%s) + 1800))
	while [ "$(date +%s)" -lt $end ]; do
		! on "$1" true || return 0
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

# told HOST PATTERN: what the last play says of that host. It ends in JSON, on a line of its own.
told()
{
	sed -n '/^PLAY .Tell how it ended/,$p' "$log" | grep -A 1 "^ok: .$1. => {" |
		grep -Eq -- "\"msg\": \"$2"
}

# attempts HOST: how each ended that is in its history, on a line.
attempts()
{
	on "$1" 'tdxupd history --json' | grep -o '"outcome": *"[a-z-]*"' | cut -d'"' -f4 | xargs
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

# asked_for METRICS: every label, and each of its values, that alerts and dashboard ask for is there.
asked_for()
{
	python3 - "$1" cli/fleet/prometheus/tdx-rules.yml cli/fleet/grafana/tdx-dashboard.json <<-'END'
		import re, sys
		printed, *asking = (open(name).read().replace('\\"', '"') for name in sys.argv[1:])
		asking = ''.join(asking)
		wanted = [(metric, *label) for metric, labels in re.findall(r'(tdx_\w+){(.*?)}', asking)
		          for label in re.findall(r'(\w+)=~?"(.*?)"', labels)
		          if label[0] != 'instance' and label[1]]
		names = set(re.findall(r'[{,](\w+)="', printed)) | {'instance', 'value'}
		missing = [(metric, label, value) for metric, label, values in wanted
		           for value in values.split('|')
		           if not re.search(rf'^{metric}{{.*\b{label}="{value}"', printed, re.M)]
		missing += set(re.findall(r'{{ *[$]?(?:labels[.])?(\w+) *}}', asking)) - names
		sys.exit(missing or 'nothing is asked for' if missing or not wanted else 0)
	END
}

tcb_info()
{
	cat <<-END
		{"tcbInfo":{"id":"TDX","version":3,"issueDate":"2026-01-02T03:04:05Z",
		"nextUpdate":"2099-01-02T03:04:05Z","fmspc":"B0C06F000000",
		"tcbEvaluationDataNumber":20,"tdxModuleIdentities":[{"id":"TDX_01","tcbLevels":[
		{"tcb":{"isvsvn":4},"tcbDate":"2026-01-01T00:00:00Z","tcbStatus":"UpToDate"}]}]},
		"signature":"$(printf '%0128d' 0)"}
	END
}
