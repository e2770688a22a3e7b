// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>
#include <stdbool.h>

#include "libcrypto.h"

/* The library whose headers these are: another may have other types. */
#define TEXT(x) #x
#define SONAME(version) "libcrypto.so." TEXT(version)

/* All of them in one condition. */
#define FIND(name) && (tdxu_libcrypto.name = (__typeof__(name) *)dlsym(library, #name))

struct tdxu_libcrypto tdxu_libcrypto;

const char *tdxu_libcrypto_load(void)
{
	static bool loaded;
	void *library;

	if (loaded)
		return NULL;
	library = dlopen(SONAME(OPENSSL_SHLIB_VERSION), RTLD_NOW);
	loaded = library TDXU_LIBCRYPTO_FUNCTIONS(FIND);
	return loaded ? NULL : dlerror();
}
