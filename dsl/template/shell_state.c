/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsl/template/shell_state.h"

#include <string.h>

#define MOVE_OUT "assign the value to a shell variable before, and use that here"

struct cursor {
	struct shell_state *s;
	struct str text;
	size_t i;
};

static char ahead(const struct cursor *c, size_t n)
{
	return c->i + n < c->text.n ? c->text.p[c->i + n] : '\0';
}

static enum shell_level top(const struct shell_state *s)
{
	return s->levels[s->n - 1];
}

static void give_up(struct shell_state *s, const char *why)
{
	if (s->unsafe)
		return;
	s->unsafe = why;
	s->hint = "put the expression before this place: " MOVE_OUT;
}

static void push(struct shell_state *s, enum shell_level level)
{
	if (s->n == SHELL_DEPTH) {
		give_up(s, "behind quotes and brackets that are nested this deeply");
		return;
	}
	if (s->copying && level != LEVEL_DOUBLE)
		give_up(s, "behind >& with a substitution");
	s->levels[s->n] = level;
	s->parens[s->n++] = 2;
	s->word_start = level == LEVEL_SUBST || level == LEVEL_PAREN;
}

static void pop(struct shell_state *s)
{
	s->word_start = top(s) == LEVEL_PAREN; /* `)` of a subshell is an operator, the others end inside a word */
	s->n--;
}

/* At '$'. */
static void dollar(struct cursor *c)
{
	struct shell_state *s = c->s;

	s->word_start = false;
	if (ahead(c, 1) == '(' && ahead(c, 2) == '(') {
		push(s, LEVEL_MATH);
		c->i += 3;
	} else if (ahead(c, 1) == '(') {
		push(s, LEVEL_SUBST);
		c->i += 2;
	} else if (ahead(c, 1) == '{') {
		push(s, LEVEL_PARAM);
		c->i += 2;
	} else {
		if (ahead(c, 1) == '\'' && top(s) != LEVEL_DOUBLE)
			give_up(s, "behind $'…', which shells read differently");
		/* $$ and $# are done here, so that their second byte starts nothing. */
		c->i += ahead(c, 1) == '$' || ahead(c, 1) == '#' ? 2 : 1;
	}
}

/* At "<<": the delimiter, read at once, because a value in it is refused anyway. */
static void here_document(struct cursor *c)
{
	struct shell_state *s = c->s;
	size_t from;

	c->i += 2;
	if (s->delimiter.p) {
		give_up(s, "behind two here-documents of one line");
		return;
	}
	s->tabs = ahead(c, 0) == '-';
	c->i += s->tabs;
	while (ahead(c, 0) == ' ' || ahead(c, 0) == '\t')
		c->i++;
	from = c->i;
	if (ahead(c, 0) == '\'' || ahead(c, 0) == '"') {
		char quote = ahead(c, 0);

		from++;
		for (c->i++; c->i < c->text.n && ahead(c, 0) != quote; c->i++)
			;
		s->delimiter = str_from(c->text, from, c->i - from);
		c->i++;
	} else {
		c->i += ahead(c, 0) == '\\';
		from = c->i;
		while (c->i < c->text.n && !strchr(" \t\n;&|<>()'\"\\$`", ahead(c, 0)))
			c->i++;
		s->delimiter = str_from(c->text, from, c->i - from);
	}
	if (c->i < c->text.n && !strchr(" \t\n;&|<>()", ahead(c, 0)))
		give_up(s, "behind a here-document whose delimiter is pieced together");
	if (!s->delimiter.n)
		s->delimiter = (struct str){ "", 0 };
	s->word_start = true;
}

/* At the line end before the here-document: past its last line, or past the text. */
static void skip_here_document(struct cursor *c)
{
	struct shell_state *s = c->s;
	struct str rest = str_from(c->text, c->i + 1, c->text.n), line;

	while (str_split(&rest, '\n', &line)) {
		size_t end = (size_t)(line.p - c->text.p) + line.n;

		while (s->tabs && line.n && line.p[0] == '\t')
			line = str_from(line, 1, line.n);
		if (!str_same(line, s->delimiter))
			continue;
		c->i = end;
		s->delimiter = (struct str){ 0 };
		return;
	}
	c->i = c->text.n;
}

/* bash expands the word behind >& twice: what was quoted the first time would run the second time. */
static void track_copy(struct cursor *c)
{
	struct shell_state *s = c->s;
	char ch = ahead(c, 0);

	if ((ch == '>' || ch == '<') && ahead(c, 1) == '&') {
		s->copying = true;
		s->copying_word = false;
		c->i++;
	} else if (strchr("\n;&|<>()", ch) || (s->copying_word && strchr(" \t", ch))) {
		s->copying = false;
	} else if (!strchr(" \t", ch)) {
		s->copying_word = true;
	}
}

