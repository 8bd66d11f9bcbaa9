local function scaled(x) return factor * x end
function twice(stdout) return scaled(tonumber(stdout)) end
