/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: `table` writes these CSV, Markdown and LaTeX texts to the byte; `lua`, `query` and `fetch` hand on what they are
 * given and refuse the rest; every descriptor is whole.
 */
#include "tests/unit/kind_fixture.h"

static const char rows[] =
	"{\"source\":\"a_b & c\",\"budget\":100,\"accuracy\":0.37288912,\"std\":0.0123456,\"draws\":[[1,2,3]],\"ok\":true}\n"
	"{\"source\":\"x|y, \\\"z\\\"\",\"budget\":40000,\"accuracy\":-0.5,\"std\":null,\"draws\":[],\"ok\":false}\n";

static void output_is(struct kind_test *t, const char *output, const char *want)
{
	assert_string_equal(kind_output(t, output).p, want);
}

static void test_table_texts(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"digits\":4,\"title\":\"100 % sure\"}");
	kind_input(&t, "s", "fit", "s.jsonl", rows);
	kind_must(&t, &kind_table);
	output_is(&t, "csv", "source,budget,accuracy,std,ok\n"
	                     "a_b & c,100,0.37288912,0.0123456,true\n"
	                     "\"x|y, \"\"z\"\"\",40000,-0.5,,false\n");
	output_is(&t, "md", "**100 % sure**\n\n"
	                    "| source    | budget | accuracy |     std | ok    |\n"
	                    "| --------- | -----: | -------: | ------: | ----- |\n"
	                    "| a_b & c   |    100 |   0.3729 | 0.01235 | true  |\n"
	                    "| x\\|y, \"z\" |  40000 |  -0.5000 |       — | false |\n");
	output_is(&t, "tex", "% needs \\usepackage{booktabs}\n\\begin{table}\n\\centering\n\\caption{100 \\% sure}\n"
	                     "\\begin{tabular}{lrrrl}\n\\toprule\n"
	                     "source & budget & accuracy & std & ok \\\\\n\\midrule\n"
	                     "a\\_b \\& c & 100 & 0.3729 & 0.01235 & true \\\\\n"
	                     "x\\textbar{}y, ''z'' & 40000 & $-$0.5000 & --- & false \\\\\n"
	                     "\\bottomrule\n\\end{tabular}\n\\end{table}\n");
	kind_end(&t);
}

static void test_table_columns(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"columns\":{\"accuracy\":\"Accuracy\",\"budget\":\"Labels\"}}");
	kind_input(&t, "s", "", "s.jsonl", rows);
	kind_must(&t, &kind_table);
	/* a map has no order of its own */
	output_is(&t, "csv", "Labels,Accuracy\n100,0.37288912\n40000,-0.5\n");
	kind_end(&t);
	kind_start(&t, "{\"of\":\"s\",\"columns\":[{\"accuracy\":\"Accuracy\"},\"budget\"]}");
	kind_input(&t, "s", "", "s.jsonl", rows);
	kind_must(&t, &kind_table);
	output_is(&t, "csv", "Accuracy,budget\n0.37288912,100\n-0.5,40000\n");
	kind_end(&t);
	kind_start(&t, "{\"of\":\"s\",\"columns\":[\"acuracy\"]}");
	kind_input(&t, "s", "", "s.jsonl", rows);
	kind_fails(&t, &kind_table, "s has no column 'acuracy'; it has source, budget, accuracy, std, draws, ok");
	assert_true(str_is(t.job.hint, "did you mean 'accuracy'?"));
	kind_end(&t);
}

static void test_table_decimals(void **state)
{
	struct kind_test t;

	(void)state;
	/* One column of one magnitude lines up; one that spans many gets its significant digits cell by cell. */
	kind_start(&t, "{\"of\":\"s\",\"digits\":3}");
	kind_input(&t, "s", "", "s.jsonl", "{\"a\":12.345,\"b\":1234567.8}\n{\"a\":1.5,\"b\":0.00123456}\n{\"a\":0.0,\"b\":1e-9}\n");
	kind_must(&t, &kind_table);
	output_is(&t, "md", "|    a |             b |\n| ---: | ------------: |\n| 12.3 | 1234568       |\n|  1.5 |       0.00123 |\n|  0.0 |   1e-09       |\n");
	kind_end(&t);
}

static const char scores[] =
	"{\"source\":\"a_b\",\"n\":5,\"acc\":0.34729,\"std\":0.0154,\"low\":0.3171,\"high\":0.3733,\"p\":0.00042,\"refused\":null,\"warning\":\"only 5 seeds & few\"}\n"
	"{\"source\":\"_b_\",\"n\":5,\"acc\":0.4,\"std\":0.121,\"low\":0.28,\"high\":null,\"p\":0.0312,\"refused\":null,\"warning\":null}\n"
	"{\"source\":\"c\",\"n\":3,\"acc\":null,\"std\":null,\"low\":null,\"high\":null,\"p\":null,\"refused\":\"3 seeds cannot show p < .05\",\"warning\":\"only 5 seeds & few\"}\n"
	"{\"source\":\"d\",\"n\":2,\"acc\":null,\"std\":null,\"low\":null,\"high\":null,\"p\":null,\"refused\":\"all equal\",\"warning\":null}\n"
	"{\"source\":\"e\",\"n\":4,\"acc\":-0.004,\"std\":0.0996,\"low\":-0.03,\"high\":0.01,\"p\":0.9999,\"refused\":null,\"warning\":null}\n";

