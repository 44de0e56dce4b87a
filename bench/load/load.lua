-- What wrk's options cannot say.
-- Arguments: mean time in milliseconds that a connection waits, at random, before each request (many connections together
-- then ask at about a fixed rate, and go on asking while one waits for its answer), or 0; a file with one Cookie header
-- per line, which the requests take in turn, or "-"; then pairs of header name and value.

function init(args)
  local mean = tonumber(args[1])
  if mean > 0 then
    math.randomseed(1)
    function delay()
      return math.random(0, 2 * mean)
    end
  end

  local head = { wrk.method .. " " .. wrk.path .. " HTTP/1.1\r\n" }
  for i = 3, #args, 2 do
    head[#head + 1] = args[i] .. ": " .. args[i + 1] .. "\r\n"
  end
  local lines = table.concat(head)
  if args[2] == "-" then
    local whole = lines .. "\r\n"
    function request()
      return whole
    end
    return
  end

  local cookies = {}
  for line in io.lines(args[2]) do
    cookies[#cookies + 1] = line
  end
  local prefix = lines .. "Cookie: "
  local turn = 0
  function request()
    turn = turn % #cookies + 1
    return prefix .. cookies[turn] .. "\r\n\r\n"
  end
end
