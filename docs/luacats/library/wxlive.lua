---@meta wxlive.broadcast
-- Made from the catalogue by scripts/dev/generate; do not edit by hand.

---@class wxlive.CreateRoomParams
---@field name string room title, 3 to 17 Chinese characters / 直播间标题，3 至 17 个汉字
---@field cover_img string background picture: media_id of a temporary image; 1080x1920, up to 2 MB / 背景图：临时素材 media_id，建议 1080x1920，不超过 2 MB
---@field start_time integer planned start, Unix seconds; from 10 minutes to 6 months ahead / 计划开播时间（Unix 秒），须在 10 分钟之后、6 个月之内
---@field end_time integer planned end, Unix seconds; 30 minutes to 24 hours after the start / 计划结束时间（Unix 秒），距开播 30 分钟至 24 小时
---@field anchor_name string anchor's displayed name, 2 to 15 Chinese characters / 主播昵称，2 至 15 个汉字
---@field anchor_wechat string anchor's WeChat id; must have passed the real-name check / 主播微信号，须已通过实名认证
---@field share_img string picture of the share card: media_id; 800x640, up to 1 MB / 分享卡片图：临时素材 media_id，建议 800x640，不超过 1 MB
---@field feeds_img string cover in the shopping-live channel: media_id; 800x800, up to 100 KB / 购物直播频道封面：临时素材 media_id，建议 800x800，不超过 100 KB
---@field is_feeds_public? 0|1 listing by the platform / 官方收录
---@field close_like 0|1 likes; cannot be opened again once live / 点赞；开播后不可再开启
---@field close_goods 0|1 goods shelf; cannot be opened again once live / 货架；开播后不可再开启
---@field close_comment 0|1 comments; cannot be opened again once live / 评论；开播后不可再开启
---@field close_replay? 0|1 replay / 回放
---@field close_share? 0|1 sharing; fixed once live / 分享；开播后不可更改
---@field close_kf? 0|1 customer service / 客服
---@field type? 0|1 kind of show / 直播类型
---@field sub_anchor_wechat? string WeChat id of the anchor's second account; not the main one / 主播副号微信号，不能与主号相同
---@field creater_wechat? string creator's WeChat id; when given, only creator, administrators and anchor see the room / 创建者微信号；填写后仅创建者、管理员和主播可见

---@class wxlive.CreateRoomResult
---@field room_id? integer id of the new room / 新直播间 id
---@field qrcode_url? string beside errcode 300036: the code that the anchor scans to pass the real-name check / 随 300036 返回：主播实名认证二维码

---@class wxlive.GetLiveInfoParams
---@field start? integer first row, from 0; steps of limit / 起始位置，从 0 开始，按 limit 递增
---@field limit? integer rows wanted; 100 on paper, 50 are what the platform gives / 每页条数；文档上限 100，实际最多返回 50

---@class wxlive.GetLiveInfoResult
---@field total? integer number of rooms; has been wrong, do not stop by it / 直播间总数，不完全可信
---@field room_info? wxlive.GetLiveInfoResult.RoomInfo[] rooms, latest planned start first / 直播间列表

---@class wxlive.GetLiveInfoResult.RoomInfo
---@field room_id? integer room id / 直播间 id
---@field name? string title / 标题
---@field cover_img? string address of the background picture / 背景图地址
---@field share_img? string address of the share picture / 分享图地址
---@field feeds_img? string address of the channel cover / 频道封面地址
---@field live_status? integer 101 live, 102 not started, 103 ended, 104 banned, 105 paused, 106 abnormal, 107 expired / 101 直播中，102 未开始，103 已结束，104 禁播，105 暂停，106 异常，107 已过期
---@field start_time? integer planned start, Unix seconds / 计划开始时间
---@field end_time? integer planned end, Unix seconds / 计划结束时间
---@field anchor_name? string anchor's displayed name / 主播昵称
---@field live_type? integer 0 phone, 1 push stream / 0 手机，1 推流
---@field close_like? integer 0 open, 1 closed / 0 开启，1 关闭
---@field close_goods? integer 0 open, 1 closed / 0 开启，1 关闭
---@field close_comment? integer 0 open, 1 closed / 0 开启，1 关闭
---@field close_kf? integer 0 open, 1 closed / 0 开启，1 关闭
---@field close_replay? integer 0 open, 1 closed / 0 开启，1 关闭
---@field is_feeds_public? integer 0 not listed, 1 listed / 0 不收录，1 收录
---@field creater_openid? string creator's openid / 创建者 openid
---@field goods? wxlive.GetLiveInfoResult.RoomInfo.Goods[] goods of the room / 直播间商品

---@class wxlive.GetLiveInfoResult.RoomInfo.Goods
---@field goods_id? integer goods id / 商品 id
---@field name? string goods name / 商品名称
---@field cover_img? string address of the picture / 商品图地址
---@field url? string page path / 页面路径
---@field price? number in fen by the document; goods put on sale during a show have been seen in yuan / 文档单位为分；直播中上架的商品曾见以元返回
---@field price2? number as price, by price_type / 含义随价格类型，单位同 price
---@field price_type? integer 1 one price, 2 range, 3 discount / 1 一口价，2 区间，3 折扣
---@field third_party_appid? string owner when not this mini program / 第三方商品所属 appid

---@class wxlive.GetLiveReplayParams
---@field action? "get_replay" always get_replay / 固定为 get_replay
---@field room_id integer|string room id / 直播间 id
---@field start? integer first row, from 0; steps of limit / 起始位置，从 0 开始，按 limit 递增
---@field limit? integer segments wanted / 每页片段数

---@class wxlive.GetLiveReplayResult
---@field total? integer number of segments / 片段总数
---@field live_replay? wxlive.GetLiveReplayResult.LiveReplay[] segments / 回放片段

---@class wxlive.GetLiveReplayResult.LiveReplay
---@field create_time? string when it was made, ISO 8601 in UTC; 2106-02-07 means not set / 生成时间（UTC）；2106-02-07 表示未设置
---@field expire_time? string until when media_url works / 地址失效时间
---@field media_url? string the whole show as .m3u8, or parts as .mp4 / 整场 m3u8 或分段 mp4 地址

---@class wxlive.AddGoodsParams
---@field goods_ids (integer|string)[] goods ids of the library; those already in the room are skipped / 商品库 id 列表；已在直播间的会被忽略
---@field room_id integer|string room id / 直播间 id

---@class wxlive.DeleteRoomParams
---@field room_id integer|string room id / 直播间 id

