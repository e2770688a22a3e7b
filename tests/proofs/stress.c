// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod/window.c and the steps as they are, on a machine whose CPUs are threads, under
 * ThreadSanitizer: every access of two CPUs that nothing orders is told. The firmware fails now
 * and then in any way that it can, and what it keeps is plain memory: calls that should be one at a
 * time and are not, are such accesses, too. Against wrong ends there are assertions.
 *
 *	stress TURNS
 */

#include "window.c"

#include "platform.h"
#include "tdxmod.h"

#include <err.h>
#include <pthread.h>

#define ALL (BIT(CPUS) - 1)

struct cpumask cpu_online_mask[1] = { { { ALL } } };
_Thread_local unsigned int this_cpu;

/* --- the firmware ---------------------------------------------------------------------------- */

enum state { READY, SHUT_DOWN, INSTALLED, INITIALIZED, UPDATED, NO_MODULE };

static struct {
	enum state state;
	unsigned long called; /* in the session that is open; 0: none is */
	u8 image;	      /* that is in place */
	u32 updates_left;
	bool lp_ready[CPUS];
} fw;

static struct {
	u64 turns, windows, ends[TDXU_NR_STEPS];
} seen;

/* One in @n. */
static bool happens(u32 n)
{
	static _Thread_local u32 x;

	x = (x ? x : this_cpu + 1) * 1664525 + 1013904223;
	return (x >> 8) % n == 0;
}

static void check(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "stress: does not hold: %s\n", what);
		abort();
	}
}

static struct tdxu_answer complete(u8 image)
{
	fw.called = 0;
	if (image == TDXU_NR_IMAGES || happens(8))
		return (struct tdxu_answer){ .rax = TDXU_SEAMLDR_EBADPARAM };
	if (happens(32)) {
		fw.state = NO_MODULE;
		return (struct tdxu_answer){ TDXU_SEAMLDR_ENOMEM, TDXU_INSTALL_UNRECOVERABLE };
	}
	fw.state = INSTALLED;
	fw.image = image;
	fw.updates_left--;
	memset(fw.lp_ready, 0, sizeof(fw.lp_ready));
	return (struct tdxu_answer){};
}

/* One more has called; the last one's image counts. */
static struct tdxu_answer call(u8 image)
{
	fw.called |= BIT(this_cpu);
	return fw.called == ALL ? complete(image) : (struct tdxu_answer){};
}

struct tdxu_answer tdxu_seamldr_install(u64 params_pa)
{
	check(fw.state != READY, "no INSTALL before SHUTDOWN");
	check(!(fw.called & BIT(this_cpu)), "INSTALL by each CPU once in a session");
	if (happens(16))
		return (struct tdxu_answer){ .rax = TDXU_SEAMCALL_VMFAILINVALID };
	if (happens(64)) {
		fw.called = 0;
		return (struct tdxu_answer){ .rax = TDXU_SEAMLDR_ENOENTROPY };
	}
	return call((u8)params_pa);
}

u64 tdxu_seamldr_end_session(void)
{
	if (fw.called & BIT(this_cpu))
		return TDXU_SEAMLDR_EBADCALL;
	return happens(16) ? TDXU_SEAMCALL_VMFAILINVALID : call(TDXU_NR_IMAGES).rax;
}

u64 tdxu_seamldr_info(struct tdxu_seamldr_info *info)
{
	if (happens(64))
		return TDXU_SEAMCALL_VMFAILINVALID;
	memset(info, 0, sizeof(*info));
	info->seamextend.seam_ready = !fw.called && fw.state != NO_MODULE;
	info->num_remaining_updates = fw.updates_left;
	memset(info->seamextend.mrseam, fw.image, TDXU_SHA384_BYTES);
	return 0;
}

static u64 status(enum state wanted, u64 otherwise)
{
	if (fw.called || fw.state == NO_MODULE)
		return TDXU_SEAMCALL_VMFAILINVALID;
	return fw.state == wanted ? 0 : otherwise;
}

u64 tdxu_seamcall(u64 leaf, struct tdxu_args *args)
{
	u64 rax;

	args->r8 = 0;
	if (leaf == TDXU_TDH_SYS_RD)
		return happens(1024) && !fw.called ?
			TDXU_TDX_OPERAND_INVALID :
			status(READY, fw.state == SHUT_DOWN ? TDXU_TDX_SYS_SHUTDOWN : 0);
	check(leaf == TDXU_TDH_SYS_LP_INIT, "a leaf that is known");
	rax = status(INITIALIZED, TDXU_TDX_SYS_STATE_INCORRECT);
	if (!rax && happens(32))
		return TDXU_TDX_OPERAND_INVALID;
	if (!rax)
		fw.lp_ready[this_cpu] = true;
	return rax;
}

u64 tdxu_tdh_sys_rd(u64 field, u64 *value, u32 *retries)
{
	struct tdxu_args args = { .rdx = field };
	u64 rax = tdxu_seamcall(TDXU_TDH_SYS_RD, &args);

	(void)retries;
	*value = field == TDXU_FIELD_HANDOFF_VALID && fw.state != UPDATED;
	return rax;
}

