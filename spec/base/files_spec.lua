-- Files that are written whole, and what is never replaced by one.
local files = require "wxlive.base.files"
local system = require("wxlive.core").system
local temp = require "spec.support.temp"

describe("a file that is written whole", function()
  local folder

  before_each(function()
    folder = temp.directory()
  end)

  after_each(function()
    temp.remove(folder)
  end)

  it("replaces a plain file, and leaves no draft", function()
    local path = folder .. "/a.txt"
    temp.write(path, "old")
    assert(files.write(path, "new"))
    assert.equal("new", temp.read(path))
    assert.is_nil(io.open(path .. ".part"))
    local draft = assert(files.begin(path))
    draft:write("half")
    draft:drop()
    assert.equal("new", temp.read(path))
    assert.is_nil(io.open(path .. ".part"))
  end)

  it("is read to its end, or up to a number of bytes, and may be empty", function()
    local path = folder .. "/a.txt"
    temp.write(path, "four")
    assert.same({ "four", "fo" }, { files.read(path), files.read(path, 2) })
    temp.write(path, "")
    assert.same({ "", "" }, { files.read(path), files.read(path, 2) })
    assert.is_nil((files.read(folder, 2)))
    assert.is_nil((files.read(folder .. "/none", 2)))
  end)

  it("is written into what is not a plain file", function()
    assert.is_false(system.is_replaceable("/dev/null"))
    assert.is_false(system.is_replaceable(folder))
    assert.is_true(system.is_replaceable(folder .. "/none"))
    os.execute(("ln -s /dev/null '%s/link'; ln -s real '%s/soft'"):format(folder, folder))
    assert(files.write(folder .. "/link", "new"))
    assert.is_false(system.is_replaceable(folder .. "/link"))
    -- A link to a plain file is replaced, never written through.
    temp.write(folder .. "/real", "mine")
    assert.is_true(system.is_same_file(folder .. "/real", folder .. "/soft"))
    assert.is_false(system.is_same_file(folder .. "/real", folder .. "/none"))
    assert.equal(system.real_path(folder .. "/real"), system.real_path(folder .. "/./soft"))
    assert.is_nil(system.real_path(folder .. "/none"))
    assert(files.write(folder .. "/soft", "new"))
    assert.equal("mine", temp.read(folder .. "/real"))
  end)

  it("says why it cannot be written", function()
    for path, wanted in pairs {
      [folder] = "Is a directory", [folder .. "/none/a"] = "No such file",
      ["/dev/full"] = "No space left",
    } do
      local ok, err = files.write(path, "text")
      assert.is_nil(ok)
      assert.is_truthy(err.message:find(wanted, 1, true), err.message)
    end
    assert.is_nil(files.try(folder))
    assert(files.try(folder .. "/new.txt"))
    assert.is_nil(io.open(folder .. "/new.txt.part"))
  end)
end)
