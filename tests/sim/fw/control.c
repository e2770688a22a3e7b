// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control language: one command a line, tokens separated by blanks. docs/simulator.md is its
 * reference. A line runs twice, the first time only to see whether all of it makes sense.
 */

#include "sim.h"

char *fw_args_next(struct fw_args *args)
{
	char *token = args->rest;
	char *end;

	while (*token == ' ' || *token == '\t')
		token++;
	if (!*token)
		return NULL;
	for (end = token; *end && *end != ' ' && *end != '\t'; end++)
		;
	args->rest = end;
	if (*end) {
		*end = 0;
		args->rest++;
	}
	return token;
}

bool fw_args_fail(struct fw_args *args, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	vsnprintf(args->err, args->errlen, fmt, list);
	va_end(list);
	return false;
}

static int digit(char c, u32 base)
{
	int value = -1;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		value = c - 'A' + 10;
	return value < (int)base ? value : -1;
}

bool fw_parse_u64(const char *text, u64 *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	u32 base = hex ? 16 : 10;
	u64 sum = 0;

	if (hex)
		text += 2;
	if (!*text)
		return false;
	for (; *text; text++) {
		int d = digit(*text, base);

		if (d < 0 || sum > (~0ULL - d) / base)
			return false;
		sum = sum * base + d;
	}
	*value = sum;
	return true;
}

bool fw_args_u64(struct fw_args *args, const char *what, const char *text, u64 max, u64 *value)
{
	u64 number;

	if (!text || !fw_parse_u64(text, &number))
		return fw_args_fail(args, "%s: \"%s\" is not a number", what, text ? text : "");
	if (number > max)
		return fw_args_fail(args, "%s: %s is too large, the most is %llu", what, text,
				    (unsigned long long)max);
	*value = number;
	return true;
}

bool fw_args_sha384(struct fw_args *args, const char *text, u8 sha[TDXU_SHA384_BYTES])
{
	u32 i;

	if (!text || strlen(text) != 2 * TDXU_SHA384_BYTES)
		return fw_args_fail(args, "\"%s\" is not a SHA-384: 96 hexadecimal digits",
				    text ? text : "");
	for (i = 0; i < TDXU_SHA384_BYTES; i++) {
		int high = digit(text[2 * i], 16);
		int low = digit(text[2 * i + 1], 16);

		if (high < 0 || low < 0)
			return fw_args_fail(args, "\"%s\" is not hexadecimal", text);
		sha[i] = (u8)(high << 4 | low);
	}
	return true;
}

static bool do_reset(struct fw_args *args)
{
	if (!args->dry)
		fw_sim_reset(args->sim);
	return true;
}

static bool do_log(struct fw_args *args)
{
	char *what = fw_args_next(args);

	if (!what || strcmp(what, "clear"))
		return fw_args_fail(args, "usage: log clear");
	if (!args->dry)
		args->sim->log_start = args->sim->log_next;
	return true;
}

static bool do_hold(struct fw_args *args)
{
	if (!args->dry)
		args->sim->held = true;
	return true;
}

static bool do_go(struct fw_args *args)
{
	if (!args->dry)
		args->sim->held = false;
	return true;
}

static bool do_activity(struct fw_args *args)
{
	char *what = fw_args_next(args);
	char *period = fw_args_next(args);
	u64 ms = 10;

	if (!what || (strcmp(what, "on") && strcmp(what, "off")))
		return fw_args_fail(args, "usage: activity on [MILLISECONDS] | activity off");
	if (period && !fw_args_u64(args, "milliseconds", period, 60000, &ms))
		return false;
	if (args->dry)
		return true;
	args->sim->activity = !strcmp(what, "on");
	args->sim->activity_ms = ms ? (u32)ms : 1;
	return true;
}

