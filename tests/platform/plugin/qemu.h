/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLATFORM_QEMU_H
#define PLATFORM_QEMU_H

/*
 * What is used of QEMU's plugin interface (version 7, from QEMU 11.0 on) and of the GLib that QEMU
 * has loaded. No package brings the headers.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_PLUGIN_VERSION 7
#define QEMU_PLUGIN_EXPORT  __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef struct { uint8_t *data; unsigned int len; } GByteArray;
typedef struct { char *data; unsigned int len; } GArray;

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_register;

typedef struct {
	const char *target_name;
	struct { int min, cur; } version;
	bool system_emulation;
	struct { int smp_vcpus, max_vcpus; } system;
} qemu_info_t;

typedef struct {
	struct qemu_plugin_register *handle;
	const char *name;
	const char *feature;
	bool is_readonly;
} qemu_plugin_reg_descriptor;

typedef uint32_t qemu_meminfo_t;

enum qemu_plugin_mem_rw {
	QEMU_PLUGIN_MEM_RW = 3,
};

enum qemu_plugin_cb_flags {
	QEMU_PLUGIN_CB_NO_REGS,
	QEMU_PLUGIN_CB_R_REGS,
	QEMU_PLUGIN_CB_RW_REGS,
	QEMU_PLUGIN_CB_RW_REGS_PC,
};

typedef void (*qemu_plugin_udata_cb)(void *data);
typedef void (*qemu_plugin_vcpu_cb)(unsigned int vcpu, void *data);
typedef void (*qemu_plugin_mem_cb)(unsigned int vcpu, qemu_meminfo_t info, uint64_t address,
				   void *data);
typedef void (*qemu_plugin_tb_cb)(struct qemu_plugin_tb *tb, void *data);

/* All callbacks are gone, and what was translated; then @done is called. */
void qemu_plugin_reset(qemu_plugin_id_t id, qemu_plugin_udata_cb done, void *data);
void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_cb cb, void *data);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_tb_cb cb, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_udata_cb cb, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_cb cb,
					    enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, qemu_plugin_mem_cb cb,
				      enum qemu_plugin_cb_flags flags, enum qemu_plugin_mem_rw rw,
				      void *data);
bool qemu_plugin_mem_is_store(qemu_meminfo_t info);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t size);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
GArray *qemu_plugin_get_registers(void);
bool qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *value);
bool qemu_plugin_write_register(struct qemu_plugin_register *handle, GByteArray *value);
void qemu_plugin_set_pc(uint64_t vaddr);
bool qemu_plugin_read_memory_vaddr(uint64_t address, GByteArray *data, size_t size);
bool qemu_plugin_write_memory_vaddr(uint64_t address, GByteArray *data);
/* 0: done */
int qemu_plugin_read_memory_hwaddr(uint64_t address, GByteArray *data, size_t size);
int qemu_plugin_write_memory_hwaddr(uint64_t address, GByteArray *data);

GByteArray *g_byte_array_new(void);
GByteArray *g_byte_array_append(GByteArray *array, const uint8_t *data, unsigned int len);
GByteArray *g_byte_array_set_size(GByteArray *array, unsigned int len);

/*
 * Not of the plugin interface, but exported by the QEMU program: flags are computed late, so that
 * writing the register EFLAGS does not set the carry flag; and nothing else raises #GP.
 */
extern __thread void *current_cpu __attribute__((weak));
extern void helper_write_eflags(void *env, uint64_t value, uint32_t mask) __attribute__((weak));
extern int gdb_write_register(void *cpu, uint8_t *value, int number) __attribute__((weak));
extern void raise_exception_err_ra(void *env, int vector, int error, uintptr_t from)
	__attribute__((weak, noreturn));

#endif
