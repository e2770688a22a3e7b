// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long `tdxupd apply` waits on a host that builds TDs: the whole command of a source tree, with
 * a driver that is busy while builds are under way, on a clock that jumps from wait to wait. It is
 * compiled once against this tree and once against an older one, with the fake driver of the unit
 * tests of each.
 *
 *	busy_sim FIRST FURTHER HOLD RUNS
 *
 * FIRST and FURTHER is what an attempt takes, in ns; HOLD how long builds are held, in ms, or 0.
 * Builds begin at random, LOAD of them under way on average, and take as long each. It is met at a
 * random time. A line of JSON for each load and length of builds. Worlds are the same for all: what
 * differs is when the command looks.
 */
#include <math.h>
#include <sys/file.h>

#include "cli_fake.h"

enum { MAX_RUNS = 4096 };

static const unsigned int lengths_ms[] = { 10000, 60000 };
static const double loads[] = { 0.5, 1, 3, 5 };
static const struct attempt is_busy = { .outcome = TDX_UPDATE_OUTCOME_BUSY, .errnum = EBUSY,
					.busy_reason = TDX_UPDATE_BUSY_TD_BUILD, .busy_count = 1,
					.message = "a TD is being built" };
static const struct attempt is_done = { .outcome = TDX_UPDATE_OUTCOME_UPDATED, .message = "" };

/* Disks are not what is looked at. */
int fsync(int fd)
{
	(void)fd;
	return 0;
}

/* splitmix64 */
static u64 bits(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* In (0, 1]. */
static double uniform(u64 *state)
{
	return ((bits(state) >> 11) + 1) * 0x1p-53;
}

/* Times are in ms. */
static struct world {
	double load, length;
	double now, next, busy_until; /* @next: when the next build is to begin */
	bool held_back; /* one or more wait until builds are no longer held */
	u64 chance, jitter;
} world;

static double pause_between(struct world *w)
{
	return -log(uniform(&w->chance)) * w->length / w->load;
}

/* As it is after a long time: how many are under way is Poisson's, and each is anywhere. */
static void start_world(double load, double length, u64 run)
{
	struct world *w = &world;
	double product = uniform(&run), rest;

	*w = (struct world){ .load = load, .length = length, .chance = run, .jitter = ~run,
			     .now = 3600000 };
	for (w->busy_until = w->now; product > exp(-load); product *= uniform(&w->chance)) {
		rest = uniform(&w->chance) * length;
		if (w->busy_until < w->now + rest)
			w->busy_until = w->now + rest;
	}
	w->next = w->now + pause_between(w);
}

static void build_at(struct world *w, double time)
{
	if (w->busy_until < time + w->length)
		w->busy_until = time + w->length;
}

/* What nobody can do better without a hold: the end of the first time without a pause. */
static double first_moment(struct world w)
{
	for (; w.next <= w.busy_until; w.next += pause_between(&w))
		build_at(&w, w.next);
	return w.busy_until;
}

/* As tdxupd-launch does it. */
static bool builds_are_held(void)
{
	char path[512];
	bool held;
	int fd;

	snprintf(path, sizeof(path), "%s/hold", fake_paths.lock);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB);
	close(fd);
	return held;
}

/* Nobody begins or ends to hold meanwhile: tdxupd does not run. */
static void pass(double ms)
{
	struct world *w = &world;
	bool held = builds_are_held();

	if (!held && w->held_back)
		build_at(w, w->now);
	w->held_back = held && w->held_back;
	for (w->now += ms; w->next <= w->now; w->next += pause_between(w)) {
		if (held)
			w->held_back = true;
		else
			build_at(w, w->next);
	}
}

/* --- what tdxupd sees ------------------------------------------------------------------------- */

static double first_ms, further_ms;

static u64 clock_now(void *priv)
{
	(void)priv;
	return (u64)world.now;
}

static u32 clock_random(void *priv)
{
	(void)priv;
	return (u32)bits(&world.jitter);
}

