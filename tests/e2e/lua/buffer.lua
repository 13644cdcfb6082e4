function init(args) return {buffer = true} end
function match(args) if args["buffer"]:find("next") and args["offset"] == 10 then return 1 end return 0 end
