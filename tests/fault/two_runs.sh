# Two runs at once on one store: the second says who holds it and exits 4; status works meanwhile; ctrl-C drains, then kills.
. "$(dirname "$0")/lib.sh"
mkdir s && cat >s/study.yaml <<'YAML'
study: two
language: 1
steps:
  wait: {run: 'cat ../gate > ${out.x}', out: {x: x}}
  after: {run: 'echo after > ${out.x}', out: {x: x}, needs: [wait], save: results/after}
YAML
mkfifo gate events
start() { "$RUNG" run s --json >events 2>first.err & pid=$!; exec 3<events; while read -r line <&3; do case $line in *'"task"'*) break ;; esac; done; cat <&3 >rest & }
start
"$RUNG" run s >/dev/null 2>second.err
code=$?
[ "$code" = 4 ] || die "the second run: exit $code: $(cat second.err)"
grep -q "$pid" second.err || die "the holder's pid $pid is not named: $(cat second.err)"
grep -q "$(hostname)" second.err || die "the holder's host is not named: $(cat second.err)"
"$RUNG" status -C s >status.out 2>&1 || die "status: $(cat status.out)"
kill -INT "$pid"
until grep -q '"draining"' rest; do kill -0 "$pid" || die "ended before it drained"; done # the signal has arrived
echo let-go >gate
wait "$pid"
code=$?
[ "$code" = 130 ] || die "drained with exit $code: $(cat first.err)"
"$RUNG" plan -C s --json 2>/dev/null | grep -q '"task":"wait".*"state":"hit"' || die "the drained task was not recorded"
[ ! -e s/results/after ] || die "a task was started while draining"
chmod -R u+w s/.rung; rm -rf s/.rung
start
while kill -INT "$pid" 2>/dev/null; do :; done # signals that arrive together count once, so more are sent until it is gone
wait "$pid"
code=$?
[ "$code" = 130 ] || die "killed with exit $code: $(cat first.err)"
echo "exit 4 with pid and host, status meanwhile; one ctrl-C drained and recorded, two ended it"