static u64 go(enum state from, enum state to)
{
	u64 rax = status(from, TDXU_TDX_SYS_STATE_INCORRECT);

	if (!rax && happens(8))
		return TDXU_TDX_SYS_INVALID_HANDOFF;
	if (!rax)
		fw.state = to;
	return rax;
}

u64 tdxu_tdh_sys_shutdown(u16 hv)
{
	check(hv == 7, "the plan's handoff version");
	return go(READY, SHUT_DOWN);
}

u64 tdxu_tdh_sys_init(void)
{
	return go(INSTALLED, INITIALIZED);
}

u64 tdxu_tdh_sys_update(void)
{
	int i;

	for (i = 0; i < CPUS; i++)
		check(fw.lp_ready[i], "each CPU was initialised before UPDATE");
	return go(INITIALIZED, UPDATED);
}

u64 tdxu_tdxmod_read_version(struct tdxu_version *version, u32 *retries)
{
	(void)retries;
	*version = (struct tdxu_version){ 1, 5, 24 };
	return 0;
}

bool tdxu_platform_system_running(void)
{
	return !happens(64);
}

/* --- the machine ----------------------------------------------------------------------------- */

static pthread_barrier_t stopped, started;
static int (*to_do)(void *data);
static void *with;

static void *be_cpu(void *number)
{
	this_cpu = (unsigned int)(size_t)number;
	for (;;) {
		pthread_barrier_wait(&stopped);
		if (!to_do)
			return NULL;
		if (cpu_online_mask->bits[0] & BIT(this_cpu))
			to_do(with);
		pthread_barrier_wait(&started);
	}
}

int stop_machine(int (*function)(void *data), void *data, const struct cpumask *cpus)
{
	check(cpus == cpu_online_mask, "of all CPUs");
	to_do = function;
	with = data;
	/* One goes offline when all has been prepared; never the one that asks. */
	if (happens(16))
		cpu_online_mask->bits[0] &= ~BIT(1 + seen.windows % (CPUS - 1));
	pthread_barrier_wait(&stopped);
	function(data);
	pthread_barrier_wait(&started);
	cpu_online_mask->bits[0] = ALL;
	seen.turns += ((struct window *)data)->turn;
	return 0;
}

/* --- updates --------------------------------------------------------------------------------- */

static void judge_end(const struct tdxu_window_result *result)
{
	seen.windows++;
	seen.ends[result->end]++;
	check(tdxu_step_is_end(result->end), "a window ends at an end");
	check((result->end == TDXU_END_UNTOUCHED) == (fw.state == READY), "untouched");
	check((result->end == TDXU_END_RUNNING) == (fw.state == UPDATED), "running");
	check(result->end != TDXU_END_RUNNING || result->image == fw.image, "the image that runs");
	check(result->failed || result->end != TDXU_END_LOST, "a loss has a cause");
}

static void update(void)
{
	static struct tdxu_seamldr_params params[TDXU_NR_IMAGES];
	static u8 mrseam[TDXU_NR_IMAGES][TDXU_SHA384_BYTES];
	struct tdxu_facts facts = {
		.seamldr = { .num_remaining_updates = 100 },
		.running = { .version = { 1, 5, 24 } },
	};
	struct tdxu_plan plan = { .hv = 7, .facts = &facts };
	struct tdxu_window_result result = {};
	struct tdxu_timings timings = {};
	u8 i;

	fw.state = READY;
	fw.called = 0;
	fw.updates_left = 100;
	fw.image = TDXU_NR_IMAGES;
	memset(facts.running.mrseam, fw.image, TDXU_SHA384_BYTES);
	for (i = 0; i < TDXU_NR_IMAGES; i++) {
		memset(mrseam[i], i, TDXU_SHA384_BYTES);
		plan.image[i] = (struct tdxu_install){ &params[i], i, 0x100, mrseam[i] };
	}
	check(!tdxu_window_run(&plan, &result, &timings), "memory");
	judge_end(&result);
}

int main(int argc, char **argv)
{
	u64 turns = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
	pthread_t thread[CPUS];
	size_t i;

	if (!turns)
		errx(64, "usage: %s TURNS", argv[0]);
	pthread_barrier_init(&stopped, NULL, CPUS);
	pthread_barrier_init(&started, NULL, CPUS);
	for (i = 1; i < CPUS; i++)
		check(!pthread_create(&thread[i], NULL, be_cpu, (void *)i), "threads");
	patience_ms = 0;
	while (seen.turns < turns)
		update();
	to_do = NULL;
	pthread_barrier_wait(&stopped);
	for (i = 1; i < CPUS; i++)
		pthread_join(thread[i], NULL);
	check(seen.ends[TDXU_END_UNTOUCHED] && seen.ends[TDXU_END_RUNNING] &&
	      seen.ends[TDXU_END_LOST], "all ends");
	printf("%llu turns, %llu windows: %llu untouched, %llu running, %llu lost\n",
	       (unsigned long long)seen.turns, (unsigned long long)seen.windows,
	       (unsigned long long)seen.ends[TDXU_END_UNTOUCHED],
	       (unsigned long long)seen.ends[TDXU_END_RUNNING],
	       (unsigned long long)seen.ends[TDXU_END_LOST]);
	return 0;
}
