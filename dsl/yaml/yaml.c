/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * YAML through libyaml's events: the only file that knows the library.
 *
 * libyaml's marks count code points; `place` turns them into bytes with a cursor that walks along. Anchors are kept as
 * finished trees and an alias is a shallow copy of one: memory stays linear in the file, while `values` counts what
 * everybody who walks the tree will see. That sum is capped, so an alias bomb is refused before anyone walks it.
 */
#include <string.h>
#include <yaml.h>

#include "dsl/yaml/yaml.h"
#include "engine/base/map.h"
#include "engine/base/vec.h"

#define VALUES_MAX 2000000u /* an axis of a million values fits */
#define MANY_KEYS 16        /* a map with more keys gets an index */

struct anchor {
	struct value value;
	uint64_t values; /* how many it stands for */
	unsigned depth;
};

struct event {
	yaml_event_type_t type;
	struct str text, anchor; /* of a scalar; the name of an alias is in `anchor` */
	bool plain, tagged;
	size_t from, to; /* bytes */
};

struct reader {
	struct yaml_text t;
	yaml_parser_t *parser;
	size_t skipped;        /* bytes of a byte order mark */
	size_t index, offset;  /* the cursor: code point and byte */
	struct map anchors;    /* name → struct anchor */
	struct map open;       /* anchors whose value is being read */
	uint64_t values;
	bool stop;             /* nothing more can be read */
};

static size_t place(struct reader *r, size_t index)
{
	const char *p = r->t.text.p;

	while (r->index < index && r->offset < r->t.text.n) {
		r->offset++;
		while (r->offset < r->t.text.n && ((unsigned char)p[r->offset] & 0xc0) == 0x80)
			r->offset++;
		r->index++;
	}
	while (r->index > index && r->offset > r->skipped) {
		r->offset--;
		while (r->offset > r->skipped && ((unsigned char)p[r->offset] & 0xc0) == 0x80)
			r->offset--;
		r->index--;
	}
	return r->offset;
}

static struct span event_span(const struct reader *r, const struct event *e)
{
	return yaml_span(&r->t, e->from, e->to);
}

static bool stop(struct reader *r)
{
	r->stop = true;
	return false;
}

static struct str copy(struct reader *r, const yaml_char_t *p, size_t n)
{
	return arena_str(r->t.arena, (struct str){ (const char *)p, n });
}

static void read_event(struct reader *r, const yaml_event_t *y, struct event *e)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	*e = (struct event){ .type = y->type, .from = place(r, y->start_mark.index) };
	e->to = place(r, y->end_mark.index);
	if (y->type == YAML_SCALAR_EVENT) {
		e->text = copy(r, y->data.scalar.value, y->data.scalar.length);
		e->plain = y->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		anchor = y->data.scalar.anchor;
		tag = y->data.scalar.tag;
	} else if (y->type == YAML_SEQUENCE_START_EVENT) {
		anchor = y->data.sequence_start.anchor;
		tag = y->data.sequence_start.tag;
	} else if (y->type == YAML_MAPPING_START_EVENT) {
		anchor = y->data.mapping_start.anchor;
		tag = y->data.mapping_start.tag;
	} else if (y->type == YAML_ALIAS_EVENT) {
		e->anchor = copy(r, y->data.alias.anchor, strlen((const char *)y->data.alias.anchor));
	}
	if (anchor)
		e->anchor = copy(r, anchor, strlen((const char *)anchor));
	e->tagged = tag != NULL;
	if (tag) {
		struct span at = yaml_tag_span(&r->t, e->from, e->to);

		diag_error(r->t.d, at, "yaml-tag", "tags have no meaning here");
		diag_hint(r->t.d, "leave the tag out; to make text of a number put it in quotes");
	}
	if (anchor || tag)
		e->from = yaml_skip_properties(&r->t, e->from, e->to);
}

static bool next(struct reader *r, struct event *e)
{
	yaml_event_t y;

	if (r->stop)
		return false;
	if (yaml_parser_parse(r->parser, &y)) {
		const yaml_version_directive_t *v = y.type == YAML_DOCUMENT_START_EVENT ? y.data.document_start.version_directive : NULL;

		read_event(r, &y, e);
		if (v && v->minor < 2) {
			diag_error(r->t.d, event_span(r, e), "yaml-version", "the file says that it is YAML 1.1; rung reads 1.2");
			diag_hint(r->t.d, "remove the line; `yes`, `no` and `on` are text");
		}
		yaml_event_delete(&y);
		return true;
	}
	const yaml_parser_t *p = r->parser;
	size_t at = p->error == YAML_READER_ERROR ? p->problem_offset + r->skipped : place(r, p->problem_mark.index);

	yaml_complain(&r->t, p->problem, p->context, at, p->context ? place(r, p->context_mark.index) : at);
	return stop(r);
}

/* ---- values -------------------------------------------------------------------------------------------------------- */

