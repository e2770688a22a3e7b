// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is installed after a failure, walked exhaustively: every state that the choice can be asked
 * about, and every truth about three images that P-SEAMLDR and the modules in them can have.
 */

#include "core/sequence.h"
#include "runner.h"

enum {
	SVNS = 3, /* of an image, and of the platform at first */
	UNKNOWN = 0,
	COUNTERS = 6, /* unknown, then 0 to 4 left */
};

static unsigned long walked;

static void report(const char *what)
{
	printf("# %lu %s\n", walked, what);
	fflush(stdout);
}

/* A digit of *@number, which loses it. */
static u32 digit(u32 *number, u32 base)
{
	u32 value = *number % base;

	*number /= base;
	return value;
}

static void set_counter(struct tdxu_recovery *r, u32 counter)
{
	r->counter_known = counter != UNKNOWN;
	r->updates_left = counter ? counter - 1 : 77;
}

/* Every state */

enum {
	/* One of them is that there is no such image. */
	IMAGE_STATES = 1 + SVNS * (TDXU_MAX_INSTALLS + 1) * (TDXU_MAX_REFUSALS + 1) * 2,
	PLATFORM_STATES = COUNTERS * TDXU_NR_IMAGES, /* of svn SVNS / 2 */
};

static void set_image(struct tdxu_recovery *r, u32 i, u32 state)
{
	r->have[i] = state != IMAGE_STATES - 1;
	r->svn[i] = (u16)digit(&state, SVNS);
	r->installs[i] = (u8)digit(&state, TDXU_MAX_INSTALLS + 1);
	r->refusals[i] = (u8)digit(&state, TDXU_MAX_REFUSALS + 1);
	r->out_of_time[i] = digit(&state, 2);
}

/* P-SEAMLDR would take it, and it has not used up its chances. */
static bool is_left(const struct tdxu_recovery *r, u32 i)
{
	return r->have[i] && r->svn[i] >= r->platform_svn && r->installs[i] < TDXU_MAX_INSTALLS &&
	       r->refusals[i] < TDXU_MAX_REFUSALS && !r->out_of_time[i];
}

/* What is left to try gets less with every attempt that does not end the recovery. */
static int chances(const struct tdxu_recovery *r)
{
	int i, sum = 0;

	for (i = 0; i < TDXU_NR_IMAGES; i++)
		sum += TDXU_MAX_INSTALLS - r->installs[i] + TDXU_MAX_REFUSALS - r->refusals[i] +
		       !r->out_of_time[i];
	return sum;
}

static bool attempt_uses_a_chance(const struct tdxu_recovery *r, enum tdxu_which_image image)
{
	struct tdxu_recovery installed = *r, refused = *r, starved = *r;

	installed.installs[image]++;
	refused.refusals[image]++;
	starved.out_of_time[image] = true;
	return chances(&installed) < chances(r) && chances(&refused) < chances(r) &&
	       chances(&starved) < chances(r) && chances(&installed) >= 0 && chances(&refused) >= 0;
}

static bool chooses_well(const struct tdxu_recovery *r)
{
	bool left = is_left(r, 0) || is_left(r, 1) || is_left(r, 2);
	enum tdxu_which_image image = TDXU_NR_IMAGES;

	walked++;
	if (tdxu_recovery_choose(r, &image) != (left ? TDXU_STEP_OK : TDXU_STEP_GONE))
		return false;
	return !left || (is_left(r, image) && attempt_uses_a_chance(r, image));
}

START_TEST(it_never_gives_up_while_an_image_is_left_and_always_ends)
{
	const u32 states = IMAGE_STATES * IMAGE_STATES * IMAGE_STATES * PLATFORM_STATES;
	struct tdxu_recovery r = { .platform_svn = SVNS / 2 };
	u32 state, rest, i;

	walked = 0;
	for (state = 0; state < states; state++) {
		rest = state;
		for (i = 0; i < TDXU_NR_IMAGES; i++)
			set_image(&r, i, digit(&rest, IMAGE_STATES));
		r.tried = digit(&rest, TDXU_NR_IMAGES);
		set_counter(&r, rest);
		/* The macro is slow. */
		if (!chooses_well(&r))
			ck_abort_msg("state %u", state);
	}
	report("states of the recovery were walked");
}
END_TEST