static bool add_signer(struct fw_args *args, const char *text)
{
	struct fw_platform *next = &args->sim->next;
	u8 sha[TDXU_SHA384_BYTES];

	if (!fw_args_sha384(args, text, sha))
		return false;
	if (next->num_signers == FW_MAX_SIGNERS)
		return fw_args_fail(args, "%u signers are accepted already: signer clear",
				    FW_MAX_SIGNERS);
	if (!args->dry)
		memcpy(next->signer[next->num_signers++], sha, sizeof(sha));
	return true;
}

static bool do_signer(struct fw_args *args)
{
	struct fw_platform *next = &args->sim->next;
	char *what = fw_args_next(args);
	bool clear = what && !strcmp(what, "clear");

	if (!clear && !add_signer(args, what))
		return false;
	if (args->dry)
		return true;
	if (clear)
		next->num_signers = 0;
	memcpy(args->sim->fw.platform.signer, next->signer, sizeof(next->signer));
	args->sim->fw.platform.num_signers = next->num_signers;
	return true;
}

static struct fw_registry_entry *registry_entry(struct fw *fw, const u8 *seamhash)
{
	u32 i;

	for (i = 0; i < fw->num_registry; i++)
		if (!memcmp(fw->registry[i].seamhash, seamhash, TDXU_SHA384_BYTES))
			return &fw->registry[i];
	return i < FW_MAX_REGISTRY ? &fw->registry[i] : NULL;
}

static bool do_registry(struct fw_args *args)
{
	struct fw *fw = &args->sim->fw;
	struct fw_registry_entry *entry;
	u8 sha[TDXU_SHA384_BYTES];
	struct fw_desc desc;

	if (!fw_args_sha384(args, fw_args_next(args), sha))
		return false;
	entry = registry_entry(fw, sha);
	if (!entry)
		return fw_args_fail(args, "%u images are registered already", FW_MAX_REGISTRY);
	fw_desc_default(&desc);
	if (!fw_params_desc(args, &desc))
		return false;
	if (args->dry)
		return true;
	if (entry == &fw->registry[fw->num_registry])
		fw->num_registry++;
	memcpy(entry->seamhash, sha, sizeof(sha));
	entry->desc = desc;
	return true;
}

static const struct {
	const char *name;
	bool (*run)(struct fw_args *args);
} commands[] = {
	{ "activity", do_activity },
	{ "fault", fw_control_fault },
	{ "go", do_go },
	{ "hold", do_hold },
	{ "latency", fw_control_latency },
	{ "log", do_log },
	{ "platform", fw_params_platform },
	{ "poke", fw_params_poke },
	{ "registry", do_registry },
	{ "reset", do_reset },
	{ "signer", do_signer },
	{ "td", fw_control_td },
};

bool fw_control_run(struct fw_args *args)
{
	char *name = fw_args_next(args);
	char *extra;
	u32 i;

	if (!name || name[0] == '#')
		return true;
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			break;
	if (i == ARRAY_SIZE(commands))
		return fw_args_fail(args, "\"%s\" is not a command", name);
	if (!commands[i].run(args))
		return false;
	extra = fw_args_next(args);
	return !extra || fw_args_fail(args, "%s: \"%s\" is too much", name, extra);
}

int fw_control(struct fw *fw, char *line, char *err, size_t errlen)
{
	struct fw_sim *sim = fw_sim(fw);
	struct fw_args args = { .sim = sim, .dry = true, .err = err, .errlen = errlen };
	unsigned long flags;
	bool good;

	if (strlen(line) >= sizeof(sim->line)) {
		snprintf(err, errlen, "the line is longer than %zu characters",
			 sizeof(sim->line) - 1);
		return -EINVAL;
	}
	flags = fw_sim_lock(sim);
	memcpy(sim->line, line, strlen(line) + 1);
	args.rest = sim->line;
	good = fw_control_run(&args);
	if (good) {
		args.dry = false;
		args.rest = line;
		good = fw_control_run(&args);
	}
	fw_sim_unlock(sim, flags);
	return good ? 0 : -EINVAL;
}
