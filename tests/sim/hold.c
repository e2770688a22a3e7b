// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * While "hold" is in force no CPU gets offline: a task that takes one there waits in the middle of it,
 * with the lock on CPU hotplug. Between the moment at which somebody has counted the CPUs and the
 * one at which he stops them, one can so be made to leave. A suspend ends the hold, because nobody
 * is there to do it then.
 */

#include "host.h"

#include <linux/cpuhotplug.h>
#include <linux/suspend.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(wait);
static int hotplug_state;

static int on_cpu_down(unsigned int cpu)
{
	wait_event(wait, !READ_ONCE(tdx_sim->held));
	return 0;
}

static int on_pm_event(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == PM_SUSPEND_PREPARE || event == PM_HIBERNATION_PREPARE)
		sim_hold_end();
	return NOTIFY_DONE;
}

/* After everybody else: they know of the suspend when the hold ends. */
static struct notifier_block pm_nb = { .notifier_call = on_pm_event, .priority = INT_MIN };

void sim_hold_kick(void)
{
	wake_up_all(&wait);
}

void sim_hold_end(void)
{
	WRITE_ONCE(tdx_sim->held, false);
	sim_hold_kick();
}

int sim_hold_init(void)
{
	int err = register_pm_notifier(&pm_nb);

	if (err)
		return err;
	hotplug_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "tdx_sim:hold", NULL,
						  on_cpu_down);
	if (hotplug_state < 0)
		unregister_pm_notifier(&pm_nb);
	return min(hotplug_state, 0);
}

void sim_hold_exit(void)
{
	sim_hold_end();
	cpuhp_remove_state_nocalls(hotplug_state);
	unregister_pm_notifier(&pm_nb);
}
