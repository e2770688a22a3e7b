/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_PROJECT_VERSION_H
#define TDXU_PROJECT_VERSION_H

/* The one place that names the project's version; the Makefile and dkms.conf follow it. */
#define TDXU_PROJECT_VERSION "0.1.0"

#endif
