/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inputs placed, tokens turned into paths.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/fs.h"
#include "engine/run/site.h"

bool site_fail(struct site *site, enum outcome outcome, const char *hint, const char *fmt, ...)
{
	struct sb b;
	va_list ap;

	sb_init(&b, (size_t)1 << 16);
	va_start(ap, fmt);
	sb_vprintf(&b, fmt, ap);
	va_end(ap);
	site->outcome = outcome;
	site->error = sb_take(&b, site->a);
	site->hint = hint ? arena_z(site->a, hint) : STR("");
	sb_release(&b);
	return false;
}

struct str site_out(const struct site *site, struct str file)
{
	return arena_printf(site->a, STR_FMT "/out/" STR_FMT, STR_ARG(site->dir), STR_ARG(file));
}

const struct artifact *artifact_named(const struct step *step, const struct result *r, struct str name)
{
	struct str wanted = name;

	if (!wanted.n && step->kind->outputs)
		wanted = str_z(step->kind->outputs[0].name);
	if (!wanted.n)
		return r->artifact_count ? &r->artifacts[0] : NULL;
	for (size_t i = 0; i < r->artifact_count; i++)
		if (str_same(r->artifacts[i].name, wanted))
			return &r->artifacts[i];
	return NULL;
}

/* ---- folders ------------------------------------------------------------------------------------------------------ */

static bool make_folder(struct site *site, struct str path)
{
	int err = mkdir(path.p, 0777) == 0 || errno == EEXIST ? 0 : -errno;

	if (err == -ENOENT)
		err = fs_mkdirs(path.p);
	return err == 0 || site_fail(site, OUTCOME_STORE, NULL, STR_FMT ": cannot be made: %s", STR_ARG(path), strerror(-err));
}

static bool make_out(struct site *site)
{
	if (!site->has_out && !make_folder(site, arena_printf(site->a, STR_FMT "/out", STR_ARG(site->dir))))
		return false;
	for (size_t i = 0; i < site->spec->out_count; i++) {
		struct str file = site->spec->outs[i].file;

		if (memchr(file.p, '/', file.n) && !make_folder(site, arena_str(site->a, path_dir(site_out(site, file)))))
			return false;
	}
	return true;
}

/* "train", or "train-2" where another mention of the same step has other tasks behind it. */
static struct str mention_folder(struct site *site, uint32_t mention, uint32_t dep)
{
	const struct graph *g = plan_graph(site->p);
	const struct step *s = site->step;
	unsigned others = 0;

	for (size_t m = 0; m < mention; m++) {
		uint32_t other = graph_dep(g, s, site->task, m);

		if (s->mentions[m].step != s->mentions[mention].step || other == DEP_NONE)
			continue;
		if (other == dep)
			return mention_folder(site, (uint32_t)m, dep);
		others++;
	}
	struct str name = g->steps[s->mentions[mention].step].name;

	return others ? arena_printf(site->a, STR_FMT "-%u", STR_ARG(name), others + 1) : name;
}

/* A point as a folder's name; its number where the name would be long or odd. */
static struct str point_folder(struct site *site, uint32_t dep, uint32_t number)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._=,+-";
	struct sb b;

	sb_init(&b, (size_t)1 << 20);
	graph_task_name(plan_graph(site->p), dep, &b);
	struct str name = sb_take(&b, site->a);

	sb_release(&b);
	long open = str_find(name, STR("["));

	if (open < 0 || name.n - (size_t)open > 120)
		return arena_printf(site->a, "%u", number + 1);
	name = str_from(name, (size_t)open + 1, name.n - (size_t)open - 2);
	for (size_t i = 0; i < name.n; i++)
		if (!memchr(plain, name.p[i], sizeof(plain) - 1))
			return arena_printf(site->a, "%u", number + 1);
	return name;
}

/* ---- inputs ------------------------------------------------------------------------------------------------------- */

static bool place(struct site *site, const struct artifact *x, const struct step *from, struct str to)
{
	/* the same output may stand in a command twice */
	if (fs_exists(to.p))
		return true;
	site->has_in = true;
	VEC_PUSH(site->a, &site->placed, ((struct placed){ x, from }));
	if (store_place(site->s, x, to.p, PLACE_LINK) == STORE_OK)
		return true;
	return site_fail(site, OUTCOME_INPUT, "run again: the task that made it runs first; `rung verify` checks the other objects", "%s",
	                 store_error(site->s));
}

