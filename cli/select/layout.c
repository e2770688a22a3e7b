// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* basename, strcasestr */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identify.h"
#include "layout.h"

enum { MAX_DEPTH = 8 };

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcasecmp(name + n - m, end);
}

bool tdxu_layout_is_blob(const char *name)
{
	return ends_with(name, ".blob");
}

bool tdxu_layout_is_image(const char *name)
{
	return ends_with(name, ".blob") || ends_with(name, ".so") || ends_with(name, ".bin");
}

static bool is_archive(const char *name)
{
	return ends_with(name, ".zip") || ends_with(name, ".tar") || ends_with(name, ".tgz") ||
	       ends_with(name, ".gz") || ends_with(name, ".xz");
}

/* A .so or .bin without a version or "tdx" in its name is probably another program's. */
bool tdxu_layout_claims(const char *path)
{
	const char *name = basename(path);

	return tdxu_layout_is_blob(name) || (tdxu_layout_is_image(name) && (strcasestr(name, "tdx")));
}

/* A signature whose module is not there. */
bool tdxu_layout_is_lonely(const char *path)
{
	static const char *const ends[] = { ".so", ".bin", "", NULL };
	int stem = (int)(strlen(path) - strlen(".sigstruct"));
	char module[PATH_MAX];

	if (!ends_with(path, ".sigstruct"))
		return false;
	for (const char *const *end = ends; *end; end++) {
		snprintf(module, sizeof(module), "%.*s%s", stem, path, *end);
		if (!access(module, F_OK))
			return false;
	}
	return true;
}

/* Hidden files are other programs' business: half of a download, for one. */
bool tdxu_layout_wants(const char *path)
{
	const char *name = basename(path);

	/* "tdx_module_1.5.28", without an ending */
	bool is_release = !strncasecmp(name, "tdx_module_", 11) && tdxu_is_release_folder(name);

	return *name != '.' && (tdxu_layout_is_image(name) || is_archive(name) || is_release ||
				tdxu_layout_is_lonely(path));
}

/* Where the publisher puts images. All other folders are their owner's, withdrawn images' too. */
static bool has_folder(const char *name)
{
	static const char *const names[] = { "joined_files", "separate_files", "TDX-Module", "EFI",
					     "TDX" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcasecmp(name, names[i]))
			return true;
	return tdxu_is_release_folder(name);
}

bool tdxu_layout_enters(const FTSENT *f)
{
	return !f->fts_level ||
	       (f->fts_level <= MAX_DEPTH && has_folder(f->fts_name));
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

FTS *tdxu_layout_open(const char *dir)
{
	char *const roots[] = { (char *)dir, NULL };

	return fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
}

u64 tdxu_layout_stock(const char *dir, const struct tdxu_clock *clock)
{
	FTS *fts = tdxu_layout_open(dir);
	u64 sum = 0;
	FTSENT *f;

	while (fts && !tdxu_stopped(clock) && (f = fts_read(fts))) {
		const struct stat *st = f->fts_statp;
		u64 facts[] = { f->fts_info, st->st_ino, (u64)st->st_size,
				(u64)st->st_ctim.tv_sec, (u64)st->st_ctim.tv_nsec };

		if (f->fts_info == FTS_D && !tdxu_layout_enters(f))
			fts_set(fts, f, FTS_SKIP);
		for (u32 i = 0; i < (f->fts_info == FTS_NS ? 1 : ARRAY_SIZE(facts)); i++)
			sum = (sum ^ facts[i]) * 0x100000001b3;
	}
	if (fts)
		fts_close(fts);
	return sum;
}
