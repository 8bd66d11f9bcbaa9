# Workers that crash, end without an answer, answer with rubbish or close their pipe: one task fails with the reason, the
# others run, and a rerun makes it good.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
cc -shared -fPIC -o bad_worker.so "$here/bad_worker.c" || { echo "skip: no compiler"; exit 1; }
mkdir s && cat >s/hooks.lua <<'LUA'
function spin() local x = 0; for k = 1, 1e15 do x = x + k end; return {{x = x}} end
function quick() return {{n = 1}} end
LUA
cat >s/study.yaml <<'YAML'
study: workers
language: 1
lua: hooks.lua
steps:
  hook: {lua: quick, timeout: 2s}
  below: {aggregate: {of: hook, n: [mean]}}
  plain: {run: 'echo > ${out.x}', out: {x: x}}
YAML
fails() { # how, message
	[ ! -e s/.rung ] || { chmod -R u+w s/.rung; rm -rf s/.rung; }
	MISBEHAVE=$1 LD_PRELOAD=$PWD/bad_worker.so timeout 60 "$RUNG" run s -q 2>err
	code=$?
	[ "$code" = 1 ] || die "$1: exit $code: $(cat err)"
	grep -qF "failed hook: $2" err || die "$1: not said '$2': $(cat err)"
	grep -q 'ran 1, 1 failed, 1 blocked' err || die "$1: $(cat err)"
	timeout 60 "$RUNG" run s -q 2>err || die "$1: the rerun: $(cat err)"
	grep -q '1 cached, ran 2 in' err || die "$1: the rerun: $(cat err)"
}
fails exit0 'crashed: the worker ended with exit code 0 before it answered'
fails abort 'crashed: the worker crashed: killed by signal 6 (Aborted)'
fails half 'crashed: the worker ended with exit code 0 before it answered'
fails garbage 'crashed: the worker answered with something that is no frame'
fails no-map 'crashed: the worker answered with something that is no frame'
fails early 'crashed: the worker answered with something that is no answer'
fails closes 'crashed: the worker closed its pipe before it answered'

cat >s/study.yaml <<'YAML'
study: workers
language: 1
lua: hooks.lua
steps:
  spin: {lua: spin, retry: 2}
YAML
mkfifo events
"$RUNG" run s -j 2 --json >events 2>err &
pid=$!
exec 3<events
killed=
for signal in SEGV ABRT KILL; do
	while read -r line <&3; do case $line in *'"start"'*spin*) break ;; esac; done
	until worker=$(pgrep -P "$pid" -r R | head -n 1) && [ -n "$worker" ]; do kill -0 "$pid" || die "rung ended: $(cat err)"; done
	kill -"$signal" "$worker"
done
cat <&3 >rest
wait "$pid" && die "a worker that was killed three times was done"
grep -q '"failed","task":"spin","attempt":3,"outcome":"crashed","detail":"the worker crashed: killed by signal 9 (Killed), often because the system ran out of memory"' rest ||
	die "killed three times: $(cat rest err)"
"$RUNG" query -C s 'select detail from attempts order by id' --json >details
for word in Segmentation Aborted Killed; do grep -q "killed by signal [0-9]* ($word" details || die "no attempt says $word: $(cat details)"; done
[ -z "$(pgrep -P "$pid")" ] || die "workers are left"
echo "7 ways for a worker to go wrong: the task fails with the reason, the rest runs, a rerun is good"
