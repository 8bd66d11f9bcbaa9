/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Scripts for shells. They know nothing: for every tab they ask `rung complete`.
 */
#include "engine/cli/command.h"

static const char bash_script[] =
	"# rung completion bash > /etc/bash_completion.d/rung   (or: eval \"$(rung completion bash)\")\n"
	"_rung() {\n"
	"    local IFS=$'\\n' line=${COMP_LINE:0:COMP_POINT} word words prefix\n"
	"    # the words as typed: bash cuts at = and :, rung does not\n"
	"    IFS=' ' read -r -a words <<< \"$line\"\n"
	"    [[ $line == *' ' ]] && words+=('')\n"
	"    word=${words[${#words[@]}-1]}\n"
	"    prefix=${word%\"${COMP_WORDS[COMP_CWORD]}\"}\n"
	"    [[ ${COMP_WORDS[COMP_CWORD]} == [=:] ]] && prefix=$word\n"
	"    # behind an open quote nothing is cut, and the quote is not part of the word\n"
	"    [[ $word == [\\'\\\"]* ]] && words[${#words[@]}-1]=${word:1} prefix=\n"
	"    COMPREPLY=($(\"${words[0]}\" complete -- \"${words[@]:1}\" 2>/dev/null))\n"
	"    COMPREPLY=(\"${COMPREPLY[@]#\"$prefix\"}\")\n"
	"    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=,] ]] && compopt -o nospace\n"
	"}\n"
	"complete -o default -F _rung rung\n";

/* Task names hold brackets: zsh quotes them itself, and completes `name[` only behind a quote, since it takes the bare
 * bracket for a subscript. */
static const char zsh_script[] =
	"#compdef rung\n"
	"# rung completion zsh > a folder of $fpath/_rung   (or: eval \"$(rung completion zsh)\")\n"
	"_rung() {\n"
	"    local -a found asked\n"
	"    asked=(\"${(@Q)words[2,CURRENT]}\")\n"
	"    asked[-1]=${asked[-1]#[\\'\\\"]}\n"
	"    found=(\"${(@f)$(${words[1]} complete -- \"${asked[@]}\" 2>/dev/null)}\")\n"
	"    found=(${found:#})\n"
	"    (( $#found )) || { _files; return }\n"
	"    compadd -S '' -- ${(M)found:#*[=,]}\n"
	"    compadd -- ${found:#*[=,]}\n"
	"}\n"
	"[[ $funcstack[1] == _rung ]] && _rung \"$@\" || compdef _rung rung\n";

static const char fish_script[] =
	"# rung completion fish > ~/.config/fish/completions/rung.fish\n"
	"function __rung_complete\n"
	"    set -l words (commandline -opc)\n"
	"    set -l typed (string replace -r '^[\"\\']' '' -- (commandline -ct) | string replace -ra '\\\\\\\\(.)' '$1')\n"
	"    set -l found ($words[1] complete -- $words[2..-1] \"$typed\" 2>/dev/null)\n"
	"    test -n \"$found\"; and printf '%s\\n' $found; or __fish_complete_path (commandline -ct)\n"
	"end\n"
	"complete -c rung -f -a '(__rung_complete)'\n";

static int run(struct world *w)
{
	static const struct {
		const char *name, *script;
	} shells[] = { { "bash", bash_script }, { "zsh", zsh_script }, { "fish", fish_script } };

	if (w->word_count != 1)
		return world_usage(w, "one shell is wanted: bash, zsh or fish");
	for (size_t i = 0; i < countof(shells); i++)
		if (str_is(w->words[0], shells[i].name)) {
			out_text(str_z(shells[i].script));
			return EXIT_FINE;
		}
	return world_usage(w, "there is no script for '" STR_FMT "': bash, zsh or fish", STR_ARG(w->words[0]));
}

const struct command cmd_completion = {
	.name = "completion",
	.summary = "print the completion script of a shell",
	.usage = "bash|zsh|fish",
	.about = "Completes commands, options, tasks, parameters, axes with their values, and phases.\n",
	.run = run,
};
