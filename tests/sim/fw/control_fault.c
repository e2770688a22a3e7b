// SPDX-License-Identifier: GPL-2.0-or-later
/* The "fault" and "latency" commands. */

#include "sim.h"

enum {
	MAX_US = 60000000,
};

/* "key=" at the start of a token: what follows it. */
static char *value_of(char *token, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(token, key, length) || token[length] != '=')
		return NULL;
	return token + length + 1;
}

static bool parse_status(struct fw_args *args, struct fw_fault *fault, const char *status)
{
	char *token = fw_args_next(args);
	char *rdx = token ? value_of(token, "rdx") : NULL;

	fault->kind = FW_FAULT_STATUS;
	if (!fw_args_u64(args, "status", status, ~0ULL, &fault->value))
		return false;
	if (rdx) {
		if (!fw_args_u64(args, "rdx", rdx, ~0ULL, &fault->rdx))
			return false;
		fault->has_rdx = true;
		token = fw_args_next(args);
	}
	if (!token)
		return true;
	if (strcmp(token, "after"))
		return fw_args_fail(args, "fault: \"%s\" after a status", token);
	fault->kind = FW_FAULT_STATUS_AFTER;
	return true;
}

static bool parse_outcome(struct fw_fault *fault, const char *token)
{
	static const enum fw_outcome outcomes[] = { FW_VMFAIL, FW_UD, FW_GP };
	u32 i;

	fault->kind = FW_FAULT_OUTCOME;
	for (i = 0; i < ARRAY_SIZE(outcomes); i++) {
		fault->outcome = outcomes[i];
		if (!strcmp(token, fw_outcome_name(outcomes[i])))
			return true;
	}
	return false;
}

/* The rest of the line is a command of its own: here it is only looked at. */
static bool parse_do(struct fw_args *args, struct fw_fault *fault)
{
	char line[FW_DO_TEXT];
	struct fw_args dry = { .sim = args->sim, .dry = true, .rest = line, .err = args->err,
			       .errlen = args->errlen };

	fault->kind = FW_FAULT_DO;
	if (strlen(args->rest) >= sizeof(line))
		return fw_args_fail(args, "fault: what to do is longer than %u characters",
				    FW_DO_TEXT - 1);
	if (strncmp(args->rest, "platform ", 9) && strncmp(args->rest, "poke ", 5))
		return fw_args_fail(args, "fault: do: want \"platform ...\" or \"poke ...\"");
	memcpy(fault->line, args->rest, strlen(args->rest) + 1);
	memcpy(line, fault->line, sizeof(line));
	args->rest += strlen(args->rest);
	return fw_control_run(&dry);
}

static bool parse_last(struct fw_args *args, struct fw_fault *fault)
{
	fault->kind = FW_FAULT_LAST;
	return !fault->any_lp || fw_args_fail(args, "fault: last: want cpu= before it");
}

static bool parse_action(struct fw_args *args, struct fw_fault *fault, char *token)
{
	char *value;

	value = value_of(token, "status");
	if (value)
		return parse_status(args, fault, value);
	value = value_of(token, "delay_us");
	fault->kind = FW_FAULT_DELAY;
	if (value)
		return fw_args_u64(args, "delay_us", value, MAX_US, &fault->value);
	value = value_of(token, "mask_rcx");
	fault->kind = FW_FAULT_MASK_RCX;
	if (value)
		return fw_args_u64(args, "mask_rcx", value, ~0ULL, &fault->value);
	if (!strcmp(token, "do"))
		return parse_do(args, fault);
	if (!strcmp(token, "last"))
		return parse_last(args, fault);
	if (!strcmp(token, "hold")) {
		fault->kind = FW_FAULT_HOLD;
		return true;
	}
	return parse_outcome(fault, token) ||
	       fw_args_fail(args, "fault: \"%s\" is not an action: want status=, delay_us=, "
			    "mask_rcx=, vmfail, ud, gp, last, hold or do", token);
}

/* stopped, forever, or field=. @known: was it one of them? */
static bool parse_rare(struct fw_args *args, struct fw_fault *fault, char *token, bool *known)
{
	char *value = value_of(token, "field");

	if (value) {
		fault->any_field = false;
		return fw_args_u64(args, "field", value, ~0ULL, &fault->field);
	}
	if (!strcmp(token, "stopped"))
		fault->stopped = true;
	else if (!strcmp(token, "forever"))
		fault->times = 0;
	else
		*known = false;
	return true;
}

