/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CORE_TYPES_H
#define TDXU_CORE_TYPES_H

/*
 * This folder: decisions about versions, images, hosts and the order of the steps, in plain C. It
 * calls neither the kernel nor the firmware, and is compiled for the driver, tdxupd, tests and
 * provers alike.
 */

/* What core/ needs from its surroundings, in the kernel and in user space alike. */

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/stdarg.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/kernel.h>

#else

#include <assert.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#ifndef __packed
#define __packed __attribute__((__packed__))
#endif
#ifndef __printf
#define __printf(a, b) __attribute__((__format__(printf, a, b)))
#endif
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif
/* As in the kernel, the condition is message enough. */
#undef static_assert
#define static_assert(condition, ...) _Static_assert(condition, #condition)

#endif /* __KERNEL__ */

#endif
