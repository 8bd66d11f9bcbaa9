/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading templates. Where an expression ends only Lua's own tokens tell: braces, quotes and comments may hold a '}'.
 */
#include "dsl/lua/lua_place.h"
#include "dsl/lua/lua_tokens.h"
#include "dsl/template/template_private.h"
#include "engine/graph/spec.h"

#define HOLE TOKEN_MARK /* stands for an expression while literal words are sought */

struct reading {
	struct lua_host *h;
	struct arena *a;
	struct diags *d;
	struct str text;
	struct span at;
	struct template_ *t;
	struct shell_state shell;
	struct sb literal;
	bool fine;
};

static void flush(struct reading *r)
{
	if (!r->literal.n)
		return;
	struct piece p = { .text = sb_take(&r->literal, r->a) };

	sb_clear(&r->literal);
	if (r->t->mode == TEMPLATE_SHELL)
		shell_walk(&r->shell, p.text);
	VEC_PUSH(r->a, &r->t->pieces, p);
}

/* The offset of the '}' that closes the expression whose text starts at `from`; -1 when none does. */
static long closing(struct str text, size_t from)
{
	struct lua_lexer x = { text, from };
	long depth = 0;

	for (;;) {
		struct lua_token t = lua_lex(&x);

		if (t.kind == LT_END)
			return -1;
		if (lua_token_is(&t, "{"))
			depth++;
		if (lua_token_is(&t, "}") && depth-- == 0)
			return (long)t.at;
	}
}

static bool blank_or_operator(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == ';' || c == '&' || c == '|';
}

static bool touches(const struct reading *r, size_t open, size_t close)
{
	return (open > 0 && !blank_or_operator(r->text.p[open - 1])) ||
	       (close + 1 < r->text.n && !blank_or_operator(r->text.p[close + 1]));
}

static void place_in_shell(struct reading *r, struct piece *p)
{
	const char *why, *hint;

	if (r->t->mode != TEMPLATE_SHELL)
		return;
	p->place = shell_place(&r->shell, &why, &hint);
	shell_value(&r->shell);
	if (p->place != SHELL_UNSAFE)
		return;
	r->fine = diag_error(r->d, p->at, "unsafe-shell", "a value cannot be quoted safely %s", why);
	diag_hint(r->d, "%s", hint);
}

/* The expression at "${"; returns the offset behind it. */
static size_t expression(struct reading *r, size_t open)
{
	long close = closing(r->text, open + 2);
	struct piece p = { 0 };

	flush(r);
	if (close < 0) {
		r->fine = diag_error(r->d, place_in(r->d, r->text, r->at, open, 2), "unclosed-expression",
		                     "'${' is not closed");
		diag_hint(r->d, "a '}' is missing, or a closing quote inside; a plain '${' is written '$${'");
		return r->text.n;
	}
	struct str inner = str_from(r->text, open + 2, (size_t)close - open - 2);
	struct str code = str_trim(inner);
	size_t offset = code.n ? (size_t)(code.p - r->text.p) : open;
	struct str rest = code.n ? code : str_from(r->text, open, (size_t)close + 1 - open), first;

	(void)str_split(&rest, '\n', &first);
	p.at = place_in(r->d, r->text, r->at, offset, first.n);
	p.text = arena_str(r->a, code);
	p.glued = touches(r, open, (size_t)close);
	p.chunk = lua_expression(r->h, p.text, p.at);
	place_in_shell(r, &p);
	if (p.chunk)
		VEC_PUSH(r->a, &r->t->pieces, p);
	else
		r->fine = false;
	return (size_t)close + 1;
}

static void read_all(struct reading *r)
{
	for (size_t i = 0; i < r->text.n;) {
		struct str rest = str_from(r->text, i, 3);

		if (str_starts(rest, "$${")) {
			sb_z(&r->literal, "${");
			i += 3;
		} else if (str_starts(rest, "${")) {
			i = expression(r, i);
		} else {
			sb_char(&r->literal, r->text.p[i++]);
		}
	}
	flush(r);
}

/* NUL ends every argument, and the mark stands for outputs (spec.h). */
static void check_bytes(struct reading *r)
{
	for (size_t i = 0; i < r->text.n; i++) {
		if (r->text.p[i] != '\0' && r->text.p[i] != HOLE)
			continue;
		r->fine = diag_error(r->d, place_in(r->d, r->text, r->at, i, 1), "unsafe-shell",
		                     "a command cannot hold the byte %d", r->text.p[i]),
			diag_hint(r->d, "write it to a file and hand that over");
		return;
	}
}

static void collect_chunks(struct reading *r)
{
	struct template_ *t = r->t;

	t->chunks = arena_array(r->a, const struct lua_chunk *, t->pieces.n);
	for (size_t i = 0; i < t->pieces.n; i++)
		if (t->pieces.data[i].chunk)
			t->chunks[t->chunk_count++] = t->pieces.data[i].chunk;
}

static void literal_words(struct reading *r)
{
	struct template_ *t = r->t;
	struct str *words;
	size_t n;

	sb_clear(&r->literal);
	for (size_t i = 0; i < t->pieces.n; i++) {
		if (t->pieces.data[i].chunk)
			sb_char(&r->literal, HOLE);
		else
			sb_add(&r->literal, t->pieces.data[i].text);
	}
	shell_words(sb_str(&r->literal), r->a, &words, &n);
	t->words = words;
	for (size_t i = 0; i < n; i++)
		if (!words[i].n || !__builtin_memchr(words[i].p, HOLE, words[i].n))
			words[t->word_count++] = words[i];
}

struct template_ *template_parse(struct lua_host *h, struct str text, struct span at, enum template_mode mode, bool literal)
{
	struct arena *a = lua_host_arena(h);
	struct reading r = { .h = h, .a = a, .d = lua_host_diags(h), .at = at, .fine = true };

	(void)literal; /* place_in finds out by itself whether the text stands there, and how */
	r.text = arena_str(a, text);
	r.t = arena_make(a, struct template_);
	r.t->mode = mode;
	r.t->at = at;
	shell_start(&r.shell);
	sb_init(&r.literal, text.n + 1);
	read_all(&r);
	collect_chunks(&r);
	if (mode == TEMPLATE_SHELL) {
		check_bytes(&r);
		literal_words(&r);
	}
	sb_release(&r.literal);
	return r.fine ? r.t : NULL;
}

bool template_is_plain(const struct template_ *t)
{
	return t->chunk_count == 0;
}

bool template_is_single(const struct template_ *t)
{
	return t->pieces.n == 1 && t->chunk_count == 1;
}

size_t template_chunks(const struct template_ *t, const struct lua_chunk *const **out)
{
	*out = t->chunks;
	return t->chunk_count;
}

const struct str *template_literal_words(const struct template_ *t, size_t *n)
{
	*n = t->word_count;
	return t->words;
}
