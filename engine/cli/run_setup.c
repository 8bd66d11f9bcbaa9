/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/run_setup.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/cli/command.h"

static double processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		return CPU_COUNT(&set);
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (double)n : 1;
}

static double graphics_cards(struct arena *a)
{
	struct str *found;
	size_t n = 0;

	if (fs_glob(a, "/dev", STR("nvidia[0-9]"), &found, &n) < 0)
		return 0;
	return (double)n;
}

static int amount(struct world *w, const char *name, double *out)
{
	struct str text = args_value(&w->args, name);

	if (!args_has(&w->args, name))
		return 0;
	if (!str_real(text, out) || !(*out >= 0) || *out > 1e9)
		return world_usage(w, "'--%s " STR_FMT "': a number is wanted, 0 or more", name, STR_ARG(text));
	return 0;
}

static int pools(struct world *w, struct run_options *o)
{
	struct str *list;
	size_t n = args_values(&w->args, "pool", &list);
	struct pool *pools = arena_array(w->arena, struct pool, n);

	for (size_t i = 0; i < n; i++) {
		long eq = str_find(list[i], STR("="));

		if (eq <= 0 || !str_real(str_from(list[i], (size_t)eq + 1, list[i].n), &pools[i].amount) || !(pools[i].amount >= 0))
			return world_usage(w, "'--pool " STR_FMT "': NAME=NUMBER is wanted", STR_ARG(list[i]));
		pools[i].name = str_from(list[i], 0, (size_t)eq);
	}
	o->pools = pools;
	o->pool_count = n;
	return 0;
}

int run_pools_known(struct world *w, const struct run_options *o)
{
	struct arena *a = w->arena;
	struct str list = STR("");

	for (size_t k = 0; k < w->graph->pool_count; k++)
		list = arena_printf(a, STR_FMT "%s'" STR_FMT "'", STR_ARG(list), k ? ", " : "", STR_ARG(w->graph->pools[k].name));
	for (size_t i = 0; i < o->pool_count; i++) {
		bool known = false;

		for (size_t k = 0; k < w->graph->pool_count; k++)
			known = known || str_same(w->graph->pools[k].name, o->pools[i].name);
		if (known)
			continue;
		(void)wrong("the study has no pool '" STR_FMT "'", STR_ARG(o->pools[i].name));
		if (list.n)
			hint("its pools: " STR_FMT, STR_ARG(list));
		else
			hint("name it and its size in the study: pools: {" STR_FMT ": 2}", STR_ARG(o->pools[i].name));
		return EXIT_WRONG;
	}
	return EXIT_FINE;
}

int run_setup(struct world *w, struct run_options *o)
{
	struct str memory = args_value(&w->args, "memory");
	int code;

	*o = (struct run_options){ .self = "/proc/self/exe", .publish = true, .clock = &system_clock };
	o->command = w->line.p;
	o->jobs = processors();
	o->gpus = graphics_cards(w->arena);
	o->fail_fast = args_has(&w->args, "fail-fast");
	code = amount(w, "jobs", &o->jobs);
	if (!code && o->jobs <= 0)
		code = world_usage(w, "'--jobs 0': at least one task must be able to run");
	if (!code)
		code = amount(w, "gpus", &o->gpus);
	if (!code && args_has(&w->args, "memory") && (!str_size(memory, &o->memory) || o->memory <= 0))
		code = world_usage(w, "'--memory " STR_FMT "': a size is wanted, such as 8GiB", STR_ARG(memory));
	return code ? code : pools(w, o);
}
