// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The update window.
 *
 * stop_machine() runs walk() on every online CPU at once, interrupts off. All CPUs follow the table
 * in core/sequence.c in lockstep, round by round; a round, which "turn" counts, is one step of all
 * CPUs. The last CPU to finish its part checks the results, does all one-CPU steps that follow, and
 * opens the next round. So a one-CPU step costs no round trip, and no CPU number is special.
 *
 * Who is the last? In a step that all CPUs do at the same time they are counted: each group in a
 * counter of its own, and the last of a group adds the group to the common counter, because a cache
 * line that all write to is handed from CPU to CPU. In a one-by-one step no CPU is counted: each
 * tells its neighbour in the ring to begin, starting with the CPU that has opened the round.
 */

#include "window.h"
#include "steps.h"

#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/moduleparam.h>
#include <linux/nmi.h>
#include <linux/overflow.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

enum {
	/* Spins between two touches of the watchdogs. */
	SPINS_PER_TOUCH = 1 << 14,
	/* In all it stays below what hardware watchdogs allow. */
	MAX_PATIENCE_MS = 10000,
	/* CPUs that share a counter; divides the bits of a byte. */
	GROUP = 8,
	/* What the window may take on a large machine, of 128 KiB for all that the driver takes. */
	MANY_CPUS = 1024,
	BYTES_WITH_MANY_CPUS = 76 << 10,
};

static u32 patience_ms = 5000;
module_param(patience_ms, uint, 0644);
MODULE_PARM_DESC(patience_ms,
		 "Once the old module is shut down, how long each step goes on trying while the firmware lacks entropy or is busy; four times as long in all (default: 5000, at most 10000)");

struct group {
	atomic_t arrived; /* in all rounds */
} ____cacheline_aligned_in_smp;

struct window {
	struct tdxu_work work;
	struct tdxu_timings *timings;
	/* In all rounds, of the groups that are complete. */
	atomic_t arrived ____cacheline_aligned_in_smp;

	/* Set by the CPU that opens a round, before it does so; one line: all others read it. */
	enum tdxu_step step ____cacheline_aligned_in_smp;
	bool one_by_one;
	const struct tdxu_place *first; /* with one_by_one */
	u32 turn; /* release: this round is over, the next is open */

	struct group *groups; /* of GROUP CPUs each; behind the per-CPU nodes, before work.cpus */
	struct tdxu_place place[]; /* nr_cpu_ids */
};

static_assert(sizeof(struct window) + MANY_CPUS * sizeof(struct tdxu_place) +
	      MANY_CPUS / GROUP * sizeof(struct group) <= BYTES_WITH_MANY_CPUS);

/* A failed session, closing it and choosing the next image are told as one run of INSTALL. */
const struct tdxu_told tdxu_told_as[TDXU_END_UNTOUCHED] = {
	[TDXU_STEP_RECHECK] = { TDX_UPDATE_PHASE_RECHECK, TDXU_TDH_SYS_RD, "TDH.SYS.RD" },
	[TDXU_STEP_SHUTDOWN] = { TDX_UPDATE_PHASE_SHUTDOWN, TDXU_TDH_SYS_SHUTDOWN,
				 "TDH.SYS.SHUTDOWN" },
	[TDXU_STEP_INSTALL] = { TDX_UPDATE_PHASE_INSTALL, TDXU_SEAMLDR_INSTALL, "SEAMLDR.INSTALL" },
	[TDXU_STEP_CLOSE_SESSION] = { TDX_UPDATE_PHASE_INSTALL },
	[TDXU_STEP_RECOVER] = { TDX_UPDATE_PHASE_INSTALL },
	[TDXU_STEP_INIT] = { TDX_UPDATE_PHASE_INIT, TDXU_TDH_SYS_INIT, "TDH.SYS.INIT" },
	[TDXU_STEP_LP_INIT] = { TDX_UPDATE_PHASE_CPU_INIT, TDXU_TDH_SYS_LP_INIT,
				"TDH.SYS.LP.INIT" },
	[TDXU_STEP_UPDATE] = { TDX_UPDATE_PHASE_HANDOFF, TDXU_TDH_SYS_UPDATE, "TDH.SYS.UPDATE" },
};