static bool input_of(struct site *site, const struct token *t, uint32_t dep, struct str folder, struct token_value *v)
{
	const struct graph *g = plan_graph(site->p);
	const struct step *from = &g->steps[v->step];
	struct result r;

	if (plan_state(site->p, dep) == TASK_SKIPPED)
		return true; /* a gather is over the tasks that ran */
	if (!plan_result(site->p, dep, site->a, &r))
		return site_fail(site, OUTCOME_INPUT, NULL, "the result of '" STR_FMT "' is not known", STR_ARG(from->name));
	const struct artifact *x = artifact_named(from, &r, t->name);

	if (!x && r.outcome == OUTCOME_SKIPPED)
		return true; /* a gather is over the tasks that ran */
	if (!x)
		return site_fail(site, OUTCOME_INPUT, NULL, "'" STR_FMT "' has no output '" STR_FMT "'", STR_ARG(from->name),
		                 STR_ARG(t->name));
	struct str to = arena_printf(site->a, STR_FMT "/in/" STR_FMT "/" STR_FMT, STR_ARG(site->dir), STR_ARG(folder), STR_ARG(x->file));

	v->artifacts[v->n] = x;
	v->paths[v->n++] = to;
	return place(site, x, from, to);
}

static bool token_out(struct site *site, const struct token *t, struct token_value *v)
{
	const struct graph *g = plan_graph(site->p);
	uint32_t dep = graph_dep(g, site->step, site->task, t->mention);

	v->step = site->step->mentions[t->mention].step;
	if (dep == DEP_NONE)
		return true;
	struct str folder = mention_folder(site, t->mention, dep);

	if (!(dep & DEP_GROUP)) {
		v->paths = arena_array(site->a, struct str, 1);
		v->artifacts = arena_array(site->a, const struct artifact *, 1);
		if (!input_of(site, t, dep, folder, v))
			return false;
		if (!v->n)
			return site_fail(site, OUTCOME_INPUT, "give this step the same `when`", "'" STR_FMT "' was skipped at this point",
			                 STR_ARG(g->steps[v->step].name));
		return true;
	}
	const struct group *members = &g->groups[dep & ~DEP_GROUP];

	v->paths = arena_array(site->a, struct str, (size_t)members->n + 1);
	v->artifacts = arena_array(site->a, const struct artifact *, (size_t)members->n + 1);
	for (uint32_t i = 0; i < members->n; i++) {
		struct str point = point_folder(site, members->tasks[i], i);

		if (!input_of(site, t, members->tasks[i], arena_printf(site->a, STR_FMT "/" STR_FMT, STR_ARG(folder), STR_ARG(point)), v))
			return false;
	}
	return true;
}

bool site_fill(struct site *site)
{
	const struct spec *spec = site->spec;

	site->tokens = arena_array(site->a, struct token_value, spec->token_count + 1);
	if (!make_out(site))
		return false;
	for (size_t i = 0; i < spec->token_count; i++) {
		const struct token *t = &spec->tokens[i];
		struct token_value *v = &site->tokens[i];

		if (t->what == TOKEN_OUT && !token_out(site, t, v))
			return false;
		if (t->what != TOKEN_OWN)
			continue;
		struct str file = t->name;

		for (size_t k = 0; k < spec->out_count; k++)
			if (str_same(spec->outs[k].name, t->name))
				file = spec->outs[k].file;
		v->paths = arena_array(site->a, struct str, 1);
		v->paths[v->n++] = site_out(site, file);
	}
	return true;
}

const struct placed *site_spoiled(const struct site *site)
{
	const struct placed *first = NULL;

	/* all of them are looked at: what is damaged must not be read by others */
	for (size_t i = 0; i < site->placed.n; i++)
		if (!store_sound(site->s, site->placed.data[i].artifact) && !first)
			first = &site->placed.data[i];
	return first;
}

/* ---- texts -------------------------------------------------------------------------------------------------------- */

