// SPDX-License-Identifier: GPL-2.0-or-later
#include "claim.h"
#include "log.h"
#include "platform.h"

#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/wait_bit.h>

/*
 * Held by a question from its begin to its end, and by an update to set status.updating only: so
 * that an update, which can come at any time, waits for a question, and no question waits for an
 * update. Outside of status_lock.
 */
static DEFINE_MUTEX(firmware_lock);

/* Protects the two below; held only to read or change them. */
static DEFINE_MUTEX(status_lock);
static struct tdxu_status status; /* updating: an update has it; set under firmware_lock, too */
static bool closed;

void tdxu_claim_init(void)
{
	tdxu_platform_not_asked(&status.facts);
}

void tdxu_claim_close(void)
{
	mutex_lock(&status_lock);
	closed = true;
	mutex_unlock(&status_lock);
	/* A question that has begun, and then an update. */
	mutex_lock(&firmware_lock);
	mutex_unlock(&firmware_lock);
	wait_var_event(&status.updating, !READ_ONCE(status.updating));
}

/* What ends all work, no matter who asks. Under status_lock. */
static int is_over(void)
{
	if (closed)
		return -ESHUTDOWN;
	return status.lost ? -ENOTRECOVERABLE : 0;
}

int tdxu_update_admits(void)
{
	int err;

	mutex_lock(&status_lock);
	err = is_over();
	mutex_unlock(&status_lock);
	return err;
}

void tdxu_update_status(struct tdxu_status *copy)
{
	mutex_lock(&status_lock);
	tdxu_platform_count_cpus(&status.facts);
	*copy = status;
	mutex_unlock(&status_lock);
}

/* Under status_lock. */
static void keep(const struct tdxu_facts *facts)
{
	status.facts = *facts;
	status.asked_ns = ktime_get_boottime_ns();
}

void tdxu_claim_found(const struct tdxu_facts *facts)
{
	mutex_lock(&status_lock);
	keep(facts);
	mutex_unlock(&status_lock);
}

/* Takes both locks if no update has the firmware and none of this is over; otherwise neither. */
static int lock_firmware(void)
{
	int err;

	mutex_lock(&firmware_lock);
	mutex_lock(&status_lock);
	err = is_over();
	if (!err && status.updating)
		err = -EBUSY;
	if (err) {
		mutex_unlock(&status_lock);
		mutex_unlock(&firmware_lock);
	}
	return err;
}

int tdxu_claim_question(void)
{
	int err = lock_firmware();

	if (!err)
		mutex_unlock(&status_lock);
	return err;
}

void tdxu_claim_question_end(const struct tdxu_facts *facts)
{
	bool lost = tdxu_platform_is_lost(facts);

	if (lost)
		tdxu_log_found_lost();
	tdxu_log_lost_vmcs();
	mutex_lock(&status_lock);
	keep(facts);
	status.lost = lost;
	mutex_unlock(&status_lock);
	mutex_unlock(&firmware_lock);
}

int tdxu_claim_update(u32 *update_id)
{
	int err = lock_firmware();

	if (err)
		return err;
	status.updating = true;
	*update_id = ++status.update_id;
	mutex_unlock(&status_lock);
	mutex_unlock(&firmware_lock);
	return 0;
}

void tdxu_claim_phase(enum tdx_update_phase phase)
{
	mutex_lock(&status_lock);
	status.phase = phase;
	mutex_unlock(&status_lock);
}

void tdxu_claim_publish(const struct tdxu_result *result, const struct tdxu_facts *facts,
			bool lost)
{
	mutex_lock(&status_lock);
	keep(facts);
	status.lost = lost;
	status.result = *result;
	status.phase = TDX_UPDATE_PHASE_NONE;
	WRITE_ONCE(status.updating, false);
	/* Pairs with that of wait_var_event(): it sees this, or it is seen to wait. */
	smp_mb();
	wake_up_var(&status.updating);
	mutex_unlock(&status_lock);
}
