#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Ansible: a task that runs out of retries is registered as failed, although failed_when says that
# it is not, and although the play counts it as ok and goes on.
#
# Seen with ansible-core 2.14.18 (Debian 12, 2.14.18-0+deb12u2). A command ends with code 75 each
# time; "until: job.rc == 0", "retries: 3" and "failed_when: job.rc not in [0, 75]". Printed:
#
#	changed: [localhost]
#	rc=75 failed=True failed_when_result=False attempts=3
#	localhost : ok=2 changed=1 unreachable=0 failed=0 ...
#
# and the command has run four times, one time more than "attempts" tells.
#
# What follows: whoever rolls a list of hosts and treats "busy" as an answer must judge the
# registered rc, never "is failed", and must not take attempts for the number of runs.
#
# Runs on Debian 12 with its main archive in apt's lists; nothing is installed outside a temporary
# folder. Exit code 0: behaves as told above; 1: it does not any more; 2: could not be tried.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The first is what is looked at; the others are what it needs, as bookworm has them.
apt-get -q -o APT::Sandbox::User=root download ansible-core=2.14.18-0+deb12u2 python3-jinja2 \
	python3-markupsafe python3-yaml python3-packaging python3-resolvelib python3-cryptography \
	python3-cffi-backend libyaml-0-2 >apt.log 2>&1 || {
	cat apt.log >&2
	echo "could not be tried: the packages above cannot be had; run apt-get update on Debian 12" >&2
	exit 2
}
for package in *.deb; do
	dpkg-deb -x "$package" root
done

cat >play.yml <<'END'
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: say busy, by exit code 75, each time
      ansible.builtin.command: sh -c 'echo run >>{{ runs }}; exit 75'
      register: job
      until: job.rc == 0
      retries: 3
      delay: 0
      failed_when: job.rc not in [0, 75]
    - name: tell what was registered
      ansible.builtin.debug:
        msg: "rc={{ job.rc }} failed={{ job.failed }} failed_when_result={{
          job.failed_when_result }} attempts={{ job.attempts }}"
END
code=0
env -i PATH="$PATH" HOME="$work" LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 \
	ANSIBLE_LOCAL_TEMP="$work/tmp" PYTHONPATH=root/usr/lib/python3/dist-packages \
	LD_LIBRARY_PATH="root/usr/lib/$(uname -m)-linux-gnu" \
	/usr/bin/python3 root/usr/bin/ansible-playbook -i localhost, \
	-e ansible_python_interpreter=/usr/bin/python3 -e runs="$work/runs" play.yml >output 2>&1 ||
	code=$?
cat output

# expect REGEX: in the play's output.
expect()
{
	grep -Eq -- "$1" output || { echo "changed: the output has no '$1'" >&2; exit 1; }
}
expect 'rc=75 failed=True failed_when_result=False attempts=3'
expect '^localhost +: ok=2 +changed=1 +unreachable=0 +failed=0'
[ "$code" = 0 ] || { echo "changed: the play ends with $code, not 0" >&2; exit 1; }
[ "$(grep -c run runs)" = 4 ] || { echo "changed: $(grep -c run runs) runs, not 4" >&2; exit 1; }
echo "as told: failed_when said no, the play counted no failure, and the task is registered failed"
