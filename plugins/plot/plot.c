/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `plot`: a figure as SVG, PDF and PNG through gnuplot, and the script that draws it. The same data give the same bytes:
 * the one thing that changes from run to run is the date that cairo writes into a PDF, and it is overwritten here.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/kinds.h"
#include "plugins/plot/figure.h"

static const struct field axis_fields[] = {
	{ .name = "field", .type = T_TEXT, .flags = F_REQUIRED | F_PRIMARY, .help = "column" },
	{ .name = "scale", .type = T_TEXT, .choices = "auto|linear|log", .fallback = "auto",
	  .help = "auto: where the laws are straight: log-log for power2, log x for log, else linear" },
	{ .name = "label", .type = T_TEXT, .help = "text at the axis; by default the column's name" },
	{ .name = "min", .type = T_NUMBER, .help = "where the axis starts" },
	{ .name = "max", .type = T_NUMBER, .help = "where the axis ends" },
	{ .name = "low", .type = T_TEXT, .help = "column with the lower end of an interval; empty beside a high: open" },
	{ .name = "high", .type = T_TEXT, .help = "column with its upper end" },
	{ .name = NULL },
};

static const struct field fields[] = {
	{ .name = "of", .type = T_TABLE | T_LIST, .flags = F_REQUIRED,
	  .help = "tables: a fit gives curves, a crossover a mark, any other points" },
	{ .name = "x", .type = T_TEXT | T_MAP, .flags = F_REQUIRED, .help = "column, or its field, scale, label, min and max",
	  .sub = axis_fields },
	{ .name = "y", .type = T_TEXT | T_MAP | T_LIST, .flags = F_REQUIRED,
	  .help = "column, or its field, scale, label, min and max; in a forest the columns that name a row", .sub = axis_fields },
	{ .name = "by", .type = T_TEXT | T_LIST, .help = "columns of the series; by default the fit's or the first of text" },
	{ .name = "style", .type = T_TEXT, .choices = "curves|forest", .fallback = "curves",
	  .help = "forest: each row's x with its interval on a line of its own" },
	{ .name = "bars", .type = T_TEXT, .choices = "ci95|sd|sem|none", .fallback = "ci95",
	  .help = "at points that are means: 95 % interval (t), standard deviation or error" },
	{ .name = "residuals", .type = T_BOOL, .fallback = "false", .help = "a panel below with what the fit leaves over" },
	{ .name = "title", .type = T_TEXT, .help = "text above the figure" },
	{ .name = "width", .type = T_NUMBER, .min = 4, .max = 100, .fallback = "16",
	  .help = "in cm; 8.4 is a column of most journals; text keeps its size" },
	{ .name = "height", .type = T_NUMBER, .min = 3, .max = 100, .fallback = "10", .help = "in cm" },
	{ .name = NULL },
};

static const struct output outputs[] = {
	{ "svg", "plot.svg" }, { "pdf", "plot.pdf" }, { "png", "plot.png" }, { "gp", "plot.gp" }, { NULL, NULL },
};

/* Overwrites the digits of the first date behind each `/CreationDate (D:` of the file, in place. */
static int date_strip(const struct work *w, const char *path)
{
	static const char key[] = "/CreationDate (D:";
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	char *p = MAP_FAILED;

	if (fd >= 0 && !fstat(fd, &st) && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		(void)close(fd);
	if (p == MAP_FAILED)
		return w->host->fail(w->job, NULL, NULL, "cannot read %s, which gnuplot should have written: %s", path,
		                     strerror(errno));
	char *end = p + st.st_size, *at = p;

	while ((at = memmem(at, (size_t)(end - at), key, sizeof key - 1))) {
		static const char epoch[] = "20000101000000";

		at += sizeof key - 1;
		for (size_t i = 0; at + i < end && epoch[i] && at[i] >= '0' && at[i] <= '9'; i++)
			at[i] = epoch[i];
	}
	(void)munmap(p, (size_t)st.st_size);
	return 0;
}

static int render(const struct work *w, const char *format, const char *script)
{
	const char *target = w->host->out(w->job, format);
	struct text setup = { .w = w };
	struct str said = { "", 0 };

	if (!target)
		return -1;
	text_printf(&setup, "format='%s'; target='", format);
	for (const char *c = target; *c; c++)
		text_add(&setup, *c == '\'' ? STR("''") : (struct str){ c, 1 });
	text_z(&setup, "'");
	const char *const argv[] = { "gnuplot", "-e", setup.p, script, NULL };
	int code = w->host->command(w->job, argv, (struct str){ "", 0 }, &said);

	if (code == -1 || code == 127)
		return w->host->fail(w->job, NULL, "`rung doctor` says how to install it", "gnuplot, which draws plots, cannot be started");
	if (code)
		return w->host->fail(w->job, NULL, NULL, "gnuplot failed with exit code %d: %.*s", code,
		                     said.n > 400 ? 400 : (int)said.n, said.p);
	return str_is(str_of(format), "pdf") ? date_strip(w, target) : 0;
}

static int plot_run(const struct host *host, struct job *job)
{
	static const char *const formats[] = { "svg", "pdf", "png" };
	const struct work w = { host, job };
	struct figure f = { .w = &w };
	struct text script = { .w = &w };

	if (figure_read(&f))
		return -1;
	if (f.forest) {
		forest_script(&f, &script);
	} else {
		figure_scales(&f);
		figure_range(&f);
		figure_script(&f, &script);
	}
	if (text_save(&script, "gp"))
		return -1;
	const char *path = host->out(job, "gp");

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (render(&w, formats[i], path))
			return -1;
	return 0;
}

const struct kind kind_plot = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "plot",
	.version = 2,
	.summary = "a figure in SVG, PDF and PNG through gnuplot",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.beside = "gp",
	.run = plot_run,
};
