local k = {name = "x"} k.me = k return k