static void code(struct cursor *c)
{
	struct shell_state *s = c->s;
	char ch = ahead(c, 0);
	bool start = s->word_start;

	s->word_start = strchr(" \t\n;&|<>", ch) != NULL;
	track_copy(c);
	if (ch == '#' && start) {
		s->comment = true;
	} else if (ch == '\'') {
		s->single = true;
	} else if (ch == '"') {
		push(s, LEVEL_DOUBLE);
	} else if (ch == '`') {
		push(s, LEVEL_BACK);
	} else if (ch == '(') {
		push(s, LEVEL_PAREN);
	} else if (ch == ')') {
		if (s->n > 1)
			pop(s);
		else
			s->word_start = true; /* of a `case` */
	} else if (ch == '<' && ahead(c, 1) == '<' && ahead(c, 2) == '<') {
		c->i += 2;
	} else if (ch == '<' && ahead(c, 1) == '<') {
		here_document(c);
		return;
	} else if (ch == '\n' && s->delimiter.p) {
		skip_here_document(c);
		return;
	} else if (start && s->n > 1 && str_starts(str_from(c->text, c->i, 5), "case") && strchr(" \t\n", ahead(c, 4))) {
		give_up(s, "behind a 'case' inside $(…) or (…), whose brackets do not pair");
	}
	c->i++;
}

/* The levels that are no code. */
static void other(struct cursor *c, enum shell_level level)
{
	struct shell_state *s = c->s;
	char ch = ahead(c, 0);

	if (level == LEVEL_DOUBLE && ch == '"')
		pop(s);
	else if (level == LEVEL_BACK && ch == '`')
		pop(s);
	else if (level == LEVEL_PARAM && ch == '}')
		pop(s);
	else if (level == LEVEL_MATH && ch == '(')
		s->parens[s->n - 1]++;
	else if (level == LEVEL_MATH && ch == ')' && --s->parens[s->n - 1] == 0)
		pop(s);
	else if (level == LEVEL_MATH && (ch == '\'' || ch == '"' || ch == '`' || ch == '#'))
		give_up(s, "behind quotes inside $((…))");
	else if (level == LEVEL_PARAM && (ch == '\'' || ch == '"'))
		give_up(s, "behind quotes inside ${…} of the shell");
	else if (ch == '`' && level != LEVEL_BACK)
		push(s, LEVEL_BACK);
	c->i++;
}

void shell_start(struct shell_state *s)
{
	*s = (struct shell_state){ .levels = { LEVEL_CODE }, .n = 1, .word_start = true };
}

static bool is_code(enum shell_level level)
{
	return level == LEVEL_CODE || level == LEVEL_PAREN || level == LEVEL_SUBST;
}

void shell_walk(struct shell_state *s, struct str literal)
{
	struct cursor c = { s, literal, 0 };

	while (c.i < c.text.n && s->n) {
		char ch = ahead(&c, 0);
		enum shell_level level = top(s);

		if (s->escaped) {
			s->escaped = false;
			s->word_start = s->word_start && ch == '\n';
			c.i++;
		} else if (s->comment) {
			s->comment = ch != '\n';
			c.i += s->comment; /* the line end is code again */
		} else if (s->single) {
			s->single = ch != '\'';
			c.i++;
		} else if (ch == '\\') {
			s->escaped = true;
			c.i++;
		} else if (ch == '$' && level != LEVEL_BACK) {
			dollar(&c);
		} else if (is_code(level)) {
			code(&c);
		} else {
			other(&c, level);
		}
	}
}

void shell_value(struct shell_state *s)
{
	s->word_start = false;
}

enum shell_place shell_place(const struct shell_state *s, const char **why, const char **hint)
{
	*hint = MOVE_OUT;
	*why = s->unsafe;
	if (*why) {
		*hint = s->hint;
		return SHELL_UNSAFE;
	}
	if (s->delimiter.p)
		*why = "in a here-document", *hint = "hand it over as an argument or through 'env:'";
	else if (s->escaped)
		*why = "right behind a backslash", *hint = "take the backslash away: the value is quoted anyway";
	else if (s->copying)
		*why = "right behind >& or <&", *hint = "a file is named behind > or <";
	for (size_t i = 0; !*why && i < s->n; i++) {
		if (s->levels[i] == LEVEL_BACK)
			*why = "inside backquotes", *hint = "write $(…) instead of `…`";
		else if (s->levels[i] == LEVEL_MATH)
			*why = "inside $((…))", *hint = "let the expression do the arithmetic";
		else if (s->levels[i] == LEVEL_PARAM)
			*why = "inside ${…} of the shell";
	}
	if (*why)
		return SHELL_UNSAFE;
	if (s->comment)
		return SHELL_COMMENT;
	if (s->single)
		return SHELL_SINGLE;
	return top(s) == LEVEL_DOUBLE ? SHELL_DOUBLE : SHELL_BARE;
}