/* Reads the value that starts with the event. *deep: levels below it. */
static bool read_value(struct reader *r, const struct event *e, unsigned depth, struct value *out, unsigned *deep);

static bool count_values(struct reader *r, const struct event *e, uint64_t more)
{
	uint64_t before = r->values;

	r->values = before + more;
	if (r->values <= VALUES_MAX)
		return true;
	struct str most = count_text(r->t.arena, VALUES_MAX), sum = count_text(r->t.arena, r->values);
	struct str mine = count_text(r->t.arena, more);

	if (more == 1)
		diag_error(r->t.d, event_span(r, e), "yaml-size", "the file holds more than " STR_FMT " values", STR_ARG(most)),
			diag_hint(r->t.d, "keep tables in files of their own and name them under 'datasets:'");
	else
		diag_error(r->t.d, event_span(r, e), "yaml-size",
		           "alias '*" STR_FMT "' stands for " STR_FMT " values, which makes " STR_FMT "; the limit is " STR_FMT,
		           STR_ARG(e->anchor), STR_ARG(mine), STR_ARG(sum), STR_ARG(most)),
			diag_hint(r->t.d, "write out what is needed, without lists of lists of aliases");
	return stop(r);
}

static bool too_deep(struct reader *r, const struct event *e)
{
	diag_error(r->t.d, event_span(r, e), "yaml-depth", "lists and maps inside each other more than %d deep", VALUE_DEPTH),
		diag_hint(r->t.d, "a study needs three or four levels; keep data in files of its own");
	return stop(r);
}

static void read_scalar(struct reader *r, const struct event *e, struct value *out)
{
	const char *why = NULL;

	if (e->plain && !e->tagged)
		yaml_scalar(e->text, out, &why);
	else
		*out = value_str(e->text);
	out->at = event_span(r, e);
	(void)yaml_free_of_mark(r->t.d, out->at, e->text);
	if (why) {
		diag_error(r->t.d, out->at, "yaml-number", "'" STR_FMT "' %s", STR_ARG(e->text), why);
		diag_hint(r->t.d, "put it in quotes if it is text");
		out->type = V_NULL;
	}
}

static bool read_alias(struct reader *r, const struct event *e, unsigned depth, struct value *out, unsigned *deep)
{
	const struct anchor *n = map_get(&r->anchors, e->anchor);

	*out = (struct value){ .at = event_span(r, e) };
	if (n && depth + n->depth > VALUE_DEPTH)
		return too_deep(r, e);
	if (n) {
		*out = n->value;
		*deep = n->depth;
		return count_values(r, e, n->values);
	}
	bool inside = map_has(&r->open, e->anchor);

	diag_error(r->t.d, out->at, "yaml-alias", inside ? "alias '*" STR_FMT "' stands inside its own anchor"
	                                                 : "no anchor for '*" STR_FMT "' above it", STR_ARG(e->anchor));
	if (!inside)
		diag_hint(r->t.d, "put it in quotes if it is text");
	return true;
}

static bool read_list(struct reader *r, const struct event *start, unsigned depth, struct value *out, unsigned *deep)
{
	VEC(struct value) items = { 0 };
	struct event e;

	while (next(r, &e) && e.type != YAML_SEQUENCE_END_EVENT) {
		struct value v;
		unsigned below = 0;

		if (!read_value(r, &e, depth + 1, &v, &below))
			return false;
		*deep = below + 1 > *deep ? below + 1 : *deep;
		VEC_PUSH(r->t.arena, &items, v);
	}
	*out = (struct value){ .type = V_LIST, .at = event_span(r, start), .list = { items.data, items.n } };
	return !r->stop;
}

/* The keys of a map so far; an index once there are many. */
struct keys {
	VEC(struct pair) pairs;
	struct map index;
};

static const struct span *find_key(struct reader *r, struct keys *k, struct str key)
{
	if (k->pairs.n < MANY_KEYS) {
		for (size_t i = 0; i < k->pairs.n; i++)
			if (str_same(k->pairs.data[i].key, key))
				return &k->pairs.data[i].at;
		return NULL;
	}
	k->index.arena = r->t.arena;
	for (size_t i = k->index.n; i < k->pairs.n; i++) { /* catches up; places are copied, for the array moves */
		struct span *at = arena_make(r->t.arena, struct span);

		*at = k->pairs.data[i].at;
		map_put(&k->index, k->pairs.data[i].key, at);
	}
	return map_get(&k->index, key);
}

/* false: the pair is not kept. */
static bool check_key(struct reader *r, const struct event *e, struct keys *k)
{
	struct span at = event_span(r, e);

	if (e->plain && str_is(e->text, "<<")) {
		diag_error(r->t.d, at, "yaml-merge", "merge keys are not part of YAML 1.2");
		diag_hint(r->t.d, "write the keys out, or put what is shared under 'params:'");
		return false;
	}
	if (!yaml_free_of_mark(r->t.d, at, e->text))
		return false;
	const struct span *first = find_key(r, k, e->text);

	if (!first)
		return true;
	diag_error(r->t.d, at, "duplicate-key", "'" STR_FMT "' is set twice", STR_ARG(e->text)),
		diag_hint(r->t.d, "keep one of them");
	diag_note(r->t.d, *first, "first defined here");
	return false;
}

