#!/usr/bin/env -S tests/vm/systemd/run.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The boot unit, the timer and the service as `make install` installs them, hardening and all. The boot
# unit is tried from power-on: what systemd/power-on does, is done when this begins. Only the times of
# the others are shortened, on a host where a TD is being built.
. /lib.sh

# --- from power-on to "guests may start" ---------------------------------------------------------

boot_journal()
{
	journalctl --no-pager -o short-monotonic -u systemd-modules-load -u tdxupd-boot -u libvirtd "$@"
}

boots()
{
	boot_journal
	[ "$(systemctl show -p Result --value tdxupd-boot)" = success ]
	[ "$(calls SEAMLDR.INSTALL)" -gt 0 ]
	boot_journal | grep -q 'guests may start on 1\.5\.28'
	updated=$(boot_journal | grep -n '1\.5\.24 -> 1\.5\.28' | cut -d: -f1)
	guests=$(boot_journal | grep -n 'guests may start' | cut -d: -f1)
	[ "$updated" -lt "$guests" ]
	[ "$(boot_journal | grep -c 'Update .*: updated')" = 1 ]
	systemctl is-active multi-user.target
}
check "a boot applies the newest image once, before guests may start" boots
boot_journal | sed 's/^/# /'

# boot_without WHAT...: the same from the firmware on, in one transaction, as in a boot.
boot_without()
{
	systemctl stop libvirtd tdxupd-boot systemd-modules-load
	systemctl reset-failed
	journalctl --rotate --vacuum-time=1s >/dev/null 2>&1 || true
	unload
	[ ! -s /tmp/host/no-driver ] || mv /tmp/host/driver "$(cat /tmp/host/no-driver)"
	rm -rf /tmp/host /var/lib/tdxupd
	mkdir -p /tmp/host
	for file in "$@"; do
		: >"/tmp/host/$file"
	done
	systemctl start --no-block systemd-modules-load tdxupd-boot libvirtd
	wait_for systemctl -q is-active libvirtd
	boot_journal -n 20
	[ "$(systemctl is-active libvirtd)" = active ]
	boot_journal | tail -n 3 | grep -q "guests may start on $expected"
}

# result_of_boot RESULT CODE
result_of_boot()
{
	[ "$(systemctl show -p Result --value tdxupd-boot)" = "$1" ]
	[ "$(systemctl show -p ExecMainStatus --value tdxupd-boot)" = "$2" ]
}

guests_start_anyway()
{
	expected=1.5.24
	boot_without no-driver
	result_of_boot exit-code 69
	boot_without no-image
	result_of_boot exit-code 65
	boot_without broken-image
	result_of_boot exit-code 65
	boot_without no-directory
	[ "$(systemctl show -p ConditionResult --value tdxupd-boot)" = no ]
	expected=1.5.28
	boot_without
	result_of_boot success 0
}
check "without a driver, an image, a sound one, or their directory, guests start all the same" \
	guests_start_anyway

# In the place of an update that does not come to its end.
is_bounded()
{
	mkdir -p /etc/systemd/system/tdxupd-boot.service.d
	printf '[Service]\nExecStart=\nExecStart=/bin/sleep 1000\nTimeoutStartSec=2s\n' \
		>/etc/systemd/system/tdxupd-boot.service.d/stuck.conf
	systemctl daemon-reload
	expected=1.5.24
	boot_without
	[ "$(systemctl show -p Result --value tdxupd-boot)" = timeout ]
	rm -r /etc/systemd/system/tdxupd-boot.service.d
	systemctl daemon-reload
	systemctl stop libvirtd tdxupd-boot systemd-modules-load
	systemctl reset-failed
}
check "an update that hangs keeps guests from starting until its time is up, and no longer" is_bounded

# --- the timer -----------------------------------------------------------------------------------

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
