/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of graph and plan share: a study made in C. corpus (no axes) → train[source, seed] → score[source, seed]
 * → report (gathers all scores, reads rows), and a front end whose specs are a few texts and one parameter.
 */
#ifndef RUNG_PLAN_FIXTURE_H
#define RUNG_PLAN_FIXTURE_H

#include "engine/plan/fresh.h"
#include "engine/plan/plan.h"
#include "tests/unit/store_fixture.h"

enum { CORPUS, TRAIN, SCORE, REPORT };

static const struct kind run_kind = { .abi = RUNG_ABI, .struct_size = sizeof(struct kind), .name = "run", .version = 1,
	                              .exec = EXEC_COMMAND };
static const struct output table_outputs[] = { { "table", "table.jsonl" }, { NULL, NULL } };
static const struct kind table_kind = { .abi = RUNG_ABI, .struct_size = sizeof(struct kind), .name = "table", .version = 1,
	                                .exec = EXEC_WORKER, .outputs = table_outputs };

struct study_c {
	struct arena *a;
	struct graph g;
	struct axis axes[2];
	struct step steps[4];
	uint32_t per; /* tasks of train */
	/* what a test changes */
	int64_t epoch;
	const char *corpus_line;
	const char *file, *tool, *variable; /* of corpus; NULL = none */
	bool late;      /* report reads a value instead of rows */
	const char *skip_source; /* train is skipped at this source */
	const char *trouble; /* no spec can be made any more: why; NULL = it can */
	struct diags d;
	size_t specs;   /* made */
	struct value common[4];
};

static inline struct span line_of(uint32_t line)
{
	return (struct span){ 1, line, 5, 1 };
}

static inline struct axis axis_of(struct arena *a, const char *name, uint32_t line, const char *const *labels, size_t n)
{
	struct axis x = { .name = str_z(name), .at = line_of(line), .n = n };

	x.values = arena_array(a, struct value, n + 1);
	x.labels = arena_array(a, struct str, n + 1);
	for (size_t i = 0; i < n; i++) {
		int64_t number;

		x.labels[i] = arena_z(a, labels[i]);
		x.values[i] = str_int(x.labels[i], &number) ? value_int(number) : value_str(x.labels[i]);
		x.values[i].at = line_of(line);
	}
	return x;
}

static inline struct mention *mention_of(struct arena *a, uint32_t step, enum mention_what what, uint32_t line)
{
	struct mention *m = arena_make(a, struct mention);

	*m = (struct mention){ step, what, line_of(line) };
	return m;
}

static inline bool front_spec(void *self, uint32_t step, const uint32_t *coords, const struct value *late, struct arena *a,
                              struct spec *out, struct diags *d)
{
	struct study_c *s = self;
	struct spec spec = { .common = &s->common[step], .own = value_map(a, 4), .at = s->steps[step].at };

	if (s->trouble)
		return diag_error(d, s->steps[step].at, "lua", "%s", s->trouble);
	s->specs++;
	if (step == CORPUS) {
		struct value line = value_str(str_z(s->corpus_line));

		line.at = line_of(10);
		(void)value_set(&spec.own, STR("run"), line);
		if (s->file) {
			spec.files = arena_make(a, struct str);
			spec.file_at = arena_make(a, struct span);
			*spec.files = str_z(s->file);
			*spec.file_at = line_of(11);
			spec.file_count = 1;
		}
		if (s->tool) {
			spec.tools = arena_make(a, struct str);
			*spec.tools = str_z(s->tool);
			spec.tool_count = 1;
		}
		if (s->variable) {
			const char *now = getenv(s->variable);
			struct value env = value_map(a, 1);

			(void)value_set(&env, str_z(s->variable), now ? value_str(str_z(now)) : (struct value){ .type = V_NULL });
			(void)value_set(&spec.own, STR("env"), env);
		}
		*out = spec;
		return true;
	}
	if (step != REPORT || !s->late) {
		spec.tokens = arena_make(a, struct token);
		*spec.tokens = (struct token){ step == REPORT ? TOKEN_TABLE : TOKEN_OUT, 0, step == REPORT ? STR("score") : STR(""),
			                       line_of(20 + step) };
		spec.token_count = 1;
	} else if (!late || late[0].type == V_NULL) {
		*out = (struct spec){ .waits = true };
		return true;
	} else {
		(void)value_set(&spec.own, STR("sum"), late[0]);
	}
	if (step == TRAIN) {
		spec.reads = arena_array(a, struct spec_read, 2);
		spec.reads[0] = (struct spec_read){ STR("params.epoch"), value_int(s->epoch), line_of(7) };
		spec.reads[1] = (struct spec_read){ STR("axes.source"), s->axes[0].values[coords[0]], line_of(3) };
		spec.read_count = 2;
		spec.skip = s->skip_source && str_is(s->axes[0].labels[coords[0]], s->skip_source);
		(void)value_set(&spec.own, STR("run"),
		                value_str(arena_printf(a, "train --source %.*s --seed %.*s --epoch %lld", STR_ARG(s->axes[0].labels[coords[0]]),
		                                       STR_ARG(s->axes[1].labels[coords[1]]), (long long)s->epoch)));
	}
	*out = spec;
	return true;
}

