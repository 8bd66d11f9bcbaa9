/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The text of a YAML file: lines, places, the bytes that may stand in it, and libyaml's complaints in our words.
 */
#include <string.h>

#include "dsl/yaml/yaml.h"
#include "engine/base/vec.h"
#include "engine/graph/spec.h"

void yaml_text_init(struct yaml_text *t, struct arena *a, struct diags *d, uint32_t source)
{
	VEC(size_t) lines = { 0 };

	*t = (struct yaml_text){ a, d, source, d->sources[source - 1].text, NULL, 0 };
	VEC_PUSH(a, &lines, 0);
	for (size_t i = 0; i < t->text.n; i++)
		if (t->text.p[i] == '\n')
			VEC_PUSH(a, &lines, i + 1);
	t->lines = lines.data;
	t->line_count = lines.n;
}

struct span yaml_span(const struct yaml_text *t, size_t from, size_t to)
{
	size_t low = 0, high = t->line_count;

	from = from > t->text.n ? t->text.n : from;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (t->lines[middle] <= from)
			low = middle;
		else
			high = middle;
	}
	size_t end = low + 1 < t->line_count ? t->lines[low + 1] - 1 : t->text.n;

	end = to < end ? to : end;
	while (end > from && (t->text.p[end - 1] == ' ' || t->text.p[end - 1] == '\t' || t->text.p[end - 1] == '\r'))
		end--;
	return (struct span){ t->source, (uint32_t)low + 1, (uint32_t)(from - t->lines[low]) + 1,
			      end > from ? (uint32_t)(end - from) : 1 };
}

size_t yaml_skip_properties(const struct yaml_text *t, size_t from, size_t to)
{
	const char *p = t->text.p;

	while (from < to && (p[from] == '&' || p[from] == '!')) {
		while (from < to && !strchr(" \t\r\n", p[from]))
			from++;
		while (from < to && strchr(" \t\r\n", p[from]))
			from++;
	}
	return from;
}

struct span yaml_tag_span(const struct yaml_text *t, size_t from, size_t to)
{
	size_t end;

	while (from < to && t->text.p[from] != '!')
		from++;
	for (end = from; end < to && !strchr(" \t\r\n,[]{}", t->text.p[end]);)
		end++;
	return yaml_span(t, from, end);
}

