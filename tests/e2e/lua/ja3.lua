local ja3 = require("suricata.ja3")
function init(args)
  ja3.enable_ja3()
  return { ja3 = true }
end
function match(args)
  local tx = ja3.get_tx()
  if #tx:ja3_get_hash() == 32 then
    return 1
  end
  return 0
end