---@class wxlive.EditRoomParams
---@field room_id integer|string room id / 直播间 id
---@field name string room title, 3 to 17 Chinese characters / 直播间标题，3 至 17 个汉字
---@field cover_img string background picture: media_id of a temporary image; 1080x1920, up to 2 MB / 背景图：临时素材 media_id，建议 1080x1920，不超过 2 MB
---@field start_time integer planned start, Unix seconds; from 10 minutes to 6 months ahead / 计划开播时间（Unix 秒），须在 10 分钟之后、6 个月之内
---@field end_time integer planned end, Unix seconds; 30 minutes to 24 hours after the start / 计划结束时间（Unix 秒），距开播 30 分钟至 24 小时
---@field anchor_name string anchor's displayed name, 2 to 15 Chinese characters / 主播昵称，2 至 15 个汉字
---@field anchor_wechat string anchor's WeChat id; must have passed the real-name check / 主播微信号，须已通过实名认证
---@field share_img string picture of the share card: media_id; 800x640, up to 1 MB / 分享卡片图：临时素材 media_id，建议 800x640，不超过 1 MB
---@field feeds_img string cover in the shopping-live channel: media_id; 800x800, up to 100 KB / 购物直播频道封面：临时素材 media_id，建议 800x800，不超过 100 KB
---@field is_feeds_public? 0|1 listing by the platform / 官方收录
---@field close_like 0|1 likes; cannot be opened again once live / 点赞；开播后不可再开启
---@field close_goods 0|1 goods shelf; cannot be opened again once live / 货架；开播后不可再开启
---@field close_comment 0|1 comments; cannot be opened again once live / 评论；开播后不可再开启
---@field close_replay? 0|1 replay / 回放
---@field close_share? 0|1 sharing; fixed once live / 分享；开播后不可更改
---@field close_kf? 0|1 customer service / 客服

---@class wxlive.GetPushUrlParams
---@field room_id integer|string room id / 直播间 id

---@class wxlive.GetPushUrlResult
---@field push_addr? string RTMP address; holds a secret / RTMP 推流地址（含密钥）

---@class wxlive.GetSharedCodeParams
---@field room_id integer|string room id / 直播间 id
---@field params? string own parameters for the page: plain text, which the client percent-encodes (do not encode it), or a table, which is sent as JSON; no effect has been seen / 自定义参数：传原文，由客户端做 URL 编码（请勿自行编码）；传 table 则以 JSON 发送；实测未见效果

---@class wxlive.GetSharedCodeResult
---@field cdn_url? string address of the code / 二维码地址
---@field page_path? string page of the room / 直播间页面路径
---@field poster_url? string address of the poster / 海报地址

---@class wxlive.UpdateFeedPublicParams
---@field room_id integer|string room id / 直播间 id
---@field is_feeds_public 0|1 listing by the platform / 官方收录

---@class wxlive.UpdateReplayParams
---@field room_id integer|string room id / 直播间 id
---@field close_replay 0|1 replay / 回放

---@class wxlive.UpdateKfParams
---@field room_id integer|string room id / 直播间 id
---@field close_kf 0|1 customer service / 客服

---@class wxlive.UpdateCommentParams
---@field room_id integer|string room id / 直播间 id
---@field ban_comment 0|1 muting of the whole room / 全局禁言

---@class wxlive.GoodsSaleParams
---@field room_id integer|string room id / 直播间 id
---@field goods_id integer|string goods id in the library / 商品库中的商品 id
---@field on_sale 0|1 shelf / 上下架

---@class wxlive.GoodsDeleteInRoomParams
---@field room_id integer|string room id / 直播间 id
---@field goods_id integer|string goods id in the library / 商品库中的商品 id

---@class wxlive.GoodsPushParams
---@field room_id integer|string room id / 直播间 id
---@field goods_id integer|string goods id in the library / 商品库中的商品 id

---@class wxlive.GoodsSortParams
---@field room_id integer|string room id / 直播间 id
---@field goods wxlive.GoodsSortParams.Goods[] goods in their new order: ids, or objects with goods_id / 按新顺序排列的商品：id 或含 goods_id 的对象

---@class wxlive.GoodsSortParams.Goods
---@field goods_id integer|string goods id in the library / 商品库中的商品 id

---@class wxlive.GoodsVideoParams
---@field room_id integer|string room id / 直播间 id
---@field goods_id integer|string goods id in the library / 商品库中的商品 id

---@class wxlive.GoodsVideoResult
---@field url? string address of the clip / 视频地址

---@class wxlive.GoodsSetKeyParams
---@field goods_key string[] names; changing them breaks mappings made before / key 名称；修改会使已有映射失效

---@class wxlive.GoodsGetKeyResult
---@field vendor_goods_key? string[] names / key 名称

---@class wxlive.AddAssistantParams
---@field room_id integer|string room id / 直播间 id
---@field users wxlive.AddAssistantParams.Users[] people to add; a room has been seen to hold 10 (get_assistant_list: max_count) / 要添加的人；每个直播间通常最多 10 位（见 get_assistant_list 的 max_count）

---@class wxlive.AddAssistantParams.Users
---@field username string WeChat id / 微信号
---@field nickname string displayed name / 显示昵称

---@class wxlive.ModifyAssistantParams
---@field room_id integer|string room id / 直播间 id
---@field username string WeChat id / 微信号
---@field nickname string displayed name / 显示昵称

---@class wxlive.RemoveAssistantParams
---@field room_id integer|string room id / 直播间 id
---@field username string WeChat id / 微信号

---@class wxlive.GetAssistantListParams
---@field room_id integer|string room id / 直播间 id

---@class wxlive.GetAssistantListResult
---@field list? wxlive.GetAssistantListResult.List[] assistants / 小助手
---@field count? integer how many there are / 当前人数
---@field max_count? integer how many there may be / 人数上限

---@class wxlive.GetAssistantListResult.List
---@field timestamp? integer last change, Unix seconds / 最近修改时间
---@field headimg? string address of the avatar / 头像地址
---@field nickname? string displayed name / 昵称
---@field alias? string WeChat id / 微信号
---@field openid? string openid / openid

---@class wxlive.AddSubAnchorParams
---@field room_id integer|string room id / 直播间 id
---@field username string WeChat id / 微信号

---@class wxlive.ModifySubAnchorParams
---@field room_id integer|string room id / 直播间 id
---@field username string WeChat id / 微信号

---@class wxlive.DeleteSubAnchorParams
---@field room_id integer|string room id / 直播间 id

---@class wxlive.GetSubAnchorParams
---@field room_id integer|string room id / 直播间 id

