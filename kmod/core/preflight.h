/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CORE_PREFLIGHT_H
#define TDXU_CORE_PREFLIGHT_H

/*
 * Everything that must hold before TDH.SYS.SHUTDOWN, as a table of named checks over collected
 * facts. Pure: the same verdicts come out in the kernel, in the command line tool and in a test.
 * The rule: whatever P-SEAMLDR or the module would refuse, and can be known, is refused here.
 */

#include "image.h"
#include "version.h"

enum {
	TDXU_MAX_CPU_MODELS = 8,
	TDXU_CPU_LIST_TEXT = 48,
	TDXU_VERDICT_TEXT = 320,
	TDXU_NR_HOST_CHECKS = 8,
	TDXU_NR_IMAGE_CHECKS = 12,
	TDXU_MAX_VERDICTS = TDXU_NR_HOST_CHECKS + 3 * TDXU_NR_IMAGE_CHECKS, /* with all slots */
};

/*
 * What is known of a fact. Zero refuses, where the fact must be known: what was not filled in does
 * not pass for an answer.
 */
enum tdxu_knowledge {
	TDXU_CANNOT_TELL, /* it was asked for, and there was no answer */
	TDXU_KNOWN,
	TDXU_ABSENT,	/* this host or module has no such thing, and says so */
	TDXU_NOT_ASKED, /* there is no host to ask, or none that tells this */
};

/* The facts that can be had or not, each by itself, and what sentences call them. */
#define TDXU_FACTS(X)                                                                              \
	X(INFO, "P-SEAMLDR's counter and SVN (SEAMLDR.INFO)") /* and MRSEAM */                     \
	X(SEAMINFO, "how many CPUs P-SEAMLDR waits for (SEAMLDR.SEAMINFO)") /* and packages */     \
	X(SEAM_RANGE, "the size of the SEAM range") /* seam_pages */                               \
	X(ADDRESSABLE_LPS, "the CPUs of a package (CPUID leaf 4)")                                 \
	X(OFFLINE_CPUS, "which CPUs are offline")                                                  \
	X(CPUS, "the state of the CPUs") /* readiness, x2APIC ids and MSRs of all that are online */ \
	X(CPU_MODELS, "the models of the CPUs")                                                    \
	X(VERSION, "the running module's version")                                                 \
	X(INTERNAL_VERSION, "the running module's internal version")                               \
	X(BUILD_NUM, "the running module's build number")                                          \
	X(BUILD_DATE, "the running module's build date")                                           \
	X(FEATURES0, "the running module's TDX_FEATURES0")                                         \
	X(MODULE_HV, "the running module's MODULE_HV")                                             \
	X(MIN_UPDATE_HV, "the running module's MIN_UPDATE_HV")                                     \
	X(NO_DOWNGRADE, "the running module's NO_DOWNGRADE")                                       \
	X(HANDOFF_PAGES, "the running module's NUM_HANDOFF_PAGES")

#define TDXU_FACT(fact, name) TDXU_FACT_##fact,

enum tdxu_fact {
	TDXU_FACTS(TDXU_FACT)
	TDXU_NR_FACTS,
};

/* In place of RAX: the question could not be asked, for want of memory. */
#define TDXU_OUT_OF_MEMORY (~0ULL)
/* In place of RAX: there are more answers than the array takes. */
#define TDXU_TOO_MANY (~1ULL)

struct tdxu_knowing {
	enum tdxu_knowledge is;
	u64 why; /* TDXU_CANNOT_TELL: the last RAX, or one of the above */
};

/* What one TDX module says of itself, by TDH.SYS.RD, and SEAMLDR.INFO of it. */
struct tdxu_module_info {
	u32 known; /* bits 1 << enum tdxu_fact: which of these have a value */
	struct tdxu_version version;
	u16 internal;
	u16 build_num;
	u32 build_date;
	u64 features0;
	u16 module_hv;
	u16 min_update_hv;
	bool no_downgrade;
	u16 handoff_pages; /* a count, not count - 1 */
	u8 svn_major;
	u8 svn_minor;
	u8 mrseam[TDXU_SHA384_BYTES];
};

enum tdxu_erratum {
	TDXU_ERRATUM_NONE,
	TDXU_ERRATUM_BLOCKED,
	TDXU_ERRATUM_HANDLED,
};

