// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tenants: each keeps his own account of what his TD must measure and contain. Nothing here
 * looks at what the module has stored, except fw_td_health(), which compares the two.
 */

#include "sim.h"

void fw_chain(struct fw *fw, u8 digest[TDXU_SHA384_BYTES], const void *data, size_t size,
	      u64 number)
{
	const struct fw_hooks *hooks = &fw->hooks;

	hooks->sha384_init(hooks->ctx);
	hooks->sha384_update(hooks->ctx, digest, TDXU_SHA384_BYTES);
	hooks->sha384_update(hooks->ctx, data, size);
	hooks->sha384_update(hooks->ctx, &number, sizeof(number));
	hooks->sha384_final(hooks->ctx, digest);
}

void fw_tenant_builds(struct fw *fw, struct fw_td *td)
{
	memset(&td->tenant, 0, sizeof(td->tenant));
	fw_chain(fw, td->tenant.mrtd, "build", 5, td->id);
	fw_chain(fw, td->tenant.state, "power on", 8, td->id);
}

void fw_tenant_adds_page(struct fw *fw, struct fw_td *td)
{
	fw_chain(fw, td->tenant.mrtd, "page", 4, td->tenant.pages);
	td->tenant.pages++;
}

void fw_tenant_runs(struct fw *fw, struct fw_td *td)
{
	fw_chain(fw, td->tenant.state, "run", 3, 0);
}

void fw_tenant_departs(struct fw *fw, struct fw_td *td)
{
	memset(td->tenant.stream, 0, sizeof(td->tenant.stream));
	fw_chain(fw, td->tenant.stream, "stream", 6, td->id);
	fw_chain(fw, td->tenant.stream, "bundle", 6, 0);
	fw_chain(fw, td->tenant.stream, "final", 5, 1);
}

void fw_tenant_arrives(struct fw *fw, struct fw_td *td)
{
	fw_chain(fw, td->tenant.state, td->tenant.stream, sizeof(td->tenant.stream), 0);
}

void fw_tenant_mrtd(struct fw *fw, const struct fw_td *td, u8 mrtd[TDXU_SHA384_BYTES])
{
	memcpy(mrtd, td->tenant.mrtd, TDXU_SHA384_BYTES);
	fw_chain(fw, mrtd, "final", 5, td->tenant.pages);
}

void fw_tenant_contents(struct fw *fw, const struct fw_td *td, u8 sha[TDXU_SHA384_BYTES])
{
	memcpy(sha, td->tenant.state, TDXU_SHA384_BYTES);
	if (td->state == FW_TD_MIGRATING)
		fw_chain(fw, sha, td->tenant.stream, sizeof(td->tenant.stream), 0);
}

void fw_td_kill(struct fw_td *td, const char *fmt, ...)
{
	va_list args;

	if (td->dead[0])
		return;
	va_start(args, fmt);
	vsnprintf(td->dead, sizeof(td->dead), fmt, args);
	va_end(args);
}

static const char *death(struct fw_sim *sim, const struct fw_td *td)
{
	if (td->dead[0])
		return td->dead;
	if (!fw_td_key_kept(&sim->fw, td))
		return "its entry in the key ownership table is lost";
	if (fw_vmm_lost_vmcs(sim, td))
		return "the current-VMCS pointer of its CPU was left cleared";
	return NULL;
}

static const char *corruption(struct fw_sim *sim, const struct fw_td *td)
{
	u8 is[TDXU_SHA384_BYTES], expected[TDXU_SHA384_BYTES];

	fw_td_mrtd(sim, td, is);
	fw_tenant_mrtd(&sim->fw, td, expected);
	if (memcmp(is, expected, sizeof(is)))
		return "its MRTD is not that of the pages that were added";
	fw_td_contents(sim, td, is);
	fw_tenant_contents(&sim->fw, td, expected);
	if (!memcmp(is, expected, sizeof(is)))
		return NULL;
	return "its contents are not what it computed";
}

enum fw_td_health fw_td_health(struct fw_sim *sim, const struct fw_td *td, char *reason)
{
	const char *dead = death(sim, td);
	const char *corrupted = dead ? NULL : corruption(sim, td);

	if (dead || corrupted)
		snprintf(reason, FW_REASON_TEXT, "%s", dead ? dead : corrupted);
	else
		snprintf(reason, FW_REASON_TEXT, "-");
	if (dead)
		return FW_TD_DEAD;
	return corrupted ? FW_TD_CORRUPTED : FW_TD_ALIVE;
}

const char *fw_td_state_name(u8 state)
{
	static const char *const names[] = {
		[FW_TD_NONE] = "none",
		[FW_TD_CREATED] = "created",
		[FW_TD_BUILDING] = "building",
		[FW_TD_RUNNING] = "running",
		[FW_TD_MIGRATING] = "migrating",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

const char *fw_td_health_name(enum fw_td_health health)
{
	static const char *const names[] = {
		[FW_TD_ALIVE] = "alive",
		[FW_TD_DEAD] = "dead",
		[FW_TD_CORRUPTED] = "corrupted",
	};

	return names[health];
}
