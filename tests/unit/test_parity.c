// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does the preflight refuse what the firmware would refuse, and nothing else? What is tried is in
 * parity_*.c; here it is compared and counted. A case in which the two disagree is a bug, unless it
 * stands in one of the two tables below, with the reason.
 */

#include "parity.h"

#include <fnmatch.h>
#include <stdlib.h>

enum {
	MAX_VERDICTS = 64,
	MAX_GROUPS = 16,
};

/* The vectors put a handoff there that no module writes. */
static bool hands_over_too_much(void)
{
	return fw_handoff_size(bench.fw) + (u64)sizeof(struct fw_handoff_header) >
	       (bench.running.num_handoff_pages + 1ULL) * TDXU_PAGE_SIZE;
}

/* Passes the preflight and is refused: nobody outside the firmware could have known. */
static struct unknowable {
	const char *name; /* of the case, a pattern */
	enum parity_step step;
	u64 rax;
	const char *why;
	bool (*applies)(void); /* NULL: always */
	u32 used;
} unknowable[] = {
	{ "*", PARITY_INIT, TDXU_TDX_SYS_INCOMPATIBLE_SIGSTRUCT,
	  "signed with a sigstruct that contradicts what the module was built with", NULL, 0 },
	{ "*", PARITY_INSTALL, TDXU_SEAMLDR_ENOENTROPY,
	  "the processor had no entropy at that moment; the driver tries again", NULL, 0 },
	{ "vector *", PARITY_SHUTDOWN, PARITY_NO_STATUS,
	  "a running module that hands over more than its own area, which its INIT had ruled out",
	  hands_over_too_much, 0 },
};

/* The firmware keeps the image as it was relocated. */
static bool relocates_itself(void)
{
	return parity_relocates_itself(bench.image.page[0], bench.fw->code,
				       (u64)bench.image.num_pages * TDXU_PAGE_SIZE);
}

/* Refused by the preflight, though the firmware would have taken it. */
static struct on_purpose {
	const char *name;
	const char *check; /* that refuses */
	const char *why;
	bool (*applies)(void); /* to the image on the bench; NULL: always */
	u32 used;
} on_purpose[] = {
	{ "silent must know *", "*", "what must be known could not be asked for",
	  NULL, 0 },
	{ "*", "handoff-room",
	  "how much is handed over is not known before, and too much for the target ends in UD2",
	  NULL, 0 },
	{ "*", "elf",
	  "an image that relocates what the loader has yet to read, to an address drawn by chance",
	  relocates_itself, 0 },
};

static struct tally {
	const char *name;
	u32 tried, refused, taken, unknowable, on_purpose;
} groups[MAX_GROUPS], *group;

static const char *const step_names[] = {
	[PARITY_SHUTDOWN] = "SHUTDOWN", [PARITY_INSTALL] = "INSTALL", [PARITY_INIT] = "INIT",
	[PARITY_LP_INIT] = "LP.INIT",	[PARITY_UPDATE] = "UPDATE",   [PARITY_VERIFY] = "verify",
	[PARITY_TAKEN] = "the end",
};

void parity_group(const char *name)
{
	for (group = groups; group->name && strcmp(group->name, name); group++)
		ck_assert(group < groups + MAX_GROUPS - 1);
	group->name = name;
}

static bool cannot_be_known(const char *name, enum parity_step step, u64 rax)
{
	struct unknowable *u;

	for (u = unknowable; u < unknowable + ARRAY_SIZE(unknowable); u++) {
		if (u->step != step || u->rax != rax || fnmatch(u->name, name, 0) ||
		    (u->applies && !u->applies()))
			continue;
		u->used++;
		return true;
	}
	return false;
}

static bool is_on_purpose(const char *name, const char *check)
{
	struct on_purpose *p;

	for (p = on_purpose; p < on_purpose + ARRAY_SIZE(on_purpose); p++) {
		if (fnmatch(p->check, check, 0) || fnmatch(p->name, name, 0) ||
		    (p->applies && !p->applies()))
			continue;
		p->used++;
		return true;
	}
	return false;
}

static void count_refused(const char *name, const struct tdxu_verdict *v, enum parity_step step)
{
	if (step != PARITY_TAKEN) {
		group->refused++;
		return;
	}
	ck_assert_msg(is_on_purpose(name, v->name),
		      "%s: refused (%s: %s), and the firmware takes it", name, v->name, v->message);
	group->on_purpose++;
}

static void count_passed(const char *name, enum parity_step step, u64 rax)
{
	if (step == PARITY_TAKEN) {
		group->taken++;
		return;
	}
	ck_assert_msg(cannot_be_known(name, step, rax),
		      "%s: passed, and the firmware refuses it at %s with 0x%llx", name,
		      step_names[step], (unsigned long long)rax);
	group->unknowable++;
}

void parity_try(const char *format, ...)
{
	static struct tdxu_verdict verdicts[MAX_VERDICTS];
	char name[PARITY_NAME];
	enum parity_step step;
	va_list args;
	int first;
	u64 rax;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);

	parity_ask();
	parity_look();
	ck_assert_uint_le(tdxu_preflight_count(1), MAX_VERDICTS);
	first = tdxu_preflight_run(&bench.facts, &bench.candidate, 1, verdicts);
	step = parity_install(&rax);
	group->tried++;
	if (first >= 0)
		count_refused(name, &verdicts[first], step);
	else
		count_passed(name, step, rax);
}

/* The table */

static void add_up(struct tally *sum, const struct tally *t)
{
	sum->tried += t->tried;
	sum->refused += t->refused;
	sum->taken += t->taken;
	sum->unknowable += t->unknowable;
	sum->on_purpose += t->on_purpose;
}

static void print_row(const struct tally *t)
{
	printf("# %-22s %7u %9u %7u %11u %11u\n", t->name, t->tried, t->refused, t->taken,
	       t->unknowable, t->on_purpose);
}

static void print_table(void)
{
	struct tally sum = { .name = "all" };
	const struct tally *t;
	size_t i;

	printf("# %-22s %7s %9s %7s %11s %11s\n", "parity", "tried", "refused", "taken",
	       "unknowable", "on purpose");
	for (t = groups; t->name; t++) {
		print_row(t);
		add_up(&sum, t);
	}
	print_row(&sum);
	for (i = 0; i < ARRAY_SIZE(unknowable); i++)
		printf("# unknowable, %u: %s\n", unknowable[i].used, unknowable[i].why);
	for (i = 0; i < ARRAY_SIZE(on_purpose); i++)
		printf("# refused on purpose, %u: %s\n", on_purpose[i].used, on_purpose[i].why);
	printf("# genuine sigstructs looked at: %u\n", parity_genuine_seen);
}

/* An excuse that nobody needs any more would hide the next bug. */
START_TEST(every_excuse_is_needed)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unknowable); i++)
		ck_assert_msg(unknowable[i].used, "unused: %s", unknowable[i].why);
	for (i = 0; i < ARRAY_SIZE(on_purpose); i++)
		ck_assert_msg(on_purpose[i].used, "unused: %s", on_purpose[i].why);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("parity");
	int status;

	/* The recorded modules have other versions than the published ones. */
	tdxu_highest_handoff_version = 0xffff;
	parity_open();
	parity_add_vectors(tc);
	parity_add_fields(tc);
	parity_add_images(tc);
	parity_add_hosts(tc);
	parity_add_genuine(tc);
	tcase_add_test(tc, every_excuse_is_needed);
	status = run_suite_as("parity", tc, CK_NOFORK); /* the cases are added up */
	print_table();
	parity_close();
	return status;
}
