function transform(input, args) return input .. "-and-more", 4 end
