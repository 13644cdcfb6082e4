local dns = require("suricata.dns")
local flowvar = require("suricata.flowvar")
function init(args)
  flowvar.register("answered")
  return {}
end
function thread_init() answered = flowvar.get("answered") end
function match(args)
  local tx = dns.get_tx()
  for _, t in pairs(tx:answers()) do
    answered:set(tx:rcode_string() .. " " .. t.rrname .. " " .. t.type .. " " .. t.ttl .. " " .. tostring(t.addr))
    return 1
  end
  return 0
end
