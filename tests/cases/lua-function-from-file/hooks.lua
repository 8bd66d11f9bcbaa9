-- doubles
function twice(stdout) return 2 * tonumber(stdout) end
