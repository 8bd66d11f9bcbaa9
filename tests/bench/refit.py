#!/usr/bin/env python3
"""The scipy side of refit.sh. `make FOLDER` writes points and resamples, `time FOLDER` refits them and compares."""
import os, sys, time
import numpy as np
from scipy.optimize import curve_fit

POINTS, REFITS = 50, 10000

def law(x, e, a, alpha):
    return e + a * x ** -alpha

def slope(x, e, a, alpha):
    p = x ** -alpha
    return np.stack([np.ones_like(x), p, -a * p * np.log(x)], axis=1)

def main():
    what, folder = sys.argv[1:]
    if what == "make":
        g = np.random.RandomState(7)
        x = np.exp(np.linspace(np.log(100), np.log(40000), POINTS))
        y = law(x, 0.1, 3, 0.4) + g.normal(0, 0.005, POINTS)
        np.concatenate([x, y]).tofile(os.path.join(folder, "points"))
        g.randint(0, POINTS, (REFITS, POINTS)).astype(np.uint8).tofile(os.path.join(folder, "resamples"))
        return
    x, y = np.fromfile(os.path.join(folder, "points")).reshape(2, POINTS)
    drawn = np.fromfile(os.path.join(folder, "resamples"), dtype=np.uint8).reshape(REFITS, POINTS)
    start = time.process_time()
    for i in drawn:
        curve_fit(law, x[i], y[i], p0=(0.1, 1, 0.5))
    seconds = time.process_time() - start
    ours = np.fromfile(os.path.join(folder, "results")).reshape(REFITS, 3)
    worst = 0.0
    for row, i in zip(ours, drawn):  # again, to the end: curve_fit stops 1e-8 short of the minimum whatever its tolerances
        best, _ = curve_fit(law, x[i], y[i], p0=(0.1, 1, 0.5), jac=slope, ftol=1e-15, xtol=1e-15, gtol=1e-15, maxfev=10000)
        for _ in range(3):
            best = best + np.linalg.lstsq(slope(x[i], *best), y[i] - law(x[i], *best), rcond=None)[0]
        worst = max(worst, float(np.max(np.abs(row / best - 1))))
    print(f"{seconds:.6f} {worst:.3g}")

main()
