// SPDX-License-Identifier: GPL-2.0-or-later
/* Retrying what can pass, with the machine stopped. */

#include "patience.h"
#include "seamcall.h"

#include <linux/delay.h>
#include <linux/nmi.h>
#include <linux/rcupdate.h>
#include <linux/timekeeping.h>
#include <asm/processor.h>

enum {
	/* Between two calls, once quick retries have not helped. */
	PAUSE_US = 10,
};

void tdxu_touch_watchdogs(void)
{
	touch_nmi_watchdog();
	rcu_momentary_eqs();
}

bool tdxu_patience_over(struct tdxu_patience *p)
{
	u64 now = ktime_get_mono_fast_ns(), since = READ_ONCE(p->since);

	if (!since) {
		since = now;
		WRITE_ONCE(p->since, now);
	}
	if (!READ_ONCE(p->until))
		WRITE_ONCE(p->until, now + TDXU_PATIENCE_IN_ALL * p->limit_ns);
	/* Another CPU's clock can be a little ahead. */
	return now >= since + p->limit_ns || now >= READ_ONCE(p->until);
}

bool tdxu_patience_again(struct tdxu_patience *p, bool can_pass, struct tdxu_attempts *a)
{
	if (!can_pass || (a->late && a->tries >= TDXU_MAX_RETRIES))
		return false;
	if (++a->tries > TDXU_MAX_RETRIES) {
		tdxu_touch_watchdogs();
		udelay(PAUSE_US);
	}
	cpu_relax();
	a->late = tdxu_patience_over(p);
	return true;
}

void tdxu_patience_step_over(struct tdxu_patience *p)
{
	if (!p->since)
		return;
	p->waited_ns += ktime_get_mono_fast_ns() - p->since;
	p->since = 0;
}