static inline struct front front_of(struct study_c *s)
{
	return (struct front){ s, front_spec, NULL };
}

/* Coordinates and dependencies of train (on corpus) or score (on train at the same point). */
static inline void points_make(struct study_c *s, uint32_t step, uint32_t first_dep, bool same_point)
{
	uint32_t *axes = arena_array(s->a, uint32_t, 2), *coords = arena_array(s->a, uint32_t, (size_t)s->per * 2 + 1);
	uint32_t *deps = arena_array(s->a, uint32_t, (size_t)s->per + 1);

	axes[1] = 1;
	for (uint32_t i = 0; i < s->per; i++) {
		coords[2 * i] = i / (uint32_t)s->axes[1].n;
		coords[2 * i + 1] = i % (uint32_t)s->axes[1].n;
		deps[i] = first_dep + (same_point ? i : 0);
	}
	s->steps[step].axes = axes;
	s->steps[step].axis_count = 2;
	s->steps[step].coords = coords;
	s->steps[step].deps = deps;
	s->steps[step].count = s->per;
}

static inline void study_make(struct study_c *s, const char *root, const char *const *sources, size_t source_count,
                              const char *const *seeds, size_t seed_count)
{
	static const char *const names[] = { "corpus", "train", "score", "report" };
	struct arena *a = s->a;
	uint32_t *members, *group_dep = arena_make(a, uint32_t);
	struct group *group = arena_make(a, struct group);

	s->per = (uint32_t)(source_count * seed_count);
	s->axes[0] = axis_of(a, "source", 3, sources, source_count);
	s->axes[1] = axis_of(a, "seed", 4, seeds, seed_count);
	for (uint32_t i = 0; i < 4; i++) {
		s->steps[i] = (struct step){ .name = str_z(names[i]), .at = line_of(20 + i), .kind = i == REPORT ? &table_kind : &run_kind,
			                     .count = 1 };
		s->common[i] = value_map(a, 2);
		(void)value_set(&s->common[i], STR("out"), value_str(str_z(names[i])));
	}
	s->steps[TRAIN].first = 1;
	s->steps[TRAIN].mentions = mention_of(a, CORPUS, MENTION_OUT, 21);
	points_make(s, TRAIN, 0, false);
	s->steps[SCORE].first = 1 + s->per;
	s->steps[SCORE].mentions = mention_of(a, TRAIN, MENTION_OUT, 22);
	points_make(s, SCORE, 1, true);
	s->steps[REPORT].first = 1 + 2 * s->per;
	s->steps[REPORT].mentions = mention_of(a, SCORE, s->late ? MENTION_VALUE : MENTION_TABLE, 23);
	members = arena_array(a, uint32_t, (size_t)s->per + 1);
	for (uint32_t i = 0; i < s->per; i++)
		members[i] = 1 + s->per + i;
	*group = (struct group){ members, s->per };
	*group_dep = DEP_GROUP;
	s->steps[REPORT].deps = group_dep;
	for (uint32_t i = TRAIN; i <= REPORT; i++)
		s->steps[i].mention_count = 1;
	s->g = (struct graph){ .arena = a, .study = STR("test"), .root = str_z(root), .axes = s->axes, .axis_count = 2,
		               .steps = s->steps, .step_count = 4, .task_count = 2 + 2 * s->per, .groups = group, .group_count = 1,
		               .ceiling = -1 };
	s->epoch = s->epoch ? s->epoch : 30;
	s->corpus_line = s->corpus_line ? s->corpus_line : "make corpus";
	diags_init(&s->d, a);
	(void)diag_source(&s->d, STR("study.yaml"), STR(""));
}

