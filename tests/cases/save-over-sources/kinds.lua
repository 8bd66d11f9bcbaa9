return {
  {
    name = "double", version = 1, summary = "doubles a column",
    fields = {of = {type = "table", required = true}, column = {type = "text", required = true}},
    run = function(task)
      local out = {}
      for i, r in ipairs(task.inputs[task.fields.of]) do out[i] = {n = r.n, twice = 2 * r[task.fields.column]} end
      return out
    end,
  },
}
