/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLAIM_H
#define TDXU_CLAIM_H

/*
 * Who may call the firmware, and what is known of it. An update has the firmware from its claim to
 * its result. A question (refresh, check) has it until it is answered; other questions and an
 * update wait for that. A question that comes during an update is refused.
 */

#include "update.h"

/** tdxu_claim_init() - The firmware has not been asked yet. Makes no SEAMCALL; may sleep. */
void tdxu_claim_init(void);

/** tdxu_claim_close() - Refuse new claims, and wait for those under way to end. May sleep. */
void tdxu_claim_close(void);

/**
 * tdxu_claim_question() - Take the firmware, after other questions.
 *
 * Return: 0, and tdxu_claim_question_end() must follow; -EBUSY while an update has it,
 * -ENOTRECOVERABLE once the module is lost, -ESHUTDOWN after tdxu_claim_close(). May sleep.
 */
int tdxu_claim_question(void);

/** tdxu_claim_question_end() - Give it back. @facts: what was found. May sleep. */
void tdxu_claim_question_end(const struct tdxu_facts *facts);

/**
 * tdxu_claim_update() - Take the firmware for an update, after a question that is being asked.
 * @update_id: set to its number.
 *
 * Return: 0, and tdxu_claim_publish() must follow; or as tdxu_claim_question(). May sleep.
 */
int tdxu_claim_update(u32 *update_id);

/** tdxu_claim_phase() - The update that has the firmware is in @phase. May sleep. */
void tdxu_claim_phase(enum tdx_update_phase phase);

/** tdxu_claim_found() - Publish what the owner of the claim has found. May sleep. */
void tdxu_claim_found(const struct tdxu_facts *facts);

/** tdxu_claim_publish() - The update has ended; gives the firmware back. May sleep. */
void tdxu_claim_publish(const struct tdxu_result *result, const struct tdxu_facts *facts,
			bool lost);

#endif
