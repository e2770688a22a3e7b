// SPDX-License-Identifier: GPL-2.0-or-later
/* What QEMU calls: at load, at a CPU's start, when code is translated, when it is executed. */

#include <stdio.h>
#include <stdlib.h>

#include "platform.h"
#include "qemu.h"

#define CR4_VMXE (1ULL << 13)

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/* An instruction that was translated: lives as long as QEMU does. */
struct site {
	uint64_t address;
	struct insn insn;
};

/* QEMU's software CPU has no VMX: what it would know. */
static struct {
	bool vmxe; /* CR4.VMXE */
	bool vmxon;
} vmx[MAX_CPUS];

static void set_vmxon(unsigned int cpu, bool on)
{
	vmx[cpu].vmxon = on;
	platform_sim->fw.platform.vmx_off[cpu] = !on;
}

/* The bytes behind an instruction that QEMU does not know may be missing at translation. */
static bool complete(struct site *site)
{
	GByteArray *bytes = g_byte_array_new();

	if (site->insn.length)
		return true;
	if (!qemu_plugin_read_memory_vaddr(site->address, bytes, MAX_INSN_BYTES))
		return false;
	insn_decode(bytes->data, bytes->len, &site->insn);
	return site->insn.length;
}

static void skip(const struct site *site)
{
	qemu_plugin_set_pc(site->address + site->insn.length);
}

static void get_regs(struct fw_regs *regs)
{
	*regs = (struct fw_regs){
		.rax = cpu_get(REG_RAX), .rcx = cpu_get(REG_RCX), .rdx = cpu_get(REG_RDX),
		.r8 = cpu_get(REG_R8),	 .r9 = cpu_get(REG_R9),	  .r10 = cpu_get(REG_R10),
		.r11 = cpu_get(REG_R11),
	};
}

static void put_regs(const struct fw_regs *regs)
{
	cpu_set(REG_RAX, regs->rax);
	cpu_set(REG_RCX, regs->rcx);
	cpu_set(REG_RDX, regs->rdx);
	cpu_set(REG_R8, regs->r8);
	cpu_set(REG_R9, regs->r9);
	cpu_set(REG_R10, regs->r10);
	cpu_set(REG_R11, regs->r11);
}

static void trace_regs(const struct fw_regs *r)
{
	host_trace(" rax=0x%llx rcx=0x%llx rdx=0x%llx r8=0x%llx r9=0x%llx r10=0x%llx r11=0x%llx",
		   (unsigned long long)r->rax, (unsigned long long)r->rcx,
		   (unsigned long long)r->rdx, (unsigned long long)r->r8,
		   (unsigned long long)r->r9, (unsigned long long)r->r10,
		   (unsigned long long)r->r11);
}

static unsigned long long now(void)
{
	return platform_sim->fw.hooks.time_ns(NULL);
}

static enum fw_outcome call_firmware(unsigned int cpu, uint64_t address, struct fw_regs *regs)
{
	struct fw_regs in = *regs;
	enum fw_outcome outcome = fw_seamcall(&platform_sim->fw, cpu, regs);

	if (in.rax == FW_TDH_SYS_DISABLE)
		memcpy(platform_wbinvds.at_disable, platform_wbinvds.now,
		       sizeof(platform_wbinvds.now));
	host_trace("%llu %u SEAMCALL %s rip=0x%llx", now(), cpu, fw_leaf_name(in.rax),
		   (unsigned long long)address);
	trace_regs(&in);
	host_trace(" -> %s", fw_outcome_name(outcome));
	if (outcome == FW_RETURN)
		trace_regs(regs);
	host_trace("\n");
	return outcome;
}

/* Not taken over: QEMU goes on with #UD. */
static void seamcall(unsigned int cpu, const struct site *site)
{
	struct fw_regs regs;

	if (cpu_get(REG_RAX) == GUEST_COMMAND) {
		guest_command();
		skip(site);
		return;
	}
	/* User space has no SEAMCALL. */
	if (!(site->address >> 63))
		return;
	get_regs(&regs);
	switch (call_firmware(cpu, site->address, &regs)) {
	case FW_RETURN:
		put_regs(&regs);
		cpu_set_carry(false);
		break;
	case FW_VMFAIL:
	case FW_UD2:
		cpu_set_carry(true);
		break;
	case FW_GP:
		cpu_raise_gp(site->address);
	case FW_UD:
		return;
	}
	skip(site);
}

