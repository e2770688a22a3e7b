/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_LINUX_TDX_UPDATE_H
#define _UAPI_LINUX_TDX_UPDATE_H

/*
 * Generic netlink family "tdx_update", version 1: replaces the Intel TDX module underneath
 * running TDs. docs/netlink/tdx_update.yaml describes the same for generic clients.
 *
 * The family lives in the initial network namespace. Commands marked ADMIN need CAP_SYS_ADMIN
 * in the initial user namespace. Unknown attributes are refused. Every error carries an extended
 * ack with a sentence that says what is wrong and what to do.
 *
 * STATUS_GET
 *	Request: no attributes. Reply: TDX_UPDATE_A_STATUS_*. Makes no SEAMCALL: what it tells
 *	about the platform was asked for by the last REFRESH, CHECK or UPDATE, FACTS_AGE_MS ago.
 *	Before the first of these nothing is known of it: the state is NOT_ASKED, and what takes a
 *	SEAMCALL (MODULE, SEAMLDR, most of the BLOCKERs) is absent, which then does not mean none.
 *
 * REFRESH (ADMIN)
 *	Asks the firmware; replies like STATUS_GET. Errors: EBUSY while an update runs,
 *	ENOTRECOVERABLE once the module is lost. One that meets another REFRESH or a CHECK waits
 *	for its end, and so does an UPDATE.
 *
 * IMAGE_BEGIN (ADMIN)
 *	Request: SLOT, SIZE. Opens the upload session for a slot; the image has exactly SIZE bytes.
 *	The session, and every image uploaded through it, belongs to the socket and dies with it.
 *	A new BEGIN for a slot by its owner forgets what the slot held. Errors: EBUSY if another
 *	socket holds a session, or a check or an update works with its images, also when their
 *	socket has gone; EFBIG or EINVAL for an impossible size.
 *
 * IMAGE_DATA (ADMIN)
 *	Request: SLOT, OFFSET, DATA. Chunks come strictly in order. Errors: EPERM from another
 *	socket, EBUSY while a check or an update works with the images, ENOENT if no BEGIN was
 *	for this slot, ERANGE for a chunk that is out of order, overlaps, or goes beyond SIZE; the
 *	session stays as it was, and the right chunk may follow.
 *	Once all bytes have arrived the slot is complete.
 *
 * IMAGE_DROP (ADMIN)
 *	Request: SLOT, or nothing for all slots. Forgets what was uploaded and gives its memory
 *	back; the session ends when all slots are empty. Errors: EPERM from another socket, EBUSY
 *	while a check or an update works with the images.
 *
 * CHECK (ADMIN)
 *	Runs every preflight check on the uploaded images and replies with all verdicts,
 *	TDX_UPDATE_A_VERDICTS_CHECK, in order. Changes nothing. Errors: as UPDATE, but EBUSY while
 *	an update is in progress.
 *
 * UPDATE (ADMIN)
 *	Preflight, then the update of the running module by the uploaded target image, in the
 *	background. The reply, sent before it starts, has TDX_UPDATE_A_UPDATE_ID; the result comes
 *	as a RESULT_NTF with that number and stays readable by STATUS_GET. Errors: ENOENT if no
 *	complete target is uploaded by this socket, or another slot is half full; EALREADY if an
 *	update is in progress,
 *	ENOTRECOVERABLE once the module is lost. A failed preflight check is not an error here:
 *	it is a result (outcome REFUSED).
 *	Its ERRNO is then that of the check, docs/checks.md; ENODATA from any of them says that a
 *	fact without which nothing can be concluded could not be had: try again, it may pass.
 *	After outcome BUSY or REFUSED the images stay in their slots, and the next CHECK or UPDATE
 *	of the session neither hashes nor verifies them again. After any
 *	other outcome the slots are empty, and the session has ended. A client that does not want
 *	to try again drops them.
 *
 * Multicast group "events":
 *	STATE_CHANGE_NTF has TDX_UPDATE_A_STATUS_STATE, _PHASE and _UPDATE_ID; it is sent once for
 *	each change, in order. Phases inside the stop_machine window are reported after it.
 *	A subscriber whose event was lost, for want of memory here or in its socket, gets ENOBUFS
 *	from its next recvmsg(), and asks by STATUS_GET.
 *	RESULT_NTF has the attributes of a STATUS_GET reply, TDX_UPDATE_A_STATUS_RESULT among them.
 *
 * Versions:
 *	The interface only grows. Commands, attributes, events and values of enums are added, at the
 *	end; none ever changes its number, type or meaning. A client skips attributes that it does
 *	not know and treats a value that it does not know as unknown; what a driver does not know it
 *	refuses. So old and new go together, and the version of the family stays 1. Should something
 *	have to change its meaning all the same, the family gets another name: a client that knows
 *	only this one then finds none, and is not misled.
 */