---@class wxlive.GetSubAnchorResult
---@field username? string WeChat id, masked; empty when there is none / 副号微信号（脱敏），未设置时为空

---@class wxlive.AddRoleParams
---@field username string WeChat id / 微信号
---@field role 1|2|3 role / 角色

---@class wxlive.AddRoleResult
---@field code_url? string beside errcode 400002: the code that the person scans to pass the real-name check / 随 400002 返回：实名认证二维码

---@class wxlive.DeleteRoleParams
---@field username string WeChat id / 微信号
---@field role 1|2|3 role / 角色

---@class wxlive.GetRoleListParams
---@field role? -1|0|1|2|3 role asked for; the server insists on it although the page omits it / 查询的角色；官方表格未列，服务端必填
---@field offset? integer first row, from 0 / 起始位置，从 0 开始
---@field limit? integer rows wanted / 每页条数
---@field keyword? string search in WeChat id and name; all members without it / 按微信号或昵称搜索；不填返回全部

---@class wxlive.GetRoleListResult
---@field total? integer number of matches / 匹配总数
---@field list? wxlive.GetRoleListResult.List[] members / 成员

---@class wxlive.GetRoleListResult.List
---@field headingimg? string address of the avatar / 头像地址
---@field nickname? string displayed name / 昵称
---@field openid? string openid / openid
---@field role_list? integer[] roles held; 0 is the super administrator / 拥有的角色
---@field update_timestamp? string last change, Unix seconds as text / 修改时间（文本）
---@field username? string WeChat id, masked / 微信号（脱敏）

---@class wxlive.GoodsAddParams
---@field cover_img_url string picture: media_id of a temporary image, at most 300x300 pixels / 商品图：临时素材 media_id，不超过 300x300 像素
---@field name string goods name, up to 14 Chinese characters / 商品名称，最多 14 个汉字
---@field price_type 1|2|3 how the price is shown / 价格类型
---@field price number yuan with at most 2 decimals: the price, the low end, or the original price / 单位元，最多两位小数：一口价、区间下限或原价
---@field price2? number yuan: the high end (type 2) or the current price (type 3) / 单位元：区间上限（类型 2）或现价（类型 3）
---@field url string page path in the published mini program, without a leading slash / 已发布小程序的页面路径，开头不带斜杠
---@field third_party_appid? string appid of the other mini program that the goods belong to / 第三方商品所属小程序的 appid
---@field goods_key? string[] key values for the pendant / 挂件商品 key

---@class wxlive.GoodsAddResult
---@field goods_id? integer goods id; keep it, nothing finds it again / 商品 id，请务必保存
---@field audit_id? integer audit id; keep it, no call returns it later / 审核单 id，请务必保存

---@class wxlive.GoodsResetAuditParams
---@field goods_id integer|string goods id in the library / 商品库中的商品 id
---@field audit_id integer|string audit id that goods_add or goods_audit returned / 提审时返回的审核单 id

---@class wxlive.GoodsAuditParams
---@field goods_id integer|string goods id in the library / 商品库中的商品 id

---@class wxlive.GoodsAuditResult
---@field audit_id? integer new audit id; keep it / 新的审核单 id，请保存

---@class wxlive.GoodsDeleteParams
---@field goods_id integer|string goods id in the library / 商品库中的商品 id

---@class wxlive.GoodsUpdateParams
---@field goods_id integer|string goods id in the library / 商品库中的商品 id
---@field cover_img_url? string picture: media_id of a temporary image, at most 300x300 pixels / 商品图：临时素材 media_id，不超过 300x300 像素
---@field name? string goods name, up to 14 Chinese characters / 商品名称，最多 14 个汉字
---@field price_type? 1|2|3 how the price is shown / 价格类型
---@field price? number yuan with at most 2 decimals: the price, the low end, or the original price / 单位元，最多两位小数：一口价、区间下限或原价
---@field price2? number yuan: the high end (type 2) or the current price (type 3) / 单位元：区间上限（类型 2）或现价（类型 3）
---@field url? string page path in the published mini program, without a leading slash / 已发布小程序的页面路径，开头不带斜杠
---@field third_party_appid? string appid of the other mini program that the goods belong to / 第三方商品所属小程序的 appid
---@field goods_key? string[] key values for the pendant / 挂件商品 key

---@class wxlive.GoodsInfoParams
---@field goods_ids (integer|string)[] goods ids / 商品 id 列表

---@class wxlive.GoodsInfoResult
---@field goods? wxlive.GoodsInfoResult.Goods[] goods that were found / 查到的商品
---@field total? integer not to be relied on / 不可信

---@class wxlive.GoodsInfoResult.Goods
---@field goods_id? integer goods id / 商品 id
---@field name? string goods name / 商品名称
---@field cover_img_url? string address of the picture / 商品图地址
---@field url? string page path / 页面路径
---@field price_type? integer 1 one price, 2 range, 3 discount / 1 一口价，2 区间，3 折扣
---@field price? number as the platform gives it: yuan by the document, fen by its samples / 平台原值：文档单位为元，样例似为分
---@field price2? number as price / 同 price
---@field third_party_tag? integer 1 or 2: made through the API / 1、2 为接口添加
---@field third_party_appid? string owner when not this mini program / 第三方商品所属 appid
---@field audit_status? integer 0 not submitted, 1 under audit, 2 approved, 3 rejected / 0 未审核，1 审核中，2 通过，3 驳回

---@class wxlive.GoodsListParams
---@field offset? integer first row, from 0 / 起始位置，从 0 开始
---@field limit? integer rows wanted / 每页条数
---@field status 0|1|2|3 audit state asked for / 审核状态

---@class wxlive.GoodsListResult
---@field total? integer number of matches; has been wrong / 总数，不完全可信
---@field goods? wxlive.GoodsListResult.Goods[] goods of that state / 商品

---@class wxlive.GoodsListResult.Goods
---@field goods_id? integer goods id / 商品 id
---@field name? string goods name / 商品名称
---@field cover_img_url? string address of the picture / 商品图地址
---@field url? string page path / 页面路径
---@field price_type? integer 1 one price, 2 range, 3 discount / 1 一口价，2 区间，3 折扣
---@field price? number as the platform gives it: yuan by the document, fen by its samples / 平台原值：文档单位为元，样例似为分
---@field price2? number as price / 同 price
---@field third_party_tag? integer 1 or 2: made through the API / 1、2 为接口添加
---@field third_party_appid? string owner when not this mini program / 第三方商品所属 appid

