"""scipy on the tasks of chinchilla.c, on a part of them; times are scaled up to the whole, and what was run is said."""
import csv, itertools, sys, time
import numpy as np
import scipy
from scipy.optimize import minimize

PART_OF_GRID, PART_OF_BOOTSTRAP = 31, 10  # every so manieth

rows = list(csv.DictReader(open(sys.argv[1])))[5:]
n = np.log([float(r["Model Size"]) for r in rows])
d = np.log([float(r["Training FLOP"]) for r in rows]) - np.log(6) - n
l = np.log([float(r["loss"]) for r in rows])
DELTA = 1e-3


def value(p, n, d, l):
    """As in the notebook, without autograd's own cost."""
    r = l - np.log(np.exp(p[0] - p[3] * n) + np.exp(p[1] - p[4] * d) + np.exp(p[2]))
    return np.sum(np.where(abs(r) <= DELTA, 0.5 * r**2, DELTA * (abs(r) - 0.5 * DELTA)))


def both(p, n, d, l):
    u, v, e = np.exp(p[0] - p[3] * n), np.exp(p[1] - p[4] * d), np.exp(p[2])
    s = u + v + e
    r = l - np.log(s)
    c = np.minimum(abs(r), DELTA)
    psi = np.clip(r, -DELTA, DELTA) / s
    return np.sum(c * (abs(r) - c / 2)), np.array(
        [-psi @ u, -psi @ v, -np.sum(psi) * e, psi @ (u * n), psi @ (v * d)])


np.seterr(all="ignore")
grid = list(itertools.product(range(0, 30, 5), range(0, 30, 5), np.arange(-1, 1.5, 0.5), np.arange(0, 2.5, 0.5),
                              np.arange(0, 2.5, 0.5)))
for name, kind in (("grid, L-BFGS-B, differences", dict(fun=value, method="L-BFGS-B")),
                   ("grid, BFGS, exact gradient", dict(fun=both, method="BFGS", jac=True))):
    some = grid[::PART_OF_GRID]
    start = time.process_time()
    found = [minimize(x0=x, args=(n, d, l), **kind).fun for x in some]
    seconds = (time.process_time() - start) * len(grid) / len(some)
    hits = sum(f <= 1.0182740178006e-3 * (1 + 1e-6) for f in found)
    print(f"{name}: {seconds:.2f} s scaled from {len(some)} of {len(grid)} starts, {100 * hits / len(some):.1f} % of them at the best")
np.random.seed(42)
at = [np.random.choice(240, 240) for _ in range(4000)][::PART_OF_BOOTSTRAP]
start = time.process_time()
for i in at:
    minimize(both, [6.0073404, 6.0179186, 0.5267228, 0.33917084, 0.2849083], args=(n[i], d[i], l[i]), jac=True, method="BFGS")
print(f"bootstrap, BFGS, exact gradient: {(time.process_time() - start) * 4000 / len(at):.2f} s scaled from {len(at)} of 4000 refits")
print(f"scipy {scipy.__version__}, numpy {np.__version__}")
