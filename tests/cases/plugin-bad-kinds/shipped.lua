return {name = "fit", run = function() end}
