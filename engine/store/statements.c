/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The schema, table by table, is explained in docs/formats.md. A step that has shipped is never edited: a change is a
 * new step behind it.
 */
#include "engine/store/statements.h"

const char *const statement_text[STMT_COUNT] = {
#define STMT_TEXT(id, text) [STMT_##id] = text,
	STATEMENTS(STMT_TEXT)
#undef STMT_TEXT
};

const char *const schema_steps[SCHEMA_VERSION] = {
	/* 1: what is known and how it came about. Keys stand in `parts`, whose index is the only random one: `results` is
	 * found through its id, so a batch of commits touches one random index page a task and not two. */
	"CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"INSERT INTO meta VALUES('generation',0);"
	"CREATE TABLE runs("
	" id INTEGER PRIMARY KEY, started_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL DEFAULT 0,"
	" exit_code INTEGER NOT NULL DEFAULT -1, pid INTEGER NOT NULL, study TEXT NOT NULL, command TEXT NOT NULL,"
	" host TEXT NOT NULL, counts BLOB, study_object BLOB, keys_object BLOB);"
	"CREATE TABLE tasks("
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, step TEXT NOT NULL, key BLOB);"
	"CREATE TABLE commons("
	" id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL);"
	"CREATE TABLE parts("
	" id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, task INTEGER NOT NULL, common INTEGER NOT NULL, own BLOB NOT NULL);"
	"CREATE TABLE attempts("
	" id INTEGER PRIMARY KEY, run INTEGER NOT NULL, task INTEGER NOT NULL, number INTEGER NOT NULL,"
	" started_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL, outcome TEXT NOT NULL, exit_code INTEGER NOT NULL,"
	" signal INTEGER NOT NULL, user_us INTEGER NOT NULL, system_us INTEGER NOT NULL, max_rss INTEGER NOT NULL,"
	" host TEXT NOT NULL, detail TEXT NOT NULL, key BLOB NOT NULL, out BLOB, err BLOB);"
	"CREATE INDEX attempts_of_task ON attempts(task);"
	"CREATE TABLE results("
	" id INTEGER PRIMARY KEY, key BLOB NOT NULL, content BLOB NOT NULL, attempt INTEGER NOT NULL,"
	" duration_ms INTEGER NOT NULL, outcome TEXT NOT NULL, step TEXT NOT NULL, task TEXT NOT NULL,"
	" metrics BLOB, artifacts BLOB);",

	/* 2: model calls, money and events. */
	"CREATE TABLE calls("
	" id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, endpoint TEXT NOT NULL, model TEXT NOT NULL,"
	" request BLOB NOT NULL, answer BLOB NOT NULL, input_tokens INTEGER NOT NULL DEFAULT 0,"
	" cached_tokens INTEGER NOT NULL DEFAULT 0, output_tokens INTEGER NOT NULL DEFAULT 0, usage TEXT,"
	" origin TEXT NOT NULL DEFAULT 'live', created_ns INTEGER NOT NULL);"
	"CREATE TABLE charges("
	" id INTEGER PRIMARY KEY, run INTEGER NOT NULL, task INTEGER, call BLOB, endpoint TEXT NOT NULL, model TEXT NOT NULL,"
	" reserved_pico INTEGER NOT NULL, settled_pico INTEGER, reserved_ns INTEGER NOT NULL, settled_ns INTEGER);"
	"CREATE INDEX charges_open ON charges(run) WHERE settled_pico IS NULL;"
	"CREATE TABLE events("
	" id INTEGER PRIMARY KEY, run INTEGER NOT NULL, at_ns INTEGER NOT NULL, kind TEXT NOT NULL, task INTEGER, body TEXT);"
	"CREATE INDEX events_of_run ON events(run);",
};

const enum stmt schema_version_set[SCHEMA_VERSION] = { STMT_VERSION_SET_1, STMT_VERSION_SET_2 };

const char sql_attach_ledger[] = "ATTACH ?1 AS ledger";
const char sql_attach_memory[] = "ATTACH ':memory:' AS ledger";

