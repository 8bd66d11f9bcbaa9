/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `save`: where results are published, relative to the study's folder. Two tasks must not publish to the same path, and
 * none over a file of the study; that is found before anything runs, by evaluating the paths of all tasks of the steps that
 * save.
 */
#include "dsl/expand/expand.h"
#include "engine/base/fs.h"

struct saver { /* who took a path */
	const struct stage *stage;
	uint32_t row;
	struct span at;
	const char *source; /* none of the above: what of the study it is */
};

static bool save_path(struct making *m, struct str text, struct span at, struct str *out)
{
	struct str path = path_clean(m->arena, text);

	if (text.n && text.p[0] != '/' && path_inside(path) && !str_is(path, ".") && !str_is(path, ".rung") &&
	    !str_starts(path, ".rung/") && !has_token(text)) {
		*out = path;
		return true;
	}
	if (has_token(text)) {
		diag_error(m->d, at, "bad-save", "`save` names the output of a task where a path of the study is wanted");
		diag_hint(m->d, "write the path to publish to; {output: path} chooses which output");
	} else {
		diag_error(m->d, at, "outside", "`save` would write to '" STR_FMT "', outside the study's folder", STR_ARG(text));
		diag_hint(m->d, "give a path below the study's folder, such as results/x.csv");
	}
	return false;
}

struct save_list {
	struct spec_save *data;
	size_t n, cap;
};

static enum eval save_texts(struct making *m, const struct node *n, struct str out, struct save_list *list)
{
	struct node text = *n;
	struct value v = { 0 };
	struct str *paths = NULL;
	size_t count = 0;
	enum eval e = EVAL_OK;

	for (size_t i = 0; i < n->n && e == EVAL_OK; i++) /* {output: path}, {output: [path, …]} */
		e = save_texts(m, &n->children[i], n->what == NODE_MAP ? n->keys[i] : out, list);
	if (n->what == NODE_LIST || n->what == NODE_MAP)
		return e;
	text.type = T_TEXT; /* not a path that is read */
	e = node_value(m, &text, &v);
	if (e != EVAL_OK || v.type != V_STR)
		return e;
	fs_braces(m->arena, v.s, &paths, &count);
	for (size_t k = 0; k < count; k++) {
		struct spec_save s = { .at = n->plain.at, .out = out };

		if (!save_path(m, paths[k], s.at, &s.path))
			return EVAL_ERROR;
		VEC_PUSH(m->arena, list, s);
	}
	return EVAL_OK;
}

enum eval saves_make(struct making *m, struct spec_save **out, size_t *n)
{
	struct save_list list = { 0 };
	enum eval e = m->stage->decl->save.n ? save_texts(m, &m->stage->decl->save, STR(""), &list) : EVAL_OK;

	*out = list.data;
	*n = list.n;
	return e;
}

/* Does a kind whose outputs are known make a file of that ending? Rows are also written as CSV and TSV. */
static bool ending_fits(const struct output *o, struct str ending)
{
	struct str first = path_ext(str_z(o->file));
	bool rows = str_is(first, "jsonl") || str_is(first, "csv");

	if (!ending.n || !first.n || (rows && (str_is(ending, "csv") || str_is(ending, "tsv") || str_is(ending, "jsonl"))))
		return true;
	for (; o->name; o++)
		if (str_same(path_ext(str_z(o->file)), ending))
			return true;
	return false;
}

/* There is such an output, and it is no picture under the name of a table. */
static bool check_output(struct stage *st, struct making *m, const struct spec_save *s)
{
	const struct kind *kind = st->decl->kind;
	struct arena *a = st->ex->study->arena;
	struct str ending = path_ext(s->path), list = STR("");
	struct refusal why;

	if (!output_known(m, st->decl, s->out, &why)) {
		diag_error(st->ex->d, s->at, "save-output", "nothing to save: " STR_FMT, STR_ARG(why.text));
		if (why.hint.n)
			diag_hint(st->ex->d, STR_FMT, STR_ARG(why.hint));
		else
			diag_suggest(st->ex->d, why.wrong, why.names, why.name_count);
		return false;
	}
	if (!kind->outputs || s->out.n || ending_fits(kind->outputs, ending))
		return true;
	for (const struct output *o = kind->outputs; o->name; o++)
		list = arena_printf(a, STR_FMT "%s" STR_FMT, STR_ARG(list), list.n ? ", " : "", STR_ARG(path_ext(str_z(o->file))));
	if (str_is(path_ext(str_z(kind->outputs->file)), "jsonl"))
		list = arena_printf(a, "csv, tsv, " STR_FMT, STR_ARG(list));
	diag_error(st->ex->d, s->at, "save-ending", "'%s' makes no '" STR_FMT "' file", kind->name, STR_ARG(ending));
	diag_hint(st->ex->d, "it can save as: " STR_FMT, STR_ARG(list));
	return false;
}

