/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/print.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/glyph.h"
#include "engine/cli/exit.h"

static bool colours[2];
static bool write_failed;
static int write_errno;

void print_init(bool never)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (never || (no && no[0]) || (term && strcmp(term, "dumb") == 0))
		return;
	colours[0] = isatty(STDOUT_FILENO);
	colours[1] = isatty(STDERR_FILENO);
}

bool print_colour(bool on_stderr)
{
	return colours[on_stderr];
}

static const char *const codes[] = { "\033[0m",  "\033[1m",  "\033[2m",  "\033[31m",
				     "\033[32m", "\033[33m", "\033[34m", "\033[36m" };

const char *paint_out(enum paint p)
{
	return colours[0] ? codes[p] : "";
}

const char *paint_err(enum paint p)
{
	return colours[1] ? codes[p] : "";
}

/* ---- stdout ------------------------------------------------------------------------------------------------------- */

void out_text(struct str s)
{
	if (s.n && fwrite(s.p, 1, s.n, stdout) != s.n && !write_failed) {
		write_failed = true;
		write_errno = errno;
	}
}

void out_f(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vprintf(fmt, ap) < 0 && !write_failed) {
		write_failed = true;
		write_errno = errno;
	}
	va_end(ap);
}

void out_json(const struct value *v)
{
	struct sb line;

	sb_init(&line, SIZE_MAX / 2);
	json_write(v, &line);
	sb_char(&line, '\n');
	out_text(sb_str(&line));
	sb_release(&line);
}

void out_flush(void)
{
	if (fflush(stdout) != 0 && !write_failed) {
		write_failed = true;
		write_errno = errno;
	}
}

bool out_close(void)
{
	out_flush();
	if (write_failed)
		(void)wrong("cannot write to stdout: %s", strerror(write_errno));
	return !write_failed;
}

/* ---- stderr ------------------------------------------------------------------------------------------------------- */

void err_text(struct str s)
{
	if (s.n)
		(void)fwrite(s.p, 1, s.n, stderr);
	(void)fflush(stderr);
}

PRINTF(2, 0) static void err_line(const char *head, const char *fmt, va_list ap)
{
	struct sb line;

	sb_init(&line, (size_t)1 << 20);
	sb_z(&line, head);
	sb_vprintf(&line, fmt, ap);
	sb_char(&line, '\n');
	err_text(sb_str(&line));
	sb_release(&line);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_line("rung: ", fmt, ap);
	va_end(ap);
}

int wrong(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_line(colours[1] ? "rung: \033[31merror:\033[0m " : "rung: error: ", fmt, ap);
	va_end(ap);
	return EXIT_WRONG;
}

void hint(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_line("  = hint: ", fmt, ap);
	va_end(ap);
}

/* ---- texts -------------------------------------------------------------------------------------------------------- */

unsigned text_width(struct str s)
{
	return glyphs_width(s);
}

struct str text_fit(struct arena *a, struct str s, unsigned columns)
{
	struct sb b;
	unsigned used = 0, all = glyphs_width(s);

	sb_init(&b, s.n * 2 + 16);
	while (s.n) {
		struct glyph g = glyph_at(s);

		if (all > columns && used + g.columns + 1 > columns) {
			sb_z(&b, "…");
			break;
		}
		glyph_put(&b, s, g);
		used += g.columns;
		s = str_from(s, g.bytes, s.n);
	}
	struct str out = sb_take(&b, a);

	sb_release(&b);
	return out;
}

unsigned terminal_columns(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	return 80;
}

struct str seconds_text(struct arena *a, double s)
{
	if (s < 0)
		return STR("?");
	if (s < 10)
		return arena_printf(a, "%.2f s", s);
	if (s < 60)
		return arena_printf(a, "%.1f s", s);
	long whole = lround(s);

	if (whole < 3600)
		return arena_printf(a, "%ldm%02lds", whole / 60, whole % 60);
	return arena_printf(a, "%ldh%02ldm", whole / 3600, whole % 3600 / 60);
}

struct str clock_span(struct arena *a, double s)
{
	long whole = s < 0 ? 0 : (long)s;

	if (whole < 3600)
		return arena_printf(a, "%ld:%02ld", whole / 60, whole % 60);
	return arena_printf(a, "%ld:%02ld:%02ld", whole / 3600, whole % 3600 / 60, whole % 60);
}

struct str bytes_text(struct arena *a, double bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	size_t u = 0;

	while (bytes >= 999.5 && u + 1 < countof(units)) {
		bytes /= 1000;
		u++;
	}
	return arena_printf(a, u && bytes < 99.95 ? "%.1f %s" : "%.0f %s", bytes, units[u]);
}

struct str when_text(struct arena *a, int64_t wall_ns)
{
	char text[32];
	double ago = (double)(system_clock.wall_ns(&system_clock) - wall_ns) / 1e9;

	clock_text(wall_ns, text);
	if (ago < 0)
		return arena_printf(a, "%s", text);
	if (ago >= 2 * 86400.0)
		return arena_printf(a, "%s (%.0f days ago)", text, ago / 86400);
	return arena_printf(a, "%s (" STR_FMT " ago)", text, STR_ARG(ago < 10 ? arena_printf(a, "%.0f s", ago) : seconds_text(a, ago)));
}

struct str shell_word(struct arena *a, struct str s)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:+@%";
	struct sb b;
	size_t i = 0;

	while (i < s.n && strchr(safe, s.p[i]) && s.p[i])
		i++;
	if (s.n && i == s.n)
		return s;
	sb_init(&b, s.n * 4 + 16);
	sb_char(&b, '\'');
	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			sb_z(&b, "'\\''");
		else
			sb_char(&b, s.p[i]);
	}
	sb_char(&b, '\'');
	struct str out = sb_take(&b, a);

	sb_release(&b);
	return out;
}

const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}
