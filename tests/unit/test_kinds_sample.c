/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: `sample` takes exactly the rows that the five lines of docs/sample.md take; samples nest, keep shares and do not
 * depend on the file's order; what is wrong with a pool is told with file and row. With RUNG_BENCH set, it also times 50
 * manifests from a million rows.
 */
#include <sys/resource.h>
#include <time.h>

#include "tests/unit/kind_fixture.h"

static const char *const languages[] = { "da", "de", "en", "es", "fr", "it", "nl" };

/* 997 rows; row i has id "w<i * 7919 mod 997>" and a skewed label. backwards: the same rows, last first. */
static char *pool_csv(bool backwards, const char *end)
{
	struct sb b;

	sb_init(&b, 1 << 20);
	sb_printf(&b, "id,text,label%s", end);
	for (unsigned k = 0; k < 997; k++) {
		unsigned i = (backwards ? 996 - k : k) * 7919 % 997;

		sb_printf(&b, "w%u,\"word, %u\",%s%s", i, i, languages[(i * i) % 31 % 7], end);
	}
	return b.s;
}

static void take(struct kind_test *t, const char *csv, long long size, const char *seed)
{
	char fields[256];

	(void)snprintf(fields, sizeof fields, "{\"from\":\"pool.csv\",\"size\":%lld,\"seed\":%s,\"by\":\"label\",\"id\":\"id\"}", size,
	               seed);
	kind_start(t, fields);
	kind_input(t, "from", "", "pool.csv", csv);
	kind_must(t, &kind_sample);
}

/* The Python of docs/sample.md, run over the pool; NULL without Python. */
static char *python_says(const char *csv, long long size, const char *seed)
{
	char folder[] = "/tmp/rung-kind-XXXXXX", command[1024];
	struct sb out;

	if (system("python3 -c pass 2>/dev/null") != 0)
		return NULL;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(command, sizeof command, "%s/pool.csv", folder);
	FILE *f = fopen(command, "w");

	assert_non_null(f);
	(void)fputs(csv, f);
	(void)fclose(f);
	(void)snprintf(command, sizeof command,
	               "sed -n '/^```python$/,/^```$/{/^```/d;p}' %s/../docs/sample.md > %s/rule.py && cd %s && python3 -c \"\n"
	               "import csv\nfrom rule import sample\n"
	               "for row in sample(list(csv.DictReader(open('pool.csv'))), %lld, %s, 'label'): print(row['id'])\"",
	               TEST_DATA, folder, folder, size, seed);
	f = popen(command, "r");
	assert_non_null(f);
	sb_init(&out, 1 << 20);
	for (int c; (c = fgetc(f)) != EOF;)
		sb_char(&out, (char)c);
	assert_int_equal(pclose(f), 0);
	(void)snprintf(command, sizeof command, "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
	return out.s;
}

/* The first column of a CSV, a line each. */
static char *ids_of(struct str csv)
{
	struct str line, id;
	struct sb b;

	sb_init(&b, 1 << 20);
	assert_true(str_split(&csv, '\n', &line));
	while (str_split(&csv, '\n', &line) && line.n) {
		assert_true(str_split(&line, ',', &id));
		sb_add(&b, id);
		sb_char(&b, '\n');
	}
	return b.s;
}

static void test_same_as_python(void **state)
{
	static const struct {
		long long size;
		const char *seed, *python;
	} cases[] = { { 1, "42", "42" }, { 100, "42", "42" }, { 333, "-5", "-5" }, { 997, "7", "7" }, { 50, "\"blue\"", "'blue'" } };
	char *csv = pool_csv(false, "\n");

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct kind_test t;
		char *want = python_says(csv, cases[i].size, cases[i].python);

		if (!want) {
			print_message("no python3: skipped, the digests below stand in\n");
			break;
		}
		take(&t, csv, cases[i].size, cases[i].seed);
		char *got = ids_of(kind_output(&t, "sample"));

		assert_string_equal(got, want);
		free(got);
		free(want);
		kind_end(&t);
	}
	free(csv);
}

static void test_ids_that_share_a_hash(void **state)
{
	/* A known pair for FNV-1a 64: no duplicate, and ranked by the ids' bytes whatever stands first. */
	static const char *const files[] = { "id,label\nGReLUrM4wMqfg9yzV3KQ,x\n8yn0iYCKYHlIj4-BwPqk,x\n",
		                             "id,label\n8yn0iYCKYHlIj4-BwPqk,x\nGReLUrM4wMqfg9yzV3KQ,x\n" };
	struct kind_test t;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		take(&t, files[i], 2, "5");
		assert_string_equal(kind_output(&t, "sample").p, files[1]);
		kind_end(&t);
	}
}

static void test_digests(void **state)
{
	/* Written by the Python of docs/sample.md over the pool of this test; they hold where there is no Python. */
	static const struct {
		long long size;
		const char *seed, *sha256;
	} cases[] = { { 100, "42", "b7f935f4ff3637c6d80d058f7104858a2d4ac51ff723288d551aa07a46c0f399" }, { 500, "999", "f08c20f06627f090bd1982ee3e1441fc5010b28ec83608e1ab4795b8fbe2070a" } };
	char *csv = pool_csv(false, "\n");

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct kind_test t;
		char hex[DIGEST_HEX + 1];

		take(&t, csv, cases[i].size, cases[i].seed);
		kind_hash(&t, "sample", hex);
		assert_string_equal(hex, cases[i].sha256);
		kind_end(&t);
	}
	free(csv);
}

