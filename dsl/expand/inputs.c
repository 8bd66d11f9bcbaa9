/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which files of the study a task reads: path fields, tables, words of commands, globs. Every look at the disk is made once
 * per word and remembered as a probe, so that a plan that found "nothing changed" notices a file that appears.
 */
#include <string.h>
#include <strings.h>

#include "dsl/expand/expand.h"
#include "engine/base/fs.h"

static char word_exists, word_missing; /* what `words` maps to */

struct glob_hits {
	struct str *paths;
	size_t n;
};

bool has_token(struct str s)
{
	return s.n && memchr(s.p, TOKEN_MARK, s.n) != NULL;
}

void file_used(struct making *m, struct str path, struct span at)
{
	struct file_use use = { .path = arena_str(m->arena, path), .at = at };

	VEC_PUSH(m->arena, &m->got.files, use);
}

/* Does the clean relative path exist below the study? */
static bool on_disk(struct expansion *ex, struct str path)
{
	void *known = map_get(&ex->words, path);

	if (known)
		return known == &word_exists;
	struct arena_mark mark = arena_mark(ex->scratch);
	bool there = fs_exists(path_join(ex->scratch, ex->study->root, path).p);
	bool like_path = memchr(path.p, '/', path.n) || memchr(path.p, '.', path.n);
	double number;

	arena_reset(ex->scratch, mark);
	path = arena_str(ex->study->arena, path);
	map_put(&ex->words, path, there ? &word_exists : &word_missing);
	if (!there && like_path && !str_real(path, &number)) {
		struct study_file probe = { .path = path, .probe = true };

		VEC_PUSH(ex->study->arena, &ex->study->files, probe); /* `words` has each once, so study_probe need not look */
	}
	return there;
}

/* What a command writes, or rung itself, is no input. */
static bool is_product(const struct expansion *ex, struct str path)
{
	if (str_is(path, ".") || str_is(path, ".rung") || str_starts(path, ".rung/"))
		return true;
	for (size_t i = 0; i < ex->save_folders.n; i++) {
		struct str folder = ex->save_folders.data[i];

		if (str_same(path, folder) || (path.n > folder.n && path.p[folder.n] == '/' &&
		                               str_same(str_from(path, 0, folder.n), folder)))
			return true;
	}
	return false;
}

static bool is_clean(struct str w)
{
	if (!w.n || w.p[0] == '.' || w.p[w.n - 1] == '/')
		return false;
	for (size_t i = 0; i + 1 < w.n; i++)
		if (w.p[i] == '/' && (w.p[i + 1] == '/' || w.p[i + 1] == '.'))
			return false;
	return true;
}

void word_input(struct making *m, struct str word, struct span at)
{
	struct expansion *ex = m->stage->ex;
	void *known = map_get(&ex->words, word);

	if (known == &word_missing || !word.n || word.n > 4000 || word.p[0] == '/' || word.p[0] == '-' || has_token(word) ||
	    memchr(word.p, '\n', word.n))
		return;
	if (!is_clean(word))
		word = path_clean(m->arena, word);
	if (is_product(ex, word) || (known != &word_exists && (!path_inside(word) || !on_disk(ex, word))))
		return;
	file_used(m, word, at);
}

void command_inputs(struct making *m, const struct value *command)
{
	struct str *words = NULL;
	size_t n = 0;

	if (command->type == V_STR) {
		shell_words(command->s, m->arena, &words, &n);
		for (size_t i = 0; i < n; i++)
			word_input(m, words[i], command->at);
		return;
	}
	for (size_t i = 0; command->type == V_LIST && i < command->list.n; i++) {
		const struct value *v = &command->list.items[i];

		if (v->type == V_STR)
			word_input(m, v->s, v->at.file ? v->at : command->at);
	}
}

static void suggest_file(struct making *m, struct str path)
{
	struct arena *a = m->arena;
	struct str *near = NULL, best, dir = path_dir(path);
	size_t n = 0;

	if (fs_glob(a, m->stage->ex->study->root.p, str_is(dir, ".") ? STR("*") : path_join(a, dir, STR("*")), &near, &n) < 0)
		n = 0;
	best = str_nearest(path, near, n);
	if (map_has(&m->stage->ex->study->step_by_name, path))
		diag_hint(m->d, "'" STR_FMT "' is a step: its file is ${" STR_FMT "}", STR_ARG(path), STR_ARG(path));
	else if (best.n)
		diag_hint(m->d, "did you mean '" STR_FMT "'?", STR_ARG(best));
	else
		diag_hint(m->d, "paths are relative to the folder of the study");
}

bool path_input(struct making *m, struct str text, struct span at)
{
	struct expansion *ex = m->stage->ex;
	struct str path;

	if (!text.n)
		return diag_error(m->d, at, "missing-file", "an empty text is no path");
	if (text.p[0] == '/') {
		diag_error(m->d, at, "outside", "'" STR_FMT "' is an absolute path", STR_ARG(text));
		diag_hint(m->d, "inputs are files of the study, by their path from its folder; a link inside it will do");
		return false;
	}
	path = path_clean(m->arena, text);
	if (!path_inside(path)) {
		diag_error(m->d, at, "outside", "'" STR_FMT "' climbs out of the study's folder", STR_ARG(text));
		diag_hint(m->d, "inputs are files of the study, by their path from its folder; a link inside it will do");
		return false;
	}
	if (!on_disk(ex, path)) {
		diag_error(m->d, at, "missing-file", "there is no file '" STR_FMT "' in the study's folder", STR_ARG(path));
		suggest_file(m, path);
		return false;
	}
	file_used(m, path, at);
	return true;
}