static void test_table_uncertainty(void **state)
{
	struct kind_test t;

	(void)state;
	/* Two digits of the uncertainty after rounding: 0.0996 is 0.10; a value that rounds to 0 has no sign. */
	kind_start(&t, "{\"of\":\"s\",\"label\":\"tab:x\",\"notes\":\"± 1 sd\",\"columns\":[\"source\","
	               "{\"acc\":{\"title\":\"Accuracy\",\"group\":\"Test\",\"unit\":\"share\",\"pm\":\"std\"}},"
	               "{\"p\":{\"group\":\"Test\",\"format\":\"p\",\"stars\":true}}]}");
	kind_input(&t, "s", "", "s.jsonl", scores);
	kind_must(&t, &kind_table);
	output_is(&t, "md", "| source          | Test: Accuracy (share) |       Test: p |\n"
	                    "| --------------- | ---------------------: | ------------: |\n"
	                    "| a_b<sup>a</sup> |          0.347 ± 0.015 | \\<0.001\\*\\*\\* |\n"
	                    "| \\_b\\_           |          0.40 ± 0.12   |   0.031\\*     |\n"
	                    "| c<sup>a,b</sup> |                refused |             — |\n"
	                    "| d               |     refused: all equal |             — |\n"
	                    "| e               |          0.00 ± 0.10   |  >0.999       |\n"
	                    "\n<sup>a</sup> only 5 seeds & few\n\n<sup>b</sup> refused: 3 seeds cannot show p \\< .05\n\n± 1 sd\n");
	output_is(&t, "csv", "source,Accuracy,std,p\na_b,0.34729,0.0154,0.00042\n_b_,0.4,0.121,0.0312\nc,,,\nd,,,\n"
	                     "e,-0.004,0.0996,0.9999\n");
	output_is(&t, "tex", "% needs \\usepackage{booktabs}\n"
	                     "\\begin{table}\n"
	                     "\\centering\n"
	                     "\\label{tab:x}\n"
	                     "\\begin{tabular}{lr@{}lr@{}l}\n"
	                     "\\toprule\n"
	                     "\\multicolumn{1}{c}{} & \\multicolumn{4}{c}{Test} \\\\\n"
	                     "\\cmidrule(lr){2-5}\n"
	                     "source & \\multicolumn{2}{c}{Accuracy (share)} & \\multicolumn{2}{c}{p} \\\\\n"
	                     "\\midrule\n"
	                     "a\\_b\\textsuperscript{a} & 0 & .347 $\\pm$ 0.015 & \\textless{}0 & .001*** \\\\\n"
	                     "\\_b\\_ & 0 & .40 $\\pm$ 0.12 & 0 & .031* \\\\\n"
	                     "c\\textsuperscript{a,b} & \\multicolumn{2}{c}{refused} & \\multicolumn{2}{c}{---} \\\\\n"
	                     "d & \\multicolumn{2}{c}{refused: all equal} & \\multicolumn{2}{c}{---} \\\\\n"
	                     "e & 0 & .00 $\\pm$ 0.10 & \\textgreater{}0 & .999 \\\\\n"
	                     "\\bottomrule\n"
	                     "\\end{tabular}\n"
	                     "\\par\\smallskip\n"
	                     "{\\footnotesize \\textsuperscript{a}\\,only 5 seeds \\& few\\\\\n"
	                     "\\textsuperscript{b}\\,refused: 3 seeds cannot show p \\textless{} .05\\\\\n"
	                     "$\\pm$ 1 sd\\par}\n"
	                     "\\end{table}\n");
	kind_end(&t);
}

static void test_table_interval(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"of\":\"s\",\"columns\":[\"source\",{\"acc\":{\"low\":\"low\",\"high\":\"high\"}},\"warning\"]}");
	kind_input(&t, "s", "", "s.jsonl", scores);
	kind_must(&t, &kind_table);
	output_is(&t, "md", "| source        |                    acc | warning            |\n"
	                    "| ------------- | ---------------------: | ------------------ |\n"
	                    "| a_b           |  0.347 [0.317, 0.373]  | only 5 seeds & few |\n"
	                    "| \\_b\\_         |  0.40 [0.28, ∞]        | —                  |\n"
	                    "| c<sup>a</sup> |                refused | only 5 seeds & few |\n"
	                    "| d             |     refused: all equal | —                  |\n"
	                    "| e             | -0.004 [-0.030, 0.010] | —                  |\n"
	                    "\n<sup>a</sup> refused: 3 seeds cannot show p \\< .05\n");
	kind_end(&t);
}

