function small() return {{n = 1}} end
function burn()
  local x = 0
  for k = 1, 30000000 do x = x + k end
  return {{n = x}}
end
function hold()
  local t = {}
  for k = 1, 40 do t[k] = string.rep("x" .. k, 1000000) end
  return {{n = #t}}
end
