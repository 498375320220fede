--- Who gets at files, locks and names, here or where others write too.
local of = require "spec.defences.of"
local busted, ctest = of.busted, of.ctest

local filestore = "core/test/test_filestore.c"
local store = "spec/store_spec.lua"

return {
  {
    id = "store-file-mode",
    file = "core/src/filestore.c",
    old = "O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);",
    new = "O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);",
    test = busted(store, "entries are for their owner only"),
  },
  {
    id = "store-directory-mode",
    file = "core/src/filestore_dir.c",
    old = "    return mkdir(path, 0700) == -1 && errno != EEXIST ? -1 : 0;",
    new = "    return mkdir(path, 0755) == -1 && errno != EEXIST ? -1 : 0;",
    test = busted(store, "entries are for their owner only"),
  },
  {
    id = "store-directory-shared",
    file = "core/src/filestore_dir.c",
    old = "    } else if (st.st_mode & (S_IWGRP | S_IWOTH)) {",
    new = "    } else if (0) {",
    test = busted(store, "a directory that others may write to is refused"),
  },
  {
    id = "store-directory-link",
    file = "core/src/filestore_dir.c",
    old = "    *dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);",
    new = "    *dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);",
    test = ctest(filestore, "directories_that_cannot_be_trusted_are_refused"),
  },
  {
    id = "store-entry-link",
    file = "core/src/filestore.c",
    old = "    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);\n"
      .. "    enum wxl_status st = WXL_OK;",
    new = "    int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);\n"
      .. "    enum wxl_status st = WXL_OK;",
    test = ctest(filestore, "what_stands_in_the_place_of_an_entry_is_not_followed"),
  },
  {
    id = "store-key-path",
    file = "core/src/filestore.c",
    old = "        if (!memchr(allowed, key[i], sizeof allowed - 1)) {",
    new = "        if (0) {",
    test = ctest(filestore, "a_key_is_no_path"),
  },
  {
    id = "download-link",
    file = "core/src/http_file.c",
    old = "        f->fd = open(f->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);",
    new = "        f->fd = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);",
    test = ctest("core/test/test_http_file.c", "a_link_in_the_place_of_a_download_is_replaced"),
  },
  {
    id = "download-broken",
    file = "core/src/http_file.c",
    old = "    (void)unlink(f->part);\n",
    new = "    (void)rename(f->part, f->path);\n",
    test = ctest("core/test/test_http_file.c", "a_broken_download_leaves_nothing_behind"),
  },
  {
    id = "download-names",
    file = "lua/wxlive/shop/download.lua",
    old = [[local extension = target:gsub("[?#].*$", ""):match("%.(%w+)$") or "ts"]],
    new = [[local extension = target:gsub("[?#].*$", ""):match("%.([^.].*)$") or "ts"]],
    test = busted("spec/download_names_spec.lua", "the pieces of a list stay in their folder"),
  },
  {
    id = "download-extension",
    file = "lua/wxlive/cli/commands/replays.lua",
    old = [[return url:gsub("[?#].*$", ""):match("%.(%w+)$") or "mp4"]],
    new = [[return url:gsub("[?#].*$", ""):match("%.([^.].*)$") or "mp4"]],
    test = busted("spec/download_names_spec.lua", "replays and clips stay in the folder they go to"),
  },
  {
    id = "download-stamp",
    file = "lua/wxlive/cli/commands/replays.lua",
    old = [[match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+)")]],
    new = [[match("^(.-)-(.-)-(.-)T(.-):(.*)")]],
    test = busted("spec/download_names_spec.lua", "replays and clips stay in the folder they go to"),
  },
  {
    id = "lock-owner",
    file = "lua/wxlive/store/redis.lua",
    old = "if redis.call('GET', KEYS[1]) == ARGV[1] then return",
    new = "if true then return",
    test = busted("spec/store_redis_spec.lua", "delete spares what somebody else holds",
      "spec/support/store_contract.lua"),
  },
  {
    id = "lock-owner-file",
    file = "core/src/filestore.c",
    old = "(o->value && (old->len != o->len || memcmp(old->value, o->value, o->len) != 0))",
    new = "0",
    test = busted(store, "delete spares what somebody else holds",
      "spec/support/store_contract.lua"),
  },
  {
    id = "ledger-folder",
    file = "lua/wxlive/cli/shop.lua",
    old = [[os.execute("umask 077; mkdir -p '"]],
    new = [[os.execute("umask 022; mkdir -p '"]],
    test = busted("spec/secrets_spec.lua", "lies in a folder that only its owner reads"),
  },
  {
    id = "redis-database",
    file = "lua/wxlive/redis.lua",
    old = [[    if type(reply) == "table" and reply.err then
      err = refused(self, reply.err, commands[i])
      err.sent = false
      return nil, err
    end
]],
    new = "    err = refused(self, tostring(reply), commands[i])\n",
    test = busted("spec/store_redis_spec.lua",
      "nothing is done in another database than the one asked for"),
  },
}
