-- Each request carries the next Cookie header of a file, so that the load comes from many people.
-- Arguments: FILE with one value per line, then pairs of header name and value.

local cookies = {}
local turn = 0

function init(args)
  for line in io.lines(args[1]) do
    cookies[#cookies + 1] = line
  end
  local head = { wrk.method .. " " .. wrk.path .. " HTTP/1.1\r\n" }
  for i = 2, #args, 2 do
    head[#head + 1] = args[i] .. ": " .. args[i + 1] .. "\r\n"
  end
  prefix = table.concat(head) .. "Cookie: "
end

function request()
  turn = turn % #cookies + 1
  return prefix .. cookies[turn] .. "\r\n\r\n"
end
