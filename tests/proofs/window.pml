// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lockstep of kmod/window.c, for Spin. What begins with "//:" is a line of the window, and what
 * follows it is the model of that; quotes.pl sees to it that those are all the lines of the function
 * that "//:: FILE FUNCTION" names. The table of steps is core/sequence.c itself. Memory is written
 * and read in the program's order here; the litmus tests are about that.
 *
 * Of the CPUS of a machine, GROUP share a counter. Some may be offline once the machine stands
 * still. Each step ends in any way, up to FAILURES times without success.
 */

#define ALL ((1 << CPUS) - 1)
#define END 8

#define OK 0
#define FAILED 1
#define HALF_DONE 2
#define GONE 3
#define RECHECK 0
#define INSTALL 2
#define CLOSE_SESSION 3

c_decl {
	\#include "core/sequence.c"
	static_assert(END == TDXU_END_UNTOUCHED && RECHECK == TDXU_STEP_RECHECK);
	static_assert(INSTALL == TDXU_STEP_INSTALL && CLOSE_SESSION == TDXU_STEP_CLOSE_SESSION);
	static_assert(OK == TDXU_STEP_OK && GONE == TDXU_STEP_GONE);
	static_assert(FAILED == TDXU_STEP_FAILED && HALF_DONE == TDXU_STEP_HALF_DONE);
}

/* What the machine says. */
byte online, num_online;

/* struct window, struct tdxu_place and struct group */
byte turn, step, first, arrived, group[CPUS], place_turn[CPUS];
bool one_by_one;

/* The CPU that advances goes from here to there; the others do not read these. */
byte next, result, failures;
bool next_alone, next_in_turn;

/* What must hold. */
byte busy, called; /* how many are in their part of the step; which have done it */
bool advancing;

inline part_begins()
{
	d_step {
		assert(turn == mine - 1 && !advancing);
		assert(!(called & (1 << cpu)));
		busy++;
		assert(!one_by_one || (busy == 1 && online == ALL));
		assert(one_by_one == (step == INSTALL || step == CLOSE_SESSION));
	}
}

inline part_ends()
{
	d_step {
		assert(turn == mine - 1 && !advancing);
		called = called | (1 << cpu);
		busy--;
	}
}

/* From a step that has ended, in any way, to the one that follows. The recheck compares the CPUs. */
inline next_step()
{
	atomic {
		if
		:: next != RECHECK || online == ALL -> result = OK
		:: failures < FAILURES -> failures++; result = FAILED
		:: failures < FAILURES -> failures++; result = HALF_DONE
		:: failures < FAILURES -> failures++; result = GONE
		:: next == RECHECK && online != ALL -> result = FAILED
		fi;
		c_code {
			now.next = tdxu_step_info(now.next)->next[now.result];
			now.next_alone = !tdxu_step_is_end(now.next) &&
				tdxu_step_info(now.next)->scope == TDXU_ONE_CPU;
			now.next_in_turn = tdxu_step_info(now.next)->scope == TDXU_ONE_BY_ONE;
		};
	}
}

//:: kmod/window.c advance
inline advance()
{
	d_step {
		assert(!advancing && !busy && turn == mine - 1 && called == online);
		advancing = true;
		called = 0;
		next = step;
	}
	//: enum tdxu_step step = next_step(w, w->step, tdxu_steps_judge(&w->work, w->step));
	next_step();
	//: while (!tdxu_step_is_end(step) && tdxu_step_info(step)->scope == TDXU_ONE_CPU)
	do
	:: next_alone ->
		//: step = next_step(w, step, tdxu_steps_do(&w->work, step));
		next_step()
	:: else -> break
	od;
	//: w->step = step;
	step = next;
	//: w->one_by_one = tdxu_step_info(step)->scope == TDXU_ONE_BY_ONE;
	one_by_one = next_in_turn;
	//: w->first = place;
	first = cpu;
	//: place->turn = turn + 1;
	place_turn[cpu] = mine + 1;
	//: tdxu_touch_watchdogs();
	d_step { assert(!busy); next = 0; result = 0; next_alone = false; next_in_turn = false }
	//: smp_store_release(&w->turn, turn);
	d_step { advancing = false; turn = mine }
}