#define TDX_UPDATE_FAMILY_NAME	  "tdx_update"
#define TDX_UPDATE_FAMILY_VERSION 1
#define TDX_UPDATE_MCGRP_EVENTS	  "events"

/* One IMAGE_DATA chunk has at most this many bytes. */
#define TDX_UPDATE_MAX_CHUNK 32768

enum tdx_update_cmd {
	TDX_UPDATE_CMD_STATUS_GET = 1,
	TDX_UPDATE_CMD_REFRESH,
	TDX_UPDATE_CMD_IMAGE_BEGIN,
	TDX_UPDATE_CMD_IMAGE_DATA,
	TDX_UPDATE_CMD_IMAGE_DROP,
	TDX_UPDATE_CMD_CHECK,
	TDX_UPDATE_CMD_UPDATE,
	TDX_UPDATE_CMD_STATE_CHANGE_NTF,
	TDX_UPDATE_CMD_RESULT_NTF,

	__TDX_UPDATE_CMD_MAX,
	TDX_UPDATE_CMD_MAX = (__TDX_UPDATE_CMD_MAX - 1)
};

enum tdx_update_state {
	TDX_UPDATE_STATE_IDLE,	   /* nothing uploaded */
	TDX_UPDATE_STATE_LOADING,  /* an upload session is open, the target is not complete */
	TDX_UPDATE_STATE_READY,	   /* the target image is complete */
	TDX_UPDATE_STATE_UPDATING, /* see the phase */
	TDX_UPDATE_STATE_LOST,	   /* no TDX module runs any more; until reboot */
	TDX_UPDATE_STATE_NOT_ASKED, /* nothing uploaded; whether the module is lost is not known: */
				    /* the firmware was not asked since the load */
};

enum tdx_update_phase {
	TDX_UPDATE_PHASE_NONE,
	TDX_UPDATE_PHASE_PREFLIGHT, /* the checks, before anything is touched */
	TDX_UPDATE_PHASE_RECHECK,   /* the machine is stopped: what can have changed, once more */
	TDX_UPDATE_PHASE_SHUTDOWN,  /* TDH.SYS.SHUTDOWN: the point of no return is its success */
	TDX_UPDATE_PHASE_INSTALL,   /* SEAMLDR.INSTALL on every CPU */
	TDX_UPDATE_PHASE_INIT,	    /* TDH.SYS.INIT */
	TDX_UPDATE_PHASE_CPU_INIT,  /* TDH.SYS.LP.INIT on every CPU */
	TDX_UPDATE_PHASE_HANDOFF,   /* TDH.SYS.UPDATE */
	TDX_UPDATE_PHASE_VERIFY,    /* what runs now is what was asked for */
};

enum tdx_update_outcome {
	TDX_UPDATE_OUTCOME_NONE,	/* no update since the driver was loaded */
	TDX_UPDATE_OUTCOME_UPDATED,	/* all TDs run, on the new module */
	TDX_UPDATE_OUTCOME_BUSY,	/* untouched: see reason and count; try again later */
	TDX_UPDATE_OUTCOME_REFUSED,	/* untouched: a preflight check said no */
	TDX_UPDATE_OUTCOME_FAILED,	/* untouched: TDH.SYS.SHUTDOWN failed, the old one runs */
	TDX_UPDATE_OUTCOME_ROLLED_BACK, /* all TDs run, on a fallback image or the way out */
	TDX_UPDATE_OUTCOME_LOST,	/* the module is gone, TDs are dying: reboot */
};