---@class wxlive.GetFollowersParams
---@field limit? integer rows wanted; 2000 at most, and large pages have failed / 每页条数，最多 2000；大页曾失败
---@field page_break? integer|string cursor of the page before; left out for the first page / 上一页返回的游标，首页不传

---@class wxlive.GetFollowersResult
---@field followers? wxlive.GetFollowersResult.Followers[] subscribers / 订阅用户
---@field page_break? integer|string cursor of the next page / 下一页游标

---@class wxlive.GetFollowersResult.Followers
---@field openid? string openid / openid
---@field subscribe_time? integer Unix seconds / 订阅时间
---@field room_id? integer room where they subscribed / 订阅所在直播间
---@field room_status? integer live_status of that room then / 当时的 live_status

---@class wxlive.PushMessageParams
---@field room_id integer|string room id / 直播间 id
---@field user_openid string[] openids, 2000 at most / openid 列表，最多 2000

---@class wxlive.PushMessageResult
---@field message_id? string the outcome arrives with this id in wxalive_push_message_notify / 任务 id，结果随推送事件返回

---@class wxlive.ApplyLiveInfoParams
---@field action? "apply" always apply / 固定为 apply

---@class wxlive.ApplyLiveInfoResult
---@field action? string as sent / 同请求

---@class wxlive.GetAccessTokenParams
---@field grant_type? "client_credential" always client_credential / 固定为 client_credential
---@field appid? string appid of the mini program; the client's own when left out / 小程序 appid，缺省取客户端配置
---@field secret? string AppSecret; the client's own when left out / AppSecret，缺省取客户端配置

---@class wxlive.GetAccessTokenResult
---@field access_token? string the token; keep it secret / 令牌，请保密
---@field expires_in? integer seconds left / 剩余有效秒数

---@class wxlive.GetStableAccessTokenParams
---@field grant_type? "client_credential" always client_credential / 固定为 client_credential
---@field appid? string appid of the mini program; the client's own when left out / 小程序 appid，缺省取客户端配置
---@field secret? string AppSecret; the client's own when left out / AppSecret，缺省取客户端配置
---@field force_refresh? boolean make a new one and kill the former; 20 a day, 30 s apart / 强制刷新，旧令牌立即失效；每天 20 次，间隔 30 秒

---@class wxlive.GetStableAccessTokenResult
---@field access_token? string the token; keep it secret / 令牌，请保密
---@field expires_in? integer seconds left / 剩余有效秒数

---@class wxlive.UploadMediaParams
---@field media string path of the file / 文件路径
---@field type? "image"|"voice"|"video"|"thumb" kind / 素材类型

---@class wxlive.UploadMediaResult
---@field type? string kind, as sent / 素材类型
---@field media_id? string id for 3 days, for this mini program only / 素材 id，3 天有效
---@field thumb_media_id? string instead of media_id, for thumbs of some accounts / 部分账号上传 thumb 时以此代替 media_id
---@field created_at? integer Unix seconds / 上传时间

---@class wxlive.GetMediaParams
---@field media_id string media id / 素材 id
---@field save_to? string path to stream the file to; without it the bytes come back as content / 保存路径；不填则在 content 中返回内容

---@class wxlive.GetMediaResult
---@field content? string the bytes, when save_to was not given / 文件内容
---@field path? string where the file was saved / 保存路径
---@field size? integer bytes / 字节数
---@field content_type? string media type / 内容类型
---@field video_url? string address, for videos / 视频地址

---@class wxlive.GetApiQuotaParams
---@field cgi_path string path of an endpoint with its leading slash / 接口路径，以斜杠开头

---@class wxlive.GetApiQuotaResult
---@field quota? wxlive.GetApiQuotaResult.Quota of the day / 当日额度
---@field rate_limit? wxlive.GetApiQuotaResult.RateLimit of the minute / 频率限制
---@field component_rate_limit? wxlive.GetApiQuotaResult.ComponentRateLimit of a third-party platform / 第三方平台频率限制

---@class wxlive.GetApiQuotaResult.Quota
---@field daily_limit? integer calls a day / 每日上限
---@field used? integer used / 已用
---@field remain? integer left / 剩余

---@class wxlive.GetApiQuotaResult.RateLimit
---@field call_count? integer calls made / 已调用次数
---@field refresh_second? integer seconds until it starts again / 重置剩余秒数

---@class wxlive.GetApiQuotaResult.ComponentRateLimit
---@field call_count? integer calls made / 已调用次数
---@field refresh_second? integer seconds until it starts again / 重置剩余秒数

---@class wxlive.ClearApiQuotaParams
---@field cgi_path string path of an endpoint with its leading slash / 接口路径，以斜杠开头

---@class wxlive.ClearQuotaParams
---@field appid? string appid of the mini program; the client's own when left out / 小程序 appid，缺省取客户端配置

---@class wxlive.ClearQuotaBySecretParams
---@field appid? string appid of the mini program; the client's own when left out / 小程序 appid，缺省取客户端配置
---@field appsecret? string AppSecret; the client's own when left out / AppSecret，缺省取客户端配置

---@class wxlive.GetRidInfoParams
---@field rid string the rid of an error / 报错信息中的 rid

---@class wxlive.GetRidInfoResult
---@field request? wxlive.GetRidInfoResult.Request the call / 请求记录

---@class wxlive.GetRidInfoResult.Request
---@field invoke_time? integer Unix seconds / 调用时间
---@field cost_in_ms? integer milliseconds taken / 耗时毫秒
---@field request_url? string query / 请求参数
---@field request_body? string body / 请求体
---@field response_body? string answer / 返回体
---@field client_ip? string caller's address / 调用方 IP

---@class wxlive.GetApiDomainIpResult
---@field ip_list? string[] addresses / IP 列表

---@class wxlive.GetCallbackIpResult
---@field ip_list? string[] addresses or blocks of them / IP 或网段列表

---@class wxlive.CheckCallbackParams
---@field action? "dns"|"ping"|"all" what to test / 检测项
---@field check_operator? "CHINANET"|"UNICOM"|"CAP"|"DEFAULT" from which network / 出口运营商

---@class wxlive.CheckCallbackResult
---@field dns? wxlive.CheckCallbackResult.Dns[] what the name resolved to / 域名解析结果
---@field ping? wxlive.CheckCallbackResult.Ping[] round trips / ping 结果

---@class wxlive.CheckCallbackResult.Dns
---@field ip? string address / IP
---@field real_operator? string its network / 运营商

