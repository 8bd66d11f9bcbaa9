/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: YAML comes in with the core types of 1.2 and with places in bytes; what cannot be read is refused with its
 * place, our words and a hint; no input expands beyond its cap. Asserts whole texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dsl/yaml/yaml.h"
#include "dsl/study/study.h"

struct fixture {
	struct arena *a;
	struct diags d;
	struct value v;
	bool ok;
};

static int setup(void **state)
{
	static struct fixture f;

	f.a = arena_new();
	diags_init(&f.d, f.a);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->a);
	return 0;
}

static void parse(struct fixture *f, struct str text)
{
	diags_init(&f->d, f->a);
	f->v = (struct value){ 0 };
	f->ok = yaml_parse(f->a, &f->d, diag_source(&f->d, STR("s.yaml"), text), &f->v);
}

static const char *rendered(struct fixture *f)
{
	struct sb b;

	sb_init(&b, 1 << 20);
	diags_render(&f->d, &b, false);
	const char *z = sb_take(&b, f->a).p;

	sb_release(&b);
	return z;
}

/* The errors of the text. */
static const char *errors(struct fixture *f, const char *text)
{
	parse(f, str_z(text));
	return rendered(f);
}

static const char *as_json(struct fixture *f, const char *text)
{
	struct sb b;

	parse(f, str_z(text));
	assert_string_equal(rendered(f), "");
	assert_true(f->ok);
	sb_init(&b, 1 << 20);
	json_write(&f->v, &b);
	const char *z = sb_take(&b, f->a).p;

	sb_release(&b);
	return z;
}

static void core_types(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(as_json(f, "[no, on, yes, off, y, NO, true, True, FALSE, null, ~, Null, nUll]"),
	                    "[\"no\",\"on\",\"yes\",\"off\",\"y\",\"NO\",true,true,false,null,null,null,\"nUll\"]");
	assert_string_equal(as_json(f, "[0x1F, 0o17, 010, -7, +3, 1_000, 0b1, 12:30, 2024-01-31, 0x, 1e, +, -, 1.2.3]"),
	                    "[31,15,10,-7,3,\"1_000\",\"0b1\",\"12:30\",\"2024-01-31\",\"0x\",\"1e\",\"+\",\"-\",\"1.2.3\"]");
	assert_string_equal(as_json(f, "[1.5, .5, 1., -2e3, 1E-2, '1', \"2\"]"), "[1.5,0.5,1,-2000,0.01,\"1\",\"2\"]");
	parse(f, STR("[.inf, -.Inf, .nan, 9223372036854775807, -9223372036854775808]"));
	assert_true(f->ok && f->v.list.n == 5);
	assert_true(f->v.list.items[0].r > 1e308 && f->v.list.items[1].r < -1e308 && f->v.list.items[2].r != f->v.list.items[2].r);
	assert_true(f->v.list.items[3].i == INT64_MAX && f->v.list.items[4].i == INT64_MIN);
}

static void numbers_that_do_not_fit(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(errors(f, "a: 9223372036854775808\nb: 1e999\n"),
	                    "s.yaml:1:4: error: '9223372036854775808' does not fit into 64 bits [yaml-number]\n"
	                    "    1 | a: 9223372036854775808\n"
	                    "      |    ^~~~~~~~~~~~~~~~~~~\n"
	                    "      = hint: put it in quotes if it is text\n"
	                    "s.yaml:2:4: error: '1e999' is beyond the range of a number [yaml-number]\n"
	                    "    2 | b: 1e999\n"
	                    "      |    ^~~~~\n"
	                    "      = hint: put it in quotes if it is text\n");
}

