-- arguments: "from N", "to N" (bytes, from one); upper case
function init(args) assert(args["script_api_ver"] == 1) return {} end
function transform(input, args)
  local at = { from = 1, to = #input }
  for _, a in ipairs(args) do
    local key, n = a:match("^%s*(%a+)%s+(%d+)%s*$")
    if key == nil then return nil end
    at[key] = tonumber(n)
  end
  local s = input:sub(at.from, at.to):upper()
  return s, #s
end