/* The token at text[*at], which is TOKEN_MARK; *at moves behind it. NULL: no token. */
static const struct token_value *token_at(const struct site *site, struct str text, size_t *at)
{
	const char *end = memchr(text.p + *at + 1, TOKEN_MARK, text.n - *at - 1);
	int64_t ordinal;

	if (!end)
		return NULL;
	struct str digits = { text.p + *at + 1, (size_t)(end - text.p) - *at - 1 };

	if (!str_int(digits, &ordinal) || ordinal < 0 || (size_t)ordinal >= site->spec->token_count)
		return NULL;
	*at = (size_t)(end - text.p) + 1;
	return &site->tokens[ordinal];
}

static void put_path(struct str path, enum fill how, struct sb *out)
{
	for (size_t i = 0; i < path.n; i++) {
		if (how == FILL_SHELL && path.p[i] == '\'')
			sb_z(out, "'\\''");
		else
			sb_char(out, path.p[i]);
	}
}

void site_text(const struct site *site, struct str text, enum fill how, struct sb *out)
{
	for (size_t i = 0; i < text.n;) {
		const char *mark = memchr(text.p + i, TOKEN_MARK, text.n - i);
		size_t plain = mark ? (size_t)(mark - text.p) - i : text.n - i;
		const struct token_value *v;

		sb_add(out, (struct str){ text.p + i, plain });
		i += plain;
		if (i == text.n)
			return;
		v = token_at(site, text, &i);
		if (!v) {
			sb_char(out, text.p[i++]);
			continue;
		}
		for (size_t k = 0; k < v->n; k++) {
			if (k)
				sb_z(out, how == FILL_SHELL ? "' '" : " ");
			put_path(v->paths[k], how, out);
		}
	}
}

const struct token_value *site_single(const struct site *site, struct str text)
{
	size_t at = 0;

	if (!text.n || text.p[0] != TOKEN_MARK)
		return NULL;
	const struct token_value *v = token_at(site, text, &at);

	return at == text.n ? v : NULL;
}

static struct value text_value(const struct site *site, const struct value *v)
{
	const struct token_value *token = site_single(site, v->s);
	struct sb b;

	if (token && token->n > 1) {
		struct value list = value_list(site->a, token->n);

		for (size_t i = 0; i < token->n; i++)
			list.list.items[i] = value_str(token->paths[i]);
		list.at = v->at;
		return list;
	}
	if (!memchr(v->s.p ? v->s.p : "", TOKEN_MARK, v->s.n))
		return *v;
	sb_init(&b, SIZE_MAX / 2);
	site_text(site, v->s, FILL_PLAIN, &b);
	struct value out = { .type = V_STR, .at = v->at, .s = sb_take(&b, site->a) };

	sb_release(&b);
	return out;
}

static struct value list_value(const struct site *site, const struct value *v)
{
	struct value *items = arena_array(site->a, struct value, v->list.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < v->list.n; i++) {
		items[i] = site_value(site, &v->list.items[i]);
		n += v->list.items[i].type == V_STR && items[i].type == V_LIST ? items[i].list.n : 1;
	}
	struct value out = value_list(site->a, n);
	size_t k = 0;

	for (size_t i = 0; i < v->list.n; i++) {
		if (v->list.items[i].type == V_STR && items[i].type == V_LIST)
			for (size_t m = 0; m < items[i].list.n; m++)
				out.list.items[k++] = items[i].list.items[m];
		else
			out.list.items[k++] = items[i];
	}
	out.at = v->at;
	return out;
}

struct value site_value(const struct site *site, const struct value *v)
{
	if (v->type == V_STR)
		return text_value(site, v);
	if (v->type == V_LIST)
		return list_value(site, v);
	if (v->type != V_MAP)
		return *v;
	struct value out = value_map(site->a, v->map.n + 1);

	out.at = v->at;
	for (size_t i = 0; i < v->map.n; i++) {
		struct value *set = value_set(&out, v->map.pairs[i].key, site_value(site, &v->map.pairs[i].val));

		(void)set;
		out.map.pairs[i].at = v->map.pairs[i].at;
	}
	return out;
}