static void places_are_bytes(void **state)
{
	struct fixture *f = *state;

	/* libyaml counts code points, and takes U+2028 for the end of a line. */
	assert_string_equal(as_json(f, "\xef\xbb\xbfü: ['ä\xe2\x80\xa8', b]\r\nc: &x d\n"),
	                    "{\"ü\":[\"ä\xe2\x80\xa8\",\"b\"],\"c\":\"d\"}");
	const struct value *list = &f->v.map.pairs[0].val, *d = &f->v.map.pairs[1].val;

	assert_int_equal(list->list.items[1].at.line, 1);
	assert_int_equal(list->list.items[1].at.col, 18);
	assert_int_equal(list->list.items[0].at.len, 7);
	assert_int_equal(d->at.line, 2);
	assert_int_equal(d->at.col, 7);
	assert_int_equal(d->at.len, 1);
	assert_int_equal(f->v.map.pairs[1].at.col, 1);
}

static void duplicate_keys(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(errors(f, "a: 1\nb: {c: 1, c: 2}\n\"a\": 3\n"),
	                    "s.yaml:2:11: error: 'c' is set twice [duplicate-key]\n"
	                    "    2 | b: {c: 1, c: 2}\n"
	                    "      |           ^\n"
	                    "      = hint: keep one of them\n"
	                    "s.yaml:2:5: note: first defined here\n"
	                    "    2 | b: {c: 1, c: 2}\n"
	                    "      |     ^\n"
	                    "s.yaml:3:1: error: 'a' is set twice [duplicate-key]\n"
	                    "    3 | \"a\": 3\n"
	                    "      | ^~~\n"
	                    "      = hint: keep one of them\n"
	                    "s.yaml:1:1: note: first defined here\n"
	                    "    1 | a: 1\n"
	                    "      | ^\n");
	assert_int_equal(f->v.map.n, 2);
	assert_int_equal(f->v.map.pairs[0].val.i, 1);
}

static void duplicates_among_many_keys(void **state)
{
	struct fixture *f = *state;
	struct sb b;

	sb_init(&b, 1 << 20);
	for (int i = 0; i < 1000; i++)
		sb_printf(&b, "k%d: 1\n", i % 999);
	parse(f, sb_str(&b));
	assert_string_equal(rendered(f), "s.yaml:1000:1: error: 'k0' is set twice [duplicate-key]\n"
	                                 " 1000 | k0: 1\n"
	                                 "      | ^~\n"
	                                 "      = hint: keep one of them\n"
	                                 "s.yaml:1:1: note: first defined here\n"
	                                 "    1 | k0: 1\n"
	                                 "      | ^~\n");
	sb_release(&b);
}

static void what_yaml_has_and_we_do_not(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(errors(f, "a: !!int x\nb: {<<: 1}\n? [k]\n: 1\n"),
	                    "s.yaml:1:4: error: tags have no meaning here [yaml-tag]\n"
	                    "    1 | a: !!int x\n"
	                    "      |    ^~~~~\n"
	                    "      = hint: leave the tag out; to make text of a number put it in quotes\n"
	                    "s.yaml:2:5: error: merge keys are not part of YAML 1.2 [yaml-merge]\n"
	                    "    2 | b: {<<: 1}\n"
	                    "      |     ^~\n"
	                    "      = hint: write the keys out, or put what is shared under 'params:'\n"
	                    "s.yaml:3:3: error: a key must be text [yaml-key]\n"
	                    "    3 | ? [k]\n"
	                    "      |   ^\n");
	assert_string_equal(errors(f, "a: 1\n---\nb: 1\n"),
	                    "s.yaml:2:1: error: a second document starts here; a study is one document [yaml-documents]\n"
	                    "    2 | ---\n"
	                    "      | ^~~\n"
	                    "      = hint: remove the '---'\n");
	assert_string_equal(errors(f, "%YAML 1.1\n---\na: no\n"),
	                    "s.yaml:1:1: error: the file says that it is YAML 1.1; rung reads 1.2 [yaml-version]\n"
	                    "    1 | %YAML 1.1\n"
	                    "      | ^~~~~~~~~\n"
	                    "      = hint: remove the line; `yes`, `no` and `on` are text\n");
	assert_string_equal(errors(f, "# nothing\n"), "s.yaml: error: the file is empty [yaml-empty]\n"
	           "      = hint: `rung init` writes a study to start from\n");
}

