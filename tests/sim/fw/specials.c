// SPDX-License-Identifier: GPL-2.0-or-later
/* Parameters and pokes whose values are more than one number, or live in more than one place. */

#include "sim.h"

static bool set_svn(struct fw_args *args, char *text)
{
	struct fw_sim *sim = args->sim;
	u16 part[2];

	if (!fw_args_dotted(args, "svn", text, part, 2))
		return false;
	if (part[0] > 0xff || part[1] > 0xff)
		return fw_args_fail(args, "svn: each part is a byte");
	if (args->dry)
		return true;
	sim->boot.svn_major = sim->fw.ldr.ext.tcb_svn_major = (u8)part[0];
	sim->boot.svn_minor = sim->fw.ldr.ext.tcb_svn_minor = (u8)part[1];
	return true;
}

static bool set_seamldr_version(struct fw_args *args, char *text)
{
	struct fw_sim *sim = args->sim;
	u16 part[2];

	if (!fw_args_dotted(args, "seamldr_version", text, part, 2))
		return false;
	if (args->dry)
		return true;
	sim->next.seamldr_major = sim->fw.platform.seamldr_major = part[0];
	sim->next.seamldr_minor = sim->fw.platform.seamldr_minor = part[1];
	return true;
}

static bool set_handoff_pages(struct fw_args *args, char *text)
{
	struct fw_sim *sim = args->sim;
	u64 pages;

	if (!fw_args_u64(args, "handoff_pages", text, 0x10000, &pages))
		return false;
	if (!pages)
		return fw_args_fail(args, "handoff_pages: at least 1");
	if (args->dry)
		return true;
	sim->boot.num_handoff_pages = (u16)(pages - 1);
	sim->fw.ldr.sysinfo.num_handoff_pages = (u16)(pages - 1);
	return true;
}

/* The counter is a cache of what SEAMDB has room for: both must say the same. */
static bool set_updates_left(struct fw_args *args, char *text)
{
	struct fw_sim *sim = args->sim;
	u32 size = sim->fw.platform.seamdb_size;
	u64 left;

	if (!fw_args_u64(args, "updates_left", text, size, &left))
		return false;
	if (args->dry)
		return true;
	sim->fw.ldr.updates_left = (u32)left;
	sim->fw.ldr.seamdb_entries = size - (u32)left;
	return true;
}

/* One LP more sits beside the last one there is. */
static bool set_lps(struct fw_args *args, char *text)
{
	struct fw_platform *next = &args->sim->next;
	u64 lps;

	if (!fw_args_u64(args, "lps", text, FW_MAX_LPS, &lps))
		return false;
	if (!lps)
		return fw_args_fail(args, "lps: at least 1");
	if (args->dry)
		return true;
	for (; next->num_lps < lps; next->num_lps++)
		next->x2apic_id[next->num_lps] = next->x2apic_id[next->num_lps - 1] + 1;
	next->num_lps = (u32)lps;
	if (next->addressable_lps < lps)
		next->addressable_lps = (u32)lps;
	return true;
}

/* The values of a comma-separated list, from the first element on. */
static bool parse_list(struct fw_args *args, const char *name, char *text, u32 *values, u32 room,
		       u32 *count)
{
	u64 value;
	char *comma;

	for (*count = 0; text; text = comma) {
		comma = strchr(text, ',');
		if (comma)
			*comma++ = 0;
		if (*count == room)
			return fw_args_fail(args, "%s: more than %u values", name, room);
		if (!fw_args_u64(args, name, text, ~0u, &value))
			return false;
		if (!args->dry)
			values[*count] = (u32)value;
		++*count;
	}
	return true;
}

static bool set_x2apic(struct fw_args *args, char *text)
{
	u32 count;

	return parse_list(args, "x2apic", text, args->sim->next.x2apic_id, FW_MAX_LPS, &count);
}

/* Fewer values than packages: the last one is that of all others. */
static bool set_cpuid(struct fw_args *args, char *text)
{
	u32 *fms = args->sim->next.cpuid_fms;
	u32 count, i;

	if (!parse_list(args, "cpuid", text, fms, FW_MAX_PACKAGES, &count))
		return false;
	if (args->dry)
		return true;
	for (i = count; i < FW_MAX_PACKAGES; i++)
		fms[i] = fms[count - 1];
	memcpy(args->sim->fw.platform.cpuid_fms, fms, sizeof(args->sim->next.cpuid_fms));
	return true;
}

