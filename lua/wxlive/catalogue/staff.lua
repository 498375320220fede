--- People of a room (assistants, the anchor's second account) and roles of the mini program.
local f = require "wxlive.catalogue.field"
local need, may, out, must = f.need, f.may, f.out, f.must

local function room_call(entry)
  entry.path = "/wxaapi/broadcast/room/" .. entry.path
  entry.doc = "livebroadcast/studio-management/" .. entry.doc
  entry.quota = { per_day = 10000 }
  entry.result = entry.result or {}
  return entry
end

return {
  room_call {
    name = "add_assistant", seed = "AddAssistant", group = "assistant",
    method = "POST", path = "addassistant", doc = "api_addveassistant",
    summary = "add assistants to a room", summary_zh = "添加直播间小助手",
    retry = "write",
    params = {
      need(f.room_id),
      need({
        name = "users", wire = "users", type = "list", min_items = 1,
        fields = { need(f.username), need(f.nickname) },
        desc = "people to add; a room has been seen to hold 10 (get_assistant_list: max_count)",
        desc_zh = "要添加的人；每个直播间通常最多 10 位（见 get_assistant_list 的 max_count）",
      }),
    },
    args = { "room_id", "users" },
    errors = { -1, -2, 600001, 600002 }, done = { 600001 },
    example = {
      room_id = 4,
      users = {
        { username = "walle1", nickname = "robot1" }, { username = "walle2", nickname = "root2" },
      },
    },
  },
  room_call {
    name = "modify_assistant", seed = "ModifyAssistant", group = "assistant",
    method = "POST", path = "modifyassistant", doc = "api_modifyassistant",
    summary = "rename an assistant", summary_zh = "修改小助手昵称",
    retry = "write", params = { need(f.room_id), need(f.username), need(f.nickname) },
    args = { "room_id", "username", "nickname" },
    errors = { -1, 600002 },
    example = { room_id = 4, username = "walle1", nickname = "robot3" },
  },
  room_call {
    name = "remove_assistant", seed = "RemoveAssistant", group = "assistant",
    method = "POST", path = "removeassistant", doc = "api_removeassistant",
    summary = "take an assistant out of a room", summary_zh = "移除小助手",
    retry = "write", params = { need(f.room_id), need(f.username) },
    args = { "room_id", "username" },
    errors = { 600002 }, gone = 600002,
    example = { room_id = 4, username = "walle1" },
  },
  room_call {
    name = "get_assistant_list", seed = "GetAssistantList", group = "assistant",
    method = "GET", path = "getassistantlist", doc = "api_getassistantlist",
    summary = "assistants of a room", summary_zh = "查询小助手列表",
    retry = "read", params = { need(f.room_id) }, args = { "room_id" },
    result = {
      must(out("list", "list", "assistants", "小助手", {
        out("timestamp", "integer", "last change, Unix seconds", "最近修改时间"),
        out("headimg", "string", "address of the avatar", "头像地址"),
        out("nickname", "string", "displayed name", "昵称"),
        out("alias", "string", "WeChat id", "微信号"),
        out("openid", "string", "openid", "openid"),
      })),
      out("count", "integer", "how many there are", "当前人数"),
      out("max_count", "integer", "how many there may be", "人数上限"),
    },
    errors = { -1 }, example = { room_id = 4 },
  },
  room_call {
    name = "add_sub_anchor", seed = "AddSubAnchor", group = "sub_anchor",
    method = "POST", path = "addsubanchor", doc = "api_addsubanchor",
    summary = "set the anchor's second account", summary_zh = "添加主播副号",
    retry = "write", params = { need(f.room_id), need(f.username) },
    args = { "room_id", "username" },
    errors = { 500001, 500002, 500003, 500004, 500005 }, done = { 500004 },
    example = { room_id = 3, username = "WalleAI" },
  },
  room_call {
    name = "modify_sub_anchor", seed = "ModifySubAnchor", group = "sub_anchor",
    method = "POST", path = "modifysubanchor", doc = "api_modifysubanchor",
    summary = "replace the anchor's second account", summary_zh = "修改主播副号",
    retry = "write", params = { need(f.room_id), need(f.username) },
    args = { "room_id", "username" },
    errors = { 500001, 500002, 500004, 500005 }, done = { 500004 },
    example = { room_id = 1, username = "WalleAI" },
  },
  room_call {
    name = "delete_sub_anchor", seed = "DeleteSubAnchor", group = "sub_anchor",
    method = "POST", path = "deletesubanchor", doc = "api_deletesubanchor",
    summary = "drop the anchor's second account", summary_zh = "删除主播副号",
    retry = "write", params = { need(f.room_id) }, args = { "room_id" },
    errors = { -1 }, example = { room_id = 1 },
  },
  room_call {
    name = "get_sub_anchor", seed = "GetSubAnchor", group = "sub_anchor",
    method = "GET", path = "getsubanchor", doc = "api_getsubanchor",
    summary = "the anchor's second account", summary_zh = "获取主播副号",
    retry = "read", params = { need(f.room_id) }, args = { "room_id" },
    result = {
      must(out("username", "string", "WeChat id, masked; empty when there is none",
        "副号微信号（脱敏），未设置时为空"), { may_be_empty = true }),
    },
    errors = { -1 }, example = { room_id = 1 },
  },
  {
    name = "add_role", seed = "AddRole", group = "role",
    method = "POST", path = "/wxaapi/broadcast/role/addrole",
    summary = "give a person a role", summary_zh = "设置成员角色",
    doc = "livebroadcast/role-management/api_getrolelistdw",
    retry = "write", params = { need(f.username), need(f.role) }, args = { "username", "role" },
    result = {
      out("code_url", "string", "beside errcode 400002: the code that the person scans to pass the "
        .. "real-name check", "随 400002 返回：实名认证二维码"),
    },
    quota = { per_day = 10000 }, errors = { 200002, 400001, 400002, 400003, 400004 },
    done = { 400004 },
    notes = { "No effect on the super administrator." },
    notes_zh = { "对超级管理员无效。" },
    example = { username = "Walle1", role = 1 },
  },
  {
    name = "delete_role", seed = "DeleteRole", group = "role",
    method = "POST", path = "/wxaapi/broadcast/role/deleterole",
    summary = "take a role from a person", summary_zh = "移除成员角色",
    doc = "livebroadcast/role-management/api_deleterole",
    retry = "write", params = { need(f.username), need(f.role) }, args = { "username", "role" },
    result = {},
    quota = { per_day = 10000 }, errors = { 2003, 200002, 400001, 400005 },
    example = { username = "Walle1", role = 1 },
  },
  {
    name = "get_role_list", seed = "GetRoleList", group = "role",
    method = "GET", path = "/wxaapi/broadcast/role/getrolelist",
    summary = "a page of the members and their roles", summary_zh = "分页查询成员及角色",
    doc = "livebroadcast/role-management/api_getrolelist",
    retry = "read",
    params = {
      may({
        name = "role", wire = "role", type = "integer", default = -1,
        allowed = {
          [-1] = { "all", "所有成员" }, [0] = { "super administrator", "超级管理员" },
          [1] = { "administrator", "管理员" }, [2] = { "anchor", "主播" },
          [3] = { "operator", "运营者" },
        },
        desc = "role asked for; the server insists on it although the page omits it",
        desc_zh = "查询的角色；官方表格未列，服务端必填",
      }),
      may(f.offset),
      may(f.limit(30, 30, "rows wanted", "每页条数")),
      may({ name = "keyword", wire = "keyword", type = "string",
        desc = "search in WeChat id and name; all members without it",
        desc_zh = "按微信号或昵称搜索；不填返回全部" }),
    },
    args = { "role", "offset", "limit", "keyword" }, list = "list", row_key = "openid",
    result = {
      f.typed(out("total", "integer", "number of matches", "匹配总数")),
      must(out("list", "list", "members", "成员", {
        out("headingimg", "string", "address of the avatar", "头像地址"),
        out("nickname", "string", "displayed name", "昵称"),
        must(out("openid", "string", "openid", "openid")),
        f.may(out("role_list", "list", "roles held; 0 is the super administrator", "拥有的角色"),
          { of = "integer" }),
        out("update_timestamp", "string", "last change, Unix seconds as text", "修改时间（文本）"),
        out("username", "string", "WeChat id, masked", "微信号（脱敏）"),
      })),
    },
    quota = { per_day = 10000 }, errors = { 200002 },
    notes = { "The order is random: repeats across pages are possible." },
    notes_zh = { "返回顺序随机，分页之间可能重复。" },
    example = { role = 1, offset = 0, limit = 10, keyword = "" },
  },
}
