-- The replication table, its flags, and where compute is spent best.

local NAMES = {"A", "B", "E", "alpha", "beta"}

-- Hoffmann et al.: as their LaTeX source has it, and as printed. Besiroglu et al.: estimate (all digits of their notebook: the
-- covariance is nearly singular, and five digits move chi2 by 1.4), standard errors, 95 % intervals.
local hoffmann = {A = math.exp(6.0073404), B = math.exp(6.0179186), E = math.exp(0.5267228), alpha = 0.33917084, beta = 0.2849083}
local rounded = {A = 406.4, B = 410.7, E = 1.69, alpha = 0.34, beta = 0.28}
local published = {A = math.exp(6.177955975826981), B = math.exp(7.6427323622433505), E = math.exp(0.5971119597824348),
                   alpha = 0.34781302903942635, beta = 0.3658541172951044}
local published_se = {A = 124.52232, B = 1293.28410, E = 0.02566, alpha = 0.01540, beta = 0.02060}
local published_low = {A = 285.214, B = 1042.357, E = 1.769, alpha = 0.317, beta = 0.331}
local published_high = {A = 743.626, B = 5810.344, E = 1.871, alpha = 0.373, beta = 0.415}
local published_chi2, published_p = 238.40, 1.69e-49
local delta = 1e-3

local function residual(row, p)
  return math.log(row.L) - math.log(p.E + p.A * row.N ^ -p.alpha + p.B * row.D ^ -p.beta)
end

-- The loss that both papers state: the sum over runs of Huber's loss of the residual of ln L.
local function objective(rows, p)
  local sum = 0
  for _, row in ipairs(rows) do
    local r = math.abs(residual(row, p))
    local c = math.min(r, delta)
    sum = sum + c * (r - c / 2)
  end
  return sum
end

-- Its slope in alpha: 0 at a minimum.
local function slope(rows, p)
  local sum = 0
  for _, row in ipairs(rows) do
    local r = residual(row, p)
    local term = p.A * row.N ^ -p.alpha
    sum = sum + math.max(-delta, math.min(delta, r)) * term / (term + p.B * row.D ^ -p.beta + p.E) * math.log(row.N)
  end
  return sum
end

-- ln A, ln B, ln E, alpha, beta
local function logs(p)
  return {math.log(p.A), math.log(p.B), math.log(p.E), p.alpha, p.beta}
end

-- A draw of the bootstrap, a list in the order of the law's parameters.
local function named(draw, names)
  local p = {}
  for i, name in ipairs(names) do p[name] = draw[i] end
  return p
end

local function covariance(points)
  local n, mean, s = #points, {0, 0, 0, 0, 0}, {}
  for _, q in ipairs(points) do
    for i = 1, 5 do mean[i] = mean[i] + q[i] / n end
  end
  for i = 1, 5 do
    s[i] = {}
    for j = 1, 5 do
      local sum = 0
      for _, q in ipairs(points) do sum = sum + (q[i] - mean[i]) * (q[j] - mean[j]) end
      s[i][j] = sum / (n - 1)
    end
  end
  return s
end

-- d' S^-1 d, by Cholesky: the length of the solution of L z = d
local function quadratic(s, d)
  local l, z, sum = {}, {}, 0
  for i = 1, 5 do
    l[i] = {}
    for j = 1, i do
      local v = s[i][j]
      for k = 1, j - 1 do v = v - l[i][k] * l[j][k] end
      l[i][j] = i == j and math.sqrt(v) or v / l[j][j]
    end
    z[i] = d[i]
    for k = 1, i - 1 do z[i] = z[i] - l[i][k] * z[k] end
    z[i] = z[i] / l[i][i]
    sum = sum + z[i] ^ 2
  end
  return sum
end

local function wald(p, q, s)
  local a, b, d = logs(p), logs(q), {}
  for i = 1, 5 do d[i] = a[i] - b[i] end
  return quadratic(s, d)
end

-- Upper tail of chi-squared with 5 degrees of freedom, for large x: erfc by its continued fraction.
local function tail(x)
  local t, c = math.sqrt(x / 2), 0
  for k = 200, 1, -1 do c = k / 2 / (t + c) end
  return math.exp(-x / 2) * (1 / (math.sqrt(math.pi) * (t + c)) + math.sqrt(2 * x / math.pi) * (1 + x / 3))
end

local function text(format, ...)
  return (string.format(format, ...))
end