/* A key that is no text: a list, a map, an alias. The pair is read and dropped. */
static bool drop_pair(struct reader *r, const struct event *e, unsigned depth)
{
	struct value v;
	unsigned deep = 0;
	struct event second;

	diag_error(r->t.d, event_span(r, e), "yaml-key", "a key must be text");
	if (r->t.text.p[e->from < r->t.text.n ? e->from : 0] == '{')
		diag_hint(r->t.d, "put quotes around text that starts with '{'");
	return read_value(r, e, depth + 1, &v, &deep) && next(r, &second) && read_value(r, &second, depth + 1, &v, &deep);
}

static bool read_pair(struct reader *r, const struct event *key, unsigned depth, struct keys *k, unsigned *deep)
{
	struct pair p = { .key = key->text, .at = event_span(r, key) };
	bool keep = check_key(r, key, k);
	unsigned below = 0;
	struct event e;

	if (!next(r, &e) || !read_value(r, &e, depth + 1, &p.val, &below))
		return false;
	if (e.type == YAML_SCALAR_EVENT && e.plain && e.from >= e.to)
		p.val.at = p.at; /* nothing was written: the key is what can be pointed at */
	*deep = below + 1 > *deep ? below + 1 : *deep;
	if (keep)
		VEC_PUSH(r->t.arena, &k->pairs, p);
	return true;
}

static bool read_map(struct reader *r, const struct event *start, unsigned depth, struct value *out, unsigned *deep)
{
	struct keys k = { 0 };
	struct event e;

	while (next(r, &e) && e.type != YAML_MAPPING_END_EVENT)
		if (e.type == YAML_SCALAR_EVENT ? !read_pair(r, &e, depth, &k, deep) : !drop_pair(r, &e, depth))
			return false;
	*out = (struct value){ .type = V_MAP, .at = event_span(r, start), .map = { k.pairs.data, k.pairs.n } };
	return !r->stop;
}

static bool read_value(struct reader *r, const struct event *e, unsigned depth, struct value *out, unsigned *deep)
{
	uint64_t before = r->values;
	bool ok = true;

	if (e->type == YAML_ALIAS_EVENT)
		return read_alias(r, e, depth, out, deep);
	if (depth > VALUE_DEPTH)
		return too_deep(r, e);
	if (!count_values(r, e, 1))
		return false;
	if (e->anchor.n)
		map_put(&r->open, e->anchor, r);
	if (e->type == YAML_SCALAR_EVENT)
		read_scalar(r, e, out);
	else if (e->type == YAML_SEQUENCE_START_EVENT)
		ok = read_list(r, e, depth, out, deep);
	else
		ok = read_map(r, e, depth, out, deep);
	if (ok && e->anchor.n) {
		struct anchor *n = arena_make(r->t.arena, struct anchor);

		*n = (struct anchor){ *out, r->values - before, *deep };
		map_put(&r->anchors, e->anchor, n);
	}
	return ok;
}

/* ---- the document -------------------------------------------------------------------------------------------------- */

static bool read_document(struct reader *r, struct value *out)
{
	struct event e;
	unsigned deep = 0;

	if (!next(r, &e) || !next(r, &e)) /* the start of the stream, then of the document */
		return false;
	if (e.type == YAML_STREAM_END_EVENT) {
		diag_error(r->t.d, (struct span){ r->t.source, 0, 0, 0 }, "yaml-empty", "the file is empty"),
			diag_hint(r->t.d, "`rung init` writes a study to start from");
		return false;
	}
	if (!next(r, &e) || !read_value(r, &e, 1, out, &deep))
		return false;
	if (!next(r, &e) || !next(r, &e)) /* the end of the document, then */
		return false;
	if (e.type != YAML_STREAM_END_EVENT) {
		diag_error(r->t.d, event_span(r, &e), "yaml-documents", "a second document starts here; a study is one document");
		diag_hint(r->t.d, "remove the '---'");
		return false;
	}
	return true;
}

bool yaml_parse(struct arena *a, struct diags *d, uint32_t source, struct value *out)
{
	struct reader r = { .anchors = { .arena = a }, .open = { .arena = a } };

	yaml_text_init(&r.t, a, d, source);
	if (!yaml_check_bytes(&r.t))
		return false;
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		BUG("no memory for the YAML parser");
	r.parser = &parser;
	r.skipped = r.offset = str_starts(r.t.text, "\xef\xbb\xbf") ? 3 : 0;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)r.t.text.p + r.skipped, r.t.text.n - r.skipped);
	bool ok = read_document(&r, out);

	yaml_parser_delete(&parser);
	return ok;
}
