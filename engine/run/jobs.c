/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a worker is told, and what its answers mean. The frames:
 *
 *   hello    {op, path, has_path, sets, only, phase, files: [{path, text, probe, folder}]}   once; no answer
 *   run      {op, step, coords, kind, task, seed, point, fields, inputs, outs, dir, log} → an answer
 *   metrics  {op, step, coords, seed, names, stdout, stderr}                             → an answer with `metrics`
 *   spec     {op, step, coords, late}                                                    → an answer with `spec`
 *
 * An answer is {ok: true, metrics, warnings, spec} or {ok: false, outcome, detail, hint, passing, warnings}, and what the job cost:
 * user_us, system_us, max_rss_kb.
 */
#include <string.h>
#include <sys/wait.h>

#include "engine/base/fs.h"
#include "engine/run/internal.h"

static struct value texts(const struct str *list, size_t n, struct arena *a)
{
	struct value v = value_list(a, n);

	for (size_t i = 0; i < n; i++)
		v.list.items[i] = value_str(list[i]);
	return v;
}

void workers_hello(const struct study *study, const struct study_options *o, struct sb *out)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct value v = value_map(a, 8);
	size_t n;
	const struct study_file *files = study_files(study, &n);
	struct value list = value_list(a, n);

	for (size_t i = 0; i < n; i++) {
		struct value file = value_map(a, 4);

		value_set(&file, STR("path"), value_str(files[i].path));
		value_set(&file, STR("text"), value_str(files[i].text));
		value_set(&file, STR("probe"), value_bool(files[i].probe));
		value_set(&file, STR("folder"), value_bool(files[i].is_folder));
		list.list.items[i] = file;
	}
	value_set(&v, STR("op"), value_str(STR("hello")));
	value_set(&v, STR("path"), value_str(study_path(study))); /* the file itself: a worker does not look for folders */
	value_set(&v, STR("has_path"), value_bool(true));
	value_set(&v, STR("sets"), texts(o->sets, o->set_count, a));
	value_set(&v, STR("only"), texts(o->only, o->only_count, a));
	value_set(&v, STR("phase"), value_str(o->phase));
	value_set(&v, STR("files"), list);
	sb_init(out, FRAME_MAX);
	frame_put(out, &v);
}

struct value coords_value(const struct graph *g, uint32_t task, struct arena *a)
{
	const struct step *s = graph_step_of(g, task);
	const uint32_t *coords = graph_coords(s, task);
	struct value v = value_list(a, s->axis_count);

	for (size_t i = 0; i < s->axis_count; i++)
		v.list.items[i] = value_int(coords[i]);
	return v;
}

static void put_head(struct value *v, const char *op, const struct site *site, const struct digest *key)
{
	const struct graph *g = plan_graph(site->p);
	uint64_t seed;

	memcpy(&seed, key->b, sizeof(seed));
	value_set(v, STR("op"), value_str(str_z(op)));
	value_set(v, STR("step"), value_int(site->step - g->steps));
	value_set(v, STR("coords"), coords_value(g, site->task, site->a));
	value_set(v, STR("seed"), value_int((int64_t)seed));
}

struct value hook_frame(const struct site *site, const struct digest *key, struct str out, struct str err, struct value names)
{
	struct value v = value_map(site->a, 8);

	put_head(&v, "metrics", site, key);
	value_set(&v, STR("names"), names);
	value_set(&v, STR("stdout"), value_str(out));
	value_set(&v, STR("stderr"), value_str(err));
	return v;
}

/* ---- inputs of a kind --------------------------------------------------------------------------------------------- */

struct inputs {
	struct site *site;
	VEC(struct value) list;
};

static struct value input_value(struct inputs *in, struct str name, struct str path, struct str digest, struct str label)
{
	struct value v = value_map(in->site->a, 7);

	value_set(&v, STR("name"), value_str(name));
	value_set(&v, STR("path"), value_str(path));
	value_set(&v, STR("digest"), value_str(digest));
	value_set(&v, STR("label"), value_str(label));
	return v;
}

static struct str format_word(struct str file, bool tree)
{
	enum table_format format;

	if (tree)
		return STR("tree");
	if (!table_format_of(file, &format))
		return STR("file");
	return format == TABLE_CSV ? STR("csv") : STR("jsonl");
}