---@class wxlive.CheckCallbackResult.Ping
---@field ip? string address / IP
---@field from_operator? string from which network / 出口运营商
---@field package_loss? string such as 0% / 丢包率
---@field time? string such as 23.079ms / 耗时

---@class wxlive.StartPushTicketParams
---@field component_appid? string appid of the third-party platform; its own when left out / 第三方平台 appid，缺省取自身配置
---@field component_secret? string secret of the third-party platform; its own when left out / 第三方平台 appsecret，缺省取自身配置

---@class wxlive.GetComponentTokenParams
---@field component_appid? string appid of the third-party platform; its own when left out / 第三方平台 appid，缺省取自身配置
---@field component_appsecret? string secret of the third-party platform; its own when left out / 第三方平台 appsecret，缺省取自身配置
---@field component_verify_ticket string the latest ticket that was pushed / 最近一次推送的 ticket

---@class wxlive.GetComponentTokenResult
---@field component_access_token? string the token; keep it secret / 令牌，请保密
---@field expires_in? integer seconds left / 剩余有效秒数

---@class wxlive.CreatePreauthCodeParams
---@field component_appid? string appid of the third-party platform; its own when left out / 第三方平台 appid，缺省取自身配置

---@class wxlive.CreatePreauthCodeResult
---@field pre_auth_code? string the code / 预授权码
---@field expires_in? integer seconds left / 剩余有效秒数

---@class wxlive.QueryAuthParams
---@field component_appid? string appid of the third-party platform; its own when left out / 第三方平台 appid，缺省取自身配置
---@field authorization_code string auth_code of the redirect, or AuthorizationCode of the push / 跳转地址中的 auth_code，或推送中的 AuthorizationCode

---@class wxlive.QueryAuthResult
---@field authorization_info? wxlive.QueryAuthResult.AuthorizationInfo the consent / 授权信息
---@field authorizer_appid? string appid of the shop, where there is no wrapper / 授权方 appid（无外层对象时）

---@class wxlive.QueryAuthResult.AuthorizationInfo
---@field authorizer_appid? string appid of the shop / 授权方 appid
---@field authorizer_access_token? string token for calls on the shop's behalf / 代调用令牌
---@field authorizer_refresh_token? string fetches further tokens; losing it means that the shop must consent again / 刷新令牌，丢失须重新授权
---@field expires_in? integer seconds left / 剩余有效秒数
---@field func_info? wxlive.QueryAuthResult.AuthorizationInfo.FuncInfo[] permission sets that the shop granted / 已授予的权限集

---@class wxlive.QueryAuthResult.AuthorizationInfo.FuncInfo
---@field funcscope_category? wxlive.QueryAuthResult.AuthorizationInfo.FuncInfo.FuncscopeCategory a set / 权限集

---@class wxlive.QueryAuthResult.AuthorizationInfo.FuncInfo.FuncscopeCategory
---@field id? integer its number: 52 is live / 权限集 id，52 为小程序直播

---@class wxlive.GetAuthorizerTokenParams
---@field component_appid? string appid of the third-party platform; its own when left out / 第三方平台 appid，缺省取自身配置
---@field authorizer_appid string appid of the shop / 授权方 appid
---@field authorizer_refresh_token string the shop's refresh token / 授权方刷新令牌

---@class wxlive.GetAuthorizerTokenResult
---@field authorizer_access_token? string token for calls on the shop's behalf / 代调用令牌
---@field expires_in? integer seconds left / 剩余有效秒数
---@field authorizer_refresh_token? string fetches further tokens; losing it means that the shop must consent again / 刷新令牌，丢失须重新授权

---@class wxlive.GetAuthorizerInfoParams
---@field component_appid? string appid of the third-party platform; its own when left out / 第三方平台 appid，缺省取自身配置
---@field authorizer_appid string appid of the shop / 授权方 appid

---@class wxlive.GetAuthorizerInfoResult
---@field authorizer_info? wxlive.GetAuthorizerInfoResult.AuthorizerInfo the account / 账号信息
---@field authorization_info? wxlive.GetAuthorizerInfoResult.AuthorizationInfo the consent / 授权信息

---@class wxlive.GetAuthorizerInfoResult.AuthorizerInfo
---@field nick_name? string name / 昵称
---@field user_name? string original id (gh_...) / 原始 id
---@field principal_name? string who runs it / 主体名称
---@field account_status? integer 1 normal, 14 closed, 16 banned, 18 warned, 19 frozen / 账号状态：1 正常，14 已注销，16 已封禁，18 已告警，19 已冻结

---@class wxlive.GetAuthorizerInfoResult.AuthorizationInfo
---@field authorizer_appid? string appid of the shop / 授权方 appid
---@field authorizer_refresh_token? string fetches further tokens; losing it means that the shop must consent again / 刷新令牌，丢失须重新授权
---@field func_info? wxlive.GetAuthorizerInfoResult.AuthorizationInfo.FuncInfo[] permission sets that the shop granted / 已授予的权限集

---@class wxlive.GetAuthorizerInfoResult.AuthorizationInfo.FuncInfo
---@field funcscope_category? wxlive.GetAuthorizerInfoResult.AuthorizationInfo.FuncInfo.FuncscopeCategory a set / 权限集

---@class wxlive.GetAuthorizerInfoResult.AuthorizationInfo.FuncInfo.FuncscopeCategory
---@field id? integer its number: 52 is live / 权限集 id，52 为小程序直播

---@class wxlive.GetAuthorizerListParams
---@field component_appid? string appid of the third-party platform; its own when left out / 第三方平台 appid，缺省取自身配置
---@field offset? integer first row, from 0 / 起始位置，从 0 开始
---@field count? integer rows wanted, 500 at most / 每页条数，最多 500

---@class wxlive.GetAuthorizerListResult
---@field list? wxlive.GetAuthorizerListResult.List[] shops / 授权方
---@field total_count? integer shops altogether / 授权方总数

---@class wxlive.GetAuthorizerListResult.List
---@field authorizer_appid? string appid of the shop / 授权方 appid
---@field refresh_token? string its refresh token, where the platform gives it / 刷新令牌，可能缺失
---@field auth_time? integer Unix seconds of the consent / 授权时间

---@class wxlive.CallOptions
---@field timeout? number seconds for the whole call / 整个调用的秒数
---@field dry_run? boolean return the request instead of sending it / 只返回请求，不发送
---@field extra? table<string, any> wire fields that the catalogue does not know / 额外字段

---@class wxlive.Broadcast
local Broadcast = {}

