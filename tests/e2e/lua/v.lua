local bv = require("suricata.bytevar")
local h = require("suricata.hashing")
local b = require("suricata.base64")
function init(sig) bv.map(sig, "n") return {} end
function thread_init() n = bv.get("n") end
function match(args) if n:value() == 0x2f6e and h.md5_hex_digest("a") == "0cc175b9c0f1b6a831c399e269772661" and b.decode("YWI=") == "ab" and b.encode("a") == "YQ==" then return 1 end return 0 end