/* The rows of one task or of a gather, as a list that the worker makes a file of. */
static bool add_table(struct inputs *in, const struct token *t)
{
	struct site *site = in->site;
	const struct graph *g = plan_graph(site->p);
	uint32_t dep = graph_dep(g, site->step, site->task, t->mention), single = dep;
	const struct step *from = &g->steps[site->step->mentions[t->mention].step];
	struct group one = { &single, dep == DEP_NONE ? 0 : 1 };
	const struct group *members = dep != DEP_NONE && dep & DEP_GROUP ? &g->groups[dep & ~DEP_GROUP] : &one;
	struct value rows = value_list(site->a, members->n), v;
	struct sb content;
	size_t n = 0;

	sb_init(&content, SIZE_MAX / 2);
	for (uint32_t i = 0; i < members->n; i++) {
		struct result r;

		if (!plan_result(site->p, members->tasks[i], site->a, &r) || r.outcome == OUTCOME_SKIPPED)
			continue;
		struct rows_of of = rows_of_result(from, graph_point(g, members->tasks[i], site->a), &r, site->s, site->a);

		value_canon(&of.point, &content);
		sb_add(&content, (struct str){ (const char *)r.content.b, DIGEST_BYTES });
		rows.list.items[n++] = rows_encode(&of, site->a);
	}
	rows.list.n = n;
	struct digest digest = digest_of(sb_str(&content));

	sb_release(&content);
	v = input_value(in, t->name.n ? t->name : from->name, arena_printf(site->a, STR_FMT "/in/" STR_FMT ".jsonl", STR_ARG(site->dir),
	                STR_ARG(t->name.n ? t->name : from->name)), digest_str(site->a, &digest), from->name);
	value_set(&v, STR("format"), value_str(STR("jsonl")));
	value_set(&v, STR("kind"), value_str(str_z(from->kind->name)));
	value_set(&v, STR("rows"), rows);
	VEC_PUSH(site->a, &in->list, v);
	return true;
}

/* A file of the study, by a path relative to its folder. */
static bool add_file(struct inputs *in, struct str name, struct str file)
{
	struct site *site = in->site;
	struct str path = path_join(site->a, plan_graph(site->p)->root, file);
	struct digest digest;
	struct stat st;

	if (stat(path.p, &st) != 0 || !plan_look(site->p, path, &digest))
		return site_fail(site, OUTCOME_INPUT, NULL, "input '" STR_FMT "' cannot be read", STR_ARG(file));
	struct value v = input_value(in, name, path, digest_str(site->a, &digest), file);

	value_set(&v, STR("format"), value_str(format_word(file, S_ISDIR(st.st_mode))));
	value_set(&v, STR("kind"), value_str(STR("")));
	VEC_PUSH(site->a, &in->list, v);
	return true;
}

static void add_output(struct inputs *in, struct str name, const struct token_value *token)
{
	struct site *site = in->site;
	const struct step *from = &plan_graph(site->p)->steps[token->step];
	size_t above = site->dir.n + strlen("/in/");

	for (size_t i = 0; i < token->n; i++) {
		const struct artifact *x = token->artifacts[i];
		/* of several, a file's name does not say which one it is: the folder of its point does */
		struct str label = token->n > 1 ? str_from(token->paths[i], above, token->paths[i].n) :
		                   arena_printf(site->a, STR_FMT "/" STR_FMT, STR_ARG(from->name), STR_ARG(x->file));
		struct value v = input_value(in, name, token->paths[i], digest_str(site->a, &x->digest), label);

		value_set(&v, STR("format"), value_str(format_word(x->file, x->kind == ARTIFACT_TREE)));
		value_set(&v, STR("kind"), value_str(str_z(from->kind->name)));
		VEC_PUSH(site->a, &in->list, v);
	}
}

static bool add_path(struct inputs *in, struct str name, const struct value *v)
{
	const struct token_value *token;
	bool fine = true;

	if (v->type == V_LIST)
		for (size_t i = 0; i < v->list.n && fine; i++)
			fine = add_path(in, name, &v->list.items[i]);
	if (v->type != V_STR || !v->s.n)
		return fine;
	token = site_single(in->site, v->s);
	if (!token)
		return add_file(in, name, v->s);
	/* an output of the task itself is no input */
	if (token->artifacts)
		add_output(in, name, token);
	return true;
}

static bool add_paths(struct inputs *in, const struct field *fields, const struct value *parts, struct str above)
{
	for (const struct field *f = fields; f && f->name; f++) {
		struct str name = above.n ? arena_printf(in->site->a, STR_FMT ".%s", STR_ARG(above), f->name) : str_z(f->name);
		const struct value *v = value_get(parts, f->name);

		if (!v)
			continue;
		if (f->type & T_PATH && !add_path(in, name, v))
			return false;
		if (f->sub && v->type == V_MAP && !add_paths(in, f->sub, v, name))
			return false;
	}
	return true;
}

/* Files behind the names of tables: datasets. */
static bool add_datasets(struct inputs *in, const char *label)
{
	const struct value *v = spec_part(in->site->spec, label);

	for (size_t i = 0; v && v->type == V_MAP && i < v->map.n; i++)
		if (v->map.pairs[i].val.type == V_STR && !add_file(in, v->map.pairs[i].key, v->map.pairs[i].val.s))
			return false;
	return true;
}

/* ---- the job of a kind -------------------------------------------------------------------------------------------- */

static struct value fields_of(const struct site *site, bool filled)
{
	const struct value *lists[] = { site->spec->common, &site->spec->own };
	size_t n = 0;

	for (size_t i = 0; i < countof(lists); i++)
		n += lists[i] && lists[i]->type == V_MAP ? lists[i]->map.n : 0;
	struct value out = value_map(site->a, n + 1);

