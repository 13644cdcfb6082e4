local packet = require("suricata.packet")
function init(args) local needs = {} needs["payload"] = tostring(true) return needs end
function match(args)
  local p = packet.get()
  if p:payload():find("^GET /next") then local v,s,d,pr,sp,dp = p:tuple() if dp == 8080 and p:sp() > 1024 then return 1 end end
  return 0
end