//:: kmod/window.c wait_for
/* It waits for just that turn: what goes past it waits for ever. */
//: u32 spins = SPINS_PER_TOUCH;
//: do {
//: cpu_relax();
//: if (--spins)
//: continue;
//: tdxu_touch_watchdogs();
//: spins = SPINS_PER_TOUCH;
//: } while (smp_load_acquire(turn) != wanted);
#define wait_for(a_turn, wanted) (a_turn == wanted)

//:: kmod/window.c online_in_group
inline online_in_group()
{
	//: u8 byte = ((const u8 *)cpumask_bits(cpu_online_mask))[cpu / BITS_PER_BYTE];
	//: return hweight8(byte >> round_down(cpu, GROUP) % BITS_PER_BYTE & (BIT(GROUP) - 1));
	d_step {
		for (i : 0 .. CPUS - 1) {
			members = members + ((online >> i) & (i / GROUP == cpu / GROUP))
		}
		i = 0
	}
}

//:: kmod/window.c arrive
inline arrive()
{
	//: if (atomic_inc_return(&group->arrived) != members * times)
	d_step { group[cpu / GROUP]++; last = (group[cpu / GROUP] == members * times) }
	if
	:: !last
		//: return false;
	:: else ->
		//: return atomic_add_return(members, &w->arrived) == num_online_cpus() * times;
		d_step { arrived = arrived + members; last = (arrived == num_online * times) }
	fi
}

/* A CPU's neighbour, as give_places() has it. */
#define NEIGHBOUR ((cpu + 1) % CPUS)

//:: kmod/window.c pass_on
inline pass_on()
{
	if
	//: if (next == w->first)
	:: NEIGHBOUR == first ->
		//: return true;
		last = true
	:: else ->
		//: smp_store_release(&next->turn, turn);
		place_turn[NEIGHBOUR] = mine;
		//: return false;
		last = false
	fi
}

//:: kmod/window.c walk
proctype walk(byte cpu)
{
	//: struct window *w = data;
	//: unsigned int cpu = raw_smp_processor_id();
	//: struct tdxu_place *place = &w->work.places[cpu];
	//: struct group *group = &w->groups[cpu / GROUP];
	//: int members = online_in_group(cpu), times = 0;
	byte members, times, i;
	//: bool last;
	bool last;
	//: u32 turn = 0;
	byte mine;

	online_in_group();
	//: do {
	do
	::
		//: turn++;
		mine++;
		if
		//: if (w->one_by_one) {
		:: one_by_one ->
			//: if (smp_load_acquire(&place->turn) != turn)
			//: wait_for(&place->turn, turn);
			wait_for(place_turn[cpu], mine);
			//: tdxu_steps_part_in_turn(&w->work, w->step);
			part_begins();
			part_ends();
			//: last = pass_on(w, place->next, turn);
			pass_on()
		//: } else {
		:: else ->
			//: tdxu_steps_part_at_once(&w->work, w->step);
			part_begins();
			part_ends();
			//: last = arrive(w, group, members, ++times);
			times++;
			arrive()
		fi;
		if
		//: if (last)
		:: last ->
			//: advance(w, place, turn);
			advance()
		//: else
		:: else ->
			//: wait_for(&w->turn, turn);
			wait_for(turn, mine)
		fi;
		//: } while (!tdxu_step_is_end(w->step));
		if
		:: step >= END -> break
		:: else
		fi
	od
	//: touch_nmi_watchdog();
	//: return 0;
}

init
{
	byte i;

	atomic {
		select(online : 1 .. ALL);
		for (i : 0 .. CPUS - 1) {
			if
			:: online & (1 << i) -> num_online++; run walk(i)
			:: else
			fi
		}
	}
}
