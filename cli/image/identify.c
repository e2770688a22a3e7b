// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "identify.h"
#include "names.h"

/*
 * SEAMHASH, which is MRSEAM, of the published releases: from the publisher's list of releases and
 * hashes in the README of its source repository; 2.0.05, which is not listed there, from its image.
 */
static const struct {
	struct tdxu_version version;
	const char *seamhash;
} releases[] = {
	{ { 1, 5, 1 },
	  "9790d89a10210ec6968a773cee2ca05b5aa97309f36727a9"
	  "68527be4606fc19e6f73acce350946c9d46a9bf7a63f8430" },
	{ { 1, 5, 5 },
	  "1cc6a17ab799e9a693fac7536be61c12ee1e0fabada82d0c"
	  "999e08ccee2aa86de77b0870f558c570e7ffe55d6d47fa04" },
	{ { 1, 5, 6 },
	  "5b38e33a6487958b72c3c12a938eaa5e3fd4510c51aeeab5"
	  "8c7d5ecee41d7c436489d6c8e4f92f160b7cad34207b00c1" },
	{ { 1, 5, 8 },
	  "49b66faa451d19ebbdbe89371b8daf2b65aa3984ec901103"
	  "43e9e2eec116af08850fa20e3b1aa9a874d77a65380ee7e6" },
	{ { 1, 5, 9 },
	  "bfb360ac8e6233a1bca1433caf7382d95c165b4a77fb00bf"
	  "1435e5a08f300cdfead5ee68461afd9b6c728dce7534602d" },
	{ { 1, 5, 13 },
	  "27b67e0b20508f0acfb8a99df4283a7c86ae569d85d556a9"
	  "1d4eb20e56b5d42d5e65b31a3a6996e8e461f104f32fdeec" },
	{ { 1, 5, 16 },
	  "7bf063280e94fb051f5dd7b1fc59ce9aac42bb961df8d44b"
	  "709c9b0ff87a7b4df648657ba6d1189589feab1d5a3c9a9d" },
	{ { 1, 5, 20 },
	  "d0d80c085166ba78ccc69af268e5753cf0f3394523cb4ff7"
	  "c50b08d9265c82489c099c377be6a400e4d2b57da924012c" },
	{ { 1, 5, 24 },
	  "489e585f1c54bc5a02066c8c6ec21619ff0334ec6f21e07e"
	  "2a35202c59183789c8057e7d97dd591bb08314b185819e72" },
	{ { 1, 5, 25 },
	  "fca4ff221293807e3d247416299ca39a236872df4eb41456"
	  "7ca96072d3fde7dead740f807eefe2f7d938499c03cc8aba" },
	{ { 1, 5, 28 },
	  "346bc77a1846cac214dd2e8edeb9ee4349449d6c3f9ff2c5"
	  "2149a634c27b7fd1bd314c2ef6b973eeebd55742952531a1" },
	{ { 1, 5, 34 },
	  "ab62561a173acbd18ee50ff37750db44184c6cf5e886df74"
	  "247cc575e163b04c34b9e18374757c235affa614d4127f6b" },
	{ { 2, 0, 2 },
	  "685f891ea5c20e8fa27b151bf34bf3b50fbaf7143cc53662"
	  "727cbdb167c0ad8385f1f6f3571539a91e104a1c96d75e04" },
	{ { 2, 0, 4 },
	  "64cae497e0c6221176fe8d3bc9d0cf25b4c97bb24cc16499"
	  "f77102451f15bb24249f1aa3e5d3bf8897be74ad6c84e648" },
	{ { 2, 0, 5 },
	  "6f65e570e3bc418d2576f31aada40f7f7ce1ea810f964aa9"
	  "bc70066a89ac1fc6e0d6b76d3f86a16405172b2c3e078528" },
	{ { 2, 0, 8 },
	  "476a2997c62bccc78370913d0a80b956e3721b24272bc66c"
	  "4d6307ced4be2865c40e26afac75f12df3425b03eb59ea7c" },
	{ { 2, 0, 12 },
	  "87bdf50356b95e264a5d0807016b9b8ab7568d0857d27edd"
	  "be847f98184a786e0f3eecf2fabd3b6d23f71f2ae50300f4" },
	{ { 2, 0, 14 },
	  "aef4ed3e686fe6cf44c9a8d1cc63105443b558ac4f40c282"
	  "abf78271e9a4586c50408c8584c7b43fd21edb736700ba5f" },
	{ { 2, 0, 16 },
	  "f40772d82608da5443887dd7247be3e0092927e62409a9bb"
	  "8da98eaed9017704be075466a13d3ca30501000d69407495" },
	{ { 2, 0, 18 },
	  "2d2de102461684f14c8d0984a09d895e3e9e15944ce020a0"
	  "3b977e1f114d5e1ed32ef666a47fd19a5851b3800eda3afa" },
};

