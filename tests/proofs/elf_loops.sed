# SPDX-License-Identifier: GPL-2.0-or-later
# What changes in each round of a loop of core/elf.c, and what holds before and after it.

s/for (; count; count--)/& __CPROVER_assigns(count, at, t->end)\
	__CPROVER_loop_invariant(t->at <= at \&\& at <= 2 * size \&\&\
		(t->end ? t->at < t->end \&\& t->end <= size \&\& t->end - t->at >= bytes :\
			  at == t->at \&\& count == __CPROVER_loop_entry(count)))/

s/for (at = t->at; fits(at, SECTION_BYTES.*)/&\
	__CPROVER_assigns(at, e->num_tables, e->num_relocations)\
	__CPROVER_loop_invariant(t->at <= at \&\& at <= 2 * e->size)/

s/for (at = t->at; fits(at, RELA_BYTES.*)/& __CPROVER_assigns(at)\
	__CPROVER_loop_invariant(t->at <= at \&\& at <= 2 * e->size)/

s/for (i = 0; i < e->num_tables; i++)/& __CPROVER_assigns(i)\
	__CPROVER_loop_invariant(i <= e->num_tables)/
