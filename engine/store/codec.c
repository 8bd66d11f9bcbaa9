/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How artifacts stand in a row of the ledger, and what a result's content digest is over. Both are described to the byte
 * in docs/formats.md.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/store/internal.h"

static const char *const outcome_names[OUTCOME_COUNT] = {
#define OUTCOME_NAME(id, name) [OUTCOME_##id] = name,
	OUTCOMES(OUTCOME_NAME)
#undef OUTCOME_NAME
};

const char *outcome_name(enum outcome o)
{
	if (o >= OUTCOME_COUNT)
		BUG("outcome %d", (int)o);
	return outcome_names[o];
}

bool outcome_parse(struct str name, enum outcome *out)
{
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		if (str_is(name, outcome_names[i])) {
			*out = (enum outcome)i;
			return true;
		}
	return false;
}

static const char kind_letters[] = { [ARTIFACT_FILE] = 'f', [ARTIFACT_EXECUTABLE] = 'x', [ARTIFACT_TREE] = 't' };

const char *artifact_kind_name(enum artifact_kind kind)
{
	static const char *const names[] = { [ARTIFACT_FILE] = "file",
		                             [ARTIFACT_EXECUTABLE] = "executable",
		                             [ARTIFACT_TREE] = "tree" };

	return names[kind];
}

/* ---- artifacts: count, then kind, size, digest, name, file; numbers as LEB128 --------------------------------------- */

static void number_put(uint64_t v, struct sb *out)
{
	while (v >= 0x80) {
		sb_char(out, (char)(v | 0x80));
		v >>= 7;
	}
	sb_char(out, (char)v);
}

static bool number_get(struct str *in, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; in->n && shift < 64; shift += 7) {
		unsigned char byte = (unsigned char)*in->p++;

		in->n--;
		*v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static bool bytes_get(struct str *in, uint64_t n, struct str *out)
{
	if (n > in->n)
		return false;
	*out = (struct str){ in->p, (size_t)n };
	in->p += n;
	in->n -= (size_t)n;
	return true;
}

static bool text_get(struct str *in, struct str *out)
{
	uint64_t n;

	return number_get(in, &n) && bytes_get(in, n, out);
}

void artifacts_encode(const struct artifact *list, size_t n, struct sb *out)
{
	number_put(n, out);
	for (size_t i = 0; i < n; i++) {
		sb_char(out, kind_letters[list[i].kind]);
		number_put(list[i].size, out);
		sb_add(out, (struct str){ (const char *)list[i].digest.b, DIGEST_BYTES });
		number_put(list[i].name.n, out);
		sb_add(out, list[i].name);
		number_put(list[i].file.n, out);
		sb_add(out, list[i].file);
	}
}

static bool artifact_get(struct str *in, struct artifact *a)
{
	struct str letter, digest;

	if (!bytes_get(in, 1, &letter) || !number_get(in, &a->size) || !bytes_get(in, DIGEST_BYTES, &digest))
		return false;
	const char *found = memchr(kind_letters, letter.p[0], sizeof(kind_letters));

	if (!found)
		return false;
	a->kind = (enum artifact_kind)(found - kind_letters);
	memcpy(a->digest.b, digest.p, DIGEST_BYTES);
	return text_get(in, &a->name) && text_get(in, &a->file);
}

bool artifacts_decode(struct str bytes, struct arena *a, struct artifact **list, size_t *n)
{
	uint64_t count = 0;

	*list = NULL;
	*n = 0;
	if (!bytes.n)
		return true;
	/* an artifact has 36 bytes at least: a damaged count cannot ask for more memory than the row has */
	if (!number_get(&bytes, &count) || count > bytes.n / 36)
		return false;
	struct artifact *got = arena_array(a, struct artifact, count ? (size_t)count : 1);

	for (size_t i = 0; i < count; i++)
		if (!artifact_get(&bytes, &got[i]))
			return false;
	*list = got;
	*n = (size_t)count;
	return bytes.n == 0;
}

/* ---- the content of a result -------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct artifact *const *x = a, *const *y = b;

	return str_cmp((*x)->name, (*y)->name);
}

/* Canonical bytes of ["rung-result", 1, [[name, kind, digest], …], metrics], the artifacts by name. */
struct digest result_content(const struct result *r)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	const struct artifact **order = arena_array(a, const struct artifact *, r->artifact_count + 1);
	struct value whole = value_list(a, 4), list = value_list(a, r->artifact_count);
	struct sb bytes;

	for (size_t i = 0; i < r->artifact_count; i++)
		order[i] = &r->artifacts[i];
	qsort(order, r->artifact_count, sizeof(*order), by_name);
	for (size_t i = 0; i < r->artifact_count; i++) {
		struct value one = value_list(a, 3);

		one.list.items[0] = value_str(order[i]->name);
		one.list.items[1] = value_str(str_z(artifact_kind_name(order[i]->kind)));
		one.list.items[2] = value_str(digest_str(a, &order[i]->digest));
		list.list.items[i] = one;
	}
	whole.list.items[0] = value_str(STR("rung-result"));
	whole.list.items[1] = value_int(1);
	whole.list.items[2] = list;
	whole.list.items[3] = r->metrics;
	sb_init(&bytes, SIZE_MAX / 2);
	value_canon(&whole, &bytes);

	struct digest d = digest_of(sb_str(&bytes));

	sb_release(&bytes);
	return d;
}
