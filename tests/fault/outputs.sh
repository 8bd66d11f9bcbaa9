# Outputs of every shape: what can be kept is kept byte for byte, what cannot is refused with its name and the reason.
# An input that a task writes to is an object that others read: the task fails, the object is made again, and no result
# that was made of the spoiled one is kept.
. "$(dirname "$0")/lib.sh"
says() { grep -qF -- "$1" err || die "not said: $1: $(cat err)"; }
mkdir s && cat >s/study.yaml <<'YAML'
study: outputs
language: 1
steps:
  folder: {run: 'mkdir -p ${out.x}/sub/empty; echo 1 > ${out.x}/sub/a; ln -s sub/a ${out.x}/l; ln -s . ${out.x}/self; ln -s nowhere ${out.x}/d', out: {x: x}}
  names: {run: 'mkdir ${out.x}; printf 1 > ${out.x}/"$(printf "a\nb")"; printf 2 > ${out.x}/"$(printf "\377\376")"; : > ${out.x}/--; : > "${out.x}/ "', out: {x: x}}
  modes: {run: 'mkdir -p ${out.x}/d; echo 2 > ${out.x}/d/f; chmod 0 ${out.x}/d/f; chmod 500 ${out.x}/d ${out.x}', out: {x: x}}
  twins: {run: 'echo 3 > ${out.x}; ln ${out.x} ${out.y}; ln -s x ${out.z}', out: {x: x, y: y, z: z}}
  nested: {run: 'mkdir ${out.d}; echo 4 > ${out.f}; echo 5 > ${out.d}/g', out: {d: d, f: d/f}}
  sparse: {run: 'truncate -s 64M ${out.x}', out: {x: x}}
  large: {run: 'head -c 20000000 /dev/zero | tr "\0" x; printf "\0\0no line end" >&2'}
  stdin: {run: 'cat; echo "stdin ended"', metrics: {ok: 'stdout == "stdin ended\n"'}}
  fifo: {run: 'mkfifo ${out.x}', out: {x: x}}
  inner: {run: 'mkdir ${out.x}; mkfifo ${out.x}/pipe', out: {x: x}}
  dangling: {run: 'ln -s nowhere ${out.x}', out: {x: x}}
  circle: {run: 'ln -s x ${out.x}', out: {x: x}}
  climbs: {run: 'mkdir ${out.x}; ln -s ../../../study.yaml ${out.x}/p', out: {x: x}}
YAML
"$RUNG" run s >out 2>err && die "all of it passed"
says 'ran 8, 5 failed'
says "failed fifo: store: output 'x' cannot be kept:"
says '/out/x: is neither a file nor a folder'
says '/out/x/pipe: is neither a file nor a folder'
says '/out/x: is a link that cannot be followed: No such file or directory'
says '/out/x: is a link that cannot be followed: Too many levels of symbolic links'
says '/out/x/p: is a link that leads out of its folder: ../../../study.yaml'
says 'hint: an output is a file, or a folder of files whose links stay inside it'
"$RUNG" verify -C s >out 2>err || die "verify: $(cat out err)"
[ "$("$RUNG" log -C s large | head -c 20000300 | tr -dc x | wc -c)" = 20000000 ] || die "20 MB of stdout were not kept"
"$RUNG" log -C s large | tail -c 14 | cmp -s - <(printf '\0\0no line end\n') || die "stderr with NULs: $("$RUNG" log -C s large | tail -c 20 | od -c)"
[ "$(du -sk s/.rung | cut -f1)" -lt 40000 ] || die "the sparse file was filled: $(du -sk s/.rung)"

rm -rf s2 && mkdir s2 && cat >s2/study.yaml <<'YAML'
study: inputs
language: 1
axes: {i: {from: 1, to: 3}}
steps:
  src: {run: 'seq 100 > ${out.x}', out: {x: x.txt}}
  dir: {run: 'mkdir ${out.d}; seq 7 > ${out.d}/f', out: {d: d}}
  spoil: {run: 'if [ -e spoil ]; then chmod u+w ${src}; echo more >> ${src}; fi; wc -l < ${src} > ${out.y}', out: {y: y}}
  deep: {run: 'if [ -e spoil ]; then chmod u+w ${dir}/f; echo more >> ${dir}/f; fi; wc -l < ${dir}/f > ${out.y}', out: {y: y}}
  copy: {run: 'cp ${src} c; rm ${src}; mv c ${src}; chmod u+w ${src}; echo own >> ${src}; echo > ${out.y}; rm -f c', out: {y: y}}
  read: {each: [i], run: 'wc -l < ${src} > ${out.y}; echo ${i} >> ${out.y}', out: {y: y}, save: 'results/${i}'}
YAML
touch s2/spoil
"$RUNG" run s2 -j2 2>err && die "inputs were written to, and nobody minded"
says "input 'src/x.txt' was written to; others read the same file, so it is removed and made again"
says "input 'dir/d' was written to"
says 'hint: work on a copy, or write to ${out.…}'
rm s2/spoil
"$RUNG" run s2 -q -j2 >out 2>err || die "the rerun: $(cat out err)"
for i in 1 2 3; do [ "$(head -n 1 s2/results/$i)" = 100 ] || die "results/$i was made of a spoiled input: $(cat s2/results/$i)"; done
"$RUNG" verify -C s2 >out 2>err || die "verify after the rerun: $(cat out err)"
echo "13 shapes of outputs kept or refused with the reason; written-to inputs were noticed and made again"