static void bytes_that_are_no_text(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(errors(f, "a: 1\nb: x\xff\n"), "s.yaml:2:5: error: byte 0xFF is not UTF-8 [yaml-utf8]\n"
	                                                   "    2 | b: x?\n"
	                                                   "      |     ^\n"
	                                                   "      = hint: save the file as UTF-8\n");
	assert_string_equal(errors(f, "a: x\x1b[31m\n"),
	                    "s.yaml:1:5: error: control character 0x1B [yaml-control]\n"
	                    "    1 | a: x?[31m\n"
	                    "      |     ^\n"
	                    "      = hint: inside double quotes it can be written \"\\x1b\"\n");
	parse(f, STR("a: \0"));
	assert_string_equal(rendered(f), "s.yaml: error: this is no text file: byte 4 is a zero [yaml-binary]\n"
	           "      = hint: a study is YAML, text in UTF-8; is this the right file?\n");
}

static void aliases(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(as_json(f, "a: &x [1, {b: 2}]\nc: *x\n"), "{\"a\":[1,{\"b\":2}],\"c\":[1,{\"b\":2}]}");
	assert_string_equal(errors(f, "a: &x [*x]\nb: *y\n"),
	                    "s.yaml:1:8: error: alias '*x' stands inside its own anchor [yaml-alias]\n"
	                    "    1 | a: &x [*x]\n"
	                    "      |        ^~\n"
	                    "s.yaml:2:4: error: no anchor for '*y' above it [yaml-alias]\n"
	                    "    2 | b: *y\n"
	                    "      |    ^~\n"
	                    "      = hint: put it in quotes if it is text\n");
}

static void alias_bomb(void **state)
{
	struct fixture *f = *state;
	struct sb b;

	sb_init(&b, 1 << 20);
	sb_z(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 30; i++)
		sb_printf(&b, "a%d: &a%d [*a%d,*a%d]\n", i, i, i - 1, i - 1);
	parse(f, sb_str(&b));
	assert_false(f->ok);
	assert_string_equal(rendered(f), "s.yaml:18:12: error: alias '*a16' stands for 786,431 values, which makes 2,359,268; "
	                                 "the limit is 2,000,000 [yaml-size]\n"
	                                 "   18 | a17: &a17 [*a16,*a16]\n"
	                                 "      |            ^~~~\n"
	                                 "      = hint: write out what is needed, without lists of lists of aliases\n");
	sb_release(&b);
}

static void nesting(void **state)
{
	struct fixture *f = *state;
	struct sb b;

	sb_init(&b, 1 << 20);
	for (int i = 0; i < VALUE_DEPTH; i++)
		sb_char(&b, '[');
	for (int i = 0; i < VALUE_DEPTH; i++)
		sb_char(&b, ']');
	parse(f, sb_str(&b));
	assert_true(f->ok);
	sb_clear(&b);
	sb_z(&b, "a:\n ");
	for (int i = 0; i < 100000; i++)
		sb_char(&b, '[');
	parse(f, sb_str(&b));
	assert_false(f->ok);
	assert_int_equal(f->d.n, 1);
	assert_string_equal(f->d.list[0].message.p, "lists and maps inside each other more than 200 deep");
	assert_int_equal(f->d.list[0].at.col, 201);
	sb_release(&b);
}

