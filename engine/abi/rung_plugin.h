/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plugin contract: the only header a step kind includes.
 *
 * What it is: the value tree that every part of rung speaks, the tables that describe a kind's fields, and the
 * services that the host offers to a running job. What it is not: a door into the engine; in-tree kinds get no other.
 *
 * A kind is a `const struct kind`: name, version, field table, outputs and one function. A kind of EXEC_COMMAND has no
 * function: the engine spawns its command itself. A kind of EXEC_WORKER runs in a worker process, one job at a time;
 * if it crashes, one task fails.
 *
 * Ownership: everything a job hands out (`alloc`, values, strings, tables) lives until `run` returns. A kind may keep
 * its own static cache between jobs of the same worker; it must then key the cache by `struct input.digest`.
 * Failure: `fail` records the message and returns -1; a kind returns that at once. It never prints and never exits.
 */
#ifndef RUNG_PLUGIN_H
#define RUNG_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUNG_ABI 1u

/* Text by pointer and length; not NUL-terminated unless a comment says so. */
struct str {
	const char *p;
	size_t n;
};

/* A place in a source file. file: index into the source table, 0 = no place; line, col: 1-based, col counts bytes;
 * len: bytes to underline, at least 1 where known. */
struct span {
	uint32_t file, line, col, len;
};

enum vtype { V_NULL, V_BOOL, V_INT, V_REAL, V_STR, V_LIST, V_MAP };

/* One tree for YAML, Lua, JSON, parameters and results. A map keeps the order of its keys; keys are unique. */
struct value {
	enum vtype type;
	struct span at;
	union {
		bool b;
		int64_t i;
		double r;
		struct str s;
		struct {
			struct value *items;
			size_t n;
		} list;
		struct {
			struct pair *pairs;
			size_t n;
		} map;
	};
};

struct pair {
	struct str key;
	struct span at; /* of the key */
	struct value val;
};

/* ---- description of fields ---------------------------------------------------------------------------------------- */

enum field_type {
	T_TEXT = 1u << 0,
	T_BOOL = 1u << 1,
	T_INT = 1u << 2,
	T_NUMBER = 1u << 3,   /* accepts an integer too */
	T_DURATION = 1u << 4, /* `90s`, `10m`, `2h`; handed over as V_REAL seconds */
	T_SIZE = 1u << 5,     /* `512MiB`, `2GB`; handed over as V_INT bytes */
	T_MONEY = 1u << 6,    /* `0.50 USD`; handed over as V_INT picodollars */
	T_PATH = 1u << 7,     /* a file of the study, or an output of a step through ${...}; becomes an input */
	T_TABLE = 1u << 8,    /* the name of a step or of a dataset; its rows become an input of that name */
	T_COMMAND = 1u << 9,  /* a shell line, or a list of words that is run without a shell */
	T_LUA = 1u << 10,     /* an expression, a block with `function`, or the name of a function in `lua:` */
	T_SQL = 1u << 11,     /* SQL; the step names in it become inputs */
	T_LIST = 1u << 12,    /* a list of any of the other types of this field; one item may stand without brackets */
	T_MAP = 1u << 13,     /* a map; its keys are in `sub`, or free when `sub` is NULL */
	T_ANY = 1u << 14,
	T_SHA256 = 1u << 15,  /* 64 hex digits; handed over as V_STR */
};

enum field_flag {
	F_REQUIRED = 1u << 0,
	F_PRIMARY = 1u << 1,  /* takes the value when the kind is given a scalar: `run: make x` */
	F_PLAIN = 1u << 2,    /* no ${...} here: the value must be known before anything runs */
	F_UNKEYED = 1u << 3,  /* cannot change the result: not part of the key */
};

/* A row of a field table. The table ends with name == NULL; a name of "*" describes any other key. */
struct field {
	const char *name;
	unsigned type;         /* field_type bits */
	unsigned flags;        /* field_flag bits */
	double min, max;       /* range of numbers, durations (s) and sizes (bytes); none when both are 0 */
	const char *choices;   /* "a|b|c": the only texts allowed; NULL = any */
	const char *fallback;  /* the default, as it would be written in YAML; NULL = absent */
	const char *help;      /* one line, lower case, no full stop */
	const struct field *sub;
};

/* ---- description of a kind ---------------------------------------------------------------------------------------- */

enum kind_exec { EXEC_COMMAND, EXEC_WORKER };

/* An output every task of the kind makes. */
struct output {
	const char *name; /* NULL ends the list */
	const char *file; /* file name inside the task's output folder; its ending says the format */
};

struct job;
struct host;

struct kind {
	uint32_t abi;         /* RUNG_ABI */
	uint32_t struct_size; /* sizeof(struct kind) */
	const char *name;
	uint32_t version; /* enters every key: raise it when results change */
	const char *summary;
	enum kind_exec exec;
	const struct field *fields;
	const struct output *outputs; /* the first is the primary one; NULL for EXEC_COMMAND: the step declares `out:` */
	const char *beside;           /* output that is always published next to `save:`; NULL = none */
	int (*run)(const struct host *host, struct job *job); /* 0 = done, -1 = failed through `fail` */
};

/* What a shared object exports under the name `rung_plugin`. */
struct plugin {
	uint32_t abi, struct_size;
	const struct kind *const *kinds; /* NULL-terminated */
};

