--- Every endpoint, over real HTTP, with the seed's own example values; and what must be refused.
local broadcast = require "wxlive.broadcast"
local catalogue = require "wxlive.catalogue"
local examples = require "spec.support.endpoint_examples"
local memory = require "wxlive.store.memory"
local sandbox = require "wxlive.sandbox"

local NOW, copy, own_media = examples.NOW, examples.copy, examples.own_media

local box, live

local function wrong_value(field)
  if field.type == "list" then
    return 7
  elseif field.type == "string" or field.type == "file" then
    return field.json and 7 or {}
  elseif field.type == "cursor" then
    return true
  end
  return "twelve"
end

local function mentions(err, name)
  for _, problem in ipairs(err.problems) do
    if problem.field == name then
      return true
    end
  end
  return false
end

local function log_length()
  return assert(box:control("log", { after = 0 })).last
end

describe("every endpoint", function()
  setup(function()
    box = assert(sandbox.start { clock = NOW })
  end)

  teardown(function()
    box:stop()
  end)

  before_each(function()
    assert(box:control("reset"))
    assert(box:control("clock", { set = NOW, frozen = true }))
    live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url,
      token_store = memory.new(), clock = function() return NOW end, lookup = false,
      retry = { attempts = 1 },
    })
    examples.begin(box, live)
  end)

  for _, entry in ipairs(catalogue.list) do
    describe(entry.name, function()
      it("works with the seed's example values", function()
        examples.works(entry)
      end)

      it("names what is missing, unknown or of the wrong type, and sends nothing", function()
        local before = log_length()
        for _, field in ipairs(entry.params) do
          local params = copy(entry.example)
          own_media(entry, params)
          if field.required and field.default == nil and not field.fill then
            params[field.name] = nil
            local result, err = live:call(entry.name, params)
            assert.is_nil(result)
            assert.is_true(mentions(err, field.name), field.name .. ": " .. tostring(err))
          end
          params[field.name] = wrong_value(field)
          local result, err = live:call(entry.name, params)
          assert.is_nil(result)
          assert.is_true(mentions(err, field.name), field.name .. ": " .. tostring(err))
        end
        local params = copy(entry.example)
        params.no_such_field = 1
        local result, err = live:call(entry.name, params)
        assert.is_nil(result)
        assert.is_true(mentions(err, "no_such_field"))
        assert.equal(before, log_length())
      end)

      it("is refused by a strict server when a required field is left out", function()
        local careless = assert(broadcast.new {
          appid = box.appid, secret = box.secret, base_url = box.base_url, validate = false,
          token_store = memory.new(), lookup = false, retry = { attempts = 1 },
        })
        for _, field in ipairs(entry.params) do
          if field.required and field.default == nil and not field.fill
            and field.type ~= "file" then
            local params = copy(entry.example)
            own_media(entry, params)
            if examples.prepare[entry.name] then
              assert(box:control("reset"))
              assert(box:control("clock", { set = NOW, frozen = true }))
              live:upload_media(examples.IMAGES .. "cup.png")
            end
            params[field.name] = nil
            local result, err = careless:call(entry.name, params)
            assert.is_nil(result, field.name)
            assert.is_truthy(err.code, tostring(err))
          end
        end
      end)
    end)
  end
end)