#define HEX(column) "lower(hex(" column "))"
#define ISO(column) "CASE WHEN " column ">0 THEN strftime('%Y-%m-%dT%H:%M:%SZ'," column "/1000000000,'unixepoch') END"

const struct ledger_view ledger_views[] = {
	{ "runs", "SELECT id," ISO("started_ns") " AS started," ISO("ended_ns") " AS ended,"
		  "CASE WHEN ended_ns>0 THEN (ended_ns-started_ns)/1e9 END AS seconds,"
		  "CASE WHEN ended_ns>0 THEN exit_code END AS exit_code,study,command,host,pid,"
		  "canon_json(counts) AS counts," HEX("study_object") " AS study_object FROM ledger.runs" },
	{ "tasks", "SELECT t.id,t.name AS task,t.step," HEX("t.key") " AS key,r.outcome,r.duration_ms FROM ledger.tasks t "
		   "LEFT JOIN ledger.parts p ON p.key=t.key LEFT JOIN ledger.results r ON r.id=p.id" },
	{ "attempts", "SELECT a.id,a.run,t.name AS task,t.step," HEX("a.key") " AS key,a.number,"
		      ISO("a.started_ns") " AS started," ISO("a.ended_ns") " AS ended,(a.ended_ns-a.started_ns)/1e9 AS seconds,"
		      "a.outcome,a.exit_code,a.signal,a.detail,CASE WHEN a.out NOTNULL THEN " HEX("a.out") " END AS stdout,"
		      "CASE WHEN a.err NOTNULL THEN " HEX("a.err") " END AS stderr,a.user_us/1e6 AS user_s,"
		      "a.system_us/1e6 AS system_s,a.max_rss,a.host FROM ledger.attempts a JOIN ledger.tasks t ON t.id=a.task" },
	{ "results", "SELECT id,task,step," HEX("key") " AS key,outcome,duration_ms,attempt," HEX("content") " AS content,"
		     "canon_json(metrics) AS metrics,artifacts_json(artifacts) AS artifacts FROM ledger.results" },
	{ "artifacts", "SELECT r.task,r.step," HEX("r.key") " AS key,j.value->>'name' AS name,j.value->>'file' AS file,"
		       "j.value->>'kind' AS kind,j.value->>'digest' AS digest,j.value->>'size' AS size "
		       "FROM ledger.results r,json_each(artifacts_json(r.artifacts)) j" },
	{ "metrics", "SELECT r.task,r.step," HEX("r.key") " AS key,j.key AS name,j.value AS value "
		     "FROM ledger.results r,json_each(canon_json(r.metrics)) j WHERE r.metrics NOTNULL" },
	{ "parts", "SELECT " HEX("p.key") " AS key,t.name AS task,canon_json(c.bytes) AS common,canon_json(p.own) AS own "
		   "FROM ledger.parts p JOIN ledger.tasks t ON t.id=p.task JOIN ledger.commons c ON c.id=p.common" },
	{ "calls", "SELECT id," HEX("key") " AS key,endpoint,model," HEX("request") " AS request," HEX("answer") " AS answer,"
		   "input_tokens,cached_tokens,output_tokens,usage,origin," ISO("created_ns") " AS created FROM ledger.calls" },
	{ "charges", "SELECT c.id,c.run,t.name AS task," HEX("c.call") " AS call,c.endpoint,c.model,"
		     "c.reserved_pico,c.settled_pico,c.settled_pico/1e12 AS settled_usd," ISO("c.reserved_ns") " AS reserved,"
		     ISO("c.settled_ns") " AS settled FROM ledger.charges c LEFT JOIN ledger.tasks t ON t.id=c.task" },
	{ "events", "SELECT e.id,e.run," ISO("e.at_ns") " AS at,e.kind,t.name AS task,e.body "
		    "FROM ledger.events e LEFT JOIN ledger.tasks t ON t.id=e.task" },
};
const size_t ledger_view_count = sizeof(ledger_views) / sizeof(ledger_views[0]);