void tdxu_timing_starts(struct tdxu_timings *t, enum tdx_update_phase phase, u64 now)
{
	struct tdxu_timing *next = &t->run[t->nr];

	if (t->nr == TDXU_MAX_TIMINGS || (t->nr && next[-1].phase == phase))
		return;
	next->phase = phase;
	next->start_ns = now;
	t->nr++;
}

void tdxu_timing_ends(struct tdxu_timings *t, u64 now)
{
	t->run[t->nr - 1].end_ns = now;
}

struct tdxu_timing *tdxu_timing_first(struct tdxu_timings *t, enum tdx_update_phase phase)
{
	u32 i;

	for (i = 0; i < t->nr; i++) {
		if (t->run[i].phase == phase)
			return &t->run[i];
	}
	return NULL;
}

/* From the end of a step to the start of what follows it. */
static enum tdxu_step next_step(struct window *w, enum tdxu_step step, enum tdxu_step_result res)
{
	enum tdxu_step next = tdxu_step_info(step)->next[res];
	u64 now;

	/* The last step ends with the window. */
	if (tdxu_step_is_end(next))
		return next;
	now = ktime_get_mono_fast_ns();
	tdxu_timing_ends(w->timings, now);
	tdxu_timing_starts(w->timings, tdxu_told_as[next].phase, now);
	return next;
}

/* Called by the last CPU to finish its part: all one-CPU steps up to the next step of all CPUs. */
static noinline void advance(struct window *w, struct tdxu_place *place, u32 turn)
{
	enum tdxu_step step = next_step(w, w->step, tdxu_steps_judge(&w->work, w->step));

	while (!tdxu_step_is_end(step) && tdxu_step_info(step)->scope == TDXU_ONE_CPU)
		step = next_step(w, step, tdxu_steps_do(&w->work, step));
	w->step = step;
	w->one_by_one = tdxu_step_info(step)->scope == TDXU_ONE_BY_ONE;
	w->first = place;
	place->turn = turn + 1;
	tdxu_touch_watchdogs();
	smp_store_release(&w->turn, turn);
}

/* As a rule @turn is not yet @wanted. */
static __always_inline void wait_for(const u32 *turn, u32 wanted)
{
	u32 spins = SPINS_PER_TOUCH;

	do {
		cpu_relax();
		if (--spins)
			continue;
		tdxu_touch_watchdogs();
		spins = SPINS_PER_TOUCH;
	} while (smp_load_acquire(turn) != wanted);
}

/* Called in the window, where the set of CPUs cannot change. By bytes: x86 is little-endian. */
static unsigned int online_in_group(unsigned int cpu)
{
	u8 byte = ((const u8 *)cpumask_bits(cpu_online_mask))[cpu / BITS_PER_BYTE];

	return hweight8(byte >> round_down(cpu, GROUP) % BITS_PER_BYTE & (BIT(GROUP) - 1));
}

/*
 * Full barriers: the last CPU sees what all others have written. @members: of the group;
 * @times: how often all have arrived, this time included. Return: is this the last?
 */
static bool arrive(struct window *w, struct group *group, int members, int times)
{
	if (atomic_inc_return(&group->arrived) != members * times)
		return false;
	return atomic_add_return(members, &w->arrived) == num_online_cpus() * times;
}

/* Release: the neighbour sees what all before it have written. Return: is this the last? */
static bool pass_on(const struct window *w, struct tdxu_place *next, u32 turn)
{
	if (next == w->first)
		return true;
	smp_store_release(&next->turn, turn);
	return false;
}

