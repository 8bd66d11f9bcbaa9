/* SPDX-License-Identifier: GPL-3.0-or-later
 * Preloaded into rung by workers.sh: its workers misbehave as MISBEHAVE says. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *bytes, size_t n)
{
	if (write(1, bytes, n) != (ssize_t)n)
		_exit(9);
}

__attribute__((constructor)) static void misbehave(int argc, char **argv)
{
	const char *how = getenv("MISBEHAVE");

	if (!how || argc != 2 || strcmp(argv[1], "worker") != 0)
		return;
	if (strcmp(how, "exit0") == 0)
		_exit(0);
	if (strcmp(how, "abort") == 0)
		abort();
	if (strcmp(how, "half") == 0) {
		say("\x40\0\0\0m2:", 7);
		_exit(0);
	}
	if (strcmp(how, "garbage") == 0)
		say("\xff\xff\xff\xff no frame", 13);
	else if (strcmp(how, "no-map") == 0)
		say("\3\0\0\0i1;", 7);
	else if (strcmp(how, "closes") == 0)
		(void)(close(0) + close(1));
	else if (strcmp(how, "early") == 0) /* an answer to nothing, and then no more */
		say("\3\0\0\0m0:", 7);
	for (;;)
		(void)pause();
}