/* ---- services for a running job ----------------------------------------------------------------------------------- */

/* Something a task reads: rows of another step, a file, a folder. */
struct input {
	struct str name;    /* step or dataset name; for a path field the field's name */
	struct str path;    /* absolute, NUL-terminated */
	struct str format;  /* "jsonl", "csv", "file" or "tree" */
	struct str kind;    /* kind of the step that made it; empty for a file */
	struct str digest;  /* 64 hex digits of its content */
	struct str label;   /* what messages call it: `data/pool.csv` or `score` */
};

struct table;  /* an open table being read */
struct writer; /* a JSON Lines table being written */

struct host {
	uint32_t abi, struct_size;

	void *(*alloc)(struct job *, size_t bytes); /* zeroed; never NULL */

	/* Records the failure: field = the field to blame (NULL = the step), hint may be NULL. Returns -1. */
	int (*fail)(struct job *, const char *field, const char *hint, const char *fmt, ...)
		__attribute__((format(printf, 4, 5)));
	void (*warn)(struct job *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

	const struct value *(*fields)(struct job *); /* V_MAP: the kind's fields after expansion, defaults filled in */
	const struct value *(*point)(struct job *);  /* V_MAP: the task's axes */
	struct str (*task)(struct job *);            /* the task's name */
	uint64_t (*seed)(struct job *);              /* from the key: same task, same seed */
	const struct input *(*input)(struct job *, struct str name); /* NULL = no such input */
	const struct input *(*inputs)(struct job *, size_t *n);
	const char *(*out)(struct job *, const char *output); /* absolute path where that output is to be written */
	int (*metric)(struct job *, const char *name, const struct value *scalar);

	/* Reading rows. Cells are in column order and valid until the next call; a CSV cell is V_STR (V_NULL when empty and
	 * unquoted), a JSON cell has its JSON type, an absent JSON key is V_NULL. For CSV the columns are the header's; for
	 * JSON Lines the keys of the first row, and later rows with a new key add a column (read `table_columns` again). */
	struct table *(*table_open)(struct job *, const struct input *); /* NULL = failed, message recorded */
	const struct str *(*table_columns)(struct table *, size_t *n);
	int (*table_next)(struct table *, const struct value **cells); /* 1 a row, 0 the end, -1 failed */
	size_t (*table_line)(struct table *);      /* line in the file where the present row starts, for messages */
	struct str (*table_raw)(struct table *);   /* the present row's bytes, without the line end */
	struct str (*table_header)(struct table *); /* CSV: the header's bytes, with the line end; else empty */

	/* Writing rows to an output as JSON Lines. */
	struct writer *(*rows_open)(struct job *, const char *output);
	int (*rows_put)(struct writer *, const struct value *row); /* row: V_MAP */

	/* Calls the Lua hook in the field (dotted path, such as "grade") with the arguments; result lives as long as the job. */
	int (*call)(struct job *, const char *field, const struct value *args, size_t n, struct value *result);

	/* Runs SQL over the inputs as tables named by `input.name`; the rows go to the output as JSON Lines. */
	int (*sql)(struct job *, struct str query, const char *output);

	/* Runs a program and waits. input may be empty; stdout goes to *text (at most 1 MiB), stderr too. Returns the exit
	 * code, 128 + signal, or -1 when it could not be started (message recorded). */
	int (*command)(struct job *, const char *const argv[], struct str input, struct str *text);

	/* Downloads url to the path, resuming a partial file, and checks the SHA-256 (64 hex digits). */
	int (*download)(struct job *, struct str url, struct str sha256, const char *path);

	/* Locale-free number from text; false when the whole text is not one. */
	bool (*number)(struct str text, double *out);
};

/* ---- small conveniences that need no host ------------------------------------------------------------------------- */

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_FMT "%.*s"
#define STR_ARG(s) str_shown(s), (s).p

/* A precision of printf is an int, and a negative one means "up to the NUL"; the whole text must fit an int too. */
static inline int str_shown(struct str s)
{
	return s.n < (1u << 30) ? (int)s.n : 1 << 30;
}

static inline bool str_same(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || __builtin_memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *z)
{
	return str_same(a, (struct str){ z, __builtin_strlen(z) });
}

/* The value under the key of a map; NULL when absent or when map is NULL or no map. */
static inline const struct value *value_get(const struct value *map, const char *key)
{
	if (!map || map->type != V_MAP)
		return NULL;
	for (size_t i = 0; i < map->map.n; i++)
		if (str_is(map->map.pairs[i].key, key))
			return &map->map.pairs[i].val;
	return NULL;
}

/* A number as double; false for anything else. */
static inline bool value_number(const struct value *v, double *out)
{
	if (!v || (v->type != V_INT && v->type != V_REAL))
		return false;
	*out = v->type == V_INT ? (double)v->i : v->r;
	return true;
}

static inline struct value value_str(struct str s)
{
	return (struct value){ .type = V_STR, .s = s };
}

static inline struct value value_int(int64_t i)
{
	return (struct value){ .type = V_INT, .i = i };
}

static inline struct value value_real(double r)
{
	return (struct value){ .type = V_REAL, .r = r };
}

static inline struct value value_bool(bool b)
{
	return (struct value){ .type = V_BOOL, .b = b };
}

#endif
