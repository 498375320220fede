--- The replay of a show and the clips of its goods, as files whose names sort by room, time and
--- part: 12-20261201T1200-01.mp4, 12-goods-7.mp4. For a replay that is a playlist (.m3u8), the
--- pieces are kept in a folder beside it.
local compat = require "wxlive.base.compat"
local download = require "wxlive.shop.replays.download"
local ends = require "wxlive.shop.ends"
local Error = require "wxlive.error"
local files = require "wxlive.base.files"
local parallel = require "wxlive.shop.parallel"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"

local M = {}

local CONCURRENCY = 4

-- No clip was made, it is not ready, or the room has none: this is not an error.
local no_clip = { no_clip = true, clip_not_ready = true, clip_failed = true,
  goods_list_unreadable = true, goods_not_in_room = true }

-- 2026-12-01T12:00:00Z -> 20261201T1200
local function stamp(text)
  local year, month, day, hour, minute = tostring(text):match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+)")
  return year and year .. month .. day .. "T" .. hour .. minute or "unknown"
end

-- Fetches the files of a playlist, and writes a playlist that names the local files.
local function add_list(live, jobs, url, folder, stem)
  local text, from = download.list(live.transport, url)
  if not text then
    return nil, from
  end
  local pieces, local_list = download.pieces(text, from, stem)
  files.make_folder(folder .. "/" .. stem)
  tables.append(jobs, pieces)
  return files.write(folder .. "/" .. stem .. ".m3u8", local_list)
end

local function replay_jobs(live, room_id, folder, jobs)
  local rows, err = live:replays(room_id):all()
  if not rows then
    return nil, err
  end
  for i, row in ipairs(rows) do
    local stem = ("%.0f-%s-%02d"):format(room_id, stamp(row.create_time), i)
    local kind = download.extension(row.media_url) or "mp4"
    if kind == "m3u8" then
      local ok, why = add_list(live, jobs, row.media_url, folder, stem)
      if not ok then
        return nil, why
      end
    else
      jobs[#jobs + 1] = { url = row.media_url, name = stem .. "." .. kind }
    end
  end
  return true
end

local function clip_jobs(live, room_id, jobs)
  local room, err = live:find_room(room_id)
  if not room then
    return nil, err
  end
  for _, goods in ipairs(room.goods or {}) do
    local answer, why = live:goods_video(room_id, goods.goods_id)
    if answer and not answer.url then
      return Error.fail {
        kind = "decode", name = "bad_answer", endpoint = "goods_video",
        message = both("goods %s: the answer has no address", "商品 %s：应答中没有视频地址")
          :format(compat.integer_text(goods.goods_id)),
      }
    elseif answer then
      jobs[#jobs + 1] = {
        url = answer.url,
        name = ("%.0f-goods-%s.%s"):format(room_id, compat.integer_text(goods.goods_id),
          download.extension(answer.url) or "mp4"),
      }
    elseif not no_clip[why.name] then
      return nil, why
    end
  end
  return true
end

--- See wxlive.Shop: replays.
---@param shop wxlive.Shop
---@param room_id integer
---@param folder string
---@param options { concurrency: integer?, piece: integer?, clips: boolean?,
---  on_begin: fun(files: integer), on_file: fun(name: string, what: string?, err: any),
---  interrupted: (fun(): boolean) }   piece: bytes asked for at a time; clips = false leaves the
---  clips out
---@return table? counts   files, fetched, there, failed, to; err
---@return wxlive.Error? err
function M.run(shop, room_id, folder, options)
  local live, jobs = shop.live, {}
  local interrupted = options.interrupted
  files.make_folder(folder)
  local ok, err = replay_jobs(live, room_id, folder, jobs)
  if ok and options.clips ~= false then
    ok, err = clip_jobs(live, room_id, jobs)
  end
  if not ok then
    return nil, err
  end
  options.on_begin(#jobs)
  local counts = { files = #jobs, fetched = 0, there = 0, failed = 0, to = folder }
  local at = 0
  ok, err = parallel.each(function()
    at = at + 1
    return not interrupted() and jobs[at] or nil
  end, function(job)
    local what, why = download.fetch(live.transport, job.url, folder .. "/" .. job.name, {
      piece = options.piece, interrupted = interrupted,
    })
    if what ~= "stopped" then
      local field = what == "done" and "fetched" or what or "failed"
      counts[field] = counts[field] + 1
      options.on_file(job.name, what, why)
    end
    return true
  end, options.concurrency or CONCURRENCY)
  if not ok then
    return nil, err
  elseif not jobs[1] and not interrupted() then
    counts.err = ends.partial("no_replays",
      both("the platform lists no video of this room", "平台没有该直播间的视频"),
      "a replay appears some time after the show, unless the room was made without one",
      "回放在直播结束一段时间后生成；创建时关闭了回放的直播间没有回放")
  elseif counts.failed > 0 then
    counts.err = ends.partial("not_all_fetched",
      both("%d files were not fetched; run it again", "%d 个文件未下载，请重新执行")
        :format(counts.failed))
  elseif interrupted() then
    counts.err = select(2, ends.interrupted())
  end
  return counts
end

return M
