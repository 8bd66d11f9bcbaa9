/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One file by URL: http, https (certificates checked) and file. What has come so far lies in `part` and is gone on with
 * next time; only bytes with the wanted SHA-256 become the file. Blocking: for workers.
 *
 * libcurl is opened at run time, by the first download: nothing else pays for loading it.
 *
 *   struct download d = { .url = url, .path = path, .want = digest };  if (download(&d, a) != 0) … d.error, d.hint
 */
#ifndef RUNG_NET_DOWNLOAD_H
#define RUNG_NET_DOWNLOAD_H

#include "engine/base/digest.h"

struct download {
	struct str url;
	const char *path;    /* where it is to be */
	const char *part;    /* what has come so far, on the same file system; NULL = "<path>.part" */
	struct digest want;
	unsigned stall_s;    /* without a byte: given up; 0 = 60 */
	bool resumed;        /* parts came in transfers of their own: perhaps of different files */
	/* on failure, in the arena */
	struct str error, hint;
	bool passing;        /* network or server: a later try may go better */
};

int download(struct download *d, struct arena *a) MUST_USE; /* 0, or -1 with error and hint */

#endif
