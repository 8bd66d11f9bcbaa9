return {name = "mine", fields = {of = {type = "tabel"}, x = 5, y = {type = "number", min = "a"}}}
