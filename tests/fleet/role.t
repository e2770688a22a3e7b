#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the playbook makes of each exit code, and of a tdxupd that is killed (137), without a VM:
# three "hosts" are this machine, in an overlay of the control node's root, with a tdxupd that ends
# as it is told. Wants root, and the root that fleet.t makes, for SUITE (bookworm or trixie).
set -eu
cd "$(dirname "$0")/../.."
suite=${SUITE:-bookworm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
control=$(realpath build/cache)/control-$suite
[ -e "$control" ] || { echo "Bail out! there is no $control; tests/fleet/roots.sh makes it"; exit 1; }

cat >"$work/tdxupd" <<'END'
#!/bin/sh
if [ "$1" = status ]; then
	echo '{"exit_code":0,"error":null,"module":{"version":"1.5.24"},"seamldr":{},"blockers":[]}'
	exit
fi
echo "$*" >>/tmp/calls
code=$(sed -n "$(wc -l </tmp/calls)p" /tmp/codes)
[ "$code" != 137 ] || kill -KILL $$
changed=false error="{\"why\":\"why $code\",\"fix\":\"fix $code\"}" result=null
if [ "$code" = 0 ]; then
	changed=true error=null
	result='{"from":{"version":"1.5.24"},"to":{"version":"1.5.25"}}'
fi
echo "{\"exit_code\":$code,\"error\":$error,\"changed\":$changed,\"would_change\":null,
	\"result\":$result,\"notes\":[]}"
exit "$code"
END
chmod 755 "$work/tdxupd"
printf '[tdx_hosts]\na\nb\nc\n[tdx_hosts:vars]\n%s\n' 'ansible_connection=local' \
	'ansible_become=false' 'tdxupd_packages=[]' >"$work/inventory"
mkdir -p "$work/collections/ansible_collections/tdx_update"
cp -R cli/fleet/ansible "$work/collections/ansible_collections/tdx_update/fleet"

# play CODES: of one apply after the other. What Ansible says, and "applied N", are in said.
play()
{
	unshare --mount sh -euc '
		root=$1 work=$2
		mount -t tmpfs fleet /mnt
		mkdir /mnt/upper /mnt/work /mnt/root
		mount -t overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" fleet /mnt/root
		cp "$work/tdxupd" /mnt/root/usr/bin/
		cp -R "$work/inventory" "$work/collections" /mnt/root/tmp/
		printf "%s\n" $3 >/mnt/root/tmp/codes
		: >/mnt/root/tmp/calls
		for directory in /proc /dev; do
			mount --rbind "$directory" "/mnt/root$directory"
		done
		code=0
		chroot /mnt/root env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			ANSIBLE_NOCOLOR=1 ANSIBLE_COLLECTIONS_PATH=/tmp/collections \
			ansible-playbook -i /tmp/inventory tdx_update.fleet.rolling $4 || code=$?
		echo "applied $(wc -l </mnt/root/tmp/calls)"
		exit "$code"
	' sh "$control" "$work" "$1" "$options" >"$work/said" 2>&1
}

# With options of ansible-playbook, words without blanks.
options=
# row CODES EXIT-CODE APPLIES PATTERN...: each pattern is somewhere in what Ansible says.
cases=0
row()
{
	cases=$((cases + 1))
	name="$1: exit code $2 after $3 attempts" code=0
	play "$1" || code=$?
	# And all of it on one line, for a task's name and what a host made of it.
	tr '\n' ' ' <"$work/said" >"$work/line"
	echo >>"$work/line"
	cat "$work/line" >>"$work/said"
	[ "$code" = "$2" ] && grep -qx "applied $3" "$work/said" || name="not $name"
	shift 3
	for pattern; do
		grep -Eq "$pattern" "$work/said" || name="not $name, and no '$pattern'"
	done
	case $name in
	not*)
		echo "not ok - ${name#not }"
		sed 's/^/# /' "$work/said"
		failed=1 ;;
	*) echo "ok - $name" ;;
	esac
}

failed=0
row '0 0 0' 0 3 '"msg": "updated: 1.5.24 to 1.5.25"' '^c .*changed=' '^c .*failed=0'
row '70 0 0' 2 1 '^a .*failed=1' 'why 70; fix 70'
row '0 71 0' 2 2 '^b .*failed=1' 'why 71; fix 71'
row '0 74 0' 2 2 '^b .*failed=1' 'why 74; fix 74'
row '65 0 0' 2 3 '^a .*failed=1' 'refused: why 65' '^c .*failed=0'
row '0 77 0' 2 3 '^b .*failed=1' 'refused: why 77'
row '0 75 78 0' 2 4 '^c .*failed=1' '^b .*failed=0' 'refused: why 78'
row '75 0 0 75' 0 4 '"msg": "busy: why 75; fix 75"'
row '75 0 0 70' 2 4 '^a .*failed=1' 'why 70'
# Two in a batch, of which only one goes wrong: that stops the next batch.
options='--forks=1 -e {"tdxupd_serial":[2,1]}'
# The other is told as changed, whatever stops the play.
changed='Read it. [*]+ changed: .a.'
row '0 74 0' 2 2 '^a .*failed=0' '^b .*failed=1' "$changed"
row '0 137 0' 2 2 '^a .*failed=0' '^b .*failed=1' "$changed" \
	'fatal: .b.: .*without an answer, by exit code -9; see what .*tdxupd history'
row '0 65 0' 2 3 'refused: why 65' '^c .*failed=0'
echo "1..$cases"
exit $failed
