/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: the figure of the label-budget ladder comes out, in all formats and byte for byte the same twice; names are
 * data and never commands; what cannot be drawn is refused.
 */
#include "tests/unit/kind_fixture.h"

/* 75 scores of the label-budget study, as its steps hand them over. */
#define LADDER TEST_DATA "/unit/data/ladder.jsonl"

static void copy_row(struct kind_test *from, struct kind_test *to, const char *name, const char *kind)
{
	struct str rows = kind_output(from, "table"), file = arena_printf(to->job.arena, "%s.jsonl", name);

	kind_input(to, name, kind, file.p, rows.p);
}

static void draw_ladder(struct kind_test *t)
{
	struct kind_test law, meet;

	kind_start(&law, "{\"of\":\"score\",\"y\":\"accuracy\",\"x\":\"budget\",\"by\":\"source\",\"law\":\"power3\","
	                 "\"bootstrap\":{\"resamples\":2000,\"over\":\"seed\"},\"seed\":1}");
	kind_input_file(&law, "score", "run", LADDER);
	kind_must(&law, &kind_fit);
	kind_start(&meet, "{\"of\":\"law\",\"between\":[\"manual\",\"gpt\"]}");
	copy_row(&law, &meet, "law", "fit");
	kind_must(&meet, &kind_crossover);
	kind_start(t, "{\"of\":[\"score\",\"law\",\"meet\"],\"x\":{\"field\":\"budget\",\"scale\":\"log\"},\"y\":\"accuracy\"}");
	kind_input_file(t, "score", "run", LADDER);
	copy_row(&law, t, "law", "fit");
	copy_row(&meet, t, "meet", "crossover");
	kind_must(t, &kind_plot);
	kind_end(&law);
	kind_end(&meet);
}

/* RUNG_KEEP_FIGURE=FOLDER keeps the figures, to look at and to renew the script in tests/unit/data. */
static void keep_figure(const struct kind_test *t, const char *name)
{
	const char *keep = getenv("RUNG_KEEP_FIGURE");
	char command[512];

	if (!keep)
		return;
	(void)snprintf(command, sizeof command, "mkdir -p %s/%s && cp %s/plot.* %s/%s", keep, name, t->job.folder, keep, name);
	assert_int_equal(system(command), 0);
}

static void test_ladder_same_bytes_twice(void **state)
{
	static const char *const outputs[] = { "svg", "pdf", "png", "gp" };
	struct kind_test a, b;
	char x[DIGEST_HEX + 1], y[DIGEST_HEX + 1];

	(void)state;
	draw_ladder(&a);
	sleep(1); /* a date in a file would differ now */
	draw_ladder(&b);
	for (size_t i = 0; i < 4; i++) {
		kind_hash(&a, outputs[i], x);
		kind_hash(&b, outputs[i], y);
		assert_string_equal(x, y);
		assert_true(kind_output(&a, outputs[i]).n > 2000);
	}
	assert_memory_equal(kind_output(&a, "png").p, "\x89PNG", 4);
	assert_memory_equal(kind_output(&a, "pdf").p, "%PDF", 4);
	keep_figure(&a, "ladder");
	kind_end(&a);
	kind_end(&b);
}

static struct str file_text(struct kind_test *t, const char *path)
{
	FILE *f = fopen(path, "r");
	char *p = arena_alloc(t->job.arena, 1 << 16);

	assert_non_null(f);
	size_t n = fread(p, 1, (1 << 16) - 1, f);

	(void)fclose(f);
	return (struct str){ p, n };
}

static void test_script_text(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"x\":\"n_labels\",\"y\":{\"field\":\"y\",\"label\":\"Score\",\"min\":0,\"max\":1}}");
	kind_input(&t, "s", "run", "s.csv", "g,n_labels,y\na,1,0.25\na,1,0.75\na,2,0.5\n");
	kind_must(&t, &kind_plot);
	struct str got = kind_output(&t, "gp"), want = file_text(&t, TEST_DATA "/unit/data/plot.gp");
	size_t same = 0;

	while (same < got.n && same < want.n && got.p[same] == want.p[same])
		same++;
	keep_figure(&t, "script");
	if (same < got.n || same < want.n)
		fail_msg("the script differs from tests/unit/data/plot.gp at byte %zu: %.60s", same, got.p + same);
	kind_end(&t);
}

