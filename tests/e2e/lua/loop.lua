function init(args) return {} end
function match(args) while true do end end
