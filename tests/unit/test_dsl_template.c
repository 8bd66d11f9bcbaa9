/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: templates keep types, find the end of an expression, point at the true place; and /bin/sh, asked itself, takes
 * every value of a shell line as data, wherever it stands.
 */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/rng.h"
#include "lua_fixture.h"

#ifndef RUNG_SH
#define RUNG_SH "/bin/sh"
#endif

static struct template_ *parsed(struct world *w, const char *z, enum template_mode mode)
{
	return template_parse(w->h, str_z(z), source_of(w, z), mode, true);
}

static const char *filled(struct world *w, const char *z, enum template_mode mode)
{
	struct template_ *t = parsed(w, z, mode);
	struct value v;

	if (!t)
		return said(w);
	switch (template_eval(t, w->h, &w->scope, w->a, &v, &w->d)) {
	case EVAL_OK:
		return v.type == V_STR ? arena_str(w->a, v.s).p : shown(w, &v);
	case EVAL_WAITS:
		return "waits";
	case EVAL_ERROR:
		break;
	}
	return said(w);
}

#define TEXT(z, want) assert_string_equal(filled(w, z, TEMPLATE_TEXT), want)
#define SHELL(z, want) assert_string_equal(filled(w, z, TEMPLATE_SHELL), want)

static void texts_and_types(void **state)
{
	struct world *w = *state;

	TEXT("plain", "plain");
	TEXT("", "");
	TEXT("${budget}", "1000");
	TEXT("${list}", "[\"a\",\"b c\",\"it's\"]");
	TEXT("${ {1, {x = '}'}} }", "[1,{\"x\":\"}\"}]");
	TEXT("m/${source}_n${budget}_${share}.csv", "m/gpt_n1000_0.2.csv");
	TEXT("<${list}> ${ {} }.", "<a b c it's> .");
	TEXT("<${policy}>", "<{\"name\":\"bad\",\"deep\":{\"x\":7}}>");
	TEXT("$${source} $$ $ {x} $$${source}", "${source} $$ $ {x} $${source}");
	TEXT("a${'}' .. [==[ ]] } ]==] .. (\"\\\"}\") --[[ } ]] }b", "a} ]] } \"}b");
	TEXT("${budget > 3}!", "true!");
	TEXT("${train.out.model} ${train}", "<0model> <0>");
	TEXT("${late.accuracy}", "waits");
	TEXT("a ${late.accuracy}", "waits");
	assert_true(template_is_plain(parsed(w, "$${x}", TEMPLATE_TEXT)));
	assert_false(template_is_plain(parsed(w, "${x}", TEMPLATE_TEXT)));
	assert_true(template_is_single(parsed(w, "${x}", TEMPLATE_TEXT)));
	assert_false(template_is_single(parsed(w, "${x} ", TEMPLATE_TEXT)));
	TEXT("x ${nothing}",
	     "s.yaml:1:5: error: 'nothing' is nothing (nil) here, and a text is being made of it [nothing]\n"
	     "    1 | x ${nothing}\n      |     ^~~~~~~\n"
	     "      = hint: where an empty text is meant, write ${nothing or \"\"}\n");
	TEXT("x ${nothing or ''}", "x ");
}

static void errors_have_places(void **state)
{
	struct world *w = *state;

	TEXT("a ${budget", "s.yaml:1:3: error: '${' is not closed [unclosed-expression]\n    1 | a ${budget\n"
	                   "      |   ^~\n"
	                   "      = hint: a '}' is missing, or a closing quote inside; a plain '${' is written '$${'\n");
	TEXT("a ${'b}", "s.yaml:1:3: error: '${' is not closed [unclosed-expression]\n    1 | a ${'b}\n      |   ^~\n"
	                "      = hint: a '}' is missing, or a closing quote inside; a plain '${' is written '$${'\n");
	TEXT("a ${}", "s.yaml:1:3: error: the expression is empty [lua-syntax]\n    1 | a ${}\n      |   ^~~\n"
	           "      = hint: name what shall stand here; a plain ${} is written $${}\n");
	TEXT("é ${ budgt } ${1 +} ${x y}",
	     "s.yaml:1:17: error: unexpected symbol at the end [lua-syntax]\n    1 | é ${ budgt } ${1 +} ${x y}\n"
	     "      |                ^~~\n"
	     "s.yaml:1:26: error: 'y' cannot stand here: the expression is complete before it [lua-syntax]\n"
	     "    1 | é ${ budgt } ${1 +} ${x y}\n      |                         ^\n");
	TEXT("é ${ budgt }", "s.yaml:1:7: error: unknown name 'budgt' [unknown-name]\n    1 | é ${ budgt }\n"
	                     "      |      ^~~~~\n      = hint: did you mean 'budget'?\n");
}

