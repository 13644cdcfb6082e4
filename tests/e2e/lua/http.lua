local http = require("suricata.http")
local flowint = require("suricata.flowint")
function init(args) flowint.register("count") return {} end
function thread_init() c = flowint.get("count") end
function match(args)
  local tx, err = http.get_tx()
  c:incr()
  if tx:request_line():find("^GET") and tx:request_header("user-agent") and c:value() == 1 then return 1 end
  return 0
end
