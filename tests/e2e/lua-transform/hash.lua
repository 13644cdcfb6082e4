local hash = require("suricata.hashing")
function transform(input, args) local h = hash.md5_hex_digest(input) return h, #h end