static void test_nests_and_ignores_order(void **state)
{
	char *forward = pool_csv(false, "\n"), *backward = pool_csv(true, "\n");
	struct kind_test small, large, other;

	(void)state;
	take(&small, forward, 100, "3");
	take(&large, forward, 500, "3");
	take(&other, backward, 500, "3");
	struct str a = kind_output(&small, "sample"), b = kind_output(&large, "sample"), c = kind_output(&other, "sample");

	assert_true(a.n < b.n);
	assert_memory_equal(a.p, b.p, a.n);
	assert_true(str_same(b, c));
	kind_end(&small);
	kind_end(&large);
	kind_end(&other);
	free(forward);
	free(backward);
}

static void test_line_ends_and_forms(void **state)
{
	char *csv = pool_csv(false, "\r\n");
	struct kind_test t;

	(void)state;
	take(&t, csv, 5, "3");
	struct str out = kind_output(&t, "sample");
	size_t ends = 0;

	for (size_t i = 1; i < out.n; i++)
		ends += out.p[i] == '\n' && out.p[i - 1] == '\r';
	assert_int_equal(ends, 6);
	kind_end(&t);
	free(csv);
	/* A quoted line end is part of the row; a last line without an end gets one. */
	take(&t, "id,text,label\n1,\"a\nb\",x", 1, "1");
	assert_string_equal(kind_output(&t, "sample").p, "id,text,label\n1,\"a\nb\",x\n");
	kind_end(&t);
	/* A byte-order mark is no part of the header. */
	take(&t, "\xef\xbb\xbfid,label\n1,x\n\n2,y\n", 2, "1");
	assert_int_equal(kind_output(&t, "sample").n, strlen("id,label\n1,x\n2,y\n"));
	kind_end(&t);
	/* JSON Lines stay JSON Lines; an array of objects becomes lines. */
	for (int array = 0; array < 2; array++) {
		kind_start(&t, "{\"from\":\"p\",\"size\":2,\"seed\":1}");
		kind_input(&t, "from", "", array ? "p.json" : "p.jsonl",
		           array ? "[{\"id\":1,\"t\":\"a\"},\n {\"id\":2}]" : "{\"id\":1,\"t\":\"a\"}\n\n {\"id\":2}\n");
		kind_must(&t, &kind_sample);
		struct str text = kind_output(&t, "sample");

		assert_true(str_is(text, "{\"id\":1,\"t\":\"a\"}\n{\"id\":2}\n") || str_is(text, "{\"id\":2}\n{\"id\":1,\"t\":\"a\"}\n"));
		kind_end(&t);
	}
}

static void refuses(const char *fields, const char *csv, const char *message, const char *field)
{
	struct kind_test t;

	kind_start(&t, fields);
	kind_input(&t, "from", "", "pool.csv", csv);
	kind_fails(&t, &kind_sample, message);
	assert_string_equal(t.job.field, field);
	kind_end(&t);
}

static void test_refuses(void **state)
{
	(void)state;
	refuses("{\"size\":4,\"seed\":1}", "id,label\n1,x\n2,y\n3,x\n", "4 rows are wanted, but pool.csv has 3", "size");
	refuses("{\"size\":1,\"seed\":1,\"by\":\"lable\"}", "id,label\n1,x\n", "pool.csv has no column 'lable'; it has id, label", "by");
	refuses("{\"size\":1,\"seed\":1}", "id,label\n1,x\n2,y\n1,z\n1,z\n",
	        "pool.csv:4: the id '1' stands in line 2 already (2 such rows)", "id");
	refuses("{\"size\":1,\"seed\":1}", "id,label\n1,x\n,y\n", "pool.csv:3: the id column 'id' is empty", "id");
	refuses("{\"size\":1,\"seed\":1,\"require\":[\"label\"]}", "id,label\n1,x\n2,\n",
	        "pool.csv:3: 'label' is empty, and it is required", "require");
	refuses("{\"size\":1,\"seed\":1,\"by\":[\"label\"]}", "id,label\n1,x\n2,\n",
	        "pool.csv:3: 'label' is empty, so the row has no stratum", "by");
}

/* ---- speed -------------------------------------------------------------------------------------------------------- */

static double now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void test_speed(void **state)
{
	static const int sizes[] = { 100, 250, 500, 800, 1000, 2000, 5000, 10000, 20000, 40000 };
	static const int seeds[] = { 42, 123, 456, 789, 999 };
	const char *path = "/tmp/rung-kind-million.csv";
	struct kind_test t;
	double spent = 0;

	(void)state;
	if (!getenv("RUNG_BENCH")) {
		print_message("set RUNG_BENCH for the timing\n");
		skip();
	}
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	(void)fputs("id,text,label\n", f);
	for (unsigned i = 0; i < 1000000; i++)
		(void)fprintf(f, "g%07u,some word %u,%s\n", i, i * 2654435761u, languages[(i * 2654435761u >> 7) % 31 % 7]);
	(void)fclose(f);
	for (size_t k = 0; k < 50; k++) {
		char fields[128];

		(void)snprintf(fields, sizeof fields, "{\"from\":\"p\",\"size\":%d,\"seed\":%d,\"by\":\"label\"}", sizes[k / 5], seeds[k % 5]);
		kind_start(&t, fields);
		kind_input_file(&t, "from", "", path);
		double start = now_s();

		kind_must(&t, &kind_sample);
		spent += now_s() - start;
		if (!k)
			print_message("first manifest %.3f s\n", spent);
		kind_end(&t);
	}
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	print_message("50 manifests from 1,000,000 rows: %.3f s, at most %ld MB resident, the mapped file included\n", spent,
	              usage.ru_maxrss / 1024);
	(void)unlink(path);
	assert_true(spent < 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_python), cmocka_unit_test(test_ids_that_share_a_hash), cmocka_unit_test(test_digests),
		cmocka_unit_test(test_nests_and_ignores_order), cmocka_unit_test(test_line_ends_and_forms),
		cmocka_unit_test(test_refuses), cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
