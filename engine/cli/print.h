/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What people and scripts read. Data goes to stdout, talk to stderr; colours only where a terminal listens.
 */
#ifndef RUNG_CLI_PRINT_H
#define RUNG_CLI_PRINT_H

#include "engine/base/diag.h"
#include "engine/base/value.h"

enum paint { PLAIN, BOLD, DIM, RED, GREEN, YELLOW, BLUE, CYAN };

/* Decides about colours once; never: `--no-color`. */
void print_init(bool never);
bool print_colour(bool on_stderr);
const char *paint_out(enum paint p); /* for stdout; empty without colours */
const char *paint_err(enum paint p);

void out_text(struct str s); /* stdout, as it is */
void out_f(const char *fmt, ...) PRINTF(1, 2);
void out_json(const struct value *v); /* one line */
void out_flush(void); /* before talk that belongs below */
/* Flushes stdout; false when something could not be written (said on stderr). */
bool out_close(void);

void say(const char *fmt, ...) PRINTF(1, 2); /* stderr: "rung: …" */
void err_text(struct str s);                 /* stderr, one write */
/* stderr: "rung: error: …"; returns EXIT_WRONG */
int wrong(const char *fmt, ...) PRINTF(1, 2);
void hint(const char *fmt, ...) PRINTF(1, 2); /* stderr, below it */

/* A text table: columns aligned by display width; numbers to the right. */
struct grid {
	struct arena *arena;
	size_t columns;
	struct str *cells; /* rows × columns, the header first */
	size_t rows, cap;
	bool *right;       /* per column */
	enum paint *paints; /* per row and column; may be NULL */
};
struct grid grid_new(struct arena *a, size_t columns, const char *const *header);
void grid_put(struct grid *g, size_t column, struct str text); /* into the row begun last */
void grid_row(struct grid *g);
void grid_print(const struct grid *g);

unsigned text_width(struct str s);
/* The text as a terminal shows it, cut at `columns` with an ellipsis. */
struct str text_fit(struct arena *a, struct str s, unsigned columns);
unsigned terminal_columns(void); /* of stderr; 80 when unknown */

struct str seconds_text(struct arena *a, double s);  /* "0.42 s", "3m12s", "2h05m" */
struct str clock_span(struct arena *a, double s);    /* "0:12", "1:02:03" */
struct str bytes_text(struct arena *a, double bytes); /* "12.3 MB" */
struct str when_text(struct arena *a, int64_t wall_ns); /* "2026-11-20T18:00:00Z (2m ago)" */
struct str shell_word(struct arena *a, struct str s); /* quoted where the shell needs it */
const char *plural(size_t n);                        /* "" or "s" */
/* The source line under a place with a caret, each line indented; nothing for no place. */
void print_snippet(const struct diags *d, struct span at);

#endif