static void at_place(struct world *w, const char *yaml, uint32_t line, uint32_t col, const char *text, const char *want)
{
	struct span at = { diag_source(&w->d, STR("y.yaml"), str_z(yaml)), line, col, 1 };
	struct template_ *t = template_parse(w->h, str_z(text), at, TEMPLATE_TEXT, false);
	struct value v;

	assert_non_null(t);
	assert_int_equal(template_eval(t, w->h, &w->scope, w->a, &v, &w->d), EVAL_ERROR);
	assert_string_equal(span_text(&w->d, w->d.list[0].at, w->a).p, want);
	(void)said(w);
}

static void places_in_all_scalars(void **state)
{
	struct world *w = *state;

	at_place(w, "a: x ${budgt}\n", 1, 4, "x ${budgt}", "y.yaml:1:8");
	at_place(w, "a: 'x ''${budgt}'\n", 1, 4, "x '${budgt}", "y.yaml:1:11");
	at_place(w, "a: \"x \\\"${budgt}\"\n", 1, 4, "x \"${budgt}", "y.yaml:1:11");
	at_place(w, "a: \"x \\t${budgt}\"\n", 1, 4, "x \t${budgt}", "y.yaml:1:4");
	at_place(w, "a: |\n  x\n\n   y ${budgt} z\n", 1, 4, "x\n\n y ${budgt} z\n", "y.yaml:4:8");
	at_place(w, "a: >-  # c\n  x\n  y ${budgt}\n  ${1}\n", 1, 4, "x y ${budgt} ${1}", "y.yaml:3:7");
	at_place(w, "a: >-\n  x\n  ${budgt}\n", 1, 4, "x ${budgt}", "y.yaml:3:5");
	at_place(w, "a: x\n  ${1 +\n   budgt}\n", 1, 4, "x ${1 + budgt}", "y.yaml:3:4");
	at_place(w, "a: |\n  ${1 +\n   2 +\n    budgt}\n", 1, 4, "${1 +\n 2 +\n  budgt}\n", "y.yaml:4:5");
	at_place(w, "a: |\n  x\n", 2, 3, "${budgt}", "y.yaml:2:3");
}

/* ---- the shell ---------------------------------------------------------------------------------------------------- */

static void quoting_by_place(void **state)
{
	struct world *w = *state;

	SHELL("echo ${source} '${source}' \"${source}\"", "echo 'gpt' 'gpt' \"\"'gpt'\"\"");
	SHELL("echo ${list} '${list}' \"a${list}b\"", "echo 'a' 'b c' 'it'\\''s' 'a b c it'\\''s' \"a\"'a b c it'\\''s'\"b\"");
	SHELL("echo ${none} -x=${none} '${none}' end", "echo  -x='' '' end");
	SHELL("echo ${''}", "echo ''");
	SHELL("${source}", "'gpt'");
	SHELL("a # it's ${source}\nb ${source}", "a # it's \nb 'gpt'");
	SHELL("a#b'${source}'", "a#b'gpt'");
	SHELL("echo \"$(cat ${source} \"x${source}\")\" ${source}", "echo \"$(cat 'gpt' \"x\"'gpt'\"\")\" 'gpt'");
	SHELL("x=$((1 + (2))) y=$${HOME} ${source}", "x=$((1 + (2))) y=${HOME} 'gpt'");
	SHELL("cat <<E\n it's $${x}\nE\necho ${source}", "cat <<E\n it's ${x}\nE\necho 'gpt'");
	SHELL("cat <<-'E F'\n\tit's\n\tE F\necho ${source}", "cat <<-'E F'\n\tit's\n\tE F\necho 'gpt'");
	SHELL("awk '{print $1}' `date` \\\"${source}", "awk '{print $1}' `date` \\\"'gpt'");
	SHELL("(cd x; ls) # don't\necho '${source}'", "(cd x; ls) # don't\necho 'gpt'");
	SHELL("echo $# $$ '$' \"$#\" # don't ${source}", "echo $# $$ '$' \"$#\" # don't ");
	SHELL("echo ${train.out.model} '${out.model}'", "echo '<0model>' '<outmodel>'");
}

