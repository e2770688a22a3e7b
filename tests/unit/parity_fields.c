// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every field of a good sigstruct, changed one at a time: to all zeros, to all ones, one bit
 * flipped; signed again, and left with the signature of the good one. On several hosts.
 */

#include "parity.h"

static const struct field {
	const char *name;
	size_t offset;
	size_t bytes;
} fields[] = {
#define FIELD(member) \
	{ #member, offsetof(struct tdxu_sigstruct, member), \
	  sizeof(((struct tdxu_sigstruct *)NULL)->member) }
	FIELD(header_type),
	FIELD(header_length),
	FIELD(header_version),
	FIELD(module_type),
	FIELD(vendor),
	FIELD(date),
	FIELD(size),
	FIELD(key_size),
	FIELD(modulus_size),
	FIELD(exponent_size),
	FIELD(reserved0),
	FIELD(modulus),
	FIELD(exponent),
	FIELD(signature),
	FIELD(seamhash),
	FIELD(svn_minor),
	FIELD(svn_major),
	FIELD(attributes),
	FIELD(rip_offset),
	FIELD(num_stack_pages),
	FIELD(num_tls_pages),
	FIELD(num_keyhole_pages),
	FIELD(num_global_data_pages),
	FIELD(max_tdmrs),
	FIELD(max_rsvd_per_tdmr),
	FIELD(pamt_entry_size_4k),
	FIELD(pamt_entry_size_2m),
	FIELD(pamt_entry_size_1g),
	FIELD(reserved1),
	FIELD(module_hv),
	FIELD(min_update_hv),
	FIELD(no_downgrade),
	FIELD(reserved2),
	FIELD(num_handoff_pages),
	FIELD(gdt_idt_offset),
	FIELD(fault_wrapper_offset),
	FIELD(reserved3),
	FIELD(cpuid_table_size),
	FIELD(cpuid_table[0]),
	FIELD(cpuid_table[1]),
	FIELD(cpuid_table[254]),
	FIELD(cpuid_table),
#undef FIELD
};

/* The hosts, and what is good there */

static void plain(void)
{
}

/* The newer loader, and a module of the series that is made for it. */
static void seamldr_2(void)
{
	static const u8 version[] = { 16, 0, 0, 2, 0x72, 3, 0, 0 };

	bench.fw->platform.seamldr_major = 2;
	bench.fw->platform.seamldr_minor = 0;
	bench.running.desc.major = 2;
	bench.running.desc.minor = 0;
	bench.running.desc.update = 14;
	bench.running.svn_major = 3;
	bench.image.sig.svn_major = 3;
	memcpy(bench.image.sig.reserved3, version, sizeof(version));
}

static void unlocked_for_debugging(void)
{
	bench.fw->platform.debug_unlocked = true;
	bench.image.sig.module_type = TDXU_SIGSTRUCT_TYPE_DEBUG;
	bench.image.sig.cpuid_table_size = 0;
}

/* Two packages of different models, and a running module that writes its newest format only. */
static void strict(void)
{
	bench.fw->platform.num_packages = 2;
	bench.fw->platform.pkg_shift = 1;
	bench.fw->platform.cpuid_fms[1] = 0xc06f2;
	bench.running.desc.no_downgrade = 1;
	bench.running.svn_minor = 14;
}

static const struct {
	const char *name;
	void (*change)(void);
} hosts[] = {
	{ "plain", plain },
	{ "seamldr-2", seamldr_2 },
	{ "unlocked", unlocked_for_debugging },
	{ "strict", strict },
};

/* The changes */

static void zero(u8 *at, size_t bytes)
{
	memset(at, 0, bytes);
}

static void ones(u8 *at, size_t bytes)
{
	memset(at, 0xff, bytes);
}

static void flip_first(u8 *at, size_t bytes)
{
	(void)bytes;
	at[0] ^= 1;
}

static void flip_middle(u8 *at, size_t bytes)
{
	at[bytes / 2] ^= 1 << 3;
}

static void flip_last(u8 *at, size_t bytes)
{
	at[bytes - 1] ^= 1 << 7;
}

static const struct {
	const char *name;
	void (*apply)(u8 *at, size_t bytes);
} changes[] = {
	{ "zero", zero },
	{ "ones", ones },
	{ "flip-first", flip_first },
	{ "flip-middle", flip_middle },
	{ "flip-last", flip_last },
};

static void set_up(size_t host)
{
	parity_good_host();
	parity_good_image();
	hosts[host].change();
	parity_sign();
	parity_boot();
}

START_TEST(good_images_are_taken)
{
	parity_group("good images");
	set_up((size_t)_i);
	parity_try("%s/good", hosts[_i].name);
	ck_assert_int_eq(bench.fw->mod.sys_state, FW_SYS_READY);
	ck_assert_int_eq(bench.fw->mod.desc.update, 28);
}
END_TEST

static void change_field(size_t host, const struct field *f, size_t change, bool sign_again)
{
	u8 *at = (u8 *)&bench.image.sig + f->offset;
	struct tdxu_sigstruct before;

	set_up(host);
	before = bench.image.sig;
	changes[change].apply(at, f->bytes);
	if (!memcmp(&before, &bench.image.sig, sizeof(before)))
		return; /* it was so before */
	/* The signature itself is not made anew: that would undo the change. */
	if (sign_again && f->offset != offsetof(struct tdxu_sigstruct, signature))
		parity_sign();
	parity_try("%s/%s/%s%s", hosts[host].name, f->name, changes[change].name,
		   sign_again ? "/signed" : "");
}

/* One test for a field on a host; the changes and both signatures inside. */
START_TEST(changed_fields)
{
	size_t host = (size_t)_i / ARRAY_SIZE(fields);
	const struct field *f = &fields[(size_t)_i % ARRAY_SIZE(fields)];
	size_t change;

	parity_group("sigstruct fields");
	for (change = 0; change < ARRAY_SIZE(changes); change++) {
		change_field(host, f, change, false);
		change_field(host, f, change, true);
	}
}
END_TEST

/* Every bit of what is neither a big number nor a table, signed again. */
START_TEST(changed_bits)
{
	u8 *byte = (u8 *)&bench.image.sig + _i;
	int bit;

	parity_group("sigstruct bits");
	for (bit = 0; bit < 8; bit++) {
		set_up(0);
		*byte ^= 1 << bit;
		parity_sign();
		parity_try("plain/byte %d bit %d", _i, bit);
	}
}
END_TEST

void parity_add_fields(TCase *tc)
{
	tcase_add_loop_test(tc, good_images_are_taken, 0, ARRAY_SIZE(hosts));
	tcase_add_loop_test(tc, changed_fields, 0, ARRAY_SIZE(hosts) * ARRAY_SIZE(fields));
	tcase_add_loop_test(tc, changed_bits, offsetof(struct tdxu_sigstruct, svn_minor),
			    offsetof(struct tdxu_sigstruct, cpuid_table[3]));
}
