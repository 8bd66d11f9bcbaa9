/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to dsl/: what expansion knows beyond the study and the graph, kept for the specs that are made later.
 *
 * A `stage` stands for a step declaration: its points, the places where it names other steps (sites), what its names mean.
 * A `slot` is a mention of the graph with what is needed to find it again from inside an expression: the braces that pick
 * other points. Sites that mean the same share a slot.
 * Everything lives in the study's arena. Stages are in the order of the declarations; `stage.index` is the graph's order.
 */
#ifndef RUNG_EXPAND_H
#define RUNG_EXPAND_H

#include "dsl/study/study.h"

#define STEP_AXIS_MAX 64 /* axes of one step: bits of a mask */
#define POINT_MISSING (UINT32_MAX - 1) /* neither a task, nor a group, nor nothing: `where` took the point away */

/* Finds rows of coordinates by the columns of `mask`. */
struct coord_table {
	const uint32_t *rows;
	size_t width;
	uint64_t mask;
	uint32_t *slots;      /* id + 1; 0 = free */
	size_t slot_count;    /* a power of two */
	const uint32_t *reps; /* id → a row that has its coordinates; NULL = the id is the row */
};

/* The points of an `each`, shared by all steps that name the same axes in the same order. */
struct points {
	const uint32_t *axes;
	size_t axis_count;
	uint32_t *coords;
	uint32_t count;
	bool full;        /* the whole product: rows are found by arithmetic */
	uint32_t *stride; /* when full */
	struct coord_table table; /* made when first wanted */
	struct points *next;
};

/* One `axis = value` of the braces in `step{axis = value}`. */
struct pick {
	uint32_t axis;
	uint32_t value;
	bool prev; /* the nearest point before that value */
};

struct brace_item {
	uint32_t axis;
	enum { BRACE_FIXED, BRACE_SAME, BRACE_PREV } what;
	uint32_t value; /* FIXED: index of the value; SAME, PREV: position in the naming step's `each` */
};

struct braces {
	struct str text; /* between the braces */
	struct span at;
	struct brace_item *items;
	size_t n;
	struct lua_chunk *chunk; /* not NULL: too involved for items; evaluated at every point */
};

struct slot {
	uint32_t target; /* stage */
	enum mention_what what;
	struct span at;
	struct braces *braces; /* NULL = the rule of shared axes */
};

struct binding {
	enum { BIND_AXIS, BIND_VALUE, BIND_STEP, BIND_OUT } what;
	uint32_t index;      /* AXIS: position in `each`; STEP: stage */
	struct value value;  /* VALUE */
	struct str label;    /* of a read: "params.epoch"; empty = not worth telling */
	struct span at;
};

struct read_note {
	struct str label;
	const struct value *value; /* NULL: an axis, by position */
	uint32_t position;
	struct span at;
};

struct own_field { /* a keyed part that differs between points */
	struct str label; /* with '~' in front when it is not keyed */
	const struct node *node;
};

struct file_use {
	struct str path;
	struct span at;
};

/* What is gathered while one spec, or the common part of all, is made. */
struct gathered {
	VEC(struct token) tokens;
	VEC(struct file_use) files;
	VEC(struct pair) tables; /* names of T_TABLE and T_SQL fields that are files */
};

struct hook_note { /* what a hook's part of the key holds, found once */
	const struct node *node;
	struct str source;
	const struct str *names;
	size_t name_count;
	struct value fixed; /* V_MAP of what it reads beside the axes */
};

struct template_names { /* free names of a template's expressions, through functions of `lua:` too */
	const struct node *node;
	struct str *data;
	size_t n, cap;
};

struct gather {
	uint32_t target;
	uint64_t mask; /* columns of the target that are given */
	struct coord_table table;
	uint32_t first_group;
	struct gather *next;
};

