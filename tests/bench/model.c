// SPDX-License-Identifier: GPL-2.0-or-later

#include "model.h"

#include <stdlib.h>
#include <string.h>

enum {
	LINE_SHIFT = 6,
	TABLE_BITS = 16,
	TABLE_SIZE = 1 << TABLE_BITS,
	WORDS = MODEL_MAX_CPUS / 64,
	/* How much later each further reader of the same line gets it. */
	NEXT_READER = 20,
	NOBODY = -1,
};

static const unsigned int transfer_cost[MODEL_VARIANTS] = { 100, 200, 400 };

struct line {
	uint64_t number;
	uint64_t generation; /* of the reset since which it is known */
	int writer;
	uint64_t holders[WORDS];
	uint64_t available[MODEL_VARIANTS];
};

struct clock {
	uint64_t now[MODEL_VARIANTS];
	/* At the last PAUSE, and whether anything was seen or done since. */
	uint64_t pause_now[MODEL_VARIANTS];
	uint64_t pause_at;
	bool changed;
};

static struct line table[TABLE_SIZE];
static uint64_t generation;
static struct clock clocks[MODEL_MAX_CPUS];

unsigned int model_transfer_cost(int variant)
{
	return transfer_cost[variant];
}

void model_reset(void)
{
	generation++;
}

void model_enter(unsigned int cpu)
{
	memset(&clocks[cpu], 0, sizeof(clocks[cpu]));
}

uint64_t model_time(unsigned int cpu, int variant)
{
	return clocks[cpu].now[variant];
}

void model_instruction(unsigned int cpu)
{
	for (int v = 0; v < MODEL_VARIANTS; v++)
		clocks[cpu].now[v]++;
}

static struct line *find_line(uint64_t number)
{
	uint64_t slot = number * 0x9e3779b97f4a7c15ULL >> (64 - TABLE_BITS);

	for (int tries = 0; tries < TABLE_SIZE; tries++) {
		struct line *line = &table[(slot + tries) % TABLE_SIZE];

		if (line->generation == generation && line->number != number)
			continue;
		if (line->generation != generation)
			*line = (struct line){ .number = number, .generation = generation,
					       .writer = NOBODY };
		return line;
	}
	abort(); /* a window does not touch that many */
}

static bool holds(const struct line *line, unsigned int cpu)
{
	return line->holders[cpu / 64] >> (cpu % 64) & 1;
}

static bool held_by_others(const struct line *line, unsigned int cpu)
{
	for (unsigned int word = 0; word < WORDS; word++) {
		uint64_t me = word == cpu / 64 ? 1ULL << (cpu % 64) : 0;

		if (line->holders[word] & ~me)
			return true;
	}
	return false;
}

/* The line comes over, once it can be had; @busy: for how long the next one has to wait for it. */
static void transfer(struct clock *clock, struct line *line, unsigned int busy)
{
	for (int v = 0; v < MODEL_VARIANTS; v++) {
		uint64_t start = clock->now[v];

		if (line->available[v] > start)
			start = line->available[v];
		clock->now[v] = start + transfer_cost[v];
		line->available[v] = busy ? start + busy : clock->now[v];
	}
	clock->changed = true;
}

/* From now on a reader sees what was written, and not before. */
static void write_is_visible(const struct clock *clock, struct line *line)
{
	for (int v = 0; v < MODEL_VARIANTS; v++) {
		if (line->available[v] < clock->now[v])
			line->available[v] = clock->now[v];
	}
}

static void write_line(struct clock *clock, struct line *line, unsigned int cpu)
{
	if (held_by_others(line, cpu))
		transfer(clock, line, 0);
	memset(line->holders, 0, sizeof(line->holders));
	line->writer = cpu;
	clock->changed = true;
	write_is_visible(clock, line);
}

static void read_line(struct clock *clock, struct line *line, unsigned int cpu)
{
	if (!holds(line, cpu) && line->writer != NOBODY)
		transfer(clock, line, NEXT_READER);
}

void model_access(unsigned int cpu, uint64_t address, bool own)
{
	struct line *line = find_line(address >> LINE_SHIFT);

	if (own)
		write_line(&clocks[cpu], line, cpu);
	else
		read_line(&clocks[cpu], line, cpu);
	line->holders[cpu / 64] |= 1ULL << (cpu % 64);
}

bool model_pause(unsigned int cpu, uint64_t where)
{
	struct clock *clock = &clocks[cpu];
	bool changed = clock->changed || clock->pause_at != where;

	if (!changed)
		memcpy(clock->now, clock->pause_now, sizeof(clock->now));
	memcpy(clock->pause_now, clock->now, sizeof(clock->now));
	clock->pause_at = where;
	clock->changed = false;
	return changed;
}