local function draws_of(fit)
  local points = {}
  for _, draw in ipairs(fit.draws) do points[#points + 1] = logs(named(draw, fit.parameters)) end
  return points
end

function replication()
  local fit, rows = law[1], {}
  local n = 0
  local function add(quantity, theirs, ours)
    n = n + 1
    rows[n] = {row = n, quantity = quantity, published = theirs, rung = ours}
  end
  local s = covariance(draws_of(fit))
  for _, name in ipairs(NAMES) do add(name, text("%.8g", published[name]), text("%.8g", fit[name])) end
  add("loss at it", text("%.10g", objective(kept, published)), text("%.10g", fit.objective))
  for _, name in ipairs(NAMES) do
    add("SE " .. name, text("%.8g", published_se[name]), text("%.8g", fit[name .. "_se"]))
  end
  for _, name in ipairs(NAMES) do
    add("95 % " .. name, text("%.7g to %.7g", published_low[name], published_high[name]),
        text("%.7g to %.7g", fit[name .. "_low"], fit[name .. "_high"]))
  end
  local chi2 = wald(hoffmann, published, s)
  add("chi2(5), Hoffmann against the published estimate", text("%.2f", published_chi2), text("%.4f", chi2))
  add("p of it", text("%.2e", published_p), text("%.2e", tail(chi2)))
  chi2 = wald(hoffmann, fit, s)
  add("chi2(5), Hoffmann against the minimum", "", text("%.4f", chi2))
  add("loss of Hoffmann's parameters", "", text("%.8g", objective(kept, hoffmann)))
  add("loss of them as printed", "", text("%.8g", objective(kept, rounded)))
  local before = small_runs[1]
  local square, sum, worst = 0, 0, 0
  for _, row in ipairs(large) do
    local r = -residual(row, before)
    square, sum, worst = square + r * r, sum + r, math.max(worst, math.abs(r))
  end
  add(text("RMSLE on %d runs above %g FLOP, fitted below", #large, params.frontier), "", text("%.8g", math.sqrt(square / #large)))
  add("bias there", "", text("%.6g", sum / #large))
  add("worst there", "", text("%.6g", worst))
  return rows
end

function flags()
  local fit, all, squares, list = law[1], all_runs[1], least_squares[1], {}
  local function flag(code, format, ...)
    list[#list + 1] = {row = #list + 1, flag = code, what = text(format, ...)}
  end
  local best, theirs = objective(kept, fit), objective(kept, published)
  if theirs > best * (1 + 1e-6) then
    flag("published-not-minimum",
         "the published estimate is not the minimum of the loss that is stated: %.9g there, %.9g at the minimum (%.2g more); slope in alpha %.2g",
         theirs, best, theirs / best - 1, math.abs(slope(kept, published)))
  end
  local exact, printed = objective(kept, hoffmann), objective(kept, rounded)
  if printed > 1.01 * exact then
    flag("rounding", "rounded as they are printed (.34, .28, 1.69), Hoffmann's parameters have %.2g times the loss of the unrounded ones: %.8g, %.8g",
         printed / exact, printed, exact)
  end
  local s = covariance(draws_of(fit))
  local chi2 = wald(hoffmann, published, s)
  if math.abs(chi2 / published_chi2 - 1) > 1e-3 then
    flag("published-refits-unconverged", "on the same resamples, each refit run to a vanishing gradient, chi2 is %.2f instead of %.2f, and A is at least %.3f instead of %.3f",
         chi2, published_chi2, fit.A_low, published_low.A)
  end
  chi2 = wald(hoffmann, fit, s)
  if tail(chi2) < 0.001 then
    flag("differs-from-published", "Hoffmann's parameters are not those of these data: chi2(5) = %.2f, p = %.1e", chi2, tail(chi2))
  end
  local function moved(code, other, why)
    if math.abs(other.E - fit.E) > fit.E_se then
      flag(code, "%s: E is %.5g instead of %.5g (%.2g standard errors), B is %.6g instead of %.6g", why, other.E, fit.E,
           math.abs(other.E - fit.E) / fit.E_se, other.B, fit.B)
    end
  end
  moved("outliers-decide", all, "with the five runs that the replication drops")
  moved("loss-decides", squares, "by least squares instead of Huber's loss")
  if fit.reached_best < 0.9 * fit.starts then
    flag("many-optima", "%d of %d starts (%.1f %%) end at the best optimum; the next one has %.3g times its loss", fit.reached_best,
         fit.starts, 100 * fit.reached_best / fit.starts, fit.next_objective / fit.objective)
  end
  return list
end

-- C = 6 N D is spent best at N = G (C/6)^a, D = (C/6)^(1-a) / G with a = beta/(alpha+beta), G = (alpha A / (beta B))^(1/(alpha+beta)).
function compute_optimal()
  local rows, p = {}, law[1]
  local a = p.beta / (p.alpha + p.beta)
  local g = (p.alpha * p.A / (p.beta * p.B)) ^ (1 / (p.alpha + p.beta))
  for i, c in ipairs{1e21, 5.76e23, 1e25} do
    local n, d = g * (c / 6) ^ a, (c / 6) ^ (1 - a) / g
    rows[i] = {C = text("%.4g", c), N = text("%.7g", n), D = text("%.7g", d), tokens_per_parameter = text("%.6g", d / n),
               L = text("%.8g", p.E + p.A * n ^ -p.alpha + p.B * d ^ -p.beta), exponent = text("%.7g", a)}
  end
  return rows
end
