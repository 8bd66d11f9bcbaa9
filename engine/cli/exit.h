/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exit codes, a contract with scripts.
 */
#ifndef RUNG_CLI_EXIT_H
#define RUNG_CLI_EXIT_H

enum exit_code {
	EXIT_FINE = 0,
	EXIT_FAILED = 1,  /* a task failed */
	EXIT_WRONG = 2,   /* the study, the command line or the store is wrong */
	EXIT_NO_GO = 3,   /* a gate says no */
	EXIT_HELD = 4,    /* another run holds the store */
	EXIT_CEILING = 5, /* the money is used up */
	EXIT_INTERRUPTED = 130,
};

#endif
