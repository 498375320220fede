-- What the pages show must run as it stands there, print what they say, and lead somewhere.
local catalogue = require "wxlive.catalogue"
local command = require "spec.support.command"
local lists = require "wxlive.client.lists"
local pages = require "spec.support.pages"
local sandbox = require "wxlive.sandbox"

local languages = {
  c = true, cmake = true, csv = true, dockerfile = true, ini = true, json = true, lua = true,
  nginx = true, sh = true, text = true,
}

-- Methods of a client that are neither endpoints nor lists.
local others = { call = true, raw = true }

local root = io.popen("pwd"):read("*l")

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

-- A directory in which the page's commands find this checkout. Pages say lua5.4; under LuaJIT they
-- are run by that.
local function desk()
  local home = command.directory()
  os.execute(("mkdir '%s/bin' && ln -s \"$(command -v %s)\" '%s/bin/lua5.4'"):format(home,
    interpreter, home))
  for _, name in ipairs { "scripts", "lua", "docs", "core", "build" } do
    os.execute(("ln -s '%s/%s' '%s/%s'"):format(root, name, home, name))
  end
  return home
end

local function run(path, home, blocks, language)
  local program = pages.program(blocks, language)
  if not program then
    return
  end
  local box = assert(sandbox.start { seed = "demo" })
  local name = path:gsub("%W", "-") .. "." .. language
  command.write(home .. "/" .. name, program)
  local got = command.run({ "sh", "-c", 'cd "$1" && exec "$2" "$3"', "sh", home,
    language == "sh" and "sh" or interpreter, name }, { env = command.settings(box, {
      HOME = home, XDG_CACHE_HOME = home .. "/.cache", XDG_CONFIG_HOME = home,
      PATH = home .. "/bin:" .. os.getenv("PATH"), WXLIVE_LUA = interpreter,
      WXLIVE_BUILD = "",  -- a page's nginx cannot load modules that want a sanitizer's runtime
    }) })
  box:stop()
  assert.equal(0, got.status, got.out .. got.err)
  if language == "lua" then
    assert.equal("", got.err)  -- commands tell their progress there
  end
  local printed = pages.outputs(got.out)
  for i, block in ipairs(blocks) do
    if block.language == language and not block.file and not block.manual then
      if block.output then
        assert.is_true(pages.agrees(block.output, printed[i]),
          ("%s:%d prints\n%s"):format(path, block.first, printed[i]))
      elseif language == "lua" then
        assert.equal("", printed[i], ("%s:%d prints what is not shown"):format(path, block.first))
      end
    end
  end
end

local function compile(home, block)
  local program = home .. "/program"
  local got = command.run { "cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-Icore/include",
    block.file, "build/libwxlive.a", "-lcurl", "-lcrypto", "-lexpat", "-lz", "-pthread", "-o",
    program }
  assert.equal(0, got.status, got.err)
  local box = assert(sandbox.start { seed = "demo" })
  got = command.run({ program }, { env = command.settings(box) })
  box:stop()
  assert.equal(0, got.status, got.err)
end

-- A path, or a pattern of the shell.
local function exists(path)
  local got = os.execute(("ls -d %s >/dev/null 2>&1"):format(path))
  return got == true or got == 0
end

for _, path in ipairs(pages.list()) do
  describe(path, function()
    local home, blocks

    setup(function()
      home, blocks = desk(), pages.blocks(path)
      for _, block in ipairs(blocks) do
        if block.file and not block.file:find("^scripts/") then
          local directory = block.file:match("^(.*)/[^/]*$")
          if directory then
            os.execute(("mkdir -p '%s/%s'"):format(home, directory))
          end
          command.write(home .. "/" .. block.file, block.text)
        end
      end
    end)

    teardown(function()
      -- Should a page's nginx still run, its commands have failed.
      os.execute(("test ! -s '%s/nginx.pid' || kill \"$(cat '%s/nginx.pid')\""):format(home, home))
      command.remove(home)
    end)

    it("shows examples as they are", function()
      for _, block in ipairs(blocks) do
        if block.file and block.file:find("^scripts/") then
          assert.equal(command.read(block.file), block.text, block.file .. " differs from the page")
        end
      end
    end)

    it("has blocks that are run, or may be left alone", function()
      for _, block in ipairs(blocks) do
        assert.is_true(languages[block.language] == true,
          ("line %d: %s"):format(block.first, block.language))
        for line in (block.manual and block.text or ""):gmatch("[^\n]+") do
          local word = line:gsub("^sudo ", ""):match("^%S+")
          assert.is_true(line:find("^[%s#]") ~= nil or pages.manual[word] == true,
            ("line %d: %s"):format(block.first, line))
        end
      end
    end)

    it("has commands that work", function()
      run(path, home, blocks, "sh")
    end)

    it("has Lua that works", function()
      run(path, home, blocks, "lua")
    end)

    it("has C that works", function()
      for _, block in ipairs(blocks) do
        if block.language == "c" and block.file then
          compile(home, block)
        end
      end
    end)

    it("names methods that exist", function()
      for name in command.read(path):gmatch("live:([%w_]+)") do
        assert.is_true(catalogue.by_name[name] ~= nil or lists[name] ~= nil or others[name] == true,
          name)
      end
    end)

    it("names files that exist", function()
      for name in command.read(path):gmatch("`([%w_]+/[%w_/*.-]+%.%l+)`") do
        local top = name:match("^%w+")
        if exists(top) then
          assert.is_true(exists(name) or exists("core/include/" .. name), name)
        end
      end
    end)

    it("leads somewhere", function()
      local directory = path:match("^(.*/)") or ""
      for target in command.read(path):gmatch("%]%(([^%)%s]+)%)") do
        if not target:find("^%w+:") and not target:find("^#") then
          assert.is_true(exists(directory .. target:gsub("#.*", "")), target)
        end
      end
    end)
  end)
end

describe("pages in both languages", function()
  -- The languages of a page's blocks, and which of them are run.
  local function outline(path)
    local parts = {}
    for i, block in ipairs(pages.blocks(path)) do
      parts[i] = block.language .. (block.manual and " manual" or "") .. (block.file or "")
    end
    return parts
  end

  -- How many lines of a page begin so.
  local function lines(path, start)
    local n = 0
    for line in command.read(path):gmatch("[^\n]+") do
      n = n + (line:sub(1, #start) == start and 1 or 0)
    end
    return n
  end

  for _, path in ipairs(pages.list()) do
    local other = path == "docs/README.zh-CN.md" and "README.md" or path:find("^docs/zh/")
      and path:gsub("^docs/zh/", "docs/")
    if other then
      it(path .. " shows what the English one does, under as many headings and in the same tables",
        function()
          assert.same(outline(other), outline(path))
          for _, start in ipairs { "#", "|", "- " } do
            assert.equal(lines(other, start), lines(path, start), start)
          end
        end)
    end
  end
end)