#define UNSAFE(why, hint) "error: a value cannot be quoted safely " why " [unsafe-shell]\n      = hint: " hint "\n"
#define MOVE "assign the value to a shell variable before, and use that here"

static void unsafe(struct world *w, const char *z, const char *want)
{
	assert_null(template_parse(w->h, str_z(z), (struct span){ 0 }, TEMPLATE_SHELL, true));
	assert_string_equal(said(w), want);
}

static void places_that_cannot_be_made_safe(void **state)
{
	struct world *w = *state;

	unsafe(w, "cat <<E\n${source}\nE", UNSAFE("in a here-document", "hand it over as an argument or through 'env:'"));
	unsafe(w, "cat <<E ${source}\nx\nE", UNSAFE("in a here-document", "hand it over as an argument or through 'env:'"));
	unsafe(w, "cat <<${source}\nx\nE", UNSAFE("in a here-document", "hand it over as an argument or through 'env:'"));
	unsafe(w, "echo `ls ${source}`", UNSAFE("inside backquotes", "write $(…) instead of `…`"));
	unsafe(w, "echo \"`ls ${source}`\"", UNSAFE("inside backquotes", "write $(…) instead of `…`"));
	unsafe(w, "echo $((1 + ${budget}))", UNSAFE("inside $((…))", "let the expression do the arithmetic"));
	unsafe(w, "echo \"$((1 + (${budget})))\"", UNSAFE("inside $((…))", "let the expression do the arithmetic"));
	unsafe(w, "echo $${x:-${source}}", UNSAFE("inside ${…} of the shell", MOVE));
	unsafe(w, "echo \"$${x:-$(ls ${source})}\"", UNSAFE("inside ${…} of the shell", MOVE));
	unsafe(w, "echo \\${source}", UNSAFE("right behind a backslash", "take the backslash away: the value is quoted anyway"));
	unsafe(w, "echo \"\\${source}\"",
	       UNSAFE("right behind a backslash", "take the backslash away: the value is quoted anyway"));
	unsafe(w, "echo \"$(case x in a) echo ${source};; esac)\"",
	       UNSAFE("behind a 'case' inside $(…) or (…), whose brackets do not pair",
	              "put the expression before this place: " MOVE));
	unsafe(w, "echo $'it\\'s' ${source}",
	       UNSAFE("behind $'…', which shells read differently", "put the expression before this place: " MOVE));
	unsafe(w, "ls >& ${source}", UNSAFE("right behind >& or <&", "a file is named behind > or <"));
	unsafe(w, "ls >&2\"${source}\"", UNSAFE("right behind >& or <&", "a file is named behind > or <"));
	SHELL("ls >&2 ${source} 2>&1 >${source}", "ls >&2 'gpt' 2>&1 >'gpt'");
	w->hostile = value_str((struct str){ "a\0b", 3 });
	SHELL("echo ${hostile}", "s.yaml:1:8: error: the value of 'hostile' holds a NUL byte, which no command can take "
	                         "[unsafe-shell]\n    1 | echo ${hostile}\n      |        ^~~~~~~\n"
	                         "      = hint: hand it over in a file\n");
}

/* What sh prints for the line, run in a folder of its own. */
static struct str sh(struct world *w, const char *line)
{
	struct sb out;
	int fds[2], status;
	char buffer[4096];
	ssize_t n;

	sb_init(&out, 1 << 20);
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();