/* "all", "none" or one LP, which is added to those that are off. */
static bool set_vmx_off(struct fw_args *args, char *text)
{
	struct fw_sim *sim = args->sim;
	bool all = !strcmp(text, "all");
	u64 lp = FW_MAX_LPS;

	if (!all && strcmp(text, "none") &&
	    !fw_args_u64(args, "vmx_off", text, FW_MAX_LPS - 1, &lp))
		return false;
	if (args->dry)
		return true;
	if (lp < FW_MAX_LPS)
		sim->next.vmx_off[lp] = true;
	else
		memset(sim->next.vmx_off, all, sizeof(sim->next.vmx_off));
	memcpy(sim->fw.platform.vmx_off, sim->next.vmx_off, sizeof(sim->next.vmx_off));
	return true;
}

static bool parse_flag(struct fw_args *args, const char *name, const char *text, bool *flag)
{
	u64 value;

	if (!fw_args_u64(args, name, text, 1, &value))
		return false;
	*flag = value;
	return true;
}

static bool set_seamldr(struct fw_args *args, char *text)
{
	struct fw_sim *sim = args->sim;
	bool present;

	if (!parse_flag(args, "seamldr", text, &present))
		return false;
	if (args->dry)
		return true;
	sim->next.seamldr_present = sim->fw.platform.seamldr_present = present;
	sim->fw.ldr.ext.p_seamldr_ready = present;
	return true;
}

static bool set_debug_unlocked(struct fw_args *args, char *text)
{
	struct fw_sim *sim = args->sim;
	bool unlocked;

	if (!parse_flag(args, "debug_unlocked", text, &unlocked))
		return false;
	if (args->dry)
		return true;
	sim->next.debug_unlocked = sim->fw.platform.debug_unlocked = unlocked;
	sim->fw.ldr.ext.system_under_debug = unlocked;
	return true;
}

static bool set_boot(struct fw_args *args, char *text)
{
	bool fresh = !strcmp(text, "fresh");

	if (!fresh && strcmp(text, "module"))
		return fw_args_fail(args, "boot: want \"module\" or \"fresh\"");
	if (!args->dry)
		args->sim->boot_fresh = fresh;
	return true;
}

/* Numbers with colons between; those that are optional may be left out at the end. */
static bool parse_tuple(struct fw_args *args, const char *name, char *text, u64 *values, u32 least,
			u32 most)
{
	char *colon;
	u32 i;

	for (i = 0; i < most && text; i++, text = colon) {
		colon = strchr(text, ':');
		if (colon)
			*colon++ = 0;
		if (!fw_args_u64(args, name, text, ~0ULL, &values[i]))
			return false;
	}
	if (i < least || text)
		return fw_args_fail(args, "%s: want %u numbers with colons between", name, least);
	return true;
}

/* LP:VALUE or the like. */
static bool parse_pair(struct fw_args *args, const char *name, char *text, u64 limit, u64 pair[2])
{
	if (!parse_tuple(args, name, text, pair, 2, 2))
		return false;
	return pair[0] < limit || fw_args_fail(args, "%s: there is no number %llu", name,
					       (unsigned long long)pair[0]);
}

/* More than one: "cmr=" again, in order. "cmr=none": as at first. */
static bool set_cmr(struct fw_args *args, char *text)
{
	struct fw_platform *next = &args->sim->next;
	bool none = !strcmp(text, "none");
	u64 pair[2];

	if (!none && !parse_pair(args, "cmr", text, ~0ULL, pair))
		return false;
	if (!none && next->num_cmrs == FW_MAX_CMRS)
		return fw_args_fail(args, "cmr: there are %u already", FW_MAX_CMRS);
	if (args->dry)
		return true;
	if (none)
		next->num_cmrs = 0;
	else
		next->cmr[next->num_cmrs++] = (struct fw_range){ pair[0], pair[1] };
	args->sim->fw.platform.num_cmrs = next->num_cmrs;
	memcpy(args->sim->fw.platform.cmr, next->cmr, sizeof(next->cmr));
	return true;
}

static bool poke_busy(struct fw_args *args, char *text)
{
	u64 pair[2];

	if (!parse_pair(args, "busy", text, FW_MAX_LPS, pair))
		return false;
	if (!args->dry)
		args->sim->fw.lp[pair[0]].busy = !!pair[1];
	return true;
}