static inline struct plan *plan_of(struct study_c *s, struct store *store)
{
	struct plan *p;

	if (!plan_make(&s->g, front_of(s), store, NULL, s->a, &s->d, &p)) {
		struct sb text;

		sb_init(&text, 1 << 20);
		diags_render(&s->d, &text, false);
		fail_msg("%s", text.s);
	}
	return p;
}

static inline struct str task_name(struct study_c *s, uint32_t task)
{
	struct sb name;

	sb_init(&name, 4096);
	graph_task_name(&s->g, task, &name);
	struct str out = sb_take(&name, s->a);

	sb_release(&name);
	return out;
}

/* Pretends to run one task: its file holds `text`, its metrics one number. */
static inline void pretend(struct fixture *f, struct study_c *s, struct plan *p, int64_t run, uint32_t task, const char *text,
                           int64_t metric)
{
	const struct step *step = graph_step_of(&s->g, task);
	struct artifact *artifact = arena_make(s->a, struct artifact);
	struct commit c = { .has_result = true };
	struct spec spec;

	*artifact = (struct artifact){ .name = step->kind == &table_kind ? STR("table") : STR("out"), .file = STR("out.txt"),
		                       .digest = put_text(f, text), .size = strlen(text) };
	assert_true(plan_spec(p, task, s->a, &spec, &s->d));
	c.parts = plan_parts(p, task, &spec, s->a);
	c.attempt = (struct attempt){ .run = run, .task = c.parts.task, .step = step->name, .key = c.parts.key, .number = 1,
		                      .started_ns = 1, .ended_ns = 2, .outcome = OUTCOME_DONE, .detail = STR(""), .host = STR("here") };
	c.result = (struct result){ .key = c.parts.key, .task = c.parts.task, .step = step->name, .artifacts = artifact,
		                    .artifact_count = 1, .outcome = OUTCOME_DONE, .metrics = value_map(s->a, 1) };
	(void)value_set(&c.result.metrics, STR("accuracy"), value_int(metric));
	c.result.content = result_content(&c.result);
	assert_ok(f, store_commit(f->s, &c, 1));
	plan_finish(p, task, OUTCOME_DONE, &c.result);
}

/* Runs all that is to be run; returns how many tasks that were. A file's text is the task's name and `salt`. */
static inline size_t run_plan(struct fixture *f, struct study_c *s, struct plan *p, const char *salt)
{
	struct run_info run = begin_run(f);
	size_t ran = 0;

	for (uint32_t t = 0; t < s->g.task_count; t++) {
		enum task_state state = plan_state(p, t);

		if (state == TASK_WAITS)
			state = plan_settle(p, t, NULL, &s->d);
		if (state != TASK_STALE)
			continue;
		pretend(f, s, p, run.id, t, arena_printf(s->a, "%.*s %s", STR_ARG(task_name(s, t)), salt).p, 1);
		ran++;
	}
	run.ended_ns = run.started_ns + 1;
	assert_ok(f, store_run_end(f->s, &run));
	return ran;
}

static inline void assert_counts(const struct plan *p, size_t hit, size_t stale, size_t waits)
{
	struct plan_counts c;

	plan_count(p, &c);
	if (c.hit != hit || c.stale != stale || c.waits != waits)
		fail_msg("hit %zu stale %zu waits %zu, expected %zu %zu %zu", c.hit, c.stale, c.waits, hit, stale, waits);
}

/* "part old → new at; …" */
static inline struct str reasons_text(struct study_c *s, struct plan *p, uint32_t task)
{
	struct reason *list;
	size_t n = plan_reasons(p, task, s->a, &list);
	struct sb text;

	sb_init(&text, 1 << 20);
	for (size_t i = 0; i < n; i++) {
		sb_printf(&text, "%s%.*s", i ? "; " : "", STR_ARG(list[i].part));
		if (list[i].old.n || list[i].new_.n)
			sb_printf(&text, " %.*s → %.*s", STR_ARG(list[i].old), STR_ARG(list[i].new_));
		sb_printf(&text, " %.*s", STR_ARG(span_text(&s->d, list[i].at, s->a)));
	}
	struct str out = sb_take(&text, s->a);

	sb_release(&text);
	return out;
}

static const char *const two_sources[] = { "manual", "gpt" };
static const char *const three_seeds[] = { "1", "2", "3" };

/* The usual study: 2 sources × 3 seeds, 14 tasks. */
static inline struct study_c *usual(struct fixture *f)
{
	struct study_c *s = arena_make(f->a, struct study_c);

	s->a = f->a;
	study_make(s, f->folder, two_sources, 2, three_seeds, 3);
	return s;
}

#endif