	if (pid == 0) {
		dup2(fds[1], 1);
		close(fds[0]);
		execl(RUNG_SH, "sh", "-c", line, "sh", "one", "two", (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	while ((n = read(fds[0], buffer, sizeof(buffer))) > 0)
		sb_add(&out, (struct str){ buffer, (size_t)n });
	close(fds[0]);
	waitpid(pid, &status, 0);
	struct str s = sb_take(&out, w->a);

	sb_release(&out);
	if (status)
		fail_msg("sh says %d to: %s\nand prints: %s", status, line, s.p);
	return s;
}

/* Whatever it does; its output and its exit code do not matter. */
static void run_quietly(const char *line)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		execl(RUNG_SH, "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
}

static const char *const values[] = {
	"plain", "", " ", "it's", "''", "'", "\"", "\\", "\\\\", "\\'", "a\\", "$(touch x)", "`touch x`", "$HOME", "${HOME}",
	"*", "?[a-z]*", "~", "-rf", "--", "!", "!!", "a b", "a  b", "\t", "a\nb", "\n", "a\n", "\r\n", ";touch x", "&& touch x",
	"| touch x", "> x", "< x", "# x", "a#b", "{a,b}", "a=b", "%s%n", "\x01\x02\x7f", "\xff\xfe\x81\x82\x83", "é",
	"'$(touch x)'", "\"$(touch x)\"", "'; touch x; '", "\"; touch x; \"", "'\"'\"'", "EOF", "E\nE\n", "$", "$$", "$'", "()",
	"x\n; touch x #", "\\\n", "\\n", "-n", "-e \\t", "'\n'; touch x; '",
};

/* %s stands for the expression; each line prints the value between brackets. */
static const char *const lines[] = {
	"printf '[%s]' ${hostile}",
	"printf '[%s]' '${hostile}'",
	"printf '[%s]' \"${hostile}\"",
	"printf '[%s]' \"$(printf '%s.' ${hostile})\"|sed '$s/\\.]$/]/'",
	"printf '[%s]' \"$(printf '%s.' \"${hostile}\")\"|sed '$s/\\.]$/]/'",
	"x=${hostile}; printf '[%s]' \"$x\"",
	"x=\"${hostile}\"; printf '[%s]' \"$x\"",
	"(x=${hostile}; (printf '[%s]' \"$x\"))",
	"# ${hostile}\nprintf '[%s]' ${hostile}",
	"printf '[%s]' ${hostile} # it's \"${hostile}",
	"cat <<E\n`echo` $(echo) \"'\nE\nprintf '[%s]' ${hostile}",
	"set -- ${hostile}; printf '[%s]' \"$1\"",
	"case ${hostile} in ${hostile}) printf '[%s]' \"${hostile}\";; *) echo no;; esac",
	"x=$((1 + 1)); printf '[%s]' ${hostile}",
	"f() { printf '[%s]' \"$@\"; }; f ${hostile}",
	"printf '[%s]' ''${hostile}\"\"",
	"test ! -e x; printf '[%s]' $(:)${hostile}",
};

static void sh_takes_every_value_as_data(void **state)
{
	struct world *w = *state;
	char folder[] = "/tmp/rung-sh-XXXXXX";

	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	for (size_t i = 0; i < countof(lines); i++) {
		for (size_t k = 0; k < countof(values); k++) {
			w->hostile = value_str(str_z(values[k]));
			const char *line = filled(w, lines[i], TEMPLATE_SHELL);
			struct str got = sh(w, line), want = arena_printf(w->a, "[%s]", values[k]);
			long cut = str_find(got, STR("["));

			if (strstr(lines[i], "<<E"))
				got = str_from(got, (size_t)cut, got.n);
			if (strstr(lines[i], "sed") && str_ends(got, "\n"))
				got.n--; /* some seds add a line end */
			if (!str_same(got, want))
				fail_msg("%s\nprints: " STR_FMT "\nnot: %s", line, STR_ARG(got), want.p);
			if (access("x", F_OK) == 0)
				fail_msg("the value was run: %s", line);
		}
	}
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void sh_takes_lists_as_words(void **state)
{
	struct world *w = *state;
	struct sb want;

	sb_init(&want, 1 << 16);
	w->hostile = texts(w->a, countof(values), values);
	for (size_t i = 0; i < countof(values); i++)
		sb_printf(&want, "[%s]", values[i]);
	assert_string_equal(sh(w, filled(w, "printf '[%s]' ${hostile}", TEMPLATE_SHELL)).p, want.s);
	w->hostile = (struct value){ .type = V_LIST };
	assert_string_equal(sh(w, filled(w, "set -- ${hostile}; echo $#", TEMPLATE_SHELL)).p, "0\n");
	sb_release(&want);
}

/* Lines put together at random from what makes shell text hard. Most are no correct shell; none may run a value. */
static void no_line_runs_a_value(void **state)
{
	static const char *const parts[] = {
		"${hostile}", "${hostile}", "${hostile}", "'", "'", "\"", "\"", "$(", ")", "(", "`", "\\", "\n", " ", " ", ";", "|",
		"#", " # ", "case a in a)", "esac", "<<E\n", "\nE\n", "<<-'E'\n", "<<<", "$((", "))", "$${a:-", "}", "$${a#", "$'",
		"$", "echo", "a", "=", "{", "&&", "<", ">&2", "\\\n", ">&", "<&", "if :; then", "fi", "$#", "\r", "~", "*", "[", "]", "!", ";;",
	};
	static const char *const evil[] = { "$(touch x)", "'$(touch x)'", "`touch x`", "'; touch x; '", "\"; touch x; \"",
		                            "a\ntouch x\n", ") touch x; (", "E\ntouch x\n", "}; touch x", "\"$(touch x)\"" };
	struct world *w = *state;
	struct rng r;
	char folder[] = "/tmp/rung-sh-XXXXXX";
	size_t run = 0;

	rng_seed(&r, 1);
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	for (int i = 0; i < 6000; i++) {
		struct sb line;
		struct value v;

		sb_init(&line, 1 << 12);
		for (uint64_t n = 1 + rng_below(&r, 14); n > 0; n--)
			sb_z(&line, parts[rng_below(&r, countof(parts))]);
		struct template_ *t = template_parse(w->h, sb_take(&line, w->a), (struct span){ 0 }, TEMPLATE_SHELL, true);

		sb_release(&line);
		w->hostile = value_str(str_z(evil[rng_below(&r, countof(evil))]));
		w->d.n = w->d.errors = 0;
		if (!t || template_is_plain(t) || template_eval(t, w->h, &w->scope, w->a, &v, &w->d) != EVAL_OK)
			continue;
		run++;
		run_quietly(arena_str(w->a, v.s).p);
		if (access("x", F_OK) == 0)
			fail_msg("the value was run: " STR_FMT, STR_ARG(v.s));
	}
	assert_true(run > 500);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(system(arena_printf(w->a, "rm -r %s", folder).p), 0);
}

static void words_of_a_line(void **state)
{
	struct world *w = *state;
	struct str *words;
	size_t n;
	const char *const want[] = { "python3", "a b.py", "--x=y", "it's", "out file", "sh", "in.csv", "x$1y", "cat", "z.txt",
		                     "end\\n", "e.sh" };

	shell_words(STR("python3 'a b.py' --x=y it\\'s >\"out file\" | (sh <in.csv) \"x$1y$(cat z.txt)\" \"end\\n\" # no\n e.sh"),
	            w->a, &words, &n);
	assert_int_equal(n, countof(want));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(words[i].p, want[i]);
	struct template_ *t = parsed(w, "sh train.sh ${source} --a=${budget} 'b.csv' x${list} \"${share}\" $${y}", TEMPLATE_SHELL);
	const struct str *literal = template_literal_words(t, &n);

	assert_int_equal(n, 4);
	assert_true(str_is(literal[0], "sh") && str_is(literal[1], "train.sh") && str_is(literal[2], "b.csv"));
	const struct lua_chunk *const *chunks;

	assert_int_equal(template_chunks(t, &chunks), 4);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(texts_and_types), T(errors_have_places), T(places_in_all_scalars), T(quoting_by_place),
		T(places_that_cannot_be_made_safe), T(sh_takes_every_value_as_data), T(sh_takes_lists_as_words),
		T(words_of_a_line), T(no_line_runs_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
