function transform(input, args) while true do end end