---make a live room / 创建直播间
---
---[POST /wxaapi/broadcast/room/create](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_createroom.html)
---@param params wxlive.CreateRoomParams
---@param options? wxlive.CallOptions
---@return wxlive.CreateRoomResult? result
---@return wxlive.Error? err
function Broadcast:create_room(params, options) end

---a page of the room list / 分页获取直播间列表
---
---[POST /wxa/business/getliveinfo](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_getliveinfo.html)
---@param params wxlive.GetLiveInfoParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, start?: integer, limit?: integer): wxlive.GetLiveInfoResult?, wxlive.Error?
---@return wxlive.GetLiveInfoResult? result
---@return wxlive.Error? err
function Broadcast:get_live_info(params, options) end

---a page of the replay segments of a room that has ended / 分页获取已结束直播间的回放片段
---
---[POST /wxa/business/getliveinfo](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_getliveinfo.html)
---@param params wxlive.GetLiveReplayParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, start?: integer, limit?: integer): wxlive.GetLiveReplayResult?, wxlive.Error?
---@return wxlive.GetLiveReplayResult? result
---@return wxlive.Error? err
function Broadcast:get_live_replay(params, options) end

---put approved goods of the library into a room / 把商品库中已过审的商品导入直播间
---
---[POST /wxaapi/broadcast/room/addgoods](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_importgoods.html)
---@param params wxlive.AddGoodsParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, goods_ids: table, room_id: integer|string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:add_goods(params, options) end

---delete a room / 删除直播间
---
---[POST /wxaapi/broadcast/room/deleteroom](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_deleteroom.html)
---@param params wxlive.DeleteRoomParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:delete_room(params, options) end

---change a room that has not started; every field is replaced / 编辑未开播的直播间（整体替换）
---
---[POST /wxaapi/broadcast/room/editroom](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_editroom.html)
---@param params wxlive.EditRoomParams
---@param options? wxlive.CallOptions
---@return table? result
---@return wxlive.Error? err
function Broadcast:edit_room(params, options) end

---address that a push-stream room is fed through / 获取推流地址
---
---[GET /wxaapi/broadcast/room/getpushurl](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_getpushurl.html)
---@param params wxlive.GetPushUrlParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string): wxlive.GetPushUrlResult?, wxlive.Error?
---@return wxlive.GetPushUrlResult? result
---@return wxlive.Error? err
function Broadcast:get_push_url(params, options) end

---share code and poster of a room / 获取分享二维码与海报
---
---[GET /wxaapi/broadcast/room/getsharedcode](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_getsharedcode.html)
---@param params wxlive.GetSharedCodeParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, params?: string): wxlive.GetSharedCodeResult?, wxlive.Error?
---@return wxlive.GetSharedCodeResult? result
---@return wxlive.Error? err
function Broadcast:get_shared_code(params, options) end

---switch the platform's listing of a room / 开关官方收录
---
---[POST /wxaapi/broadcast/room/updatefeedpublic](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_updatefeedpublic.html)
---@param params wxlive.UpdateFeedPublicParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, is_feeds_public: integer): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:update_feed_public(params, options) end

---switch the replay of a room / 开关回放
---
---[POST /wxaapi/broadcast/room/updatereplay](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_updatereplay.html)
---@param params wxlive.UpdateReplayParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, close_replay: integer): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:update_replay(params, options) end

---switch customer service in a room / 开关客服
---
---[POST /wxaapi/broadcast/room/updatekf](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_updatekf.html)
---@param params wxlive.UpdateKfParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, close_kf: integer): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:update_kf(params, options) end

---mute or unmute a whole room / 开关全局禁言
---
---[POST /wxaapi/broadcast/room/updatecomment](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_updatecomment.html)
---@param params wxlive.UpdateCommentParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, ban_comment: integer): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:update_comment(params, options) end

---put goods of a room on or off the shelf / 上下架直播间商品
---
---[POST /wxaapi/broadcast/goods/onsale](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_salegoods.html)
---@param params wxlive.GoodsSaleParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, goods_id: integer|string, on_sale: integer): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:goods_sale(params, options) end

---take goods out of a room; the library keeps them / 从直播间移除商品（商品库保留）
---
---[POST /wxaapi/broadcast/goods/deleteInRoom](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_deletedoods.html)
---@param params wxlive.GoodsDeleteInRoomParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, goods_id: integer|string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:goods_delete_in_room(params, options) end

---show the card of goods to the viewers of a live room / 向正在直播的观众推送商品
---
---[POST /wxaapi/broadcast/goods/push](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_pushgoods.html)
---@param params wxlive.GoodsPushParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, goods_id: integer|string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:goods_push(params, options) end

---set the order of the goods in a room / 直播间商品排序
---
---[POST /wxaapi/broadcast/goods/sort](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_sortgoods.html)
---@param params wxlive.GoodsSortParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, goods: table): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:goods_sort(params, options) end

---address of the clip in which goods were explained / 获取商品讲解视频地址
---
---[POST /wxaapi/broadcast/goods/getVideo](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_downloadgoodsvideo.html)
---@param params wxlive.GoodsVideoParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, goods_id: integer|string): wxlive.GoodsVideoResult?, wxlive.Error?
---@return wxlive.GoodsVideoResult? result
---@return wxlive.Error? err
function Broadcast:goods_video(params, options) end

---set the global key names of the goods pendant / 设置挂件全局商品 key
---
---[POST /wxaapi/broadcast/goods/setkey](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_setdefault_goodskey.html)
---@param params wxlive.GoodsSetKeyParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, goods_key: table): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:goods_set_key(params, options) end

---the global key names of the goods pendant / 查看挂件全局商品 key
---
---[GET /wxaapi/broadcast/goods/getkey](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_getdefault_goodskey.html)
---@param params table?
---@param options? wxlive.CallOptions
---@return wxlive.GoodsGetKeyResult? result
---@return wxlive.Error? err
function Broadcast:goods_get_key(params, options) end

---add assistants to a room / 添加直播间小助手
---
---[POST /wxaapi/broadcast/room/addassistant](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_addveassistant.html)
---@param params wxlive.AddAssistantParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, users: table): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:add_assistant(params, options) end

---rename an assistant / 修改小助手昵称
---
---[POST /wxaapi/broadcast/room/modifyassistant](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_modifyassistant.html)
---@param params wxlive.ModifyAssistantParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, username: string, nickname: string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:modify_assistant(params, options) end

---take an assistant out of a room / 移除小助手
---
---[POST /wxaapi/broadcast/room/removeassistant](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_removeassistant.html)
---@param params wxlive.RemoveAssistantParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, username: string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:remove_assistant(params, options) end

