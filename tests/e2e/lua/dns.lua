local dns = require("suricata.dns")
local flowvar = require("suricata.flowvar")
function init(args)
  flowvar.register("asked")
  return {}
end
function thread_init() asked = flowvar.get("asked") end
function match(args)
  local tx = dns.get_tx()
  local queries = tx:queries()
  asked:set(queries[0].rrname .. " " .. queries[0].type)
  return 1
end
