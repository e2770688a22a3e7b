#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The alerts and the dashboard: against rows of time series, and against what tdxupd prints.
cd "$(dirname "$0")/../.." || exit 1
fleet=$PWD/cli/fleet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# report SENTENCE COMMAND...
report()
{
	sentence=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		echo "ok - $sentence"
	else
		echo "not ok - $sentence"
		sed 's/^/# /' "$work/said"
		failed=1
	fi
}

alerts_fire()
{
	(cd "$fleet/prometheus" && "$promtool" check rules tdx-rules.yml &&
		"$promtool" test rules tdx-rules.test.yml)
}

# Every alert has rows in which it fires.
alerts_tried()
{
	sed -n 's/.*- alert: //p' "$fleet/prometheus/tdx-rules.yml" | while read -r alert; do
		awk -v alert="$alert" '$2 == alert { found = 1; next }
			found { if (/exp_alerts:/) ok = 1; found = 0 }
			END { exit !ok }' "$fleet/prometheus/tdx-rules.test.yml" ||
			{ echo "$alert never fires in the test"; exit 1; }
	done
}

# broken SED-EXPRESSION: with the rules changed like this, the rows say so.
broken()
{
	cp "$fleet"/prometheus/*.yml "$work/"
	sed -i "$1" "$work/tdx-rules.yml"
	! cmp -s "$work/tdx-rules.yml" "$fleet/prometheus/tdx-rules.yml" &&
		(cd "$work" && ! "$promtool" test rules tdx-rules.test.yml)
}

# What the dashboard and the alerts ask for, one expression a line.
dashboard_queries()
{
	python3 -c 'import json, sys
for panel in json.load(open(sys.argv[1]))["panels"]:
    for target in panel["targets"]:
        print(target["expr"])' "$fleet/grafana/tdx-dashboard.json"
}

queries_parse()
{
	dashboard_queries >"$work/queries"
	[ -s "$work/queries" ] || return 1
	{
		printf 'groups:\n - name: dashboard\n   rules:\n'
		# A host variable is a regular expression like any other.
		sed "s/\\\$host/.*/; s/'/''/g; s/.*/   - {record: 'x:y', expr: '&', labels: {n: 'N'}}/" \
			"$work/queries" | awk '{ sub(/N.}/, NR "'"'"'}"); print }'
	} >"$work/dashboard.yml"
	"$promtool" check rules "$work/dashboard.yml"
}

metrics_exist()
{
	{ dashboard_queries; cat "$fleet/prometheus/tdx-rules.yml"; } | grep -Eo '\btdx_[a-z_]+' |
		grep -v '^tdx_update$' | sort -u >"$work/asked"
	grep -rhoE '"tdx_[a-z_]+"' cli --include='*.c' | tr -d '"' | sort -u >"$work/printed"
	[ -s "$work/asked" ] && ! comm -23 "$work/asked" "$work/printed" | grep .
}

# Version 3 of Prometheus parses in its own way; where that was fetched, it is asked, too.
set -- "$PWD"/build/cache/promtool*
echo 1..$((3 * $# + 4))
for promtool; do
	report "${promtool##*/}: the alerts fire when they should, and only then" alerts_fire
	report "${promtool##*/}: a duration that is none is found" broken 's/for: 1d/for: 1z/'
	report "${promtool##*/}: every query of the dashboard can be parsed" queries_parse
done
promtool=$1
report "there is no alert that never fires in the test" alerts_tried
report "an alert that compares wrongly is found" broken 's/tdx_seamldr_updates_left < 3/tdx_seamldr_updates_left < 2/'
report "so is one that waits too short a time" broken 's/for: 1d/for: 1h/'
report "every metric that is asked for is one that tdxupd prints" metrics_exist
exit $failed
