// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Raising #GP: the CPU has raised #UD, and the kernel will tell the exception table so. To have
 * the driver see the #GP that hardware without SEAM gives, its table is followed from here. The
 * kernel's search is not exported; module notifiers tell of modules that come after this one.
 */

#include "host.h"

#include <linux/bitfield.h>
#include <linux/extable.h>
#include <linux/module.h>
#include <linux/spinlock.h>

enum {
	MAX_MODULES = 64,
};

/* Protects the table: written in process context, read in traps. */
static DEFINE_RAW_SPINLOCK(modules_lock);
static const struct module *modules[MAX_MODULES];

static void replace(const struct module *old, const struct module *new)
{
	unsigned long flags;
	u32 i;

	raw_spin_lock_irqsave(&modules_lock, flags);
	for (i = 0; i < MAX_MODULES; i++) {
		if (modules[i] != old)
			continue;
		modules[i] = new;
		break;
	}
	raw_spin_unlock_irqrestore(&modules_lock, flags);
}

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == MODULE_STATE_COMING)
		replace(NULL, data);
	else if (event == MODULE_STATE_GOING)
		replace(data, NULL);
	return NOTIFY_DONE;
}

static struct notifier_block module_nb = { .notifier_call = module_event };

int sim_fixup_init(void)
{
	return register_module_notifier(&module_nb);
}

void sim_fixup_exit(void)
{
	unregister_module_notifier(&module_nb);
}

static bool follow(const struct exception_table_entry *entry, struct pt_regs *regs, int trapnr)
{
	switch (FIELD_GET(EX_DATA_TYPE_MASK, entry->data)) {
	case EX_TYPE_FAULT:
	case EX_TYPE_FAULT_MCE_SAFE:
		regs->ax = trapnr;
		break;
	case EX_TYPE_DEFAULT:
	case EX_TYPE_DEFAULT_MCE_SAFE:
		break;
	default:
		return false;
	}
	regs->ip = (unsigned long)&entry->fixup + entry->fixup;
	return true;
}

static bool search(const struct module *module, struct pt_regs *regs, int trapnr)
{
	unsigned int i;

	for (i = 0; i < module->num_exentries; i++) {
		const struct exception_table_entry *entry = &module->extable[i];

		if ((unsigned long)&entry->insn + entry->insn == regs->ip)
			return follow(entry, regs, trapnr);
	}
	return false;
}

bool sim_fixup(struct pt_regs *regs, int trapnr)
{
	unsigned long flags;
	bool found = false;
	u32 i;

	raw_spin_lock_irqsave(&modules_lock, flags);
	for (i = 0; i < MAX_MODULES && !found; i++)
		if (modules[i])
			found = search(modules[i], regs, trapnr);
	raw_spin_unlock_irqrestore(&modules_lock, flags);
	return found;
}
