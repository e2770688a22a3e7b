/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_SESSION_H
#define TDXU_SESSION_H

/* Sessions of SEAMLDR.INSTALL. Context of all: machine stopped, interrupts off. */

#include "work.h"

/**
 * tdxu_session_install_again() - This CPU's SEAMLDR.INSTALL, when its first call has failed.
 * @answer: that call's.
 * @retries: how often it was called again is added.
 *
 * Return: the last call's answer.
 */
struct tdxu_answer tdxu_session_install_again(struct tdxu_work *work, struct tdxu_answer answer,
					      u32 *retries);

/**
 * tdxu_session_judge_install() - Has the session installed? Called by the last to arrive.
 *
 * Return: TDXU_STEP_OK; _FAILED if the session is over, _HALF_DONE if it is not; _GONE if the old
 * module's memory is.
 */
enum tdxu_step_result tdxu_session_judge_install(struct tdxu_work *work);

/** tdxu_session_judge_close() - Is the half-done session over? Called by the last to arrive. */
enum tdxu_step_result tdxu_session_judge_close(struct tdxu_work *work);

/** tdxu_session_recover() - Choose what to install next. Return: TDXU_STEP_OK, _GONE: nothing. */
enum tdxu_step_result tdxu_session_recover(struct tdxu_work *work);

#endif