static bool by_hash(const struct tdxu_sigstruct *sig, struct tdxu_version *out)
{
	char hex[2 * TDXU_SHA384_BYTES + 1];

	tdxu_hex(sig->seamhash, sizeof(sig->seamhash), hex);
	for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
		if (strcmp(releases[i].seamhash, hex))
			continue;
		*out = releases[i].version;
		return true;
	}
	return false;
}

/*
 * The last reserved area of 2.0 images: update, two bytes of which one is the minor version and
 * which have been 0 in all images so far, major. Not documented; found by comparison with what
 * the modules answer. What contradicts that is not believed.
 */
static bool by_sigstruct(const struct tdxu_sigstruct *sig, struct tdxu_version *out)
{
	const u8 *v = sig->reserved3;

	if (v[3] < 2 || v[1] || v[2])
		return false;
	*out = (struct tdxu_version){ .major = v[3], .update = v[0] };
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The first "1.5.28" in a name; neither "1.5" nor a part of "1.5.28.4". */
static bool by_name(const char *name, struct tdxu_version *out)
{
	char text[NAME_MAX + 1];

	for (const char *p = name; *p && *p != '/'; p++) {
		size_t n = strspn(p, "0123456789.");

		if (!is_digit(*p))
			continue;
		if (p[n - 1] == '.')
			n--;
		snprintf(text, sizeof(text), "%.*s", (int)n, p);
		if (tdxu_version_parse(text, out))
			return true;
		p += n - 1;
	}
	return false;
}

/* "1.5", "1.5.28", "tdx_module_1.5.28", "intel_tdx_module_v1.5.28" */
bool tdxu_is_release_folder(const char *name)
{
	static const char *const parts[] = { "intel", "_", "tdx", "_", "module", "_", "v" };
	unsigned int dots = 0;
	const char *p = name;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (!strncasecmp(p, parts[i], strlen(parts[i])))
			p += strlen(parts[i]);
	while (is_digit(*p) || (*p == '.' && is_digit(p[1])))
		dots += *p++ == '.';
	return (!*p || *p == '/') && (dots == 1 || dots == 2);
}

/* What has no version in its own name, may lie in a folder that has. */
static bool by_path(const char *path, struct tdxu_version *out)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	if (by_name(name, out))
		return true;
	for (int level = 0; level < 2 && name - path > 1; level++) {
		name--;
		while (name > path && name[-1] != '/')
			name--;
		if (tdxu_is_release_folder(name) && by_name(name, out))
			return true;
	}
	return false;
}

struct tdxu_identity tdxu_identify(const struct tdxu_sigstruct *sig, const char *path)
{
	struct tdxu_identity id = { .source = TDXU_VERSION_UNKNOWN };

	if (sig && by_hash(sig, &id.version))
		id.source = TDXU_VERSION_SEAMHASH;
	else if (sig && by_sigstruct(sig, &id.version))
		id.source = TDXU_VERSION_SIGSTRUCT;
	else if (by_path(path, &id.version))
		id.source = TDXU_VERSION_FILE_NAME;
	return id;
}

const char *const tdxu_version_source_names[] = { "unknown", "seamhash", "sigstruct", "file-name" };

const char *tdxu_identity_text(const struct tdxu_identity *identity, char *out)
{
	static const char *const notes[] = { "", "known release", "in its signed data",
					     "file name, unverified" };
	char version[TDXU_VERSION_TEXT];

	if (identity->source)
		snprintf(out, TDXU_IDENTITY_TEXT, "%s (%s)",
			 tdxu_version_format(&identity->version, version),
			 notes[identity->source]);
	else
		snprintf(out, TDXU_IDENTITY_TEXT, "unknown");
	return out;
}