---assistants of a room / 查询小助手列表
---
---[GET /wxaapi/broadcast/room/getassistantlist](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_getassistantlist.html)
---@param params wxlive.GetAssistantListParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string): wxlive.GetAssistantListResult?, wxlive.Error?
---@return wxlive.GetAssistantListResult? result
---@return wxlive.Error? err
function Broadcast:get_assistant_list(params, options) end

---set the anchor's second account / 添加主播副号
---
---[POST /wxaapi/broadcast/room/addsubanchor](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_addsubanchor.html)
---@param params wxlive.AddSubAnchorParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, username: string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:add_sub_anchor(params, options) end

---replace the anchor's second account / 修改主播副号
---
---[POST /wxaapi/broadcast/room/modifysubanchor](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_modifysubanchor.html)
---@param params wxlive.ModifySubAnchorParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, username: string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:modify_sub_anchor(params, options) end

---drop the anchor's second account / 删除主播副号
---
---[POST /wxaapi/broadcast/room/deletesubanchor](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_deletesubanchor.html)
---@param params wxlive.DeleteSubAnchorParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:delete_sub_anchor(params, options) end

---the anchor's second account / 获取主播副号
---
---[GET /wxaapi/broadcast/room/getsubanchor](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/studio-management/api_getsubanchor.html)
---@param params wxlive.GetSubAnchorParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string): wxlive.GetSubAnchorResult?, wxlive.Error?
---@return wxlive.GetSubAnchorResult? result
---@return wxlive.Error? err
function Broadcast:get_sub_anchor(params, options) end

---give a person a role / 设置成员角色
---
---[POST /wxaapi/broadcast/role/addrole](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/role-management/api_getrolelistdw.html)
---@param params wxlive.AddRoleParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, username: string, role: integer): wxlive.AddRoleResult?, wxlive.Error?
---@return wxlive.AddRoleResult? result
---@return wxlive.Error? err
function Broadcast:add_role(params, options) end

---take a role from a person / 移除成员角色
---
---[POST /wxaapi/broadcast/role/deleterole](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/role-management/api_deleterole.html)
---@param params wxlive.DeleteRoleParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, username: string, role: integer): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:delete_role(params, options) end

---a page of the members and their roles / 分页查询成员及角色
---
---[GET /wxaapi/broadcast/role/getrolelist](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/role-management/api_getrolelist.html)
---@param params wxlive.GetRoleListParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, role?: integer, offset?: integer, limit?: integer, keyword?: string): wxlive.GetRoleListResult?, wxlive.Error?
---@return wxlive.GetRoleListResult? result
---@return wxlive.Error? err
function Broadcast:get_role_list(params, options) end

---add goods to the library and submit them for audit / 添加商品并提交审核
---
---[POST /wxaapi/broadcast/goods/add](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/commodity-management/api_addgoods.html)
---@param params wxlive.GoodsAddParams
---@param options? wxlive.CallOptions
---@return wxlive.GoodsAddResult? result
---@return wxlive.Error? err
function Broadcast:goods_add(params, options) end

---withdraw goods that are under audit; the submission is not given back / 撤回商品审核（不退还提审次数）
---
---[POST /wxaapi/broadcast/goods/resetaudit](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/commodity-management/api_resetaudit.html)
---@param params wxlive.GoodsResetAuditParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, goods_id: integer|string, audit_id: integer|string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:goods_reset_audit(params, options) end

---submit withdrawn goods for audit again / 重新提交审核
---
---[POST /wxaapi/broadcast/goods/audit](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/commodity-management/api_resubmitaudit.html)
---@param params wxlive.GoodsAuditParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, goods_id: integer|string): wxlive.GoodsAuditResult?, wxlive.Error?
---@return wxlive.GoodsAuditResult? result
---@return wxlive.Error? err
function Broadcast:goods_audit(params, options) end

---delete goods permanently, from the library and from every room / 删除商品（同时移出直播间，不可恢复）
---
---[POST /wxaapi/broadcast/goods/delete](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/commodity-management/api_deletegoodsinfo.html)
---@param params wxlive.GoodsDeleteParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, goods_id: integer|string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:goods_delete(params, options) end

---change goods; send only what changes, and only prices once they are approved / 更新商品，只传要改的字段；过审后仅可改价格
---
---[POST /wxaapi/broadcast/goods/update](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/commodity-management/api_updategoodsinfo.html)
---@param params wxlive.GoodsUpdateParams
---@param options? wxlive.CallOptions
---@return table? result
---@return wxlive.Error? err
function Broadcast:goods_update(params, options) end

---details and audit state of up to 20 goods / 获取商品信息与审核状态
---
---[POST /wxa/business/getgoodswarehouse](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/commodity-management/api_getgoodsauditinfo.html)
---@param params wxlive.GoodsInfoParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, goods_ids: table): wxlive.GoodsInfoResult?, wxlive.Error?
---@return wxlive.GoodsInfoResult? result
---@return wxlive.Error? err
function Broadcast:goods_info(params, options) end

---a page of the library by audit state / 按审核状态分页获取商品
---
---[GET /wxaapi/broadcast/goods/getapproved](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/commodity-management/api_getgoodsinfo.html)
---@param params wxlive.GoodsListParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, offset?: integer, limit?: integer, status: integer): wxlive.GoodsListResult?, wxlive.Error?
---@return wxlive.GoodsListResult? result
---@return wxlive.Error? err
function Broadcast:goods_list(params, options) end

---a page of the long-term subscribers / 分页获取长期订阅用户
---
---[POST /wxa/business/get_wxa_followers](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/subscribe-management/api_getfollowers.html)
---@param params wxlive.GetFollowersParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, limit?: integer, page_break?: integer|string): wxlive.GetFollowersResult?, wxlive.Error?
---@return wxlive.GetFollowersResult? result
---@return wxlive.Error? err
function Broadcast:get_followers(params, options) end

---tell subscribers that a show has started; one room a day / 向订阅用户群发开播通知（每天一个直播间）
---
---[POST /wxa/business/push_message](https://developers.weixin.qq.com/miniprogram/dev/server/API/livebroadcast/subscribe-management/api_pushmessage.html)
---@param params wxlive.PushMessageParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, room_id: integer|string, user_openid: table): wxlive.PushMessageResult?, wxlive.Error?
---@return wxlive.PushMessageResult? result
---@return wxlive.Error? err
function Broadcast:push_message(params, options) end

