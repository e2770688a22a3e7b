/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_PARITY_H
#define TESTS_UNIT_PARITY_H

/*
 * The preflight against the firmware: an image on a host is checked by the one, then given to the
 * other as the driver would, from TDH.SYS.SHUTDOWN to TDH.SYS.UPDATE, whatever the verdict was.
 * What passes must be taken, and what is taken must pass.
 */

#include "../vectors/native.h"
#include "../vectors/vectors.h"
#include "core/preflight.h"
#include "runner.h"

enum {
	PARITY_NAME = 120,
};

/* Where the firmware said no. */
enum parity_step {
	PARITY_SHUTDOWN,
	PARITY_INSTALL,
	PARITY_INIT,
	PARITY_LP_INIT,
	PARITY_UPDATE,
	PARITY_VERIFY,
	PARITY_TAKEN,
};

#define PARITY_NO_STATUS (~0ULL) /* the instruction did not return one */

struct parity_bench {
	struct native *native;
	struct fw *fw;
	struct vec_key key;	  /* the platform accepts it */
	struct vec_key other_key; /* and not this one */
	struct fw_boot_module running;
	u32 updates_left;

	struct vec_image image;
	u32 file_pages;	     /* module pages that the file has: 0 for all of the image's */
	u32 unknown_lps;     /* that P-SEAMLDR knows of and the kernel does not */
	u32 silent;	     /* facts that cannot be had, a bit each */
	struct fw_pokes fail; /* poked before the call that completes INSTALL */

	struct tdxu_facts facts;
	struct tdxu_candidate candidate;
};

extern struct parity_bench bench;

/** parity_open() - Keys and a machine, once. */
void parity_open(void);
void parity_close(void);

/** parity_good_host() - A sound host, to be changed and booted; 1.5.24 runs on it. */
void parity_good_host(void);

/** parity_boot() - fw_reset() and a running module. */
void parity_boot(void);

/**
 * parity_good_image() - A sound image for that host; 1.5.28.
 *
 * Its module says what it is, as its sigstruct does. To be changed, and signed.
 */
void parity_good_image(void);

/** parity_hash() - Put the hash of the image's pages into its sigstruct. */
void parity_hash(void);

/** parity_sign() - Sign the sigstruct. */
void parity_sign(void);

/** parity_ask() - Fill bench.facts by asking the firmware, as the driver's platform.c does. */
void parity_ask(void);

/** parity_look() - Fill bench.candidate from the image, as a file in format v2. */
void parity_look(void);

/** parity_install() - The whole sequence; where it ended, and the status. */
enum parity_step parity_install(u64 *rax);

/* test_parity.c */

/**
 * parity_relocates_itself() - Has relocating changed what it reads: headers or relocations?
 * @before, @after: @size bytes of the image.
 */
bool parity_relocates_itself(const u8 *before, const u8 *after, u64 size);

/** parity_group() - What follows is counted in the line of this name. */
void parity_group(const char *name);

/** parity_try() - Judge and install what the bench holds; complain if the two disagree. */
void parity_try(const char *format, ...) __printf(1, 2);

/** parity_random() - The same sequence each time. Return: less than @limit. */
u32 parity_random(u32 limit);

/* parity_genuine.c: how many of the publisher's sigstructs were at hand */
extern u32 parity_genuine_seen;

/* Each adds its tests. */
void parity_add_vectors(TCase *tc);
void parity_add_fields(TCase *tc);
void parity_add_images(TCase *tc);
void parity_add_hosts(TCase *tc);
void parity_add_genuine(TCase *tc);

#endif
