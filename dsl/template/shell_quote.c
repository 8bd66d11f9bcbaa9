/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Single quotes around a text, and the words of a line with its quotes taken off.
 */
#include <string.h>

#include "dsl/template/template.h"
#include "engine/base/vec.h"

#define DEPTH 32

void shell_quote(struct str s, struct sb *out)
{
	sb_char(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			sb_z(out, "'\\''");
		else
			sb_char(out, s.p[i]);
	}
	sb_char(out, '\'');
}

struct splitter {
	struct str line;
	size_t i;
	struct arena *a;
	VEC(struct str) words;
	struct sb word;
	bool in_word, quoted; /* quoted: inside "…" */
	bool resume[DEPTH];   /* was it, where each open $( stands? */
	bool substitution[DEPTH]; /* opened by $( , so its ) ends inside a word */
	bool joined; /* right behind such a ) : a # there starts no comment */
	size_t depth;
};

static char ahead(const struct splitter *s, size_t n)
{
	return s->i + n < s->line.n ? s->line.p[s->i + n] : '\0';
}

static void put(struct splitter *s, char c)
{
	sb_char(&s->word, c);
	s->in_word = true;
}

static void end_word(struct splitter *s)
{
	if (s->in_word)
		VEC_PUSH(s->a, &s->words, sb_take(&s->word, s->a));
	sb_clear(&s->word);
	s->in_word = false;
}

static void single_quoted(struct splitter *s)
{
	s->in_word = true;
	for (s->i++; s->i < s->line.n && ahead(s, 0) != '\''; s->i++)
		put(s, ahead(s, 0));
}

static void backslash(struct splitter *s)
{
	char next = ahead(s, 1);

	if (s->i + 1 >= s->line.n || (s->quoted && !strchr("$`\"\\\n", next))) {
		put(s, '\\');
		return;
	}
	s->i++;
	if (next != '\n')
		put(s, next);
}

/* $( inside "…" is code again; its words are words of their own. */
static void open_substitution(struct splitter *s)
{
	if (s->depth < DEPTH) {
		s->in_word = s->word.n > 0; /* the quote before it is no empty word */
		end_word(s);
		s->substitution[s->depth] = true;
		s->resume[s->depth++] = s->quoted;
		s->quoted = false;
	}
	s->i++;
}

static void close_bracket(struct splitter *s)
{
	end_word(s);
	if (!s->depth)
		return;
	s->quoted = s->resume[--s->depth];
	s->joined = s->substitution[s->depth];
}

static void split_byte(struct splitter *s)
{
	char c = ahead(s, 0);
	bool joined = s->joined;

	s->joined = false;
	if (c == '\\') {
		backslash(s);
	} else if (c == '"') {
		s->quoted = !s->quoted;
		s->in_word = s->in_word || s->quoted;
	} else if (c == '$' && ahead(s, 1) == '(') {
		open_substitution(s);
	} else if (c == '$' && ahead(s, 1) == '$') { /* the second one opens nothing */
		put(s, c);
		put(s, c);
		s->i++;
	} else if (s->quoted) {
		put(s, c);
	} else if (c == '\'') {
		single_quoted(s);
	} else if (c == ')') {
		close_bracket(s);
	} else if (c == '#' && !s->in_word && !joined) {
		while (s->i + 1 < s->line.n && ahead(s, 1) != '\n')
			s->i++;
	} else if (c && strchr(" \t\n;&|<>(`", c)) {
		end_word(s);
		if (c == '(' && s->depth < DEPTH) {
			s->substitution[s->depth] = false;
			s->resume[s->depth++] = false;
		}
	} else {
		put(s, c);
	}
}

void shell_words(struct str line, struct arena *a, struct str **out, size_t *n)
{
	struct splitter s = { .line = line, .a = a };

	sb_init(&s.word, line.n + 1);
	for (; s.i < line.n; s.i++)
		split_byte(&s);
	end_word(&s);
	sb_release(&s.word);
	*out = s.words.data;
	*n = s.words.n;
}