enum tdx_update_busy_reason {
	TDX_UPDATE_BUSY_NONE,
	TDX_UPDATE_BUSY_TD_BUILD,     /* count: TDs between TDH.MNG.INIT and TDH.MR.FINALIZE */
	TDX_UPDATE_BUSY_TD_MIGRATION, /* count: interrupted export or import flows */
	TDX_UPDATE_BUSY_OTHER,	      /* sensitive for a reason this driver does not know; count */
	TDX_UPDATE_BUSY_MODULE,	      /* the module was executing for another caller */
};

enum tdx_update_erratum {
	TDX_UPDATE_ERRATUM_NONE,
	TDX_UPDATE_ERRATUM_BLOCKED, /* SEAMRET clears the VMCS; restore_vmcs=0: no such calls */
	TDX_UPDATE_ERRATUM_HANDLED, /* restore_vmcs=1: the pointer is put back after each call */
};

/*
 * What an image is for. The two fallbacks may be left empty. P-SEAMLDR takes no SVN below that of
 * what was installed last, so either alone may not help: the image of the running module replaces
 * a target that P-SEAMLDR refuses, but as a rule its SVN is too low once the target was installed;
 * a way out has at least the target's SVN, and replaces a target that was installed and does not
 * come into service. The driver tries them as they fit, whichever slot they are in; the verdict
 * "svn" of each says what it can replace. All must read one handoff version.
 */
enum tdx_update_slot {
	TDX_UPDATE_SLOT_TARGET,
	TDX_UPDATE_SLOT_FALLBACK,
	TDX_UPDATE_SLOT_WAY_OUT, /* not in 0.1.0, whose BEGIN answers ERANGE: go on without */
};

enum tdx_update_verdict {
	TDX_UPDATE_VERDICT_PASS,
	TDX_UPDATE_VERDICT_FAIL,
	TDX_UPDATE_VERDICT_UNKNOWN, /* cannot be known on this machine; does not refuse */
};

/* A TDX module. What could not be read is absent, except for the version, which always is there. */
enum tdx_update_a_module {
	TDX_UPDATE_A_MODULE_MAJOR = 1,	   /* u32 */
	TDX_UPDATE_A_MODULE_MINOR,	   /* u32 */
	TDX_UPDATE_A_MODULE_UPDATE,	   /* u32 */
	TDX_UPDATE_A_MODULE_INTERNAL,	   /* u32 */
	TDX_UPDATE_A_MODULE_BUILD_NUM,	   /* u32 */
	TDX_UPDATE_A_MODULE_BUILD_DATE,	   /* u32, decimal YYYYMMDD */
	TDX_UPDATE_A_MODULE_FEATURES0,	   /* u64, TDX_FEATURES0 */
	TDX_UPDATE_A_MODULE_HV,		   /* u32, newest handoff version it writes and reads */
	TDX_UPDATE_A_MODULE_MIN_UPDATE_HV, /* u32, oldest */
	TDX_UPDATE_A_MODULE_NO_DOWNGRADE,  /* u32, 1: it writes only its newest */
	TDX_UPDATE_A_MODULE_HANDOFF_PAGES, /* u32, size of its handoff area in 4 KiB pages */
	TDX_UPDATE_A_MODULE_MRSEAM,	   /* 48 bytes: SHA-384 of the module, by SEAMLDR.INFO */
	TDX_UPDATE_A_MODULE_SVN_MAJOR,	   /* u32 */
	TDX_UPDATE_A_MODULE_SVN_MINOR,	   /* u32 */

	__TDX_UPDATE_A_MODULE_MAX,
	TDX_UPDATE_A_MODULE_MAX = (__TDX_UPDATE_A_MODULE_MAX - 1)
};

/* The P-SEAMLDR. */
enum tdx_update_a_seamldr {
	TDX_UPDATE_A_SEAMLDR_MAJOR = 1,	   /* u32 */
	TDX_UPDATE_A_SEAMLDR_MINOR,	   /* u32 */
	TDX_UPDATE_A_SEAMLDR_BUILD_NUM,	   /* u32 */
	TDX_UPDATE_A_SEAMLDR_BUILD_DATE,   /* u32 */
	TDX_UPDATE_A_SEAMLDR_UPDATES_LEFT, /* u32, installs that still preserve TDs until reboot */
	TDX_UPDATE_A_SEAMLDR_UPDATE,	   /* u32, of its version: major.minor.update */