static int walk(void *data)
{
	struct window *w = data;
	unsigned int cpu = raw_smp_processor_id();
	struct tdxu_place *place = &w->work.places[cpu];
	struct group *group = &w->groups[cpu / GROUP];
	int members = online_in_group(cpu), times = 0;
	bool last;
	u32 turn = 0;

	do {
		turn++;
		if (w->one_by_one) {
			if (smp_load_acquire(&place->turn) != turn)
				wait_for(&place->turn, turn);
			tdxu_steps_part_in_turn(&w->work, w->step);
			last = pass_on(w, place->next, turn);
		} else {
			tdxu_steps_part_at_once(&w->work, w->step);
			last = arrive(w, group, members, ++times);
		}
		if (last)
			advance(w, place, turn);
		else
			wait_for(&w->turn, turn);
	} while (!tdxu_step_is_end(w->step));
	/* A CPU delayed in a SEAMCALL that then did not wait has not touched the watchdog yet. */
	touch_nmi_watchdog();
	return 0;
}

static void start_recovery(struct tdxu_recovery *r, const struct tdxu_plan *plan)
{
	int i;

	for (i = 0; i < TDXU_NR_IMAGES; i++) {
		r->have[i] = plan->image[i].params;
		r->svn[i] = plan->image[i].svn;
	}
	r->counter_known = true;
	r->updates_left = plan->facts->seamldr.num_remaining_updates;
	r->platform_svn = plan->facts->running.svn_major << 8 | plan->facts->running.svn_minor;
	r->tried = TDXU_TARGET;
}

static void note_retries(const struct tdxu_work *work, struct tdxu_timings *timings)
{
	struct tdxu_timing *first;
	enum tdxu_step step;

	for (step = 0; step < TDXU_END_UNTOUCHED; step++) {
		first = tdxu_timing_first(timings, tdxu_told_as[step].phase);
		if (first)
			first->retries += work->retries_here[step] +
					  atomic_read(&work->retries[step]);
	}
}

/* The ring is used only once the recheck has found the same CPUs online. */
static void give_places(struct window *w)
{
	const struct cpumask *cpus = w->work.cpus;
	unsigned int cpu;

	for_each_cpu(cpu, cpus) {
		unsigned int next = cpumask_next(cpu, cpus);

		if (next >= nr_cpu_ids)
			next = cpumask_first(cpus);
		w->place[cpu].next = &w->place[next];
	}
}

/* Not kvzalloc(), which takes up to twice as much if it can. */
static struct window *allocate_window(void)
{
	unsigned int groups = DIV_ROUND_UP(nr_cpu_ids, GROUP);
	struct window *w = vzalloc(struct_size(w, place, nr_cpu_ids) +
				   groups * sizeof(struct group) + cpumask_size());

	if (!w)
		return NULL;
	w->work.places = w->place;
	w->groups = (struct group *)&w->place[nr_cpu_ids];
	w->work.cpus = (struct cpumask *)&w->groups[groups];
	cpumask_copy(w->work.cpus, cpu_online_mask);
	give_places(w);
	return w;
}

int tdxu_window_run(const struct tdxu_plan *plan, struct tdxu_window_result *result,
		    struct tdxu_timings *timings)
{
	struct window *w = allocate_window();
	int err;

	if (!w)
		return -ENOMEM;
	w->work.plan = plan;
	w->work.result = result;
	w->timings = timings;
	w->step = TDXU_STEP_RECHECK;
	w->work.params_pa = plan->image[TDXU_TARGET].params_pa;
	w->work.in_place = plan->facts->running.mrseam;
	start_recovery(&w->work.recovery, plan);
	result->patience_ms = min_t(u32, READ_ONCE(patience_ms), MAX_PATIENCE_MS);
	w->work.patience.limit_ns = (u64)result->patience_ms * NSEC_PER_MSEC;

	tdxu_timing_starts(timings, TDX_UPDATE_PHASE_RECHECK, ktime_get_mono_fast_ns());
	err = stop_machine(walk, w, cpu_online_mask);
	/* By now the last CPU has left the window. */
	tdxu_timing_ends(timings, ktime_get_mono_fast_ns());
	result->end = w->step;
	result->image = w->work.recovery.tried;
	result->waited_ns = w->work.patience.waited_ns;
	note_retries(&w->work, timings);
	vfree(w);
	return err;
}
