function transform(input, args) return "alone" end
