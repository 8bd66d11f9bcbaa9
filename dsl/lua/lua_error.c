/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a Lua error to a diagnostic.
 *
 * Chunks of expressions are called "\1c", files "\1f" and the source's number: Lua puts that and the line in front of its
 * messages, and here both come off again. The mark cannot be meant by a user's text.
 * An error object that is no text is only described; its __tostring is not called.
 */
#include <string.h>

#include "dsl/lua/lua_box.h"

#define MIB ((size_t)1 << 20)

static bool take_number(struct str *s, uint32_t *out)
{
	size_t n = 0;

	for (*out = 0; n < s->n && s->p[n] >= '0' && s->p[n] <= '9' && n < 9; n++)
		*out = *out * 10 + (uint32_t)(s->p[n] - '0');
	*s = str_from(*s, n, s->n);
	return n > 0;
}

static bool take(struct str *s, char c)
{
	if (!s->n || s->p[0] != c)
		return false;
	*s = str_from(*s, 1, s->n);
	return true;
}

bool fault_strip(struct str *text, struct fault *place)
{
	bool found = false;

	for (;;) {
		struct str rest = *text;
		uint32_t source = 0, line;
		bool in_chunk;

		if (!take(&rest, '\1'))
			return found;
		in_chunk = take(&rest, 'c');
		if (!in_chunk && !(take(&rest, 'f') && take_number(&rest, &source)))
			return found;
		if (!take(&rest, ':') || !take_number(&rest, &line) || !take(&rest, ':'))
			return found;
		(void)take(&rest, ' ');
		place->in_chunk = in_chunk;
		place->source = source;
		place->line = line;
		*text = rest;
		found = true;
	}
}

void fault_where(struct lua_host *h, lua_State *L)
{
	lua_Debug ar;

	for (int level = 0; L && lua_getstack(L, level, &ar); level++) {
		if (!lua_getinfo(L, "Sl", &ar) || ar.currentline <= 0)
			continue;
		struct str name = str_z(ar.source + (ar.source[0] == '@'));
		uint32_t source = 0;

		if (!take(&name, '\1'))
			continue;
		h->fault.in_chunk = take(&name, 'c');
		if (!h->fault.in_chunk && take(&name, 'f'))
			(void)take_number(&name, &source);
		h->fault.source = source;
		h->fault.line = (uint32_t)ar.currentline;
		return;
	}
}

/* ---- texts -------------------------------------------------------------------------------------------------------- */

static struct str grouped(struct arena *a, uint64_t n)
{
	char digits[32];
	struct sb out;
	size_t len = 0;

	do
		digits[len++] = (char)('0' + n % 10);
	while (n /= 10);
	sb_init(&out, sizeof(digits) * 2);
	while (len) {
		sb_char(&out, digits[--len]);
		if (len && len % 3 == 0)
			sb_char(&out, ',');
	}
	struct str s = sb_take(&out, a);

	sb_release(&out);
	return s;
}

void fault_stopped(struct lua_host *h, const struct door *door)
{
	char seconds[32];
	struct arena *a = h->scratch;
	struct fault *f = &h->fault;
	const struct lua_caps *c = &door->caps;

	h->masked++;
	f->code = "lua-cap";
	switch (door->stop) {
	case STOP_NONE:
		BUG("stopped for no reason");
	case STOP_INSTRUCTIONS:
		f->text = arena_printf(a, "hook stopped: more than " STR_FMT " instructions",
		                       STR_ARG(grouped(a, c->instructions)));
		break;
	case STOP_WALL:
		f->text = arena_printf(a, "hook stopped: ran longer than %.*s s", (int)real_text(c->wall_s, seconds),
		                       seconds);
		break;
	case STOP_MEMORY:
		f->text = c->memory % MIB ? arena_printf(a, "hook stopped: needs more than %zu bytes", c->memory)
		                          : arena_printf(a, "hook stopped: needs more than %zu MiB", c->memory / MIB);
		break;
	}
	h->masked--;
}

static void replace(struct sb *out, struct str s, struct str what, const char *with)
{
	for (long at; (at = str_find(s, what)) >= 0; s = str_from(s, (size_t)at + what.n, s.n)) {
		sb_add(out, str_from(s, 0, (size_t)at));
		sb_z(out, with);
	}
	sb_add(out, s);
}

/* "near 'x'" → x, to underline it. */
static struct str near_token(struct str text)
{
	long at = str_find(text, STR(" near '"));

	if (at < 0 || !str_ends(text, "'"))
		return (struct str){ 0 };
	at += 7;
	return str_from(text, (size_t)at, text.n - (size_t)at - 1);
}

/* "near '<\195>'" → 195: Lua's way to name a byte that it cannot read. */
static uint32_t byte_named(struct str text)
{
	long at = str_find(text, STR("'<\\"));
	struct str rest = str_from(text, at < 0 ? text.n : (size_t)at + 3, text.n);
	uint32_t byte = 0;

	(void)take_number(&rest, &byte);
	return byte;
}

/* Lua's texts of syntax errors, made readable. */
static struct str syntax_text(struct arena *a, struct str text)
{
	struct sb out;