/* Why no TDX module answers on a CPU. */
enum tdxu_readiness {
	TDXU_READINESS_NOT_SEEN, /* not even asked */
	TDXU_READY,
	TDXU_NOT_READY_NO_SEAM, /* #GP or VMfailInvalid: no SEAM software takes the call */
	TDXU_NOT_READY_NO_VMX,	/* #UD: the CPU is not in VMX root operation */
	TDXU_NOT_READY_STATUS,	/* the module answers with an error */
};

/* Who enters VMX operation on this kernel: what helps where it is not entered. */
enum tdxu_vmx_entry {
	TDXU_VMX_NOT_TOLD,
	TDXU_VMX_BY_FIRST_VM, /* KVM, when the first VM is created */
	TDXU_VMX_BY_KVM,      /* KVM, when it is loaded, unless told otherwise */
	TDXU_VMX_BY_KERNEL,   /* the kernel itself, where TDX came up at boot */
};

/* Where a CPU has a value that another module's TDH.SYS.INIT or LP.INIT checks. */
enum tdxu_register {
	TDXU_REGISTER_MSR,
	TDXU_REGISTER_EAX, /* and so on: of CPUID */
	TDXU_REGISTER_EBX,
	TDXU_REGISTER_ECX,
	TDXU_REGISTER_EDX,
	TDXU_REGISTER_MICROCODE, /* the kernel's word for its revision */
};

/* One that those leaves would refuse. */
struct tdxu_cpu_difference {
	enum {
		TDXU_CPUS_ALIKE,
		TDXU_CPU_DIFFERS, /* @value on @cpu, @reference on @reference_cpu */
		TDXU_CPU_LACKS,	  /* only @reference_cpu has it */
		TDXU_CPU_REFUSED, /* for @bit of the MSR, which is no matter of two CPUs */
	} is;
	enum tdxu_register kind;
	u32 number; /* of the MSR or the CPUID leaf */
	u32 subleaf;
	u32 bit;
	u32 reference_cpu;
	u64 reference;
	u32 cpu;
	u64 value;
};

/* The host, as found just now. A value counts only where @known says that it is known. */
struct tdxu_facts {
	struct tdxu_knowing known[TDXU_NR_FACTS];
	bool seamldr_answers;
	bool module_answers; /* with its version, on some CPU; no more follows from it */
	enum tdxu_erratum erratum;
	struct tdxu_seamldr_info seamldr;
	struct tdxu_module_info running;

	u32 cpus_online;
	u32 cpus_present;
	char offline_cpus[TDXU_CPU_LIST_TEXT]; /* "3,7-9"; of those present */

	enum tdxu_readiness readiness; /* the worst of all online CPUs */
	u32 unready_cpu;	       /* one that is not ready */
	u64 unready_status;	       /* its RAX, for TDXU_NOT_READY_STATUS */

	u32 nr_cpu_models; /* different CPUID.1.EAX of the packages */
	u32 cpu_models[TDXU_MAX_CPU_MODELS];

	struct tdxu_cpu_difference cpu_difference;

	u32 highest_x2apic_id;
	/* SEAMLDR.SEAMINFO, the SEAMRR registers and CPUID. */
	u32 seam_lps;	     /* logical processors that must call SEAMLDR.INSTALL */
	u32 seam_packages;
	u32 addressable_lps; /* of one package, by CPUID leaf 4 */
	u64 seam_pages;	     /* 4 KiB pages that the SEAM range has for a module */

	enum tdxu_vmx_entry vmx_entry;
	bool updated_here; /* this driver has used up an update since it was loaded */

	bool system_running; /* not suspending, not rebooting */

	u32 retries; /* of TDH.SYS.RD, until all this was known */
};

static_assert(TDXU_NR_FACTS <= 32);

/** tdxu_know() - Note what came of asking for @fact: @rax is 0 if it is known now. */
void tdxu_know(struct tdxu_facts *facts, enum tdxu_fact fact, u64 rax);

/** tdxu_knows() - Has @fact a value? */
static inline bool tdxu_knows(const struct tdxu_facts *facts, enum tdxu_fact fact)
{
	return facts->known[fact].is == TDXU_KNOWN;
}

