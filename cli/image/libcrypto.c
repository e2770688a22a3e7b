// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>
#include <string.h>

#include "core/types.h"
#include "libcrypto.h"

/* The library whose headers these are: another may have other types. */
#define TEXT(x) #x
#define SONAME(version) "libcrypto.so." TEXT(version)

/* In the order of their pointers. A table would take relocations, and twice the space. */
#define NAME(name) #name "\0"
static const char names[] = TDXU_LIBCRYPTO_FUNCTIONS(NAME);

struct tdxu_libcrypto tdxu_libcrypto;

static bool find_all(void *library)
{
	u8 *member = (u8 *)&tdxu_libcrypto;

	for (const char *name = names; *name; name += strlen(name) + 1) {
		void *function = dlsym(library, name);

		if (!function)
			return false;
		memcpy(member, &function, sizeof(function));
		member += sizeof(function);
	}
	return true;
}

const char *tdxu_libcrypto_load(void)
{
	static bool loaded;
	void *library;

	if (loaded)
		return NULL;
	library = dlopen(SONAME(OPENSSL_SHLIB_VERSION), RTLD_NOW);
	loaded = library && find_all(library);
	return loaded ? NULL : dlerror();
}

bool tdxu_libcrypto_blames_data(void)
{
	unsigned long error = tdxu_libcrypto.ERR_get_error();
	bool bad = error;

	for (; error; error = tdxu_libcrypto.ERR_get_error())
		if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
			bad = false;
	return bad;
}
