// SPDX-License-Identifier: GPL-2.0-or-later
/* Telling the platform what to be, and reading what it says of itself. */

#include <stdarg.h>
#include <stdlib.h>

#include "run.h"

bool run_tell(struct run *run, const char *format, ...)
{
	char line[RUN_LINE], why[RUN_WHY / 2];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (machine_control(line, why, sizeof(why)))
		return true;
	snprintf(run->why, sizeof(run->why), "\"%.120s\": %s", line, why);
	return false;
}

void run_look(struct run *run)
{
	machine_platform(run->state, sizeof(run->state));
}

/* Up to the end of its line. */
static const char *find(const struct run *run, const char *key)
{
	size_t length = strlen(key);
	const char *line = run->state;

	while (strncmp(line, key, length) || line[length] != ' ') {
		line = strchr(line, '\n');
		if (!line || !*++line) {
			fprintf(stderr, "the platform says nothing of \"%s\"\n", key);
			exit(1);
		}
	}
	return line + length + 1;
}

const char *run_state(struct run *run, const char *key)
{
	const char *value = find(run, key);

	snprintf(run->word, sizeof(run->word), "%.*s", (int)strcspn(value, "\n"), value);
	return run->word;
}

u64 run_state_number(struct run *run, const char *key)
{
	return strtoull(find(run, key), NULL, 0);
}

/* "0,3" or "none" */
bool run_state_lists(struct run *run, const char *key, u32 lp)
{
	const char *at = find(run, key);
	char *end;

	for (; *at >= '0' && *at <= '9'; at = *end == ',' ? end + 1 : end)
		if (strtoul(at, &end, 10) == lp)
			return true;
	return false;
}

bool run_is_dead(struct run *run)
{
	struct fw_regs info = { .rax = TDXU_SEAMLDR_INFO };
	struct fw_regs rd = { .rax = TDXU_TDH_SYS_RD };

	if (run_state_number(run, "dead") && machine_seamcall(0, &info) == FW_VMFAIL &&
	    machine_seamcall(0, &rd) == FW_VMFAIL)
		return true;
	snprintf(run->why, sizeof(run->why), "the platform is not dead");
	return false;
}
