# A poor environment: few descriptors, few processes, closed or full standard streams, no PATH, no HOME, a folder that is
# gone, a terminal that hangs up. The run goes on with less, or says what is missing; nothing is written where it must not.
. "$(dirname "$0")/lib.sh"
export RUNG
mkdir s && printf 'id,l\n1,a\n2,b\n3,a\n4,b\n' >s/data.csv && cat >s/study.yaml <<'YAML'
study: limits
language: 1
axes: {i: {from: 1, to: 12}}
steps:
  a: {each: [i], run: 'echo ${i} > ${out.x}; echo ${i}', out: {x: x}, metrics: {v: tonumber(stdout)}}
  p: {each: [i], sample: {from: data.csv, size: 3, seed: '${i}', by: l}}
  b: {aggregate: {of: a, v: [n, mean]}, save: results/b.csv}
YAML
again() { [ ! -e s/.rung ] || { chmod -R u+w s/.rung; rm -rf s/.rung s/results; }; }
all_ran() { grep -q 'ran 25 in' "$1" || die "$2: $(cat "$1")"; "$RUNG" verify -C s >verify.out 2>&1 || die "$2: $(cat verify.out)"; again; }

(ulimit -n 64; "$RUNG" run s -q -j 30 >out 2>err) || die "64 descriptors: $(cat err)"
grep -qF 'warning: 6 tasks run at a time: no more than 64 files may be open (`ulimit -n`)' err || die "64 descriptors, unsaid: $(cat err)"
all_ran err "64 descriptors"
(ulimit -Sn 64; "$RUNG" run s -q -j 30 2>err) || die "a soft limit: $(cat err)"
grep -q warning err && die "the soft limit was not raised: $(cat err)"
all_ran err "a soft limit"
(ulimit -n 16; "$RUNG" run s 2>err) && die "16 descriptors were enough"
grep -qF 'error: the event loop cannot be made: Too many open files' err || die "16 descriptors: $(cat err)"
grep -qF 'hint: `ulimit -n` raises the limit of open files' err || die "16 descriptors, no hint: $(cat err)"
again

"$RUNG" run s 2>&- || die "stderr closed"
"$RUNG" status -C s >out || die "status after stderr was closed"
"$RUNG" run s 2>err && grep -q '25 cached, ran 0' err || die "after stderr was closed: $(cat err)"
again
"$RUNG" run s <&- >&- 2>&- || die "everything closed"
"$RUNG" verify -C s 2>err && again || die "everything closed: $(cat err)"
"$RUNG" run s --json >&- 2>err && die "events could be written to a closed stdout"
grep -qF 'error: cannot write to stdout: Bad file descriptor' err || die "stdout closed: $(cat err)"
again
"$RUNG" run s --json >/dev/full 2>err && die "events could be written to a full disk"
grep -qF 'error: cannot write to stdout: No space left on device' err || die "stdout full: $(cat err)"
"$RUNG" run s 2>err && grep -q '25 cached, ran 0' err || die "after stdout was full: $(cat err)"
again
"$RUNG" run s --json 2>err | head -n 1 | grep -q started || die "head got no event"
"$RUNG" run s 2>err && grep -q '25 cached, ran 0' err || die "after head was gone: $(cat err)"
again
env -i "$RUNG" run s 2>err || die "no environment: $(cat err)"
all_ran err "no environment"
mkdir gone && (cd gone && rmdir ../gone && "$RUNG" run -C "$OLDPWD/s") 2>err || die "in a folder that is gone: $(cat err)"
all_ran err "in a folder that is gone"
ln -s nowhere s/.rung
"$RUNG" run s 2>err && die "a link that leads nowhere is a store"
grep -qF '/.rung: is a link that cannot be followed: make the folder that it names, or remove it' err || die "a dangling link: $(cat err)"
mkdir s/nowhere
"$RUNG" run s 2>err || die "a store behind a link: $(cat err)"
grep -q 'ran 25 in' err && [ -e s/nowhere/ledger.db ] || die "a store behind a link: $(cat err)"
rm s/.rung && chmod -R u+w s/nowhere && rm -rf s/nowhere s/results

cat >s/study.yaml <<'YAML'
study: hangup
language: 1
steps: {wait: {run: 'touch ../up; until [ -e ../go ]; do :; done'}, after: {run: 'true', needs: [wait]}}
YAML
nohup "$RUNG" run s >out 2>err &
pid=$!
until [ -e up ]; do :; done
kill -HUP "$pid"
touch go
wait "$pid" || die "nohup and a hangup: $(cat err)"
again

processes=
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	mkdir home && cp s/study.yaml home && cat >home/study.yaml <<'YAML'
study: processes
language: 1
axes: {i: {from: 1, to: 8}}
steps:
  a: {each: [i], run: [sleep, '0.0${i}']}
  p: {each: [i], sample: {from: data.csv, size: 3, seed: '${i}', by: l}}
YAML
	cp s/data.csv home && cp "$RUNG" home/rung && chown -R 54321 home && chmod 755 . home
	few() { (cd home && setpriv --reuid=54321 --clear-groups bash -c "ulimit -u $1; exec ./rung run -j 20" 2>err >out); }
	few 4 && die "4 processes were enough"
	grep -qF 'the event loop cannot be made: Resource temporarily unavailable' home/err || die "4 processes: $(cat home/err)"
	few 8 || die "8 processes: $(cat home/err)"
	grep -qE 'warning: no more than [0-9]+ tasks? can run at a time: Resource temporarily unavailable' home/err || die "8 processes, unsaid: $(cat home/err)"
	grep -q 'ran 16 in' home/err || die "8 processes: $(cat home/err)"
	processes=", 4 and 8 processes"
fi
echo "64 and 16 descriptors$processes, closed and full streams, no environment, no folder, nohup: carried on or said why not"
