return {{name = "two words", run = function() end}, {name = "each", run = function() end}}