static void test_table_refuses(void **state)
{
	static const struct {
		const char *fields, *message;
	} bad[] = {
		{ "{\"of\":\"s\",\"columns\":[{\"acc\":{\"low\":\"low\"}}]}", "column 'acc' needs either 'pm', or both 'low' and 'high'" },
		{ "{\"of\":\"s\",\"columns\":[{\"acc\":{\"pm\":\"sd\"}}]}",
		  "s has no column 'sd'; it has source, n, acc, std, low, high, p, refused, warning" },
		{ "{\"of\":\"s\",\"columns\":[{\"acc\":\"A\",\"n\":\"N\"}]}", "item 1 of 'columns' is no column name" },
		{ "{\"of\":\"s\",\"label\":\"a b\"}", "'a b' cannot be a label in LaTeX" },
		{ "{\"of\":\"s\",\"notes\":[3]}", "item 1 of 'notes' is no text" },
	};
	struct kind_test t;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		kind_start(&t, bad[i].fields);
		kind_input(&t, "s", "", "s.jsonl", scores);
		kind_fails(&t, &kind_table, bad[i].message);
		kind_end(&t);
	}
}

static void test_lua_rows(void **state)
{
	struct kind_test t;

	(void)state;
	kind_start(&t, "{\"function\":\"f\"}");
	t.job.lua_result = value_list(t.job.arena, 1);
	t.job.lua_result.list.items[0] = value_map(t.job.arena, 1);
	value_set(&t.job.lua_result.list.items[0], STR("n"), value_int(3));
	kind_must(&t, &kind_lua);
	output_is(&t, "table", "{\"n\":3}\n");
	t.job.lua_result = t.job.lua_result.list.items[0];
	kind_must(&t, &kind_lua);
	output_is(&t, "table", "{\"n\":3}\n");
	t.job.lua_result = value_map(t.job.arena, 0);
	kind_must(&t, &kind_lua);
	output_is(&t, "table", "");
	t.job.lua_result = value_int(3);
	kind_fails(&t, &kind_lua, "the function returned a number instead of rows");
	t.job.lua_result = value_list(t.job.arena, 2);
	kind_fails(&t, &kind_lua, "row 1 of the function's result is nothing instead of a map");
	kind_end(&t);
}

static void test_query_and_fetch(void **state)
{
	static const char hex[] = "3e20f789353058ca9d212f6f2c236613325411b5e5ff63f8781977dc8175c1f6";
	struct kind_test t;
	char fields[256];

	(void)state;
	kind_start(&t, "{\"sql\":\"select 1\"}");
	kind_must(&t, &kind_query);
	assert_true(str_is(t.job.sql, "select 1"));
	kind_end(&t);
	(void)snprintf(fields, sizeof fields, "{\"url\":\"https://example.org/x\",\"sha256\":\"%s\"}", hex);
	kind_start(&t, fields);
	kind_must(&t, &kind_fetch);
	assert_true(str_is(t.job.sha256, hex) && str_is(t.job.url, "https://example.org/x"));
	kind_end(&t);
	(void)snprintf(fields, sizeof fields, "{\"url\":\"ftp://example.org/x\",\"sha256\":\"%s\"}", hex);
	kind_start(&t, fields);
	kind_fails(&t, &kind_fetch, "'ftp://example.org/x' is no address that can be fetched");
	kind_end(&t);
}

static void test_descriptors(void **state)
{
	(void)state;
	for (size_t i = 0; shipped_kinds[i]; i++) {
		const struct kind *k = shipped_kinds[i];
		size_t primary = 0;

		assert_int_equal(k->abi, RUNG_ABI);
		assert_int_equal(k->struct_size, sizeof *k);
		assert_true(k->version >= 1 && k->name && k->summary && k->fields);
		assert_true((k->exec == EXEC_COMMAND) == !k->run && !k->run == !k->outputs);
		for (const struct field *f = k->fields; f->name; f++) {
			primary += (f->flags & F_PRIMARY) != 0;
			assert_true(f->help && f->help[0] && f->help[strlen(f->help) - 1] != '.');
		}
		assert_true(primary <= 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_texts), cmocka_unit_test(test_table_columns), cmocka_unit_test(test_table_decimals), cmocka_unit_test(test_table_uncertainty),
		cmocka_unit_test(test_table_interval), cmocka_unit_test(test_table_refuses),
		cmocka_unit_test(test_lua_rows),    cmocka_unit_test(test_query_and_fetch), cmocka_unit_test(test_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