	__TDX_UPDATE_A_SEAMLDR_MAX,
	TDX_UPDATE_A_SEAMLDR_MAX = (__TDX_UPDATE_A_SEAMLDR_MAX - 1)
};

/*
 * One run of a phase in the last update; a second attempt or a fallback makes more runs, in their
 * order, of which none overlaps another. Times count from the start of the preflight.
 */
enum tdx_update_a_timing {
	TDX_UPDATE_A_TIMING_PHASE = 1, /* u32, enum tdx_update_phase */
	TDX_UPDATE_A_TIMING_START_NS,  /* u64 */
	TDX_UPDATE_A_TIMING_END_NS,    /* u64 */
	TDX_UPDATE_A_TIMING_RETRIES,   /* u32, transient statuses that were retried, in all runs */

	__TDX_UPDATE_A_TIMING_MAX,
	TDX_UPDATE_A_TIMING_MAX = (__TDX_UPDATE_A_TIMING_MAX - 1)
};

/* How the last update ended. */
enum tdx_update_a_result {
	TDX_UPDATE_A_RESULT_UPDATE_ID = 1, /* u32 */
	TDX_UPDATE_A_RESULT_OUTCOME,	   /* u32, enum tdx_update_outcome */
	TDX_UPDATE_A_RESULT_ERRNO,	   /* u32, positive errno, 0 for success */
	TDX_UPDATE_A_RESULT_MESSAGE,	   /* string, one sentence */
	TDX_UPDATE_A_RESULT_PHASE,	   /* u32, where it ended */
	TDX_UPDATE_A_RESULT_CHECK,	   /* string: the check that refused, if one did */
	TDX_UPDATE_A_RESULT_BUSY_REASON,   /* u32, enum tdx_update_busy_reason */
	TDX_UPDATE_A_RESULT_BUSY_COUNT,	   /* u32 */
	/* The SEAMCALL that decided, where one did. */
	TDX_UPDATE_A_RESULT_CPU,  /* u32 */
	TDX_UPDATE_A_RESULT_LEAF, /* u64, RAX in */
	TDX_UPDATE_A_RESULT_RAX,  /* u64, RAX out */
	TDX_UPDATE_A_RESULT_RDX,  /* u64, RDX out */
	TDX_UPDATE_A_RESULT_FROM, /* nest, TDX_UPDATE_A_MODULE_*: what ran before */
	TDX_UPDATE_A_RESULT_TO,	  /* nest, TDX_UPDATE_A_MODULE_*: what runs now, if anything does */
	TDX_UPDATE_A_RESULT_TIMING,  /* nest, repeated, TDX_UPDATE_A_TIMING_* */
	TDX_UPDATE_A_RESULT_FINISHED, /* u64, seconds since the epoch */
	TDX_UPDATE_A_RESULT_METADATA, /* string, repeated: "field old -> new" that kernel and KVM cannot know of */
	/* Past the point of no return, for what can pass (lack of entropy, a busy firmware). */
	TDX_UPDATE_A_RESULT_WAITED_MS,	 /* u32, how long it was tried again */
	TDX_UPDATE_A_RESULT_PATIENCE_MS, /* u32, the limit in each step; four times that in all */

	__TDX_UPDATE_A_RESULT_MAX,
	TDX_UPDATE_A_RESULT_MAX = (__TDX_UPDATE_A_RESULT_MAX - 1)
};

