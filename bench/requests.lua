-- wrk's side of wrk.py: the same request again and again, a form each time under a key of its own.
-- Arguments: a file with the request; the placeholder, which stands once in a form and in nothing
-- else; the first characters of every name. Prints one line of JSON at the end.

local threads = 0

function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local request = file:read("*a")
  file:close()
  local first, last = string.find(request, args[2], 1, true)
  whole = request
  if not first then return end
  before = string.sub(request, 1, first - 1)
  behind = string.sub(request, last + 1)
  -- As long as the placeholder, so that Content-Length stays right.
  pattern = args[3] .. string.format("%02d", id) .. "-%0" .. (#args[2] - #args[3] - 3) .. "d"
  count = 0
end

function request()
  if not before then return whole end
  count = count + 1
  return before .. string.format(pattern, count) .. behind
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "failed": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
