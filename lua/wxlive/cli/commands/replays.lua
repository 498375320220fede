--- wxlive replays ROOM --to DIR: the replay of a show and the clips of its goods, as files.
local client = require "wxlive.cli.client"
local pick = require("wxlive.text.language").pick
local progress = require "wxlive.cli.output.progress"
local replays = require "wxlive.shop.replays"
local report = require "wxlive.cli.output.report"
local shop = require "wxlive.cli.shop"

local M = {
  name = "replays",
  summary = "download a room's replay and the clips of its goods",
  summary_zh = "下载直播回放与商品讲解视频",
  accounts = "many",
}

function M.define(command)
  command:argument("room"):convert(client.number("ROOM", 1, nil, true))
    :description(pick("room id", "直播间 id"))
  command:option("--to"):argname("<DIR>"):default(".")
    :description(pick("folder, made when it is not there", "保存目录，不存在则创建"))
  client.define_number(command, "--concurrency", "<N>", { 1, 32, whole = true, default = 4 },
    "files at a time", "并发下载数")
  client.define_number(command, "--piece", "<MIB>", { 0.0001, 1024, default = 4 },
    "size of one request; an interrupted download loses at most this much", "每次请求的大小，中断时最多重新下载这么多")
  command:flag("--no-clips"):description(pick("leave the goods' clips out", "不下载商品讲解视频"))
  client.define_output_options(command)
  command:epilog(pick("Names sort by room, time (UTC) and part: 12-20261201T1200-01.mp4, "
    .. "12-goods-7.mp4. Existing files are not fetched again; run it again to continue, also "
    .. "within a video (.part holds the received bytes). The pieces of a playlist (.m3u8) are kept "
    .. "in a folder beside it.",
    "文件名按直播间、时间（UTC）、序号排序，如 12-20261201T1200-01.mp4、12-goods-7.mp4。已有文件不会重复下载，"
    .. "可重新执行以继续，单个视频也会断点续传（.part 为已下载部分）。m3u8 回放的分片在同名目录中。"))
end

M.run = shop.interruptible(client.over(function(live, args, interrupted)
  local folder, bar = args.to, nil
  if args.sink and #args.sink.accounts > 1 then
    folder = folder .. "/" .. args.acts_for.name -- room ids of two accounts may be the same
  end
  local counts, err = replays.run({ live = live }, args.room, folder, {
    concurrency = args.concurrency, piece = math.floor(args.piece * 1024 * 1024),
    clips = not args.no_clips, interrupted = interrupted,
    on_begin = function(files)
      bar = progress.of(args, pick("downloading", "下载"), files)
    end,
    on_file = function(name, what, why)
      if not what then
        bar:clear()
        report.print(report.who(args), why, name)
      end
      bar:step(1, what and 0 or 1)
    end,
  })
  if not counts then
    if bar then
      bar:clear()
    end
    return nil, err
  elseif counts.files > 0 then
    bar:finish()
  end
  return shop.conclude(counts, args)
end))

return M
