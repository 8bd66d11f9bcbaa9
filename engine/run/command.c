/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a spec to argv and environment.
 */
#include <string.h>

#include "engine/base/vec.h"
#include "engine/run/command.h"
#include "engine/run/spawn.h"

static const struct value *command_field(const struct site *site)
{
	for (const struct field *f = site->step->kind->fields; f && f->name; f++)
		if (f->type & T_COMMAND)
			return spec_part(site->spec, f->name);
	return NULL;
}

static void pairs_of(const struct value *parts, const char *label, struct arena *a, struct pair **out, size_t *n, size_t *cap)
{
	size_t length = strlen(label);

	for (size_t i = 0; parts && parts->type == V_MAP && i < parts->map.n; i++) {
		const struct pair *p = &parts->map.pairs[i];

		if (str_is(p->key, label) && p->val.type == V_MAP) {
			for (size_t k = 0; k < p->val.map.n; k++) {
				*out = vec_grow(a, *out, *n, cap, 1, sizeof(**out));
				(*out)[(*n)++] = p->val.map.pairs[k];
			}
		} else if (p->key.n > length + 1 && str_starts(p->key, label) && p->key.p[length] == '.') {
			*out = vec_grow(a, *out, *n, cap, 1, sizeof(**out));
			(*out)[*n] = *p;
			(*out)[(*n)++].key = str_from(p->key, length + 1, p->key.n);
		}
	}
}

struct pair *spec_pairs(const struct spec *s, const char *label, struct arena *a, size_t *n)
{
	struct pair *out = NULL;
	size_t cap = 0;

	*n = 0;
	pairs_of(s->common, label, a, &out, n, &cap);
	pairs_of(&s->own, label, a, &out, n, &cap);
	return out;
}

void quote_word(struct str word, struct sb *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._=,+-/:@%";
	bool bare = word.n > 0;

	for (size_t i = 0; i < word.n && bare; i++)
		bare = memchr(plain, word.p[i], sizeof(plain) - 1) != NULL;
	if (bare) {
		sb_add(out, word);
		return;
	}
	sb_char(out, '\'');
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '\'')
			sb_z(out, "'\\''");
		else
			sb_char(out, word.p[i]);
	}
	sb_char(out, '\'');
}

static struct str scalar_text(const struct value *v, struct arena *a)
{
	struct sb b;

	if (v->type == V_STR)
		return arena_str(a, v->s);
	sb_init(&b, SIZE_MAX / 2);
	value_text(v, &b);
	struct str text = sb_take(&b, a);

	sb_release(&b);
	return text;
}

static bool has_nul(struct str s)
{
	return s.n && memchr(s.p, '\0', s.n);
}

static bool shell_command(struct site *site, const struct value *v, struct command *out)
{
	const char **argv = arena_array(site->a, const char *, 4);
	struct sb b;

	sb_init(&b, SIZE_MAX / 2);
	site_text(site, v->s, FILL_SHELL, &b);
	out->text = sb_take(&b, site->a);
	sb_release(&b);
	if (has_nul(out->text))
		return site_fail(site, OUTCOME_REFUSED, NULL, "the command holds a NUL byte, which no program can be given");
	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = out->text.p;
	out->argv = argv;
	out->shell = true;
	return true;
}

static bool word_command(struct site *site, const struct value *v, struct command *out)
{
	struct value words = site_value(site, v);
	const char **argv = arena_array(site->a, const char *, words.list.n + 1);
	struct sb b;

	if (!words.list.n)
		return site_fail(site, OUTCOME_REFUSED, NULL, "the command is an empty list");
	sb_init(&b, SIZE_MAX / 2);
	for (size_t i = 0; i < words.list.n; i++) {
		struct str word = scalar_text(&words.list.items[i], site->a);

		if (has_nul(word)) {
			sb_release(&b);
			return site_fail(site, OUTCOME_REFUSED, NULL, "a word of the command holds a NUL byte, which no program can be given");
		}
		argv[i] = word.p;
		if (i)
			sb_char(&b, ' ');
		quote_word(word, &b);
	}
	out->text = sb_take(&b, site->a);
	sb_release(&b);
	out->argv = argv;
	return true;
}

static struct str task_name(const struct site *site)
{
	struct sb b;

	sb_init(&b, (size_t)1 << 20);
	graph_task_name(plan_graph(site->p), site->task, &b);
	struct str name = sb_take(&b, site->a);

	sb_release(&b);
	return name;
}

bool command_make(struct site *site, const char *const *base, struct command *out)
{
	const struct value *v = command_field(site);
	size_t n;
	struct pair *env = spec_pairs(site->spec, "env", site->a, &n);
	struct str *more = arena_array(site->a, struct str, n + 2);

	*out = (struct command){ 0 };
	if (!v || (v->type != V_STR && v->type != V_LIST))
		return site_fail(site, OUTCOME_REFUSED, NULL, "the step has no command");
	if (v->type == V_STR ? !shell_command(site, v, out) : !word_command(site, v, out))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct value text = site_value(site, &env[i].val);

		more[i] = arena_printf(site->a, STR_FMT "=" STR_FMT, STR_ARG(env[i].key), STR_ARG(scalar_text(&text, site->a)));
	}
	more[n] = arena_printf(site->a, "RUNG_TASK=" STR_FMT, STR_ARG(task_name(site)));
	more[n + 1] = arena_printf(site->a, "RUNG_ATTEMPT_DIR=" STR_FMT, STR_ARG(site->dir));
	out->envp = spawn_environment_over(site->a, base, more, n + 2);
	return true;
}
