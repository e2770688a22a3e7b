#!/usr/bin/env -S tests/vm/systemd/run.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The timer and the service as `make install` installs them, hardening and all, on a host where a
# TD is being built. Only the times are shortened.
. /lib.sh

# README, "Unattended".
set_up()
{
	host
	mkdir -p /var/lib/tdx-module/joined_files/1.5
	cp /images/v2.blob /var/lib/tdx-module/joined_files/1.5/tdx_module_1.5.28.blob
	cat >/var/lib/tdx-module/mapping_file.json <<-END
		{ "tdx_module_releases": [ {
			"version": "1.5.28",
			"min_module_version_for_td_preserving": "1.5.01",
			"min_seamldr_versions": [ "1.5.00", "2.0.00" ]
		} ] }
	END
	mkdir -p /etc/systemd/system/tdxupd-apply.timer.d /etc/systemd/system/tdxupd-apply.service.d
	cat >/etc/systemd/system/tdxupd-apply.timer.d/soon.conf <<-END
		[Timer]
		OnCalendar=
		OnActiveSec=1s
		OnUnitInactiveSec=3s
		RandomizedDelaySec=0
		AccuracySec=100ms
	END
	cat >/etc/systemd/system/tdxupd-apply.service.d/soon.conf <<-END
		[Service]
		ExecStart=
		ExecStart=/usr/sbin/tdxupd apply --newest /var/lib/tdx-module --retry-for 2s
	END
}

journal()
{
	journalctl --no-pager -o short -u tdxupd-apply
}

journal_says()
{
	journal | grep -Eq -- "$1"
}

busy_is_no_failure()
{
	set_up
	tell td run 1
	tell td build 1
	systemctl daemon-reload
	systemctl start tdxupd-apply.timer
	wait_for journal_says 'Finished|Failed'
	journal
	journal_says Finished
	journal_says '1 TD is being built, after [0-9]+ attempts? in 2s'
	[ "$(systemctl show -p Result --value tdxupd-apply)" = success ]
	! systemctl is-failed tdxupd-apply || false
	[ "$(platform version)" = 1.5.24 ]
}
check "a busy host is no failed unit, and the journal says why nothing happened" busy_is_no_failure

was_updated()
{
	[ "$(platform version)" = 1.5.28 ]
}

succeeds_later()
{
	tell td finish all
	wait_for was_updated
	wait_for journal_says 'nothing to do: no image is newer than the running module 1.5.28'
	journal_says '1.5.24 -> 1.5.28'
	tds total=2 running=2 dead=0 corrupted=0
	cmp /images/v2.blob /var/lib/tdxupd/*.blob
	systemctl stop tdxupd-apply.timer
}
check "when the build is over, the timer's next run succeeds, and later ones have nothing to do" succeeds_later

journal | sed 's/^/# /'
