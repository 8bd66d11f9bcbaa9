/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a byte of a scalar stands in its source. YAML hands over values, not places: a block scalar loses its indentation,
 * a folded one its line ends, a quoted one its escapes. So scalar and source are walked side by side; blanks match blanks,
 * the common escapes match what they mean. Where that fails the place of the scalar has to do.
 */
#include "dsl/lua/lua_box.h"

struct walk {
	struct str src;
	size_t at, line_start;
	uint32_t line;
	char quote; /* of the scalar: ' or ", 0 = none */
};

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool walk_to(struct walk *w, const struct diags *d, struct span at)
{
	if (!at.file || at.file > d->source_count || !at.line || !at.col)
		return false;
	*w = (struct walk){ .src = d->sources[at.file - 1].text, .line = 1 };
	while (w->line < at.line) {
		const char *end = w->at < w->src.n ? __builtin_memchr(w->src.p + w->at, '\n', w->src.n - w->at) : NULL;

		if (!end)
			return false;
		w->at = w->line_start = (size_t)(end - w->src.p) + 1;
		w->line++;
	}
	w->at += at.col - 1;
	return w->at <= w->src.n;
}

static void step(struct walk *w)
{
	if (w->src.p[w->at++] != '\n')
		return;
	w->line++;
	w->line_start = w->at;
}

static void skip_blanks(struct walk *w)
{
	while (w->at < w->src.n && blank(w->src.p[w->at]))
		step(w);
}

/* One character of the scalar against the source; true when they match. */
static bool match(struct walk *w, char c)
{
	struct str rest = str_from(w->src, w->at, 2);

	if (rest.n == 2 && w->quote == '\'' && rest.p[0] == '\'' && rest.p[1] == '\'' && c == '\'')
		step(w);
	else if (rest.n == 2 && w->quote == '"' && rest.p[0] == '\\' && rest.p[1] == c && (c == '"' || c == '\\'))
		step(w);
	else if (!rest.n || rest.p[0] != c)
		return false;
	step(w);
	return true;
}

static bool follow(struct walk *w, struct str text, size_t offset)
{
	for (size_t i = 0; i < offset;) {
		if (!blank(text.p[i])) {
			if (!match(w, text.p[i++]))
				return false;
			continue;
		}
		if (w->at >= w->src.n || !blank(w->src.p[w->at]))
			return false;
		skip_blanks(w);
		while (i < offset && blank(text.p[i]))
			i++;
	}
	return true;
}

/* Past `|`, `>-`, `|2+ # comment`; false when no block header stands here. */
static bool skip_header(struct walk *w)
{
	size_t i = w->at;

	if (i >= w->src.n || (w->src.p[i] != '|' && w->src.p[i] != '>'))
		return false;
	for (i++; i < w->src.n && w->src.p[i] != '\n' && w->src.p[i] != '#'; i++)
		if (!blank(w->src.p[i]) && w->src.p[i] != '-' && w->src.p[i] != '+' &&
		    !(w->src.p[i] >= '1' && w->src.p[i] <= '9'))
			return false;
	while (w->at < w->src.n && w->src.p[w->at] != '\n')
		w->at++;
	return true;
}

/* From here to the offset; and what stands there must be what is looked for, so that nothing similar is taken for it. */
static bool found(struct walk *w, struct str text, size_t offset, size_t len)
{
	if (!follow(w, text, offset))
		return false;
	struct walk beyond = *w;

	return follow(&beyond, str_from(text, offset, len), str_from(text, offset, len).n);
}

/* From the start of the scalar to the offset, in one of the ways a scalar can begin. */
static bool arrive(struct walk *w, const struct diags *d, struct str text, struct span at, size_t offset, size_t len)
{
	if (!walk_to(w, d, at))
		return false;
	struct walk start = *w;

	if (found(w, text, offset, len))
		return true;
	*w = start;
	if (skip_header(w)) {
		skip_blanks(w);
		while (offset && blank(text.p[0]))
			text = str_from(text, 1, text.n), offset--;
		return found(w, text, offset, len);
	}
	if (w->at >= w->src.n || (w->src.p[w->at] != '"' && w->src.p[w->at] != '\''))
		return false;
	w->quote = w->src.p[w->at];
	step(w);
	return found(w, text, offset, len);
}

struct span place_in(const struct diags *d, struct str text, struct span at, size_t offset, size_t len)
{
	struct walk w = { 0 };

	if (!arrive(&w, d, text, at, offset, len))
		return at;
	if (offset < text.n && !blank(text.p[offset]))
		skip_blanks(&w); /* a folded line may have ended right before */
	return (struct span){ at.file, w.line, (uint32_t)(w.at - w.line_start) + 1, len ? (uint32_t)len : 1 };
}

/* The token inside the line as a whole word; else the line without blanks at its ends. */
static void narrow(struct str line, struct str token, size_t *from, size_t *len)
{
	struct lua_lexer x = { .text = line };
	struct str trimmed = str_trim(line);

	for (struct lua_token t; token.n && (t = lua_lex(&x)).kind != LT_END && t.kind != LT_BAD;)
		if (str_same(t.text, token)) {
			*from = t.at;
			*len = t.text.n;
			return;
		}
	*from = trimmed.n ? (size_t)(trimmed.p - line.p) : 0;
	*len = trimmed.n;
}

static struct str nth_line(struct str text, uint32_t n)
{
	struct str line = { "", 0 };

	for (uint32_t i = 0; i <= n; i++)
		if (!str_split(&text, '\n', &line))
			return (struct str){ "", 0 };
	return line;
}

struct span place_of_chunk_line(const struct diags *d, const struct lua_chunk *c, uint32_t line, struct str token)
{
	if (line < c->line)
		return c->at;
	struct str text = nth_line(c->text, line - c->line);
	size_t from, len;

	if (!str_trim(text).n)
		return c->at;
	narrow(text, token, &from, &len);
	return place_in(d, c->text, c->at, (size_t)(text.p - c->text.p) + from, len);
}

struct span place_of_file_line(const struct diags *d, uint32_t source, uint32_t line, struct str token)
{
	if (!source || source > d->source_count || !line)
		return (struct span){ 0 };
	struct str text = nth_line(d->sources[source - 1].text, line - 1);
	size_t from, len;

	while (line > 1 && !str_trim(text).n) /* the end of the file: it was the line before that lacks something */
		text = nth_line(d->sources[source - 1].text, --line - 1);
	narrow(text, token, &from, &len);
	return (struct span){ source, line, (uint32_t)from + 1, len ? (uint32_t)len : 1 };
}
