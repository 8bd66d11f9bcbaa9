/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which variables of the environment no program that rung starts gets to see: the keys of the model providers. With them
 * a command could spend money past the ceiling, and what it prints is kept. Other credentials stay: HF_TOKEN or
 * AWS_SECRET_ACCESS_KEY are how scripts reach their data, and under `env:` their values would enter the key.
 */
#include <string.h>

#include "engine/base/str.h"

bool variable_is_secret(const char *text)
{
	static const char *const endings[] = { "_API_KEY", "_API_TOKEN" };
	static const char *const starts[] = { "OPENAI_", "ANTHROPIC_", "REPLICATE_" };
	const char *equals = strchr(text, '=');
	struct str name = { text, equals ? (size_t)(equals - text) : strlen(text) };

	for (size_t i = 0; i < countof(endings); i++)
		if (str_ends(name, endings[i]))
			return true;
	for (size_t i = 0; i < countof(starts); i++)
		if (str_starts(name, starts[i]))
			return true;
	return false;
}