struct stage {
	struct expansion *ex;
	const struct step_decl *decl;
	uint32_t number, index; /* among the declarations; in the graph */
	struct points *points;
	VEC(struct slot) slots;
	struct map names;       /* → struct binding; the names of steps, which all stages share, are apart: stage_binding */
	bool broken;            /* errors were found: do not evaluate */
	VEC(struct read_note) reads;
	struct map read_labels;
	VEC(struct template_names) templates;
	VEC(struct hook_note) hooks;
	VEC(struct own_field) own;
	struct value common;
	struct gathered shared; /* of the common parts */
	struct spec fixed;      /* files, tools, outs and saves of the common parts */
	bool tools_vary, inputs_vary, outs_vary, saves_vary;
	bool prepared, sound;   /* sound: the common parts were made without an error */
};

struct expansion {
	struct study *study;
	struct diags *d;
	struct stage *stages;
	uint32_t *by_index;      /* graph's index → stage */
	struct points *points;   /* all of them */
	struct filter *filter;   /* where.c */
	struct gather *gathers;
	VEC(struct group) groups;
	struct map words;        /* words that were looked for → &word_exists or &word_missing (inputs.c) */
	struct map globs;        /* pattern → struct glob_hits (inputs.c) */
	VEC(struct str) save_folders; /* what `save` fills; no input of a command */
	struct value datasets;   /* V_MAP name → path */
	struct str *step_names;
	struct binding *step_bindings;
	struct arena *scratch;   /* emptied after each use; ended by study_close */
	uint32_t empty_group;    /* UINT32_MAX = not needed yet */
	bool built;              /* edges and groups exist */
};

/* ---- points.c, coords.c */
bool points_make(struct expansion *ex, struct stage *st);
uint32_t points_find(struct expansion *ex, struct points *p, const uint32_t *row); /* UINT32_MAX = none */
void coord_table_start(struct arena *a, struct coord_table *t, size_t capacity);
uint32_t coord_table_find(const struct coord_table *t, const uint32_t *row);
/* The id under the row's coordinates; a new one, `id`, when there is none. */
uint32_t coord_table_add(struct coord_table *t, const uint32_t *row, uint32_t id);
struct str number_commas(struct arena *a, uint64_t n);

/* ---- where.c: the conditions of `where` */
struct tuples {
	const uint32_t *axes; /* in the order asked for */
	size_t width;
	uint32_t *rows; /* ascending */
	size_t count;
	struct tuples *next;
};
struct filter *filter_new(struct expansion *ex);
size_t filter_component_count(const struct filter *f);
bool filter_is_constant(const struct filter *f, size_t component); /* it reads no axis: `where: false` */
bool filter_reads(const struct filter *f, size_t component, uint32_t axis);
/* The values of the axes (all of the component) for which some values of its other axes satisfy it. NULL: error recorded. */
const struct tuples *filter_tuples(struct filter *f, size_t component, const uint32_t *axes, size_t n,
                                   const struct step_decl *step);

/* ---- names.c, refs.c */
void stage_names(struct stage *st);
/* What the name means in the stage; NULL = nothing. */
const struct binding *stage_binding(const struct stage *st, struct str name);
/* Every name that means something, behind `extra` free places: for suggestions. *n: with those places. */
struct str *stage_name_list(const struct stage *st, size_t extra, size_t *n);
bool stage_refs(struct stage *st); /* sites → slots, reads; false: errors were recorded */
void site_add(struct stage *st, uint32_t target, enum mention_what what, struct span at, struct braces *braces);
/* The place of a part of the text. */
struct span node_place(const struct expansion *ex, const struct value *text, size_t offset, size_t len);
void suggest_tables(const struct expansion *ex, struct str wrong);

/* ---- braces.c */
/* text: a part of *whole, the scalar. */
struct braces *braces_parse(struct stage *st, uint32_t target, struct str text, const struct value *whole, struct span at);
/* Picks of the braces at the point. n: at most STEP_AXIS_MAX. */
bool braces_at(struct stage *st, const struct slot *slot, const uint32_t *coords, struct pick *picks, size_t *n);
bool picks_of(struct expansion *ex, uint32_t target, const struct value *over, struct pick *picks, size_t *n,
              struct refusal *why);