static void complaints_in_our_words(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(errors(f, "a:\n\tb: 1\n"), "s.yaml:2:1: error: a tab in the indentation [yaml-tab]\n"
	                                               "    2 |  b: 1\n"
	                                               "      | ^\n"
	                                               "      = hint: indent with blanks\n");
	assert_string_equal(errors(f, "a: {size: ${budget}}\n"),
	                    "s.yaml:1:12: error: the map goes on without a ',' or a '}' [yaml-flow]\n"
	                    "    1 | a: {size: ${budget}}\n"
	                    "      |            ^\n"
	                    "      = hint: inside [ ] and { } put quotes around text that holds ${…}: \"${budget}\"\n"
	                    "s.yaml:1:4: note: the map starts here\n"
	                    "    1 | a: {size: ${budget}}\n"
	                    "      |    ^\n");
	assert_string_equal(errors(f, "run: echo a: b\n"),
	                    "s.yaml:1:12: error: a second ': ' in one value [yaml-colon]\n"
	                    "    1 | run: echo a: b\n"
	                    "      |            ^\n"
	                    "      = hint: put the text in quotes, or check the indentation of this line\n");
	assert_string_equal(errors(f, "a: 'it\nb: 1\n"), "s.yaml:1:4: error: this quote is never closed [yaml-quote]\n"
	                                                 "    1 | a: 'it\n"
	                                                 "      |    ^\n");
	assert_string_equal(errors(f, "a: 1\n  b\nc\nd: 1\n"),
	                    "s.yaml:3:1: error: a ':' is missing here [yaml-no-colon]\n"
	                    "    3 | c\n"
	                    "      | ^\n"
	                    "      = hint: a line of a map is `key: value`; text over several lines is a block: `key: |`\n");
}

static void more_complaints(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(errors(f, "a: *.csv\n"), "s.yaml:1:4: error: text cannot start with '*' [yaml-start]\n"
	                                             "    1 | a: *.csv\n"
	                                             "      |    ^\n"
	                                             "      = hint: put it in quotes: \"*.csv\"\n");
	assert_string_equal(errors(f, "a: @b\n"), "s.yaml:1:4: error: text cannot start with '@' [yaml-start]\n"
	                                          "    1 | a: @b\n"
	                                          "      |    ^\n"
	                                          "      = hint: put it in quotes\n");
	assert_string_equal(errors(f, "a:\n  b: 1\n c: 2\n"),
	                    "s.yaml:3:2: error: this does not fit the indentation around it [yaml-indentation]\n"
	                    "    3 |  c: 2\n"
	                    "      |  ^\n"
	                    "      = hint: keys of one map stand in one column; text that starts with a quote, `{` or `[` ends with it\n"
	                    "s.yaml:1:1: note: the map starts here\n"
	                    "    1 | a:\n"
	                    "      | ^\n");
	assert_string_equal(errors(f, "a: \"\\d\"\n"),
	                    "s.yaml:1:5: error: no such escape in double quotes [yaml-escape]\n"
	                    "    1 | a: \"\\d\"\n"
	                    "      |     ^\n"
	                    "      = hint: write \\\\ for a backslash, or use single quotes, which take everything as it is\n");
	assert_string_equal(errors(f, "a: |x\n  b\n"), "s.yaml:1:5: error: text behind the '|' of a block [yaml-block]\n"
	                                               "    1 | a: |x\n"
	                                               "      |     ^\n"
	                                               "      = hint: the text of a block starts on the next line\n");
	assert_string_equal(errors(f, "a: {b: 1}}\n"),
	                    "s.yaml:1:10: error: this does not fit the indentation around it [yaml-indentation]\n"
	                    "    1 | a: {b: 1}}\n"
	                    "      |          ^\n"
	                    "      = hint: keys of one map stand in one column; text that starts with a quote, `{` or `[` ends with it\n"
	                    "s.yaml:1:1: note: the map starts here\n"
	                    "    1 | a: {b: 1}}\n"
	                    "      | ^\n");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(core_types),
		T(numbers_that_do_not_fit),
		T(places_are_bytes),
		T(duplicate_keys),
		T(duplicates_among_many_keys),
		T(what_yaml_has_and_we_do_not),
		T(bytes_that_are_no_text),
		T(aliases),
		T(alias_bomb),
		T(nesting),
		T(complaints_in_our_words),
		T(more_complaints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