	if (byte_named(text) >= 128)
		return STR("outside of quotes Lua knows only ASCII: names are letters a to z, digits and '_'");
	if (str_starts(text, "<eof> expected near "))
		return arena_printf(a, STR_FMT " cannot stand here: the expression is complete before it",
		                    STR_ARG(str_from(text, 20, text.n)));
	if (str_starts(text, "C stack overflow") || str_starts(text, "too many C levels"))
		return STR("brackets or functions are nested too deeply");
	sb_init(&out, 16 << 10);
	replace(&out, text, STR("near <eof>"), "at the end");
	struct str s = sb_take(&out, a);

	sb_release(&out);
	return s;
}

/* "field 'x'", "global 'x'", "local 'x'" → x. */
static struct str named_token(struct str text)
{
	long at = str_find(text, STR(" '"));
	size_t end;

	if (at < 0 || !str_ends(text, ")"))
		return (struct str){ 0 };
	for (end = (size_t)at + 2; end < text.n && text.p[end] != '\''; end++)
		;
	return str_from(text, (size_t)at + 2, end - (size_t)at - 2);
}

/* Diagnostics are made by printf. */
static struct str without_nul(struct arena *a, struct str s)
{
	char *copy = arena_alloc(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		copy[i] = s.p[i] ? s.p[i] : '?';
	return (struct str){ copy, s.n };
}

static struct str error_text(lua_State *L, struct arena *a)
{
	struct str s = { "", 0 };

	switch (lua_type(L, 1)) {
	case LUA_TSTRING:
		s.p = lua_tolstring(L, 1, &s.n);
		return without_nul(a, s);
	case LUA_TNUMBER:
		return lua_isinteger(L, 1) ? arena_printf(a, "error(%lld)", (long long)lua_tointeger(L, 1))
		                           : STR("error was called with a number instead of a text");
	case LUA_TNIL:
		return STR("error was called without a text");
	default:
		return arena_printf(a, "error was called with a %s instead of a text", luaL_typename(L, 1));
	}
}

/* ---- recording ---------------------------------------------------------------------------------------------------- */

int fault_record(lua_State *L)
{
	struct lua_host *h = host_of(L);
	struct fault *f = &h->fault;
	const char *code = f->code; /* "lua-syntax" was set by whoever compiles */

	mask(h);
	*f = (struct fault){ .code = code ? code : "lua-error" };
	f->text = error_text(L, h->scratch);
	if (!fault_strip(&f->text, f))
		fault_where(h, L);
	if (code) {
		f->token = near_token(f->text);
		f->text = syntax_text(h->scratch, f->text);
	} else if (h->detail.code && str_same(f->text, h->detail.text)) {
		f->code = h->detail.code;
		f->token = h->detail.token;
		f->names = h->detail.names;
		f->name_count = h->detail.name_count;
		f->hint = h->detail.hint;
	} else {
		f->token = named_token(f->text);
	}
	h->masked--; /* not unmask: nothing called back */
	return 1;
}

NORETURN void raise_refusal(lua_State *L, const struct refusal *r)
{
	struct lua_host *h = host_of(L);

	mask(h);
	h->detail = (struct fault){ .code = r->code ? r->code : "lua-error", .text = arena_str(h->scratch, r->text),
		                    .token = arena_str(h->scratch, r->wrong), .names = r->names, .name_count = r->name_count,
		                    .hint = arena_str(h->scratch, r->hint) };
	h->masked--;
	luaL_where(L, 1);
	lua_pushlstring(L, r->text.p, r->text.n);
	lua_concat(L, 2);
	lua_error(L);
	__builtin_unreachable();
}

/* Does a comma follow in the source? Inside [ ] and { } YAML has then cut the expression short. */
static bool cut_by_comma(const struct diags *d, struct span at)
{
	size_t i = 0;

	if (!at.file || at.file > d->source_count)
		return false;
	struct str text = d->sources[at.file - 1].text;

	for (uint32_t line = 1; line < at.line && i < text.n; i++)
		line += text.p[i] == '\n';
	i += at.col - 1 + at.len;
	return i < text.n && text.p[i] == ',';
}

void fault_report(struct lua_host *h, const struct lua_call *call, struct diags *d)
{
	const struct fault *f = &h->fault;
	const struct lua_chunk *c = call->chunk;
	struct span at = call->at;

	if (f->line && !f->in_chunk)
		at = place_of_file_line(d, f->source, f->line, f->token);
	else if (f->line && c)
		at = place_of_chunk_line(d, c, f->line, f->token);
	else if (c)
		at = c->at;
	(void)diag_error(d, at, f->code ? f->code : "lua-error", STR_FMT, STR_ARG(f->text));
	if (str_same(str_z(f->code ? f->code : ""), STR("lua-cap")))
		diag_hint(d, "expressions and hooks are for small things: let a command do the work");
	if (str_starts(f->text, "'=' cannot stand here"))
		diag_hint(d, "to compare, write '=='");
	if (c && str_starts(f->text, "attempt to ") && str_find(f->text, STR("nil value")) >= 0 && str_find(c->text, STR("prev(")) >= 0)
		diag_hint(d, "before the first point there is none: a value of prev(…) is nil there; say what stands for it: (… or 0)");
	if (c && str_ends(f->text, "expected at the end") && cut_by_comma(d, c->at))
		diag_hint(d, "inside [ ] or { } a comma ends the text: put the expression in quotes");
	if (f->hint.n)
		diag_hint(d, STR_FMT, STR_ARG(f->hint));
	else if (f->name_count)
		diag_suggest(d, f->token, f->names, f->name_count);
	if (f->line && !f->in_chunk && c && c->at.file)
		diag_note(d, c->at, "called from here");
}