static void test_names_are_data(void **state)
{
	static const char *const names[] = { "it's", "`touch /tmp/rung-kind-owned`", "$(touch /tmp/rung-kind-owned)", "a\\nb_c^d",
		                             "@macro", "\xc3\xa9t\xc3\xa9 %s" };
	struct kind_test t;
	struct sb b;

	(void)state;
	sb_init(&b, 1 << 16);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		sb_z(&b, "{\"g\":");
		json_quote(str_z(names[i]), &b);
		sb_printf(&b, ",\"x\":%zu,\"y\":%zu}\n", i + 1, i * i);
	}
	kind_start(&t, "{\"of\":[\"s\"],\"x\":\"x\",\"y\":\"y\",\"title\":\"`touch /tmp/rung-kind-owned` 'x'\"}");
	kind_input(&t, "s", "run", "s.jsonl", b.s);
	kind_must(&t, &kind_plot);
	assert_int_equal(access("/tmp/rung-kind-owned", F_OK), -1);
	struct str svg = kind_output(&t, "svg");

	assert_true(str_find(svg, STR("$(touch /tmp/rung-kind-owned)")) > 0);
	assert_true(str_find(svg, STR("it's")) > 0 || str_find(svg, STR("it&apos;s")) > 0 || str_find(svg, STR("it&#39;s")) > 0);
	sb_release(&b);
	kind_end(&t);
}

/* The fields of a fit's row that a figure reads. */
#define PLACE(x, y, inside) \
	"{\"x\":" x ",\"y\":" y ",\"mean_low\":0.2,\"mean_high\":0.9,\"low\":0.1,\"high\":0.95,\"inside\":" inside "}"

static const char laws[] =
	"{\"g\":\"a\",\"law\":\"power2\",\"x_min\":1,\"x_max\":4,\"level\":0.9,\"seeds\":3,\"refused\":null,\"curve\":["
	PLACE("0.5", "0.9", "false") "," PLACE("1.5", "0.6", "true") "," PLACE("3", "0.4", "true") "," PLACE("5", "0.3", "false")
	"],\"points\":[{\"x\":1,\"y\":0.7,\"n\":1,\"residual\":-0.05}],\"warnings\":[{\"code\":\"few\",\"text\":\"only 2 places\"}]}\n"
	"{\"g\":\"b\",\"law\":\"power2\",\"refused\":\"1 place of x for 2 parameters\",\"curve\":[],\"points\":[]}\n";

static void script_has(struct kind_test *t, const char *text)
{
	struct str script = kind_output(t, "gp");

	if (!strstr(script.p, text))
		fail_msg("the script has no \"%s\":\n%s", text, script.p);
}

static void test_laws_and_refusals(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":[\"s\",\"law\",\"meet\"],\"x\":\"x\",\"y\":\"y\",\"residuals\":true,\"width\":30}");
	kind_input(&t, "s", "run", "s.csv", "g,x,y,origin\na,1,0.7,simulated\na,4,0.35,live\nb,2,0.5,live\n");
	kind_input(&t, "law", "fit", "law.jsonl", laws);
	kind_input(&t, "meet", "crossover", "meet.jsonl",
	           "{\"a\":\"a\",\"b\":\"b\",\"crosses\":true,\"x\":2,\"level\":0.5,\"low\":1.5,\"high\":null,\"note\":null,\"refused\":null}\n");
	kind_must(&t, &kind_plot);
	script_has(&t, "set logscale x\n"); /* power2 is straight there */
	script_has(&t, "set logscale y\n");
	script_has(&t, "title 'b (power2 refused)'");
	script_has(&t, "'b: power2 refused: 1 place of x for 2 parameters'");
	script_has(&t, "'a: only 2 places'");
	script_has(&t, "'dark band: 90\xc2\xa0% of the curve; light band: 90\xc2\xa0% of a new mean of 3; dashed: beyond the data; "
	               "data: simulated, live'");
	script_has(&t, "'crossover at 2'");
	script_has(&t, "'90 %: above 1.5'");
	script_has(&t, "# x, residual\n$residuals1 << END\n1 -0.05\nEND\n");
	script_has(&t, "\n4 0.35 "); /* the solid line ends where the data do */
	script_has(&t, "$curve1_2 using 1:2 with lines linewidth 2 ");
	script_has(&t, "linewidth 1.4 dashtype (8,5)");
	kind_end(&t);
}