/* Every truth */

enum truth {
	WORKS,
	USELESS, /* installed, and never comes into service */
	REFUSED, /* for good */
	STARVED, /* never any entropy for it */
	NR_TRUTHS,
};

struct host {
	struct tdxu_recovery r; /* as the driver knows it */
	enum truth truth[TDXU_NR_IMAGES];
	u32 updates_left; /* really */
};

static void install(struct host *h)
{
	struct tdxu_recovery *r = &h->r;

	h->updates_left--;
	if (r->counter_known)
		r->updates_left--;
	r->installs[r->tried]++;
	r->platform_svn = r->svn[r->tried];
}

/* Does the image that is tried come into service? */
static bool attempt(struct host *h)
{
	struct tdxu_recovery *r = &h->r;
	enum truth truth = h->truth[r->tried];

	ck_assert_uint_ge(r->svn[r->tried], r->platform_svn);
	if (truth == REFUSED || (truth != STARVED && !h->updates_left))
		r->refusals[r->tried]++;
	else if (truth == STARVED)
		r->out_of_time[r->tried] = true;
	else
		install(h);
	return truth == WORKS && r->installs[r->tried];
}

static bool driver_rescues(struct host h)
{
	do {
		walked++;
		if (attempt(&h))
			return true;
	} while (tdxu_recovery_choose(&h.r, &h.r.tried) == TDXU_STEP_OK);
	return false;
}

/* In any order of the images that have not been tried. */
static bool can_be_rescued(struct host h, u32 tried)
{
	u32 i;

	if (attempt(&h))
		return true;
	for (i = 0; i < TDXU_NR_IMAGES; i++) {
		if (tried & 1u << i || !h.r.have[i] || h.r.svn[i] < h.r.platform_svn)
			continue;
		h.r.tried = i;
		if (can_be_rescued(h, tried | 1u << i))
			return true;
	}
	return false;
}

static struct host host_of(u32 number)
{
	struct host h = { .r = { .have = { true } } };
	u32 i;

	for (i = 0; i < TDXU_NR_IMAGES; i++) {
		h.truth[i] = digit(&number, NR_TRUTHS);
		h.r.svn[i] = (u16)digit(&number, SVNS);
		if (i)
			h.r.have[i] = digit(&number, 2);
	}
	h.updates_left = digit(&number, COUNTERS);
	set_counter(&h.r, digit(&number, 2) ? h.updates_left + 1 : UNKNOWN);
	return h;
}

START_TEST(what_can_be_rescued_is_rescued)
{
	const u32 hosts = NR_TRUTHS * SVNS * NR_TRUTHS * SVNS * 2 * NR_TRUTHS * SVNS * 2 *
			  COUNTERS * 2;
	u32 i, images, lost = 0;

	walked = 0;
	for (i = 0; i < hosts; i++) {
		struct host h = host_of(i);
		bool rescued = driver_rescues(h), rescue = can_be_rescued(h, 1);

		images = 1u + h.r.have[1] + h.r.have[2];
		ck_assert_msg(!rescued || rescue, "host %u", i);
		/* Which of them is worth the last updates, nobody can know. */
		ck_assert_msg(rescued || !rescue || h.updates_left < images, "host %u", i);
		lost += !rescued;
	}
	printf("# %u hosts, %u of them lost\n", hosts, lost);
	report("attempts were walked");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("recovery");

	tcase_add_test(tc, it_never_gives_up_while_an_image_is_left_and_always_ends);
	tcase_add_test(tc, what_can_be_rescued_is_rescued);
	return run_suite("recovery", tc);
}