static bool clock_sleep(void *priv, u32 ms)
{
	(void)priv;
	pass(ms);
	return true;
}

static const struct tdxu_clock clock_of_world = {
	.now_ms = clock_now, .random = clock_random, .sleep_ms = clock_sleep, .stop_fd = -1,
};

static int update(void *priv, u32 *id, struct tdxu_fault *fault)
{
	pass(fake.updates ? further_ms : first_ms);
	fake.attempts = world.now < world.busy_until ? &is_busy : &is_done;
	return fake_update(priv, id, fault);
}

/* --- many runs -------------------------------------------------------------------------------- */

static struct blob image;
static char *image_path;
static u64 hold_ms;

static void apply_once(void)
{
	const struct tdxu_options options = {
		.image = image_path, .quiet = true, .no_fallback = true,
		.retry_ms = 1000ULL * 3600 * 24 * 365,
#ifdef CAN_HOLD
		.hold_ms = hold_ms,
#endif
	};
	struct tdxu_ctx ctx = {
		.options = &options, .backend = &fake_backend, .clock = &clock_of_world,
		.paths = &fake_paths, .columns = 80, .out = stderr, .err = stderr,
	};

	fake.updates = 0;
	fake.attempts = &is_busy;
	fake.nr = 1;
	paths_setup();
	ck_assert_int_eq(tdxu_cmd_apply(&ctx), TDXU_EXIT_OK);
	paths_teardown();
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double quantile(double *values, int nr, double q)
{
	qsort(values, nr, sizeof(*values), by_size);
	return values[(int)(q * (nr - 1))];
}

/* Seconds; @beyond: later than the end of the longest build under way at the start. */
static void many(double load, double length, int runs)
{
	static double took[MAX_RUNS], best[MAX_RUNS], beyond[MAX_RUNS], tries[MAX_RUNS];
	double all_tries = 0;

	for (int i = 0; i < runs; i++) {
		double start, until;

		start_world(load, length, 1 + i);
		start = world.now;
		until = world.busy_until;
		best[i] = (first_moment(world) - start) / 1000;
		apply_once();
		took[i] = (world.now - start) / 1000;
		beyond[i] = (world.now - until) / 1000;
		tries[i] = fake.updates;
		all_tries += fake.updates;
	}
	printf("{\"load\": %g, \"length\": %g, \"median\": %.3f, \"p95\": %.3f, \"tries\": %.0f, "
	       "\"mean_tries\": %.2f, \"best\": %.3f, \"beyond\": %.3f, \"beyond_p95\": %.3f}\n",
	       load, length / 1000, quantile(took, runs, 0.5), quantile(took, runs, 0.95),
	       quantile(tries, runs, 0.5), all_tries / runs, quantile(best, runs, 0.5),
	       quantile(beyond, runs, 0.5), quantile(beyond, runs, 0.95));
}

static int runs;

/* A test, because the fake driver asserts what it is told. */
START_TEST(all_worlds)
{
	make_blob(&image, TDXU_IMAGE_VERSION_2);
	image_path = strdup(put_file("new.blob", &image, sizeof(image)));
	fake_backend.update = update;
	for (size_t l = 0; l < ARRAY_SIZE(lengths_ms); l++)
		for (size_t i = 0; i < ARRAY_SIZE(loads); i++)
			many(loads[i], lengths_ms[l], runs);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tc = tcase_create("busy");

	runs = argc == 5 ? atoi(argv[4]) : 0;
	if (runs < 1 || runs > MAX_RUNS) {
		fprintf(stderr, "usage: busy_sim FIRST FURTHER HOLD RUNS\n");
		return 64;
	}
	first_ms = atof(argv[1]) / 1e6;
	further_ms = atof(argv[2]) / 1e6;
	hold_ms = strtoull(argv[3], NULL, 10);
	tcase_set_timeout(tc, 0);
	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_test(tc, all_worlds);
	return run_suite("busy", tc);
}