/* ---- edges.c */
bool edges_make(struct expansion *ex, struct graph *g, struct step *steps);
/* The task or group of `target` for the point, DEP_NONE or POINT_MISSING. */
uint32_t edge_at(struct stage *st, uint32_t target, const uint32_t *coords, const struct pick *picks, size_t n);

/* ---- cycle.c */
bool stages_order(struct expansion *ex); /* sets by_index and stage.index; true = by dependency, self-references aside */
bool tasks_order(struct expansion *ex, struct graph *g); /* false: a cycle, recorded */

/* ---- scope.c */
struct making { /* the making of one spec, or the call of one hook: what lua_scope.user points to */
	struct stage *stage;
	const uint32_t *coords;
	const struct value *late; /* NULL = nothing known */
	const struct value *args; /* of a hook; NULL for specs */
	struct arena *arena;
	struct diags *d;
	struct gathered got;
	bool waited;              /* a late value was asked for */
};
struct lua_scope making_scope(struct making *m);
struct str token_text(struct making *m, struct token t);
uint32_t token_slot(const struct stage *st, uint32_t target, enum mention_what what); /* UINT32_MAX = none */
uint32_t token_add(struct making *m, struct token t);

/* ---- fields.c, inputs.c, spec.c */
enum eval worse(enum eval a, enum eval b);
enum eval node_value(struct making *m, const struct node *n, struct value *out);
struct value hook_part(struct making *m, const struct node *n);
bool node_varies(struct stage *st, const struct node *n);
void value_inputs(struct making *m, const struct field *f, unsigned type, const struct value *v);
bool has_token(struct str s);
void file_used(struct making *m, struct str path, struct span at);
bool path_input(struct making *m, struct str text, struct span at);
bool table_input(struct making *m, struct str name, struct span at);
void word_input(struct making *m, struct str word, struct span at); /* an input when it names a file of the study */
void command_inputs(struct making *m, const struct value *command);
const struct step_decl *sql_step(const struct study *s, struct str name); /* NULL = none of that name, as SQL compares */
void sql_inputs(struct making *m, struct str sql);
bool glob_inputs(struct making *m, struct str pattern, struct span at);
bool stage_prepare(struct stage *st);
bool spec_check(struct stage *st, struct arena *a); /* all fields at the first point, for their errors */
bool spec_make(void *self, uint32_t step, const uint32_t *coords, const struct value *late, struct arena *a,
               struct spec *out, struct diags *d);
enum eval saves_make(struct making *m, struct spec_save **out, size_t *n);
bool saves_check(struct expansion *ex);
bool hook_run(void *self, const struct hook_call *call, struct arena *a, struct value *result, struct diags *d);
struct str point_text(const struct stage *st, const uint32_t *coords, struct arena *a); /* "train[source=gpt,budget=100]" */
bool output_known(struct making *m, const struct step_decl *decl, struct str output, struct refusal *why); /* empty: any */
size_t stage_outputs(const struct step_decl *decl, struct arena *a, const struct str **names);
struct expansion *expansion_of(struct study *s); /* made when first wanted: names, no points */

/* ---- scan.c: Lua and SQL by the token, to find names */
enum lex_what { LEX_END, LEX_NAME, LEX_NUMBER, LEX_TEXT, LEX_SIGN };
struct lex {
	enum lex_what what;
	struct str text; /* TEXT: with its quotes */
	size_t at;
};
struct lex_list {
	struct lex *data;
	size_t n, cap;
};
size_t lex_next(struct str s, size_t from, struct lex *out); /* position behind it */
/* The next `${…}` of a template from *from on: its inside; false = no more. */
bool lex_expression(struct str s, size_t *from, struct str *inside, size_t *at);
void lex_lua(struct arena *a, struct str s, size_t base, struct lex_list *out);
/* Identifiers of an SQL text, unquoted; each once. */
struct str *sql_names(struct arena *a, struct str sql, size_t *n);

#endif