bool yaml_check_bytes(const struct yaml_text *t)
{
	size_t bad;

	if (memchr(t->text.p, '\0', t->text.n)) {
		size_t at = (size_t)((const char *)memchr(t->text.p, '\0', t->text.n) - t->text.p);

		diag_error(t->d, (struct span){ t->source, 0, 0, 0 }, "yaml-binary",
		           "this is no text file: byte %zu is a zero", at + 1),
			diag_hint(t->d, "a study is YAML, text in UTF-8; is this the right file?");
		return false;
	}
	if (!str_utf8(t->text, &bad)) {
		diag_error(t->d, yaml_span(t, bad, bad + 1), "yaml-utf8", "byte 0x%02X is not UTF-8",
		           (unsigned char)t->text.p[bad]);
		diag_hint(t->d, "save the file as UTF-8");
		return false;
	}
	for (size_t i = 0; i < t->text.n; i++) {
		unsigned char c = (unsigned char)t->text.p[i];

		if ((c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n' || c == '\r')
			continue;
		if (c == TOKEN_MARK)
			return yaml_free_of_mark(t->d, yaml_span(t, i, i + 1), str_from(t->text, i, 1));
		diag_error(t->d, yaml_span(t, i, i + 1), "yaml-control", "control character 0x%02X", c);
		diag_hint(t->d, "inside double quotes it can be written \"\\x%02x\"", c);
		return false;
	}
	return true;
}

bool yaml_free_of_mark(struct diags *d, struct span at, struct str text)
{
	if (!text.n || !memchr(text.p, TOKEN_MARK, text.n))
		return true;
	diag_error(d, at, "reserved-byte", "the byte 0x1F cannot be part of a study: rung marks places of paths with it");
	diag_hint(d, "keep such data in a file; a command can make the byte itself: printf '\\037'");
	return false;
}

/* ---- what libyaml says, and what the author should hear ------------------------------------------------------------ */

enum place { AT_PROBLEM, AT_CONTEXT };

struct complaint {
	const char *problem, *context; /* beginnings of libyaml's texts; NULL = any */
	enum place place;
	const char *code, *message, *hint, *note; /* note: at the context */
};

static const struct complaint complaints[] = {
	{ "found unexpected end of stream", "while scanning a quoted", AT_CONTEXT, "yaml-quote", "this quote is never closed",
	  NULL, NULL },
	{ "found unexpected document indicator", "while scanning a quoted", AT_CONTEXT, "yaml-quote",
	  "this quote is never closed", NULL, NULL },
	{ "found unknown escape character", NULL, AT_PROBLEM, "yaml-escape", "no such escape in double quotes",
	  "write \\\\ for a backslash, or use single quotes, which take everything as it is", NULL },
	{ "did not find expected hexdecimal number", NULL, AT_PROBLEM, "yaml-escape", "no such escape in double quotes",
	  "write \\\\ for a backslash, or use single quotes, which take everything as it is", NULL },
	{ "found a tab character", NULL, AT_PROBLEM, "yaml-tab", "a tab in the indentation", "indent with blanks", NULL },
	{ "mapping values are not allowed", NULL, AT_PROBLEM, "yaml-colon", "a second ': ' in one value",
	  "put the text in quotes, or check the indentation of this line", NULL },
	{ "could not find expected ':'", NULL, AT_CONTEXT, "yaml-no-colon", "a ':' is missing here",
	  "a line of a map is `key: value`; text over several lines is a block: `key: |`", NULL },
	{ "did not find expected ',' or ']'", NULL, AT_PROBLEM, "yaml-flow", "the list goes on without a ',' or a ']'", NULL,
	  "the list starts here" },
	{ "did not find expected ',' or '}'", NULL, AT_PROBLEM, "yaml-flow", "the map goes on without a ',' or a '}'", NULL,
	  "the map starts here" },
	{ "did not find expected key", NULL, AT_PROBLEM, "yaml-indentation", "this does not fit the indentation around it",
	  "keys of one map stand in one column; text that starts with a quote, `{` or `[` ends with it", "the map starts here" },
	{ "did not find expected '-'", NULL, AT_PROBLEM, "yaml-indentation", "this does not fit the indentation around it",
	  "items of one list start with '-' in one column", "the list starts here" },
	{ "block sequence entries are not allowed", NULL, AT_PROBLEM, "yaml-indentation", "a list cannot start here",
	  "put the first '-' on a line of its own", NULL },
	{ "block mapping entries are not allowed", NULL, AT_PROBLEM, "yaml-indentation", "a map cannot start here",
	  "put the first key on a line of its own", NULL },
	{ "mapping keys are not allowed", NULL, AT_PROBLEM, "yaml-indentation", "a map cannot start here",
	  "put the first key on a line of its own", NULL },
	{ "did not find expected alphabetic", "while scanning an alias", AT_CONTEXT, "yaml-start", "text cannot start with '*'",
	  "put it in quotes: \"*.csv\"", NULL },
	{ "did not find expected alphabetic", "while scanning an anchor", AT_CONTEXT, "yaml-start",
	  "text cannot start with '&'", "put it in quotes", NULL },
	{ "did not find expected <document start>", NULL, AT_PROBLEM, "yaml-indentation",
	  "this belongs to nothing above it", "the top level of a study is one map; check the indentation", NULL },
	{ "did not find expected node content", NULL, AT_PROBLEM, "yaml-flow", "a value is missing here", NULL, NULL },
	{ "did not find expected comment or line break", NULL, AT_PROBLEM, "yaml-block",
	  "text behind the '|' of a block", "the text of a block starts on the next line", NULL },
};

static bool begins(const char *text, const char *prefix)
{
	return !prefix || (text && strncmp(text, prefix, strlen(prefix)) == 0);
}

static bool line_has_expression(const struct yaml_text *t, struct span at)
{
	size_t from = t->lines[at.line - 1], to = at.line < t->line_count ? t->lines[at.line] : t->text.n;

	return str_find(str_from(t->text, from, to - from), STR("${")) >= 0;
}

static void complain_start(const struct yaml_text *t, size_t at)
{
	struct span place = yaml_span(t, at, at + 1);
	char c = at < t->text.n ? t->text.p[at] : '\0';

	if (c == '\t') {
		diag_error(t->d, place, "yaml-tab", "a tab in the indentation");
		diag_hint(t->d, "indent with blanks");
		return;
	}
	diag_error(t->d, place, "yaml-start", "text cannot start with '%c'", c);
	diag_hint(t->d, "put it in quotes");
}

void yaml_complain(const struct yaml_text *t, const char *problem, const char *context, size_t at, size_t from)
{
	if (begins(problem, "found character that cannot start")) {
		complain_start(t, at);
		return;
	}
	for (size_t i = 0; i < countof(complaints); i++) {
		const struct complaint *c = &complaints[i];

		if (!begins(problem, c->problem) || (c->context && !begins(context, c->context)))
			continue;
		struct span place = c->place == AT_CONTEXT ? yaml_span(t, from, from + 1) : yaml_span(t, at, at + 1);

		diag_error(t->d, place, c->code, "%s", c->message);
		if (strcmp(c->code, "yaml-flow") == 0 && line_has_expression(t, place))
			diag_hint(t->d, "inside [ ] and { } put quotes around text that holds ${…}: \"${budget}\"");
		if (c->hint)
			diag_hint(t->d, "%s", c->hint);
		if (c->note)
			diag_note(t->d, yaml_span(t, from, from + 1), "%s", c->note);
		return;
	}
	diag_error(t->d, yaml_span(t, at, at + 1), "yaml", "%s", problem ? problem : "this is not YAML");
}