static void switch_vmx(unsigned int cpu, struct site *site, bool on)
{
	const char *name = on ? "VMXON" : "VMXOFF";
	bool allowed = on ? vmx[cpu].vmxe : vmx[cpu].vmxon;

	host_trace("%llu %u %s rip=0x%llx -> %s\n", now(), cpu, name,
		   (unsigned long long)site->address, allowed ? "ok" : "ud");
	if (!allowed || !complete(site))
		return;
	set_vmxon(cpu, on);
	cpu_set_carry(false);
	skip(site);
}

/* QEMU's CPU has no caches: it is only counted. */
static void write_back(unsigned int cpu, const struct site *site)
{
	platform_wbinvds.now[cpu]++;
	host_trace("%llu %u WBINVD rip=0x%llx\n", now(), cpu, (unsigned long long)site->address);
}

static void read_msr(unsigned int cpu, const struct site *site)
{
	uint64_t value;

	if (!msr_read(cpu, (uint32_t)cpu_get(REG_RCX), &value))
		return;
	cpu_set(REG_RAX, value & 0xffffffff);
	cpu_set(REG_RDX, value >> 32);
	skip(site);
}

/* QEMU's CPU would take VMXE for a reserved bit. The register is what the kernel reads back. */
static void write_cr4(unsigned int cpu, const struct site *site)
{
	uint64_t value = cpu_get(site->insn.operand);

	vmx[cpu].vmxe = value & CR4_VMXE;
	if (vmx[cpu].vmxe)
		cpu_set(site->insn.operand, value & ~CR4_VMXE);
}

static void read_cr4(unsigned int cpu, const struct site *site)
{
	if (!vmx[cpu].vmxe)
		return;
	cpu_set(site->insn.operand, cpu_get(REG_CR4) | CR4_VMXE);
	skip(site);
}

static void execute(unsigned int unreliable, void *data)
{
	struct site *site = data;
	unsigned int cpu = cpu_current();

	(void)unreliable;
	switch (site->insn.kind) {
	case INSN_SEAMCALL:
		seamcall(cpu, site);
		break;
	case INSN_VMXON:
	case INSN_VMXOFF:
		switch_vmx(cpu, site, site->insn.kind == INSN_VMXON);
		break;
	case INSN_INVEPT:
		if (!vmx[cpu].vmxon || !complete(site))
			return;
		cpu_set_carry(false);
		skip(site);
		break;
	case INSN_RDMSR:
		read_msr(cpu, site);
		break;
	case INSN_WRITE_CR4:
		write_cr4(cpu, site);
		break;
	case INSN_READ_CR4:
		read_cr4(cpu, site);
		break;
	case INSN_WBINVD:
		write_back(cpu, site);
		break;
	case INSN_OTHER:
		break;
	}
}

static void watch(struct qemu_plugin_insn *qemu_insn)
{
	uint8_t bytes[MAX_INSN_BYTES];
	size_t size = qemu_plugin_insn_data(qemu_insn, bytes, sizeof(bytes));
	struct site *site;
	struct insn insn;

	insn_decode(bytes, size, &insn);
	if (insn.kind == INSN_OTHER)
		return;
	site = malloc(sizeof(*site));
	if (!site)
		abort();
	*site = (struct site){ qemu_plugin_insn_vaddr(qemu_insn), insn };
	qemu_plugin_register_vcpu_insn_exec_cb(qemu_insn, execute, QEMU_PLUGIN_CB_RW_REGS_PC,
					       site);
}

static void translated(struct qemu_plugin_tb *tb, void *data)
{
	size_t count = qemu_plugin_tb_n_insns(tb);

	(void)data;
	for (size_t i = 0; i < count; i++)
		watch(qemu_plugin_tb_get_insn(tb, i));
}

static void cpu_starts(unsigned int cpu, void *data)
{
	(void)data;
	cpu_init(cpu);
}

static const char *option(const char *argument, const char *name)
{
	size_t length = strlen(name);

	return strncmp(argument, name, length) || argument[length] != '=' ?
	       NULL : argument + length + 1;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
					   char **argv)
{
	const char *trace = NULL, *control = NULL, *missing;

	for (int i = 0; i < argc; i++) {
		if (option(argv[i], "trace")) {
			trace = option(argv[i], "trace");
		} else if (option(argv[i], "control")) {
			control = option(argv[i], "control");
		} else {
			fprintf(stderr, "platform: '%s' is neither trace=FILE nor control=FILE\n",
				argv[i]);
			return -1;
		}
	}
	if (!cpu_usable(&missing)) {
		fprintf(stderr, "platform: this QEMU does not export %s\n", missing);
		return -1;
	}
	if (!host_init(info->system.smp_vcpus, trace, control))
		return -1;
	qemu_plugin_register_vcpu_init_cb(id, cpu_starts, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated, NULL);
	return 0;
}
