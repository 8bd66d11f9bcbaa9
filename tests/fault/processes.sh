# Processes that a command leaves behind: in its group or out of it, writing to its logs or outputs. All are gone before
# the attempt ends, so that nothing that was kept changes afterwards; a service that a task starts for itself may stay
# while the task runs. A command that ignores TERM is killed.
. "$(dirname "$0")/lib.sh"
left() { pgrep -f "$PWD/s/.rung/attempts" | tr '\n' ' '; }
study() { rm -rf s && mkdir s && { printf 'study: left\nlanguage: 1\n'; cat; } >s/study.yaml; }
holds() { "$RUNG" verify -C s >verify.out 2>&1 || die "$1: $(cat verify.out)"; [ -z "$(left)" ] || die "$1: left behind: $(left)"; }

study <<'YAML'
axes: {i: {from: 1, to: 30}}
steps:
  group: {each: [i], run: '(while :; do echo ${i}; done) & (while :; do echo tick >> ${out.x}; done) & until [ -s ${out.x} ]; do :; done', out: {x: x}}
YAML
"$RUNG" run s -q 2>err || die "writers in the group: $(cat err)"
holds "writers in the group"

study <<'YAML'
steps:
  log: {run: 'setsid sh -c "while :; do echo tick; echo > $RUNG_ATTEMPT_DIR/out/x; done" & until [ -s ${out.x} ]; do :; done', out: {x: x}}
  output: {run: 'setsid sh -c "while :; do echo tick >> $RUNG_ATTEMPT_DIR/out/x; done" & until [ -s ${out.x} ]; do :; done', out: {x: x}}
  deep: {run: 'setsid -f sh -c "setsid -f sh -c \"while :; do echo > $RUNG_ATTEMPT_DIR/out/x; sleep 9; done\"; sleep 9"; until [ -s ${out.x} ]; do :; done', out: {x: x}}
  slow: {run: 'setsid -f sh -c "trap \"\" TERM; echo > $RUNG_ATTEMPT_DIR/ready; while :; do sleep 9; done"; trap "" TERM; while :; do sleep 0.05; done', timeout: 300ms}
YAML
"$RUNG" run s -q 2>err
grep -q 'failed slow: timeout: timed out after 0.3 s' err || die "TERM ignored: $(cat err)"
grep -q 'ran 3, 1 failed' err || die "daemons: $(cat err)"
holds "daemons"


study <<'YAML'
steps:
  quick: {run: 'true'}
  served: {run: 'mkfifo $RUNG_ATTEMPT_DIR/q; setsid -f sh -c "cat $RUNG_ATTEMPT_DIR/q > $RUNG_ATTEMPT_DIR/out/x"; until [ -e ../quick.done ]; do :; done; echo served > $RUNG_ATTEMPT_DIR/q; until [ -s ${out.x} ]; do :; done', out: {x: x}}
  after: {run: 'touch ../quick.done', needs: [quick]}
YAML
"$RUNG" run s -q -j2 2>err || die "a service of a task's own: $(cat err)"
holds "a service of a task's own"

# a rung that was stopped sees its timers first: what ended in time has not timed out
study <<'YAML'
steps:
  nap: {run: 'mkdir ../up; until [ -e ../go ]; do :; done; touch ../gone', timeout: 1s}
YAML
"$RUNG" run s -q 2>err &
pid=$!
until [ -d up ]; do :; done
kill -STOP "$pid"
touch go
until [ -e gone ]; do :; done
sleep 1.1 # the timeout passes while rung is stopped; this is the time under test
kill -CONT "$pid"
wait "$pid" || die "stopped over a timeout: $(cat err)"
echo "none of 33 commands left a process or a result that changed; a task's own service may stay; a stopped rung judges no task late"
