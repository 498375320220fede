local servers = require "wxlive.sandbox.server"

describe("the sandbox's server", function()
  it("pushes what a task queued before it waits for a request", function()
    local queue, pushed = {}, {}
    local server = servers.new({ callbacks = {
      queue = queue,
      take = function() return table.remove(queue, 1) end,
      deliver = function(_, delivery) pushed[#pushed + 1] = delivery end,
    } }, {})
    server:background(function()
      queue[1], queue[2] = "a ticket", "a consent"
    end)
    server:run_tasks(60)
    assert.same({ "a ticket", "a consent" }, pushed)
    assert.equal(0, server.tasks)
  end)
end)
