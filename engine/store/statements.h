/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/store: all SQL there is. Statements by name (STATEMENTS), the steps from each version of the schema
 * to the next (schema_steps), and the readable views that `rung query` shows (ledger_views).
 */
#ifndef RUNG_STORE_STATEMENTS_H
#define RUNG_STORE_STATEMENTS_H

#include <stddef.h>

/* "rung": the file says whose it is. */
#define APPLICATION_ID 0x72756e67
#define SCHEMA_VERSION 2

#define STATEMENTS(X) \
	/* connection and transaction */ \
	X(BEGIN, "BEGIN IMMEDIATE") \
	X(COMMIT, "COMMIT") \
	X(ROLLBACK, "ROLLBACK") \
	X(JOURNAL_WAL, "PRAGMA journal_mode=WAL") \
	X(JOURNAL_DELETE, "PRAGMA journal_mode=DELETE") \
	X(JOURNAL_FOUND, "PRAGMA journal_mode") \
	X(SYNC_FULL, "PRAGMA synchronous=FULL") \
	X(SYNC_NORMAL, "PRAGMA synchronous=NORMAL") \
	/* no part of the ledger is a secret, and zeroing what is deleted costs writes */ \
	X(SECURE_DELETE_OFF, "PRAGMA secure_delete=OFF") \
	X(TRUSTED_SCHEMA_OFF, "PRAGMA trusted_schema=OFF") \
	X(CELL_CHECK_ON, "PRAGMA cell_size_check=ON") \
	X(TEMP_IN_MEMORY, "PRAGMA temp_store=MEMORY") \
	X(CHECKPOINT, "PRAGMA wal_checkpoint(TRUNCATE)") \
	X(WAL_LIMIT, "PRAGMA journal_size_limit=33554432") \
	X(CACHE_WRITER, "PRAGMA cache_size=-16000") \
	X(QUERY_ONLY, "PRAGMA query_only=ON") \
	X(QUICK_CHECK, "PRAGMA quick_check(1)") \
	X(APPLICATION_GET, "PRAGMA application_id") \
	X(APPLICATION_SET, "PRAGMA application_id=1920298599") \
	X(VERSION_GET, "PRAGMA user_version") \
	X(VERSION_SET_1, "PRAGMA user_version=1") \
	X(VERSION_SET_2, "PRAGMA user_version=2") \
	X(SCHEMA_COUNT, "SELECT count(*) FROM sqlite_schema") \
	/* meta */ \
	X(GENERATION_GET, "SELECT value FROM meta WHERE name='generation'") \
	X(GENERATION_RAISE, "UPDATE meta SET value=value+1 WHERE name='generation'") \
	X(TASK_KEYS_GET, "SELECT value FROM meta WHERE name='task_keys'") \
	X(TASK_KEYS_SET, "INSERT OR REPLACE INTO meta VALUES('task_keys',?1)") \
	X(TASK_KEYS_DROP, "DELETE FROM meta WHERE name='task_keys'") \
	/* runs */ \
	X(RUN_INSERT, "INSERT INTO runs(started_ns,study,command,host,pid,study_object,keys_object) VALUES(?1,?2,?3,?4,?5,?6,?7)") \
	X(RUN_END, "UPDATE runs SET ended_ns=?2,exit_code=?3,counts=?4," \
		"study_object=coalesce(?5,study_object),keys_object=coalesce(?6,keys_object) WHERE id=?1") \
	X(RUNS_LAST, "SELECT id,started_ns,ended_ns,study,command,host,pid,counts,exit_code,study_object,keys_object " \
		"FROM runs ORDER BY id DESC LIMIT ?1") \
	X(RUN_LAST_START, "SELECT started_ns FROM runs ORDER BY id DESC LIMIT 1") \
	X(RUNS_OBJECTS, "SELECT id,study_object,keys_object FROM runs ORDER BY id") \
	X(RUN_DROP_STUDY, "UPDATE runs SET study_object=NULL WHERE id=?1") \
	X(RUN_DROP_KEYS, "UPDATE runs SET keys_object=NULL WHERE id=?1") \
	/* tasks */ \
	X(TASK_ENSURE, "INSERT INTO tasks(name,step) VALUES(?1,?2) " \
		"ON CONFLICT(name) DO UPDATE SET step=excluded.step RETURNING id") \
	X(TASK_SET_KEY, "UPDATE tasks SET key=?2 WHERE id=?1 AND key IS NOT ?2") \
	X(TASK_KEY, "SELECT key FROM tasks WHERE name=?1") \
	X(TASKS_KEYS, "SELECT name,key FROM tasks") \
	/* a hit of another key: known only when its parts are, so that `why` always has something to compare with */ \
	X(TASK_MOVE_KEY, "INSERT INTO tasks(name,step,key) " \
		"SELECT ?1,t.step,p.key FROM parts p JOIN tasks t ON t.id=p.task WHERE p.key=?2 " \
		"ON CONFLICT(name) DO UPDATE SET key=excluded.key") \
	X(TASKS_NAMES, "SELECT name FROM tasks t WHERE name>=?1 " \
		"AND EXISTS(SELECT 1 FROM attempts WHERE task=t.id) ORDER BY name") \
	/* parts */ \
	X(COMMON_GET, "SELECT id FROM commons WHERE digest=?1") \
	X(COMMON_INSERT, "INSERT INTO commons(digest,bytes) VALUES(?1,?2)") \
	X(PARTS_PUT, "INSERT INTO parts(key,task,common,own) VALUES(?1,?2,?3,?4) " \
		"ON CONFLICT(key) DO UPDATE SET task=excluded.task,common=excluded.common,own=excluded.own RETURNING id") \
	X(PARTS_OF_KEY, "SELECT p.key,t.name,c.bytes,p.own FROM parts p JOIN tasks t ON t.id=p.task " \
		"JOIN commons c ON c.id=p.common WHERE p.key=?1") \
	X(PARTS_OF_TASK, "SELECT p.key,t.name,c.bytes,p.own FROM tasks t JOIN parts p ON p.key=t.key " \
		"JOIN commons c ON c.id=p.common WHERE t.name=?1") \
	/* EXCEPT, not NOT IN: SQLite answers that one with a scan a row */ \
	X(PARTS_PRUNE, "DELETE FROM parts WHERE id IN (SELECT id FROM parts EXCEPT SELECT id FROM results " \
		"EXCEPT SELECT p.id FROM tasks t JOIN parts p ON p.key=t.key)") \
	X(COMMONS_PRUNE, "DELETE FROM commons WHERE id IN (SELECT id FROM commons EXCEPT SELECT common FROM parts)") \
	/* attempts */ \
	X(ATTEMPT_INSERT, "INSERT INTO attempts(run,task,key,number,started_ns,ended_ns,outcome,exit_code,signal,detail,out,err," \
		"user_us,system_us,max_rss,host) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)") \
	X(ATTEMPTS_OF_TASK, "SELECT a.run,t.name,t.step,a.key,a.number,a.started_ns,a.ended_ns,a.outcome,a.exit_code,a.signal," \
		"a.detail,a.out,a.err,a.user_us,a.system_us,a.max_rss,a.host FROM tasks t JOIN attempts a ON a.task=t.id " \
		"WHERE t.name=?1 ORDER BY a.id DESC LIMIT ?2") \
	X(ATTEMPTS_TIMES, "SELECT (a.ended_ns-a.started_ns)/1000000 FROM tasks t JOIN attempts a ON a.task=t.id " \
		"WHERE t.name=?1 AND a.outcome='done' ORDER BY a.id DESC LIMIT ?2") \
	X(ATTEMPTS_OBJECTS, "SELECT a.id,a.run,t.name,a.out,a.err FROM attempts a JOIN tasks t ON t.id=a.task " \
		"WHERE a.out IS NOT NULL OR a.err IS NOT NULL ORDER BY a.id") \
	X(ATTEMPT_DROP_OUT, "UPDATE attempts SET out=NULL WHERE id=?1") \
	X(ATTEMPT_DROP_ERR, "UPDATE attempts SET err=NULL WHERE id=?1") \
	/* results */ \
	X(RESULT_PUT, "INSERT OR REPLACE INTO results(id,key,content,attempt,duration_ms,outcome,step,task,metrics,artifacts) " \
		"VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)") \
	X(RESULT_OF_KEY, "SELECT r.key,r.content,r.attempt,r.duration_ms,r.outcome,r.step,r.task,r.metrics,r.artifacts " \
		"FROM parts p JOIN results r ON r.id=p.id WHERE p.key=?1") \
	X(RESULTS_ALL, "SELECT key,content,attempt,duration_ms,outcome,step,task,metrics,artifacts,id," \
		"attempt>ifnull((SELECT max(id) FROM attempts),0) FROM results") \
	X(RESULTS_COUNT, "SELECT count(*) FROM results") \
	X(RESULTS_LAST_ID, "SELECT max(id) FROM results") \
	X(RESULT_DROP, "DELETE FROM results WHERE id=?1") \
	/* calls: read by gc and verify, so that no paid answer can be lost once they are written */ \
	X(CALLS_OBJECTS, "SELECT id,request,answer FROM calls ORDER BY id") \
	X(CALL_DROP, "DELETE FROM calls WHERE id=?1")

enum stmt {
#define STMT_ENUM(id, text) STMT_##id,
	STATEMENTS(STMT_ENUM)
#undef STMT_ENUM
	STMT_COUNT
};

extern const char *const statement_text[STMT_COUNT];

/* schema_steps[v] leads from version v to v + 1; version 0 is an empty file. */
extern const char *const schema_steps[SCHEMA_VERSION];
extern const enum stmt schema_version_set[SCHEMA_VERSION]; /* says "version v + 1 now" */

struct ledger_view {
	const char *name, *text; /* text: a SELECT over the ledger attached as `ledger` */
};
extern const struct ledger_view ledger_views[];
extern const size_t ledger_view_count;

/* The in-memory database of sql.c. %s stands for the escaped path or identifier. */
extern const char sql_attach_ledger[], sql_attach_memory[];

#endif