---ask for live to be opened (third-party platforms) / 申请开通直播（第三方平台）
---
---[POST /wxa/business/applyliveinfo](https://developers.weixin.qq.com/doc/oplatform/openApi/miniprogram-management/live-player/api_applylivelnfo)
---@param params wxlive.ApplyLiveInfoParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, action?: string): wxlive.ApplyLiveInfoResult?, wxlive.Error?
---@return wxlive.ApplyLiveInfoResult? result
---@return wxlive.Error? err
function Broadcast:apply_live_info(params, options) end

---fetch a classic access token; the former one dies soon after / 获取普通 access_token（会使旧令牌失效）
---
---[GET /cgi-bin/token](https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-access-token/api_getaccesstoken.html)
---@param params wxlive.GetAccessTokenParams
---@param options? wxlive.CallOptions
---@return wxlive.GetAccessTokenResult? result
---@return wxlive.Error? err
function Broadcast:get_access_token(params, options) end

---fetch the stable access token, the same for every caller while it lives / 获取稳定版 access_token
---
---[POST /cgi-bin/stable_token](https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-access-token/api_getstableaccesstoken.html)
---@param params wxlive.GetStableAccessTokenParams
---@param options? wxlive.CallOptions
---@return wxlive.GetStableAccessTokenResult? result
---@return wxlive.Error? err
function Broadcast:get_stable_access_token(params, options) end

---upload temporary media; the media_id lives 3 days / 上传临时素材（3 天有效）
---
---[POST /cgi-bin/media/upload](https://developers.weixin.qq.com/miniprogram/dev/server/API/kf-mgnt/kf-message/api_uploadtempmedia.html)
---@param params wxlive.UploadMediaParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, media: string, type?: string): wxlive.UploadMediaResult?, wxlive.Error?
---@return wxlive.UploadMediaResult? result
---@return wxlive.Error? err
function Broadcast:upload_media(params, options) end

---download temporary media / 下载临时素材
---
---[GET /cgi-bin/media/get](https://developers.weixin.qq.com/miniprogram/dev/server/API/kf-mgnt/kf-message/api_getmedia.html)
---@param params wxlive.GetMediaParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, media_id: string, save_to?: string): wxlive.GetMediaResult?, wxlive.Error?
---@return wxlive.GetMediaResult? result
---@return wxlive.Error? err
function Broadcast:get_media(params, options) end

---how much of an endpoint's daily quota is used / 查询接口调用额度
---
---[POST /cgi-bin/openapi/quota/get](https://developers.weixin.qq.com/miniprogram/dev/server/API/openApi-mgnt/api_getapiquota.html)
---@param params wxlive.GetApiQuotaParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, cgi_path: string): wxlive.GetApiQuotaResult?, wxlive.Error?
---@return wxlive.GetApiQuotaResult? result
---@return wxlive.Error? err
function Broadcast:get_api_quota(params, options) end

---reset the quota of one path (the platform takes /channels/ec/ only) / 重置指定接口额度（仅支持 /channels/ec/）
---
---[POST /cgi-bin/openapi/quota/clear](https://developers.weixin.qq.com/miniprogram/dev/server/API/openApi-mgnt/api_clearapiquota.html)
---@param params wxlive.ClearApiQuotaParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, cgi_path: string): table?, wxlive.Error?
---@return table? result
---@return wxlive.Error? err
function Broadcast:clear_api_quota(params, options) end

---reset all call counters of the account; 10 a month / 重置全部调用次数（每月 10 次）
---
---[POST /cgi-bin/clear_quota](https://developers.weixin.qq.com/miniprogram/dev/server/API/openApi-mgnt/api_clearquota.html)
---@param params wxlive.ClearQuotaParams
---@param options? wxlive.CallOptions
---@return table? result
---@return wxlive.Error? err
function Broadcast:clear_quota(params, options) end

---reset all call counters without a token, for when the token call is spent / 用 AppSecret 重置调用次数（无需令牌）
---
---[POST /cgi-bin/clear_quota/v2](https://developers.weixin.qq.com/miniprogram/dev/server/API/openApi-mgnt/api_clearquotabyappsecret.html)
---@param params wxlive.ClearQuotaBySecretParams
---@param options? wxlive.CallOptions
---@return table? result
---@return wxlive.Error? err
function Broadcast:clear_quota_by_secret(params, options) end

---what the platform logged for one failed call, for 7 days / 查询 rid 对应的请求日志（7 天内）
---
---[POST /cgi-bin/openapi/rid/get](https://developers.weixin.qq.com/miniprogram/dev/server/API/openApi-mgnt/api_getridinfo.html)
---@param params wxlive.GetRidInfoParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, rid: string): wxlive.GetRidInfoResult?, wxlive.Error?
---@return wxlive.GetRidInfoResult? result
---@return wxlive.Error? err
function Broadcast:get_rid_info(params, options) end

---addresses of the platform's API hosts / 获取微信 API 服务器 IP
---
---[GET /cgi-bin/get_api_domain_ip](https://developers.weixin.qq.com/miniprogram/dev/server/API/openApi-mgnt/api_getapidomainip.html)
---@param params table?
---@param options? wxlive.CallOptions
---@return wxlive.GetApiDomainIpResult? result
---@return wxlive.Error? err
function Broadcast:get_api_domain_ip(params, options) end

---addresses that callbacks may come from / 获取推送服务器 IP
---
---[GET /cgi-bin/getcallbackip](https://developers.weixin.qq.com/miniprogram/dev/server/API/openApi-mgnt/api_getcallbackip.html)
---@param params table?
---@param options? wxlive.CallOptions
---@return wxlive.GetCallbackIpResult? result
---@return wxlive.Error? err
function Broadcast:get_callback_ip(params, options) end

---let the platform test the network to the callback URL / 网络检测（回调地址）
---
---[POST /cgi-bin/callback/check](https://developers.weixin.qq.com/miniprogram/dev/server/API/openApi-mgnt/api_callbackcheck.html)
---@param params wxlive.CheckCallbackParams
---@param options? wxlive.CallOptions
---@overload fun(self: wxlive.Broadcast, action?: string, check_operator?: string): wxlive.CheckCallbackResult?, wxlive.Error?
---@return wxlive.CheckCallbackResult? result
---@return wxlive.Error? err
function Broadcast:check_callback(params, options) end

local M = {}

---@type string
M._VERSION = nil

---a client; nothing is sent before the first call / 创建客户端，首次调用前不发送任何请求
---@param options? wxlive.ClientOptions
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function M.new(options) end

return M