/* call=, cpu=, module=, times=, for_ms= or one of those above. @known: was it one of them? */
static bool parse_condition(struct fw_args *args, struct fw_fault *fault, char *token, bool *known)
{
	u64 number = 0;
	char *value;

	*known = true;
	value = value_of(token, "call");
	if (value) {
		if (!fw_args_u64(args, "call", value, ~0u, &number))
			return false;
		fault->first = (u32)number;
		return number || fw_args_fail(args, "fault: calls count from 1");
	}
	value = value_of(token, "cpu");
	if (value) {
		fault->any_lp = false;
		if (!fw_args_u64(args, "cpu", value, FW_MAX_LPS - 1, &number))
			return false;
		fault->lp = (u32)number;
		return true;
	}
	value = value_of(token, "module");
	if (value) {
		fault->any_module = false;
		return fw_args_dotted(args, "module", value, fault->module, 3);
	}
	value = value_of(token, "times");
	if (value) {
		if (!fw_args_u64(args, "times", value, ~0u, &number))
			return false;
		fault->times = (u32)number;
		return number || fw_args_fail(args, "fault: times=0 would do nothing");
	}
	value = value_of(token, "for_ms");
	if (value) {
		if (!fw_args_u64(args, "for_ms", value, MAX_US / 1000, &number))
			return false;
		fault->for_ns = number * 1000000;
		return number || fw_args_fail(args, "fault: for_ms=0 would do nothing");
	}
	return parse_rare(args, fault, token, known);
}

static bool parse_fault(struct fw_args *args, struct fw_fault *fault, char *leaf)
{
	bool known = true;
	char *token;

	if (!fw_leaf_parse(leaf, &fault->leaf))
		return fw_args_fail(args, "\"%s\" is not a leaf", leaf);
	while ((token = fw_args_next(args))) {
		if (!parse_condition(args, fault, token, &known))
			return false;
		if (!known)
			return parse_action(args, fault, token);
	}
	return fw_args_fail(args, "fault %s: what shall happen?", leaf);
}

bool fw_control_fault(struct fw_args *args)
{
	struct fw_fault fault = { .any_lp = true, .any_module = true, .any_field = true, .first = 1,
				  .times = 1 };
	struct fw_sim *sim = args->sim;
	char *token = fw_args_next(args);

	if (!token)
		return fw_args_fail(args, "usage: fault clear | fault LEAF [call=N] [cpu=C] "
				    "[module=VERSION] [field=RDX] [stopped] "
				    "[times=M|forever|for_ms=MS] ACTION");
	if (!strcmp(token, "clear")) {
		if (!args->dry)
			sim->num_faults = 0;
		return true;
	}
	if (!parse_fault(args, &fault, token))
		return false;
	if (sim->num_faults == FW_MAX_FAULTS)
		return fw_args_fail(args, "%u faults are set already", FW_MAX_FAULTS);
	if (!args->dry)
		sim->fault[sim->num_faults++] = fault;
	return true;
}

/* LEAF or SEAMLDR.INSTALL.LAST, then '=' and US or US+US_PER_PAGE. */
static bool parse_latency(struct fw_args *args, char *token, struct fw_latency *latency)
{
	char *value = strchr(token, '=');
	char *per_page = NULL;
	u64 us, page_us = 0;

	if (!value)
		return fw_args_fail(args, "\"%s\": want LEAF=MICROSECONDS[+PER_PAGE]", token);
	*value++ = 0;
	per_page = strchr(value, '+');
	if (per_page)
		*per_page++ = 0;
	latency->last = !strcmp(token, "SEAMLDR.INSTALL.LAST");
	if (!fw_leaf_parse(latency->last ? "SEAMLDR.INSTALL" : token, &latency->leaf))
		return fw_args_fail(args, "\"%s\" is not a leaf", token);
	if (!fw_args_u64(args, token, value, MAX_US, &us))
		return false;
	if (per_page && !fw_args_u64(args, token, per_page, MAX_US, &page_us))
		return false;
	latency->us = (u32)us;
	latency->us_per_page = (u32)page_us;
	return true;
}

static bool set_latency(struct fw_args *args, const struct fw_latency *latency)
{
	struct fw_sim *sim = args->sim;
	u32 i;

	for (i = 0; i < sim->num_latencies; i++)
		if (sim->latency[i].leaf == latency->leaf && sim->latency[i].last == latency->last)
			break;
	if (i == FW_MAX_LATENCIES)
		return fw_args_fail(args, "%u latencies are set already", FW_MAX_LATENCIES);
	if (args->dry)
		return true;
	sim->latency[i] = *latency;
	if (i == sim->num_latencies)
		sim->num_latencies++;
	return true;
}

bool fw_control_latency(struct fw_args *args)
{
	char *token = fw_args_next(args);
	struct fw_latency latency;

	if (!token)
		return fw_args_fail(args, "usage: latency clear | LEAF=MICROSECONDS[+PER_PAGE]...");
	if (!strcmp(token, "clear")) {
		if (!args->dry)
			args->sim->num_latencies = 0;
		return true;
	}
	for (; token; token = fw_args_next(args))
		if (!parse_latency(args, token, &latency) || !set_latency(args, &latency))
			return false;
	return true;
}
