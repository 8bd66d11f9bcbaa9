return {
  {
    name = "rows_of", version = 1, summary = "the rows of the files that are tables",
    fields = {of = {type = "path", required = true}},
    run = function(task) return task.inputs.of end,
  },
}
