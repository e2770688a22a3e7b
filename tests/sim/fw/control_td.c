// SPDX-License-Identifier: GPL-2.0-or-later
/* The "td" command: what the operator of the host has its VMM do. */

#include "sim.h"

enum {
	MAX_PAGES = 1024, /* that one command adds: interrupts are off meanwhile */
};

typedef bool (*td_action)(struct fw_sim *sim, struct fw_td *td, u64 number, char *err);

static bool td_extend(struct fw_sim *sim, struct fw_td *td, u64 pages, char *err)
{
	return fw_vmm_extend(sim, td, (u32)pages, err);
}

static bool td_finish(struct fw_sim *sim, struct fw_td *td, u64 number, char *err)
{
	(void)number;
	return fw_vmm_finish(sim, td, err);
}

static bool td_resume(struct fw_sim *sim, struct fw_td *td, u64 number, char *err)
{
	(void)number;
	return fw_vmm_resume(sim, td, err);
}

static bool td_enter(struct fw_sim *sim, struct fw_td *td, u64 number, char *err)
{
	(void)number;
	return fw_vmm_enter(sim, td, err);
}

static bool td_destroy(struct fw_sim *sim, struct fw_td *td, u64 number, char *err)
{
	(void)number;
	(void)err;
	fw_vmm_destroy(sim, td);
	return true;
}

static const struct td_verb {
	const char *name;
	u8 makes;      /* TDs in this state, or nothing */
	u8 takes;      /* TDs in this state; FW_TD_NONE: in any */
	td_action act; /* on a TD that there is */
} td_verbs[] = {
	{ "run", FW_TD_RUNNING, 0, NULL },
	{ "build", FW_TD_BUILDING, 0, NULL },
	{ "migrate", FW_TD_MIGRATING, 0, NULL },
	{ "extend", 0, FW_TD_BUILDING, td_extend },
	{ "finish", 0, FW_TD_BUILDING, td_finish },
	{ "resume", 0, FW_TD_MIGRATING, td_resume },
	{ "enter", 0, FW_TD_RUNNING, td_enter },
	{ "destroy", 0, FW_TD_NONE, td_destroy },
};

static void unmake(struct fw_sim *sim, u32 first)
{
	while (sim->next_td > first) {
		struct fw_td *td = fw_td_find(sim, --sim->next_td);

		if (td)
			fw_vmm_destroy(sim, td);
	}
}

static bool td_make(struct fw_args *args, const struct td_verb *verb)
{
	u32 first = args->sim->next_td;
	char err[FW_ERROR_TEXT];
	u64 count;

	if (!fw_args_u64(args, "number of TDs", fw_args_next(args), FW_MAX_TDS, &count))
		return false;
	for (; count && !args->dry; count--) {
		if (fw_vmm_create(args->sim, verb->makes, err))
			continue;
		unmake(args->sim, first);
		return fw_args_fail(args, "%s", err);
	}
	return true;
}

/* A dead TD is only good for being destroyed. */
static bool td_all(struct fw_args *args, const struct td_verb *verb, u64 number)
{
	char err[FW_ERROR_TEXT];
	bool good = true;
	u32 i;

	for (i = 0; i < FW_MAX_TDS && !args->dry; i++) {
		struct fw_td *td = &args->sim->td[i];

		if (td->state == FW_TD_NONE || td->tdr)
			continue;
		if (verb->takes && (td->state != verb->takes || td->dead[0]))
			continue;
		if (verb->act(args->sim, td, number, err) || !good)
			continue;
		good = fw_args_fail(args, "%s", err);
	}
	return good;
}

static bool td_one(struct fw_args *args, const struct td_verb *verb, const char *who, u64 number)
{
	char err[FW_ERROR_TEXT];
	struct fw_td *td;
	u64 id;

	if (!fw_args_u64(args, "TD", who, ~0u, &id))
		return false;
	td = fw_td_find(args->sim, (u32)id);
	if (!td)
		return fw_args_fail(args, "there is no TD %s", who);
	if (td->tdr)
		return fw_args_fail(args, "TD %s is not ours: the kernel has made it", who);
	if (verb->takes && td->dead[0])
		return fw_args_fail(args, "TD %s is dead: %s", who, td->dead);
	if (verb->takes && td->state != verb->takes)
		return fw_args_fail(args, "TD %s is %s, not %s", who, fw_td_state_name(td->state),
				    fw_td_state_name(verb->takes));
	if (!args->dry && !verb->act(args->sim, td, number, err))
		return fw_args_fail(args, "%s", err);
	return true;
}

static bool td_act(struct fw_args *args, const struct td_verb *verb)
{
	char *who = fw_args_next(args);
	char *count = verb->act == td_extend ? fw_args_next(args) : NULL;
	u64 number = 1;

	if (!who)
		return fw_args_fail(args, "usage: td %s ID|all", verb->name);
	if (count && !fw_args_u64(args, "pages", count, MAX_PAGES, &number))
		return false;
	if (!strcmp(who, "all"))
		return td_all(args, verb, number);
	return td_one(args, verb, who, number);
}

bool fw_control_td(struct fw_args *args)
{
	char *name = fw_args_next(args);
	u32 i;

	for (i = 0; name && i < ARRAY_SIZE(td_verbs); i++) {
		if (strcmp(name, td_verbs[i].name))
			continue;
		return td_verbs[i].act ? td_act(args, &td_verbs[i]) : td_make(args, &td_verbs[i]);
	}
	return fw_args_fail(args, "\"td %s\": want run, build or migrate with a number, or extend, "
			    "finish, resume, enter or destroy with an ID or \"all\"",
			    name ? name : "");
}
