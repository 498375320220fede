--- wxlive replays ROOM --to DIR: the replay of a show and the clips of its goods, as files.
local client = require "wxlive.cli.client"
local compat = require "wxlive.compat"
local download = require "wxlive.ledger.download"
local parallel = require "wxlive.ledger.parallel"
local Error = require "wxlive.error"
local language = require "wxlive.language"
local progress = require "wxlive.progress"
local report = require "wxlive.cli.report"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.show"

local M = {
  name = "replays",
  summary = "download a room's replay and the clips of its goods",
  summary_zh = "下载直播回放与商品讲解视频",
}

local pick = language.pick

-- No clip was made, it is not ready, or the room has none: nothing to fetch, nothing wrong.
local no_clip = { [300044] = true, [300045] = true, [300046] = true, [300048] = true,
  [300053] = true }

function M.define(command)
  command:argument("room"):convert(shop.number("ROOM", 1, nil, true))
    :description(pick("room id", "直播间 id"))
  command:option("--to"):argname("<DIR>"):default(".")
    :description(pick("folder, made when it is not there", "保存目录，不存在则创建"))
  command:option("--concurrency"):argname("<N>"):default("4")
    :convert(shop.number("--concurrency", 1, 32, true))
    :description(pick("files at a time", "并发下载数"))
  command:option("--piece"):argname("<MIB>"):default("4")
    :convert(shop.number("--piece", 0.0001, 1024))
    :description(pick("what is asked for at a time, and lost at most when a download is cut off",
      "每次请求的大小，中断时最多重新下载这么多"))
  command:flag("--no-clips"):description(pick("leave the goods' clips out", "不下载商品讲解视频"))
  client.define_output_options(command)
  command:epilog(pick("Names sort by room, time and part: 12-20261201T1200-01.mp4, "
    .. "12-goods-7.mp4. What is there is not fetched again; run it again to go on, within a "
    .. "video too (.part is what has come of it). A replay that "
    .. "is a list (.m3u8) is kept with its pieces in a folder beside it.",
    "文件名按直播间、时间、序号排序，如 12-20261201T1200-01.mp4、12-goods-7.mp4。已有文件不会重复下载，"
    .. "可重新执行以继续，单个视频也会断点续传（.part 为已下载部分）。m3u8 回放的分片在同名目录中。"))
end

local function make_folder(path)
  os.execute("mkdir -p '" .. path:gsub("'", "'\\''") .. "' 2>/dev/null")
end

-- 2026-12-01T12:00:00Z -> 20261201T1200
local function stamp(text)
  local year, month, day, hour, minute = tostring(text):match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+)")
  return year and year .. month .. day .. "T" .. hour .. minute or "unknown"
end

local function extension(url)
  return url:gsub("[?#].*$", ""):match("%.(%w+)$") or "mp4"
end

-- A list becomes one of files beside it, and the files.
local function add_list(live, jobs, url, folder, stem)
  local name = stem .. ".m3u8"
  local text, from = download.list(live.transport, url)
  if not text then
    return nil, from
  end
  local pieces, local_list = download.pieces(text, from, stem)
  make_folder(folder .. "/" .. stem)
  for _, piece in ipairs(pieces) do
    jobs[#jobs + 1] = { url = piece.url, name = piece.name }
  end
  return download.write(folder .. "/" .. name, local_list)
end

local function replay_jobs(live, args, jobs)
  local rows, err = live:replays(args.room):all()
  if not rows then
    return nil, err
  end
  local ok = true
  for i, row in ipairs(rows) do
    local stem = ("%d-%s-%02d"):format(args.room, stamp(row.create_time), i)
    local kind = extension(row.media_url)
    if kind == "m3u8" then
      ok, err = add_list(live, jobs, row.media_url, args.to, stem)
    else
      jobs[#jobs + 1] = { url = row.media_url, name = stem .. "." .. kind }
    end
    if not ok then
      return nil, err
    end
  end
  return true
end

local function clip_jobs(live, args, jobs)
  local room, err = live:find_room(args.room)
  if not room then
    return nil, err
  end
  for _, goods in ipairs(room.goods or {}) do
    local answer
    answer, err = live:goods_video(args.room, goods.goods_id)
    if answer and not answer.url then
      answer, err = nil, Error.new {
        kind = "decode", name = "bad_answer", endpoint = "goods_video",
        message = ("goods %.0f: the answer has no address"):format(goods.goods_id),
      }
    end
    if answer then
      jobs[#jobs + 1] = {
        url = answer.url, name = ("%s-goods-%s.%s"):format(
          compat.integer_text(args.room), compat.integer_text(goods.goods_id),
          extension(answer.url)),
      }
    elseif err and not no_clip[err.code] then
      return nil, err
    end
  end
  return true
end

local function run(args, interrupted)
  local live, err = client.open(args)
  if not live then
    return nil, err
  end
  make_folder(args.to)
  local jobs = {}
  local ok
  ok, err = replay_jobs(live, args, jobs)
  if ok and not args.no_clips then
    ok, err = clip_jobs(live, args, jobs)
  end
  if not ok then
    return nil, err
  end
  local counts = { files = #jobs, fetched = 0, there = 0, failed = 0, to = args.to }
  local bar = progress.new { label = pick("downloading", "下载"), total = #jobs }
  local at = 0
  ok, err = parallel.each(function()
    at = at + 1
    return not interrupted() and jobs[at] or nil
  end, function(job)
    local what, why = download.fetch(live.transport, job.url, args.to .. "/" .. job.name, {
      piece = math.floor(args.piece * 1024 * 1024), interrupted = interrupted,
    })
    if what == "stopped" then
      return true
    end
    local field = what == "done" and "fetched" or what or "failed"
    counts[field] = counts[field] + 1
    if not what then
      bar:clear()
      report.print("wxlive", why, job.name)
    end
    bar:step(1, what and 0 or 1)
    return true
  end, args.concurrency)
  if not ok then
    bar:clear()
    return nil, err
  elseif #jobs > 0 then
    bar:finish()
  end
  show.record(counts, args)
  if counts.failed > 0 then
    return Error.fail {
      kind = "partial", name = "not_all_fetched",
      message = pick("%d files were not fetched; run it again", "%d 个文件未下载，请重新执行")
        :format(counts.failed),
    }
  elseif interrupted() then
    return shop.interrupted()
  end
  return true
end

function M.run(args)
  return shop.interruptible(function(interrupted)
    return run(args, interrupted)
  end)
end

return M
