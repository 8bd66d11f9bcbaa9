/* SPDX-License-Identifier: GPL-3.0-or-later
 * `fetch`: one file by URL, checked against its SHA-256. The host downloads, resumes and verifies; here the fields are
 * checked, so that a typing mistake is told before a byte is asked for. */
#include "plugins/kinds.h"
#include "plugins/work.h"

static const struct field fields[] = {
	{ .name = "url", .type = T_TEXT, .flags = F_PRIMARY | F_REQUIRED, .help = "https://, http:// or file:// address" },
	{ .name = "sha256", .type = T_SHA256, .flags = F_REQUIRED, .help = "what the file must hash to: 64 hex digits" },
	{ .name = "file", .type = T_TEXT, .flags = F_PLAIN, .help = "name to give the file, such as pool.csv" },
	{ .name = NULL },
};

static const struct output outputs[] = { { "file", "file" }, { NULL, NULL } };

static bool starts(struct str s, const char *with)
{
	struct str w = str_of(with);

	return s.n > w.n && str_same((struct str){ s.p, w.n }, w);
}

static int fetch_run(const struct host *host, struct job *job)
{
	const struct work w = { host, job };
	struct str url = field_text(&w, "url"), sha256 = field_text(&w, "sha256"), file = field_text(&w, "file");

	if (!starts(url, "https://") && !starts(url, "http://") && !starts(url, "file://"))
		return host->fail(job, "url", "write https://, http:// or file:// in front",
		                  "'%.*s' is no address that can be fetched", STR_ARG(url));
	bool plain = !str_is(file, ".") && !str_is(file, "..");

	for (size_t i = 0; i < file.n; i++)
		plain = plain && file.p[i] != '/' && file.p[i] != '\0';
	if (!plain)
		return host->fail(job, "file", NULL, "'%.*s' is no plain file name", STR_ARG(file));
	const char *path = host->out(job, "file");

	return path ? host->download(job, url, sha256, path) : -1;
}

const struct kind kind_fetch = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct kind),
	.name = "fetch",
	.version = 1,
	.summary = "a file by URL, checked against its SHA-256",
	.exec = EXEC_WORKER,
	.fields = fields,
	.outputs = outputs,
	.run = fetch_run,
};