/* Saving must not overwrite what the study is made of: its paths are taken before any task comes. */
static void take_sources(const struct study *s, struct map *taken)
{
	static struct saver file = { .source = "a file of the study" }, data = { .source = "a dataset of the study" };

	for (size_t i = 0; i < s->files.n; i++)
		if (!s->files.data[i].probe)
			map_put(taken, s->files.data[i].path, &file);
	for (size_t i = 0; i < s->dataset_count; i++)
		map_put(taken, path_clean(taken->arena, s->datasets[i].path), &data);
}

static bool overwrites(struct stage *st, const struct spec_save *s, const struct saver *source)
{
	diag_error(st->ex->d, s->at, "save-source", "saving to '" STR_FMT "' would overwrite %s", STR_ARG(s->path),
	           source->source);
	diag_hint(st->ex->d, "give a path that nothing else has, such as results/" STR_FMT, STR_ARG(path_base(s->path)));
	return false;
}

static bool conflict(struct stage *st, const uint32_t *coords, const struct spec_save *s, const struct saver *old)
{
	struct diags *d = st->ex->d;
	struct arena *a = st->ex->study->arena;
	const struct points *p = old->stage->points;
	struct str first = point_text(old->stage, p->coords + (size_t)old->row * p->axis_count, a);

	diag_error(d, s->at, "save-conflict", "two tasks save to '" STR_FMT "': " STR_FMT " and " STR_FMT, STR_ARG(s->path),
	           STR_ARG(first), STR_ARG(point_text(st, coords, a)));
	if (old->at.line != s->at.line)
		diag_note(d, old->at, "the other one is here");
	if (st->decl->axis_count)
		diag_hint(d, "let the path name each axis that differs, such as ${" STR_FMT "}",
		          STR_ARG(st->ex->study->axes[st->decl->axes[st->decl->axis_count - 1]].name));
	return false;
}

/* All paths of a step; the first conflict ends it. `a` lives as long as the check, `turn` is emptied for each task. */
static bool check_step(struct stage *st, struct map *taken, struct arena *turn)
{
	const struct points *p = st->points;
	bool ok = true;

	for (uint32_t i = 0; i < p->count && ok; i++) {
		const uint32_t *coords = p->coords + (size_t)i * p->axis_count;
		struct arena_mark mark = arena_mark(turn);
		struct making m = { .stage = st, .coords = coords, .arena = turn, .d = st->ex->d };
		struct spec_save *list = NULL;
		size_t n = 0;
		enum eval e = saves_make(&m, &list, &n);

		if (e == EVAL_WAITS)
			return true; /* depends on results: the publisher has to see it */
		if (e == EVAL_ERROR)
			return false;
		for (size_t k = 0; k < n && ok; k++) {
			struct saver *old = map_get(taken, list[k].path), *who;

			ok = check_output(st, &m, &list[k]);
			if (ok && old) {
				ok = old->source ? overwrites(st, &list[k], old) : conflict(st, coords, &list[k], old);
				break;
			}
			if (!ok)
				break;
			who = arena_make(taken->arena, struct saver);
			*who = (struct saver){ .stage = st, .row = i, .at = list[k].at };
			map_put(taken, arena_str(taken->arena, list[k].path), who);
		}
		arena_reset(turn, mark);
	}
	return ok;
}

bool saves_check(struct expansion *ex)
{
	CLEANUP(arena_cleanup) struct arena *whole = arena_new();
	CLEANUP(arena_cleanup) struct arena *turn = arena_new();
	struct map taken = { .arena = whole };
	bool ok = true;

	take_sources(ex->study, &taken);
	for (size_t i = 0; i < ex->study->step_count; i++) {
		struct stage *st = &ex->stages[i];

		if (st->decl->save.n && !st->broken)
			ok = check_step(st, &taken, turn) && ok;
	}
	return ok;
}