/**
 * tdxu_facts_add_cpu_model() - One CPU is of @model, its CPUID.1.EAX. Context: any.
 *
 * A model beyond TDXU_MAX_CPU_MODELS makes TDXU_FACT_CPU_MODELS unknown: none is dropped silently.
 */
void tdxu_facts_add_cpu_model(struct tdxu_facts *facts, u32 model);

/** tdxu_facts_not_asked() - Those of a host that is not asked; more can be filled in. */
void tdxu_facts_not_asked(struct tdxu_facts *facts);

/**
 * tdxu_facts_from_info() - What SEAMLDR.INFO has answered.
 * tdxu_facts_from_seaminfo() - What SEAMLDR.SEAMINFO has answered.
 * @seamrr_base: where the SEAM range begins, physical; 0 if that is not known.
 *
 * Context: any.
 */
void tdxu_facts_from_info(struct tdxu_facts *facts, const struct tdxu_seamldr_info *info);
void tdxu_facts_from_seaminfo(struct tdxu_facts *facts, const struct tdxu_seaminfo *seaminfo,
			      u64 seamrr_base);

/* An image, with what parsing it, hashing it and verifying its signature have found. */
struct tdxu_candidate {
	const char *name;	   /* "target", "fallback": starts its sentences; or NULL */
	enum tdxu_image_rule rule; /* of tdxu_image_parse(); @image is valid if it is OK */
	struct tdxu_image image;
	bool hash_matches; /* SHA-384 of the module's pages is the sigstruct's SEAMHASH */
	bool signature_valid; /* RSA-3072 over the sigstruct, with the key in it */
	u8 signer[TDXU_SHA384_BYTES]; /* SHA-384 of the sigstruct's modulus */
	/*
	 * For a fallback, the image before it, down to the target, which stands in for none: all
	 * must take the same handoff data. NULL: none.
	 */
	const struct tdxu_candidate *stands_in_for;
};

enum tdxu_verdict_kind {
	TDXU_PASS,
	TDXU_FAIL,
	TDXU_UNKNOWN,
};

struct tdxu_verdict {
	const char *name; /* stable: users and scripts see it */
	enum tdxu_verdict_kind kind;
	int error; /* positive errno of a failure */
	char message[TDXU_VERDICT_TEXT];
};

/*
 * The highest version of the handoff data with which an update is not refused: 2, that of 1.5.34
 * and 2.0.18, unless the administrator vouches for more, since later ones were not examined.
 */
extern u16 tdxu_highest_handoff_version;

/* In place of all verdicts once the module is lost: nothing else that they say would help. */
extern const struct tdxu_verdict tdxu_verdict_lost;

/** tdxu_preflight_count() - How many checks there are, with @candidates images to check. */
u32 tdxu_preflight_count(u32 candidates);

/** tdxu_preflight_name() - The stable name of a check, with one image; NULL after the last. */
const char *tdxu_preflight_name(u32 index);

/**
 * tdxu_preflight_run() - Make all checks.
 * @facts: the host.
 * @candidates: the images; NULL to ask only what the host says (for "what would block now").
 * @nr_candidates: 0 to 3.
 * @verdicts: room for tdxu_preflight_count(@nr_candidates), filled in the order of the table.
 *
 * Every check runs, also after a failure. A check that must know a fact, and cannot, fails; it
 * answers TDXU_UNKNOWN if a check of the host has failed, which may be the reason and refuses
 * already.
 *
 * Return: index of the first failure, or -1 if nothing failed.
 */
int tdxu_preflight_run(const struct tdxu_facts *facts, const struct tdxu_candidate *candidates,
		       u32 nr_candidates, struct tdxu_verdict *verdicts);

/**
 * tdxu_handoff_version() - The handoff version for an update from @running to an image.
 * @last: that image; or the last of its fallbacks, and all that it stands in for count, too.
 *
 * The ranges [min_update_hv, module_hv] of all are intersected and the highest is taken; a
 * running module with no_downgrade writes only its own module_hv.
 *
 * Return: the version, or -1 if there is none.
 */
int tdxu_handoff_version(const struct tdxu_module_info *running,
			 const struct tdxu_candidate *last);

#endif
