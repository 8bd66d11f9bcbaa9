/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The spec of one task: everything that its key covers and that its execution needs, after expansion; and the front end
 * that makes specs. A spec is a pure function of (step, coordinates, late values), made anew whenever it is wanted.
 *
 * Tokens stand in texts for paths that are known only when the task runs: TOKEN_MARK ordinal TOKEN_MARK. In a shell line
 * (`run` as text) a token always stands inside single quotes; whoever fills it in writes ' as '\'' there, and a token with
 * several paths becomes p1' 'p2. In any other text the path stands as it is. No other text holds the mark: the front end
 * refuses it in studies, on the command line and in values of steps, and in what expressions make unless it is a token.
 */
#ifndef RUNG_SPEC_H
#define RUNG_SPEC_H

#include "engine/graph/graph.h"

#define TOKEN_MARK '\x1f'

enum token_what {
	TOKEN_OWN,   /* an output of this task: `${out.model}`; name = the output */
	TOKEN_OUT,   /* output `name` of the task(s) behind `mention`; an empty name = the primary output */
	TOKEN_TABLE, /* rows of the task(s) behind `mention`, an input of that `name`; stands in no text */
};

struct token {
	enum token_what what;
	uint32_t mention; /* index into the step's mentions */
	struct str name;
	struct span at;
};

struct spec_out {
	struct str name, file; /* file: relative, inside the task's output folder */
	struct span at;
};

struct spec_save {
	struct str path; /* relative to the study's folder */
	struct str out;  /* which output; empty = by the path's ending, else the primary one */
	struct span at;
};

/* A named value that expressions of the task read, with the place where it is defined. Explains a change; the key holds
 * only what came of it. */
struct spec_read {
	struct str label; /* "params.epoch", "axes.seed" */
	struct value value;
	struct span at;
};

struct spec {
	bool waits;            /* a late value is missing: only `mentions` of the step count, nothing below is set */
	bool skip;             /* `when` is false at this point */
	/* Keyed parts: the kind's fields, and the common keys that can change a result (metrics, out, env, version).
	 * `common` are the same for every task of the step (same pointer, made once); `own` differ. Labels are unique over
	 * both. A Lua field is a map {lua: canonical source, reads: {…}}. */
	const struct value *common; /* V_MAP */
	struct value own;           /* V_MAP */
	struct token *tokens;
	size_t token_count;
	struct str *files;     /* inputs inside the study's folder, relative; sorted, unique */
	size_t file_count;
	struct span *file_at;  /* where each is named */
	struct str *tools;     /* commands whose output enters the key */
	size_t tool_count;
	struct span *tool_at;  /* NULL: at the step */
	struct spec_out *outs; /* declared outputs of a command; empty otherwise */
	size_t out_count;
	struct spec_save *saves;
	size_t save_count;
	struct spec_read *reads;
	size_t read_count;
	struct span at;        /* the step */
};

/* The keyed value under the label in own or common; NULL when absent. */
const struct value *spec_part(const struct spec *s, const char *label);
/* The label of a kind's field: its key, with '~' in front when it is not keyed, with '.' when it could be taken for another
 * label: a step may have a column `version` beside its own `version`. */
struct str spec_field_label(struct str key, bool keyed, struct arena *a);
/* The key of the field that the label stands for; false: it is none, but env, out, version and the like. */
bool spec_field_of(struct str label, struct str *key);

/* To and from a value tree, for the pipe to a worker. Positions are kept. */
struct value spec_encode(const struct spec *s, struct arena *a);
bool spec_decode(const struct value *v, struct arena *a, struct spec *out);

/* What a hook is called with, beside the study's own names. */
struct hook_call {
	uint32_t step;
	const uint32_t *coords;
	struct str field;            /* "metrics.accuracy", "lua" */
	struct value args;           /* V_MAP name → value: {stdout, stderr} for metrics; step name → rows for a `lua` step */
	const struct value *list;    /* positional arguments when the hook is a function called by a kind; may be NULL */
	size_t list_count;
	uint64_t seed;               /* for `random` */
	double wall_s;               /* cap; 0 = the default of 10 s */
};

/* The front end as the engine sees it. */
struct front {
	void *self;
	/* late: one value per mention of the step; V_NULL type for what is not known yet; for MENTION_VALUE a V_MAP of
	 * metrics, or a V_LIST of such maps (with axes) for a gather. late itself may be NULL = nothing known.
	 * false: diagnostics were recorded. */
	bool (*spec)(void *self, uint32_t step, const uint32_t *coords, const struct value *late, struct arena *a,
	             struct spec *out, struct diags *d);
	/* Runs a hook under its caps; only ever called in a worker. false: diagnostics were recorded. */
	bool (*hook)(void *self, const struct hook_call *call, struct arena *a, struct value *result, struct diags *d);
};

#endif