static void test_forest(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"style\":\"forest\",\"x\":\"difference\",\"y\":[\"a\",\"b\"]}");
	kind_input(&t, "s", "compare", "s.jsonl",
	           "{\"a\":\"m\",\"b\":\"g\",\"difference\":0.1234,\"low\":0.08,\"high\":0.166,\"refused\":null}\n"
	           "{\"a\":\"m\",\"b\":\"h\",\"difference\":-0.1,\"low\":null,\"high\":0.02,\"refused\":null}\n"
	           "{\"a\":\"g\",\"b\":\"h\",\"difference\":null,\"low\":null,\"high\":null,\"refused\":\"all equal\"}\n");
	kind_must(&t, &kind_plot);
	script_has(&t, "$rows1 << END\n0.1234 3 0.08 0.166\n-0.1 2 -0.1 0.02\nEND\n");
	script_has(&t, "'0.123 [0.080, 0.166]'");
	script_has(&t, "'-0.10 [−∞, 0.02]'");
	script_has(&t, "'g, h: refused: all equal'");
	kind_end(&t);
}

static void test_many_points(void **state)
{
	struct kind_test t;
	struct sb b;

	(void)state;
	sb_init(&b, 1 << 22);
	sb_z(&b, "x,y\n");
	for (int i = 0; i < 100000; i++)
		sb_printf(&b, "%d,%d\n", i, i % 7 + (i == 54321 ? 100 : 0));
	kind_start(&t, "{\"of\":\"s\",\"x\":\"x\",\"y\":\"y\"}");
	kind_input(&t, "s", "run", "s.csv", b.s);
	kind_must(&t, &kind_plot);
	assert_true(kind_output(&t, "gp").n < 300000);
	script_has(&t, "\n54321 "); /* what stands out is kept */
	sb_release(&b);
	kind_end(&t);
}

static void test_refuses(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"x\":\"x\",\"y\":\"y\"}");
	kind_input(&t, "s", "run", "s.csv", "x,y\nten,1\n");
	kind_fails(&t, &kind_plot, "s: column 'x', row 1: 'ten' is no number");
	kind_end(&t);
	kind_start(&t, "{\"of\":\"s\",\"x\":{\"field\":\"x\",\"scale\":\"log\"},\"y\":\"y\"}");
	kind_input(&t, "s", "run", "s.csv", "x,y\n0,1\n");
	kind_fails(&t, &kind_plot, "s: row 1 has a value that is not above 0, which a log axis cannot show");
	kind_end(&t);
	kind_start(&t, "{\"of\":\"s\",\"x\":\"x\",\"y\":[\"y\",\"x\"]}");
	kind_input(&t, "s", "run", "s.csv", "x,y\n1,1\n");
	kind_fails(&t, &kind_plot, "only `style: forest` takes several columns as 'y'");
	kind_end(&t);
	kind_start(&t, "{\"of\":\"s\",\"x\":\"x\",\"y\":\"y\",\"style\":\"forest\",\"residuals\":true}");
	kind_input(&t, "s", "run", "s.csv", "x,y\n1,1\n");
	kind_fails(&t, &kind_plot, "`style: forest` shows no curve, so it has no residuals");
	kind_end(&t);
	kind_start(&t, "{\"of\":\"s\",\"x\":\"x\",\"y\":\"y\"}");
	kind_input(&t, "s", "run", "s.csv", "x,y\n1,1\n");
	t.job.path_env = "/nowhere";
	kind_fails(&t, &kind_plot, "gnuplot, which draws plots, cannot be started");
	assert_true(str_is(t.job.hint, "`rung doctor` says how to install it"));
	kind_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ladder_same_bytes_twice),
		cmocka_unit_test(test_script_text),
		cmocka_unit_test(test_names_are_data),
		cmocka_unit_test(test_laws_and_refusals),
		cmocka_unit_test(test_forest),
		cmocka_unit_test(test_many_points),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
