/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names and places: axes, params, steps and datasets share one space, for expressions read them all by bare name; and
 * where the text of a scalar stands in the file.
 */
#include <string.h>

#include "dsl/study/load.h"

struct named { /* what a name stands for */
	const char *what;
	struct span at;
};

static const char *const keywords[] = { "and",  "break", "do",    "else", "elseif", "end",    "false", "for",
					"function", "goto",  "if",    "in",   "local",  "nil",    "not",   "or",
					"repeat",   "return", "then", "true", "until",  "while" };
static const char *const reserved[] = { "out",      "row",    "reply", "stdout", "stderr", "models",
					"datasets", "params", "prev",  "random", "stats" };

bool is_identifier(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (!letter && !(i && c >= '0' && c <= '9'))
			return false;
	}
	return s.n > 0;
}

static bool among(struct str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(s, words[i]))
			return true;
	return false;
}

/* The name with what cannot stand in one replaced; empty when nothing useful is left. */
static struct str mended(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 2);
	size_t n = 0;

	if (s.n && s.p[0] >= '0' && s.p[0] <= '9')
		p[n++] = '_';
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] & 0xc0) != 0x80) /* one for a character, however many bytes it has */
			p[n++] = is_identifier((struct str){ &s.p[i], 1 }) || (s.p[i] >= '0' && s.p[i] <= '9') ? s.p[i] : '_';
	return (struct str){ p, n };
}

static const char *article(const char *what)
{
	return *what == 'a' || *what == 'o' ? "an" : "a";
}

bool claim_name(struct load *l, struct str name, struct span at, const char *what)
{
	const struct named *before = map_get(&l->names, name);

	if (!is_identifier(name)) {
		diag_error(l->d, at, "bad-name", "'" STR_FMT "' cannot be the name of %s %s: letters, digits and '_' can",
		           STR_ARG(name), article(what), what);
		if (name.n && name.n <= 60)
			diag_hint(l->d, "'" STR_FMT "' could", STR_ARG(mended(l->a, name)));
		return false;
	}
	if (among(name, keywords, countof(keywords)) || among(name, reserved, countof(reserved))) {
		diag_error(l->d, at, "reserved-name", "'" STR_FMT "' cannot be the name of %s %s: expressions give it another meaning",
		           STR_ARG(name), article(what), what);
		diag_hint(l->d, "'my_" STR_FMT "' could", STR_ARG(name));
		return false;
	}
	if (before) {
		diag_error(l->d, at, "name-clash", "'" STR_FMT "' names %s %s and %s %s", STR_ARG(name), article(before->what),
		           before->what, article(what), what);
		diag_note(l->d, before->at, "the %s is here", before->what);
		diag_hint(l->d, "expressions read both by bare name: rename one");
		return false;
	}
	struct named *mine = arena_make(l->a, struct named);

	*mine = (struct named){ what, at };
	map_put(&l->names, name, mine);
	return true;
}

void keys_of(struct arena *a, const struct value *map, const struct str **out, size_t *n)
{
	struct str *names = arena_array(a, struct str, map->map.n);

	for (size_t i = 0; i < map->map.n; i++)
		names[i] = map->map.pairs[i].key;
	*out = names;
	*n = map->map.n;
}

/* ---- where a scalar's text stands ---------------------------------------------------------------------------------- */

/* The line `number` (from 0) of the study file, without its end. */
static struct str line_at(const struct load *l, size_t number)
{
	if (number >= l->text.line_count)
		return STR("");
	size_t from = l->text.lines[number];
	size_t to = number + 1 < l->text.line_count ? l->text.lines[number + 1] - 1 : l->text.text.n;
	struct str line = str_from(l->text.text, from, to - from);

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* A block: its text starts on the line below, behind the indentation. */
static bool block_place(const struct load *l, const struct value *v, bool literal, struct span *at)
{
	struct str rest = v->s, first = STR("");
	size_t number = v->at.line; /* from 0: the line below the indicator */
	size_t blank = 0;

	while (str_split(&rest, '\n', &first) && !first.n)
		blank++;
	struct str line = line_at(l, number + blank);

	if (line.n < first.n || !str_ends(line, arena_str(l->a, first).p))
		return false;
	size_t indent = line.n - first.n;

	*at = (struct span){ v->at.file, (uint32_t)number + 1, (uint32_t)indent + 1, first.n ? (uint32_t)first.n : 1 };
	if (literal)
		return true;
	while (rest.n && rest.p[0] == '\n')
		rest = str_from(rest, 1, rest.n);
	return !rest.n && !blank; /* folded, but of one line */
}

bool scalar_place(const struct load *l, const struct value *v, struct span *at)
{
	*at = v->at;
	if (v->type != V_STR || v->at.file != l->text.source || !v->at.line)
		return false;
	struct str line = line_at(l, v->at.line - 1), here = str_from(line, v->at.col - 1, line.n);
	char c = here.n ? here.p[0] : '\0';

	if (c == '|' || c == '>')
		return block_place(l, v, c == '|', at);
	bool quoted = c == '"' || c == '\'';
	struct str inside = str_from(here, quoted, v->s.n);

	if (!str_same(inside, v->s) || (quoted && str_from(here, v->s.n + 1, 1).n && here.p[v->s.n + 1] != c))
		return false;
	at->col += quoted;
	at->len = v->s.n ? (uint32_t)v->s.n : 1;
	return true;
}

bool folded_lua(struct load *l, const struct value *v, bool verbatim)
{
	struct str line = v->at.file == l->text.source && v->at.line ? line_at(l, v->at.line - 1) : STR("");
	char c = v->at.col && v->at.col <= line.n ? line.p[v->at.col - 1] : '\0';
	bool closed = false;

	if (verbatim || v->at.file != l->text.source)
		return false;
	/* Quoted with escapes, but on one line: places are coarse, lines are right. */
	if (c == '"' || c == '\'')
		for (size_t i = v->at.col; i < line.n; i++)
			closed |= line.p[i] == c && (i + 1 == v->at.col + v->at.len - 1);
	if (closed)
		return false;
	diag_error(l->d, v->at, "lua-folded", "Lua over several lines must stand as it is, in a block");
	diag_hint(l->d, "write '|' here, and the text indented on the lines below");
	return true;
}
