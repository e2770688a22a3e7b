/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_JSON_SCHEMA_H
#define TESTS_UNIT_JSON_SCHEMA_H

/*
 * As much of JSON Schema as docs/tdxupd.schema.json uses. A keyword that is not known here fails
 * the test, so that none is skipped in silence. Beyond the standard, an object below the top has
 * no keys but those that the schema names: what is printed is documented.
 */

#include <check.h>
#include <jansson.h>
#include <regex.h>
#include <string.h>
#include <unistd.h>

struct schema {
	json_t *root;
	char where[256]; /* of the last complaint */
};

static bool conforms(struct schema *s, const json_t *schema, const json_t *value,
		     const char *where);

static bool complain(struct schema *s, const char *where, const char *keyword)
{
	snprintf(s->where, sizeof(s->where), "%.180s: %.60s", where, keyword);
	return false;
}

static bool is_type(const json_t *value, const char *type)
{
	static const char *const names[] = { "object", "array", "string", "integer", "number",
					     "boolean", "boolean", "null" };

	return !strcmp(names[json_typeof(value)], type);
}

static bool check_type(const json_t *types, const json_t *value)
{
	const json_t *type;
	size_t i;

	if (json_is_string(types))
		return is_type(value, json_string_value(types));
	json_array_foreach(types, i, type)
		if (is_type(value, json_string_value(type)))
			return true;
	return false;
}

static bool check_enum(const json_t *values, const json_t *value)
{
	const json_t *one;
	size_t i;

	json_array_foreach(values, i, one)
		if (json_equal(one, value))
			return true;
	return false;
}

static bool check_pattern(const json_t *pattern, const json_t *value)
{
	regex_t regex;
	bool matches;

	if (!json_is_string(value))
		return true;
	ck_assert_int_eq(regcomp(&regex, json_string_value(pattern), REG_EXTENDED | REG_NOSUB), 0);
	matches = !regexec(&regex, json_string_value(value), 0, NULL, 0);
	regfree(&regex);
	return matches;
}

static bool check_properties(struct schema *s, const json_t *properties, const json_t *value,
			     const char *where)
{
	const json_t *schema;
	const char *name;
	char below[256];

	json_object_foreach((json_t *)properties, name, schema) {
		const json_t *member = json_object_get(value, name);

		snprintf(below, sizeof(below), "%.200s.%.50s", where, name);
		if (member && !conforms(s, schema, member, below))
			return false;
	}
	return true;
}

static bool check_required(struct schema *s, const json_t *schema, const json_t *value,
			   const char *where)
{
	const json_t *name, *names = json_object_get(schema, "required");
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(names, i, name)
		if (json_is_object(value) && !json_object_get(value, json_string_value(name)))
			return complain(s, where, json_string_value(name));
	json_object_foreach((json_t *)value, key, member)
		if (strchr(where, '.') &&
		    !json_object_get(json_object_get(schema, "properties"), key))
			return complain(s, where, key);
	return true;
}

static bool check_items(struct schema *s, const json_t *schema, const json_t *value,
			const char *where)
{
	const json_t *item;
	char below[256];
	size_t i;

	json_array_foreach(value, i, item) {
		snprintf(below, sizeof(below), "%.200s.[%zu]", where, i);
		if (!conforms(s, schema, item, below))
			return false;
	}
	return true;
}

static size_t how_many(struct schema *s, const json_t *schemas, const json_t *value,
		       const char *where)
{
	const json_t *schema;
	size_t i, nr = 0;

	json_array_foreach(schemas, i, schema)
		nr += conforms(s, schema, value, where);
	return nr;
}

static bool check_ref(struct schema *s, const json_t *ref, const json_t *value, const char *where)
{
	const char *name = json_string_value(ref), *prefix = "#/$defs/";
	const json_t *schema;

	ck_assert_int_eq(strncmp(name, prefix, strlen(prefix)), 0);
	schema = json_object_get(json_object_get(s->root, "$defs"), name + strlen(prefix));
	ck_assert_msg(schema != NULL, "no %s", name);
	return conforms(s, schema, value, where);
}

static bool check_if(struct schema *s, const json_t *schema, const json_t *value,
		     const char *where)
{
	struct schema asked = *s; /* that it is another case is nothing to complain of */

	return !conforms(&asked, json_object_get(schema, "if"), value, where) ||
	       conforms(s, json_object_get(schema, "then"), value, where);
}

static bool is_comment(const char *keyword)
{
	return strstr("$schema $comment title description $defs then", keyword) != NULL;
}

static bool check_keyword(struct schema *s, const char *keyword, const json_t *schema,
			  const json_t *value, const char *where)
{
	const json_t *rule = json_object_get(schema, keyword);

	if (!strcmp(keyword, "type"))
		return check_type(rule, value) || complain(s, where, keyword);
	if (!strcmp(keyword, "enum"))
		return check_enum(rule, value) || complain(s, where, keyword);
	if (!strcmp(keyword, "const"))
		return json_equal(rule, value) || complain(s, where, keyword);
	if (!strcmp(keyword, "pattern"))
		return check_pattern(rule, value) || complain(s, where, keyword);
	if (!strcmp(keyword, "properties"))
		return check_properties(s, rule, value, where);
	if (!strcmp(keyword, "required"))
		return check_required(s, schema, value, where);
	if (!strcmp(keyword, "items"))
		return check_items(s, rule, value, where);
	if (!strcmp(keyword, "$ref"))
		return check_ref(s, rule, value, where);
	if (!strcmp(keyword, "allOf"))
		return how_many(s, rule, value, where) == json_array_size(rule);
	if (!strcmp(keyword, "anyOf"))
		return how_many(s, rule, value, where) > 0;
	if (!strcmp(keyword, "not"))
		return !conforms(s, rule, value, where);
	if (!strcmp(keyword, "if"))
		return check_if(s, schema, value, where);
	ck_assert_msg(is_comment(keyword), "keyword %s is not known", keyword);
	return true;
}

static bool conforms(struct schema *s, const json_t *schema, const json_t *value,
		     const char *where)
{
	const char *keyword;
	json_t *rule;

	json_object_foreach((json_t *)schema, keyword, rule)
		if (!check_keyword(s, keyword, schema, value, where))
			return false;
	return true;
}

/* As root, whatever user the case is tried as: only the owner may read these sources. */
static void expect_schema(const json_t *value)
{
	struct schema s = { 0 };
	json_error_t error;
	uid_t user = geteuid();

	ck_assert_int_eq(seteuid(getuid()), 0);
	s.root = json_load_file(TOP_DIRECTORY "/docs/tdxupd.schema.json", JSON_REJECT_DUPLICATES,
				&error);
	ck_assert_int_eq(seteuid(user), 0);
	ck_assert_msg(s.root != NULL, "line %d: %s", error.line, error.text);
	ck_assert_msg(conforms(&s, s.root, value, "top"), "the schema says no to %s", s.where);
	json_decref(s.root);
}

/* No more and no less, in this order. */
static inline void expect_keys(json_t *object, const char *keys)
{
	char have[512] = "";
	const char *name;
	json_t *value;

	ck_assert_msg(json_is_object(object), "no object for %s", keys);
	json_object_foreach(object, name, value) {
		strcat(have, *have ? " " : "");
		strcat(have, name);
	}
	ck_assert_str_eq(have, keys);
}

#endif