	for (size_t i = 0; i < countof(lists); i++) {
		for (size_t k = 0; lists[i] && lists[i]->type == V_MAP && k < lists[i]->map.n; k++) {
			const struct pair *p = &lists[i]->map.pairs[k];
			struct str key;

			if (spec_field_of(p->key, &key))
				value_set(&out, key, filled ? site_value(site, &p->val) : p->val);
		}
	}
	return out;
}

bool worker_frame(struct site *site, const struct digest *key, struct str log, struct value *out)
{
	struct inputs in = { .site = site };
	const struct graph *g = plan_graph(site->p);
	struct value parts = fields_of(site, false), outs, list;
	size_t n = 0;

	for (size_t i = 0; i < site->spec->token_count; i++)
		if (site->spec->tokens[i].what == TOKEN_TABLE && !add_table(&in, &site->spec->tokens[i]))
			return false;
	if (!add_paths(&in, site->step->kind->fields, &parts, STR("")) || !add_datasets(&in, "~tables") ||
	    !add_datasets(&in, "~tables_here"))
		return false;
	while (site->step->kind->outputs && site->step->kind->outputs[n].name)
		n++;
	outs = value_map(site->a, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct output *o = &site->step->kind->outputs[i];

		value_set(&outs, str_z(o->name), value_str(site_out(site, str_z(o->file))));
	}
	list = (struct value){ .type = V_LIST, .list = { in.list.data, in.list.n } };
	struct value v = value_map(site->a, 16);
	struct sb name;

	sb_init(&name, (size_t)1 << 20);
	graph_task_name(g, site->task, &name);
	put_head(&v, "run", site, key);
	value_set(&v, STR("kind"), value_str(str_z(site->step->kind->name)));
	value_set(&v, STR("task"), value_str(sb_take(&name, site->a)));
	value_set(&v, STR("point"), graph_point(g, site->task, site->a));
	value_set(&v, STR("fields"), fields_of(site, true));
	value_set(&v, STR("inputs"), list);
	value_set(&v, STR("outs"), outs);
	value_set(&v, STR("dir"), value_str(site->dir));
	value_set(&v, STR("log"), value_str(log));
	site->has_in = site->has_in || in.list.n > 0;
	sb_release(&name);
	*out = v;
	return true;
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

struct ending ending_of_answer(const struct value *answer, struct arena *a)
{
	struct str word = get_str(answer, "outcome");
	struct ending e = { .outcome = OUTCOME_REFUSED };

	if (get_bool(answer, "ok"))
		return (struct ending){ .outcome = OUTCOME_DONE };
	if (!value_get(answer, "ok"))
		return (struct ending){ .outcome = OUTCOME_CRASHED, .detail = STR("the worker answered with something that is no answer") };
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (str_is(word, outcome_name((enum outcome)i)))
			e.outcome = (enum outcome)i;
	e.detail = arena_str(a, get_str(answer, "detail"));
	e.hint = arena_str(a, get_str(answer, "hint"));
	e.passing = get_bool(answer, "passing");
	return e;
}

void usage_of_answer(const struct value *answer, struct rusage *out)
{
	int64_t user = get_int(answer, "user_us"), system = get_int(answer, "system_us");

	*out = (struct rusage){ .ru_utime = { user / 1000000, user % 1000000 }, .ru_stime = { system / 1000000, system % 1000000 },
		.ru_maxrss = get_int(answer, "max_rss_kb") };
}

struct ending ending_of_death(int wait_status, struct arena *a)
{
	struct ending e = { .outcome = OUTCOME_CRASHED, .hint = STR("`rung log` shows what it said; `rung exec` runs this task alone") };

	if (wait_status == JOB_TOO_BIG)
		return (struct ending){ .outcome = OUTCOME_REFUSED,
			.detail = STR("what the task reads as tables is more than the 1 GiB that a worker can be given"),
			.hint = STR("gather fewer tasks at a time, or keep fewer metrics: `aggregate` over some of the axes first") };
	if (wait_status < 0) {
		e.detail = arena_z(a, wait_status == WORKER_BABBLES ? "the worker answered with something that is no frame"
		                                                    : "the worker closed its pipe before it answered");
	} else if (WIFSIGNALED(wait_status)) {
		e.signal = WTERMSIG(wait_status);
		e.detail = arena_printf(a, "the worker crashed: killed by signal %d (%s)%s", e.signal,
		                        sigdescr_np(e.signal) ? sigdescr_np(e.signal) : "unknown",
		                        e.signal == SIGKILL ? ", often because the system ran out of memory" : "");
	} else if (wait_status >> 16) {
		e.detail = arena_printf(a, "no worker can be started: %s", strerror(wait_status >> 16));
		e.hint = STR(PROCESS_LIMITS);
	} else {
		e.exit_code = WEXITSTATUS(wait_status);
		e.detail = arena_printf(a, "the worker ended with exit code %d before it answered", e.exit_code);
	}
	return e;
}