static bool poke_lp_init(struct fw_args *args, char *text)
{
	u64 pair[2];

	if (!parse_pair(args, "lp_init", text, FW_MAX_LPS, pair))
		return false;
	if (!args->dry)
		args->sim->fw.mod.lp_init[pair[0]] = !!pair[1];
	return true;
}

static bool poke_vmcs(struct fw_args *args, char *text)
{
	u64 pair[2];

	if (!parse_pair(args, "vmcs", text, FW_MAX_LPS, pair))
		return false;
	if (!args->dry)
		args->sim->fw.lp[pair[0]].current_vmcs = pair[1];
	return true;
}

static bool poke_kot(struct fw_args *args, char *text)
{
	u64 pair[2];

	if (!parse_pair(args, "kot", text, FW_KOT_ENTRIES, pair))
		return false;
	if (!args->dry)
		args->sim->fw.mod.live.kot[pair[0]].state = (u8)pair[1];
	return true;
}

/* VALID:HV:SIZE[:RESERVED]; the payload stays what it is. */
static bool poke_handoff(struct fw_args *args, char *text)
{
	struct fw_handoff_header *header = fw_handoff(&args->sim->fw);
	u64 values[4] = { 0 };

	if (!parse_tuple(args, "handoff", text, values, 3, 4))
		return false;
	if (args->dry)
		return true;
	header->valid = (u8)values[0];
	header->hv = (u16)values[1];
	header->size = (u32)values[2];
	header->reserved = (u8)values[3];
	return true;
}

/* A:B fills the handoff payload, as far as it is kept: its byte i becomes A * i + B. */
static bool poke_payload(struct fw_args *args, char *text)
{
	struct fw *fw = &args->sim->fw;
	u32 room = FW_HANDOFF_BYTES - sizeof(struct fw_handoff_header);
	u32 size = fw_handoff(fw)->size;
	u8 *payload = (u8 *)(fw_handoff(fw) + 1);
	u64 pair[2];
	u32 i;

	if (!parse_pair(args, "payload", text, 0x100, pair))
		return false;
	for (i = 0; i < size && i < room && !args->dry; i++)
		payload[i] = (u8)(pair[0] * i + pair[1]);
	return true;
}

/* As if P-SEAMLDR had put the same module in place again, keeping only the handoff. */
static bool poke_restart(struct fw_args *args, char *text)
{
	struct fw *fw = &args->sim->fw;
	struct fw_desc desc = fw->mod.desc;
	bool restart;

	if (!parse_flag(args, "restart", text, &restart))
		return false;
	if (restart && !args->dry)
		fw_module_start(fw, &desc);
	return true;
}

/* One bit of what a TD has computed so far, as a memory error would flip it. */
static bool poke_contents(struct fw_args *args, char *text)
{
	struct fw_td *td;
	u64 id;

	if (!fw_args_u64(args, "contents", text, ~0u, &id))
		return false;
	td = fw_td_find(args->sim, (u32)id);
	if (!td)
		return fw_args_fail(args, "contents: there is no TD %s", text);
	if (!args->dry)
		td->contents[0] ^= 1;
	return true;
}

static const struct {
	const char *name;
	bool poke;
	bool (*set)(struct fw_args *args, char *text);
} specials[] = {
	{ "boot", false, set_boot },
	{ "cmr", false, set_cmr },
	{ "cpuid", false, set_cpuid },
	{ "debug_unlocked", false, set_debug_unlocked },
	{ "handoff_pages", false, set_handoff_pages },
	{ "lps", false, set_lps },
	{ "seamldr", false, set_seamldr },
	{ "seamldr_version", false, set_seamldr_version },
	{ "svn", false, set_svn },
	{ "updates_left", false, set_updates_left },
	{ "vmx_off", false, set_vmx_off },
	{ "x2apic", false, set_x2apic },
	{ "busy", true, poke_busy },
	{ "contents", true, poke_contents },
	{ "handoff", true, poke_handoff },
	{ "kot", true, poke_kot },
	{ "lp_init", true, poke_lp_init },
	{ "payload", true, poke_payload },
	{ "restart", true, poke_restart },
	{ "vmcs", true, poke_vmcs },
};

bool fw_special_set(struct fw_args *args, const char *name, char *value, bool poke, bool *good)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(specials); i++) {
		if (specials[i].poke != poke || strcmp(specials[i].name, name))
			continue;
		*good = specials[i].set(args, value);
		return true;
	}
	return false;
}