/* STATUS_GET, REFRESH, RESULT_NTF, STATE_CHANGE_NTF. */
enum tdx_update_a_status {
	TDX_UPDATE_A_STATUS_STATE = 1,	 /* u32, enum tdx_update_state */
	TDX_UPDATE_A_STATUS_PHASE,	 /* u32, enum tdx_update_phase */
	TDX_UPDATE_A_STATUS_UPDATE_ID,	 /* u32, the running or last update; 0: none */
	TDX_UPDATE_A_STATUS_MODULE,	 /* nest, TDX_UPDATE_A_MODULE_*; absent: none answers */
	TDX_UPDATE_A_STATUS_SEAMLDR,	 /* nest, TDX_UPDATE_A_SEAMLDR_*; absent: none answers */
	TDX_UPDATE_A_STATUS_CPUS_ONLINE, /* u32 */
	TDX_UPDATE_A_STATUS_CPUS_PRESENT, /* u32 */
	TDX_UPDATE_A_STATUS_ERRATUM,	 /* u32, enum tdx_update_erratum */
	TDX_UPDATE_A_STATUS_DRIVER,	 /* string, version of the driver */
	TDX_UPDATE_A_STATUS_BLOCKER,	 /* nest, repeated, TDX_UPDATE_A_CHECK_*: why not now */
	TDX_UPDATE_A_STATUS_RESULT,	 /* nest, TDX_UPDATE_A_RESULT_*; absent: no update yet */
	TDX_UPDATE_A_STATUS_MINIMUM,	 /* string, "1.5.24": the oldest module of the running */
					 /* one's series that is updated; absent: unknown series */
	TDX_UPDATE_A_STATUS_SIGNER,	 /* string, 96 hexadecimal digits: a key that is taken */
					 /* beside Intel's production key; absent: none */
	TDX_UPDATE_A_STATUS_FACTS_AGE_MS, /* u64, since MODULE, SEAMLDR and BLOCKERs were asked */
					  /* for, with time in suspend; absent: not yet */
	TDX_UPDATE_A_STATUS_CHECK,	 /* string, repeated: the names of all checks that CHECK */
					 /* and UPDATE make, of the host and of an image */

	__TDX_UPDATE_A_STATUS_MAX,
	TDX_UPDATE_A_STATUS_MAX = (__TDX_UPDATE_A_STATUS_MAX - 1)
};

/* IMAGE_BEGIN, IMAGE_DATA, IMAGE_DROP. */
enum tdx_update_a_image {
	TDX_UPDATE_A_IMAGE_SLOT = 1, /* u32, enum tdx_update_slot */
	TDX_UPDATE_A_IMAGE_SIZE,     /* u32, bytes */
	TDX_UPDATE_A_IMAGE_OFFSET,   /* u32, bytes */
	TDX_UPDATE_A_IMAGE_DATA,     /* binary, 1 to TDX_UPDATE_MAX_CHUNK bytes */

	__TDX_UPDATE_A_IMAGE_MAX,
	TDX_UPDATE_A_IMAGE_MAX = (__TDX_UPDATE_A_IMAGE_MAX - 1)
};

/* One preflight check. */
enum tdx_update_a_check {
	TDX_UPDATE_A_CHECK_NAME = 1, /* string, stable: "cpus-online" */
	TDX_UPDATE_A_CHECK_VERDICT,  /* u32, enum tdx_update_verdict */
	TDX_UPDATE_A_CHECK_ERRNO,    /* u32, positive errno of a failure; ENODATA: what must be */
				     /* known for this check could not be had */
	TDX_UPDATE_A_CHECK_MESSAGE,  /* string, one sentence with the numbers in it */

	__TDX_UPDATE_A_CHECK_MAX,
	TDX_UPDATE_A_CHECK_MAX = (__TDX_UPDATE_A_CHECK_MAX - 1)
};

/* CHECK. */
enum tdx_update_a_verdicts {
	TDX_UPDATE_A_VERDICTS_CHECK = 1, /* nest, repeated, TDX_UPDATE_A_CHECK_* */

	__TDX_UPDATE_A_VERDICTS_MAX,
	TDX_UPDATE_A_VERDICTS_MAX = (__TDX_UPDATE_A_VERDICTS_MAX - 1)
};

/* UPDATE. */
enum tdx_update_a_update {
	TDX_UPDATE_A_UPDATE_ID = 1, /* u32 */

	__TDX_UPDATE_A_UPDATE_MAX,
	TDX_UPDATE_A_UPDATE_MAX = (__TDX_UPDATE_A_UPDATE_MAX - 1)
};

#endif /* _UAPI_LINUX_TDX_UPDATE_H */