static void table_file(struct making *m, struct str name, struct str path)
{
	for (size_t i = 0; i < m->got.tables.n; i++)
		if (str_same(m->got.tables.data[i].key, name))
			return;
	struct pair p = { .key = arena_str(m->arena, name), .val = value_str(arena_str(m->arena, path)) };

	VEC_PUSH(m->arena, &m->got.tables, p);
}

static bool dataset_input(struct making *m, const struct dataset *set)
{
	table_file(m, set->name, set->path);
	return path_input(m, set->path, set->at);
}

bool table_input(struct making *m, struct str name, struct span at)
{
	struct expansion *ex = m->stage->ex;
	const struct step_decl *step = map_get(&ex->study->step_by_name, name);
	const struct dataset *set = map_get(&ex->study->dataset_by_name, name);
	struct str path = path_clean(m->arena, name);

	if (step) {
		uint32_t slot = token_slot(m->stage, step->index, MENTION_TABLE);

		if (slot == UINT32_MAX) {
			diag_error(m->d, at, "hidden-step", "the step '" STR_FMT "' comes out of an expression", STR_ARG(name));
			diag_hint(m->d, "write its name plainly, so that it is known before anything runs");
			return false;
		}
		(void)token_add(m, (struct token){ .what = TOKEN_TABLE, .mention = slot, .name = step->name, .at = at });
		return true;
	}
	if (set)
		return dataset_input(m, set);
	if (name.n && name.p[0] != '/' && path_inside(path) && on_disk(ex, path)) {
		table_file(m, name, path);
		return path_input(m, path, at);
	}
	diag_error(m->d, at, "unknown-table", "'" STR_FMT "' is no step, no dataset and no file of the study", STR_ARG(name));
	suggest_tables(ex, name);
	return false;
}

/* SQLite takes `Scores` for `scores`. */
static bool same_in_sql(struct str a, struct str b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

const struct step_decl *sql_step(const struct study *s, struct str name)
{
	const struct step_decl *exact = map_get(&s->step_by_name, name);

	for (uint32_t i = 0; !exact && i < s->step_count; i++)
		if (same_in_sql(s->steps[i].name, name))
			return &s->steps[i];
	return exact;
}

static const struct dataset *sql_dataset(const struct study *s, struct str name)
{
	const struct dataset *exact = map_get(&s->dataset_by_name, name);

	for (size_t i = 0; !exact && i < s->dataset_count; i++)
		if (same_in_sql(s->datasets[i].name, name))
			return &s->datasets[i];
	return exact;
}

void sql_inputs(struct making *m, struct str sql)
{
	const struct study *s = m->stage->ex->study;
	size_t n = 0;
	struct str *names = sql_names(m->arena, sql, &n);

	for (size_t i = 0; i < n; i++) {
		const struct step_decl *step = sql_step(s, names[i]);
		const struct dataset *set = sql_dataset(s, names[i]);
		uint32_t slot = step ? token_slot(m->stage, step->index, MENTION_TABLE) : UINT32_MAX;

		if (slot != UINT32_MAX)
			(void)token_add(m, (struct token){ .what = TOKEN_TABLE, .mention = slot, .name = step->name,
				                           .at = m->stage->slots.data[slot].at });
		else if (set && !step)
			(void)dataset_input(m, set);
	}
}

/* The folder that a pattern certainly lies in. */
static struct str glob_folder(struct str pattern)
{
	size_t end = 0;

	for (size_t i = 0; i < pattern.n && !strchr("*?[{", pattern.p[i]); i++)
		if (pattern.p[i] == '/')
			end = i;
	return end ? str_from(pattern, 0, end) : STR(".");
}

bool glob_inputs(struct making *m, struct str pattern, struct span at)
{
	struct expansion *ex = m->stage->ex;
	struct glob_hits *hits = map_get(&ex->globs, pattern);
	bool wild = false;

	for (size_t i = 0; i < pattern.n; i++)
		wild = wild || strchr("*?[{", pattern.p[i]) != NULL;
	if (!wild)
		return path_input(m, pattern, at);
	if (!hits) {
		hits = arena_make(ex->study->arena, struct glob_hits);
		if (fs_glob(ex->study->arena, ex->study->root.p, pattern, &hits->paths, &hits->n) < 0)
			hits->n = 0;
		map_put(&ex->globs, arena_str(ex->study->arena, pattern), hits);
		study_probe(ex->study, arena_str(ex->study->arena, glob_folder(pattern)), true);
	}
	if (!hits->n) {
		diag_error(m->d, at, "missing-file", "no file of the study matches '" STR_FMT "'", STR_ARG(pattern));
		diag_hint(m->d, "`*` stays inside one folder, `**` goes down into all");
		return false;
	}
	for (size_t i = 0; i < hits->n; i++)
		file_used(m, hits->paths[i], at);
	return true;
}
