--- The Chinese of what the core, lua-cjson and nginx say of a failure, in English only.
--
-- scripts/dev/lint/core_texts.lua fails on a text of the core that is not here. Texts of the system
-- and of libraries, such as "Connection refused", stay as they are inside a Chinese sentence.
local compat = require "wxlive.base.compat"
local both = require("wxlive.text.sentence").both

local M = {}

-- %s stands for anything, and %r for a reason: both are put into the Chinese at the same place, a
-- reason translated where it is in this list itself. The first that fits counts.
local known = {
  -- Hosts: core/src/http/error.c
  { "%s is not an address that can be used", "%s 不是可用的地址" },
  { "%s cannot be asked this way", "无法以这种方式请求 %s" },
  { "%s could not be asked: out of memory", "内存不足，未能请求 %s" },
  { "%s needs what this libcurl was built without", "请求 %s 所需的功能未编译进当前 libcurl" },
  { "%s cannot be found: no such host name", "无法解析 %s 的域名" },
  { "%s was not reached: the proxy's name is unknown", "未能连接 %s：代理的域名无法解析" },
  { "%s was not reached: the proxy refused the user or password (HTTP %s)",
    "未能连接 %s：代理拒绝了用户名或密码（HTTP %s）" },
  { "%s was not reached: the proxy %s refused the user or password (HTTP %s)",
    "未能连接 %s：代理 %s 拒绝了用户名或密码（HTTP %s）" },
  { "%s was not reached: the proxy refused to relay (HTTP %s)",
    "未能连接 %s：代理拒绝转发（HTTP %s）" },
  { "%s was not reached: the proxy %s refused to relay (HTTP %s)",
    "未能连接 %s：代理 %s 拒绝转发（HTTP %s）" },
  { "%s was not reached: the proxy does not take the connection", "未能连接 %s：无法连接代理" },
  { "%s was not reached: the proxy %s does not take the connection",
    "未能连接 %s：无法连接代理 %s" },
  { "%s was not reached: the proxy did not relay", "未能连接 %s：代理没有转发" },
  { "%s was not reached: the proxy %s did not relay", "未能连接 %s：代理 %s 没有转发" },
  { "no such host name", "域名无法解析" },
  { "%s was not reached in time (%s s)", "连接 %s 超时（%s 秒）" },
  { "%s did not answer in time (%s s)", "%s 未在规定时间内应答（%s 秒）" },
  { "%s did not answer in time", "%s 未在规定时间内应答" },
  { "%s does not take the connection", "无法连接 %s" },
  { "%s did not get through the TLS handshake", "与 %s 的 TLS 握手失败" },
  { "%s showed a certificate that is not trusted", "%s 的证书不受信任" },
  { "%s cannot be talked to over TLS", "无法与 %s 进行 TLS 通信" },
  { "%s cannot be checked: the CA certificates are unusable", "无法校验 %s：CA 证书不可用" },
  { "%s closed the connection without an answer", "%s 未作应答就关闭了连接" },
  { "%s broke the connection while the request was sent", "发送请求时 %s 断开了连接" },
  { "%s broke the connection before the answer was complete", "应答尚未收全 %s 就断开了连接" },
  { "%s broke off the HTTP/2 stream before the answer was complete",
    "应答尚未收全 %s 就中断了 HTTP/2 流" },
  { "%s broke the kept connection, and the request may not be sent twice",
    "%s 断开了保持的连接，而该请求不能重发" },
  { "%s broke the connection", "%s 断开了连接" },
  { "%s closed the connection", "%s 关闭了连接" },
  { "%s: the connection was closed at once", "%s 立即关闭了连接" },
  { "%s sent an answer that could not be stored", "%s 的应答无法保存" },
  { "%s could not be sent the whole request", "未能把请求完整发送给 %s" },
  { "%s sent a larger answer than the cap", "%s 的应答超过上限" },
  { "%s sent more header lines than the cap", "%s 的响应头过多，超过上限" },
  { "%s sent a header line that is larger than the cap", "%s 的响应头某行过长，超过上限" },
  { "%s sent more than %s bytes, the cap", "%s 的应答超过 %s 字节的上限" },
  { "%s did not answer in HTTP", "%s 的应答不是 HTTP" },
  { "%s broke the rules of HTTP/2", "%s 违反 HTTP/2 协议" },
  { "%s sent an answer that cannot be decompressed", "%s 的应答无法解压" },
  { "%s sent a blank before its first header line", "%s 在首个响应头之前发送了空白" },
  { "%s sent a Content-Length that is not a number, or two that differ",
    "%s 的 Content-Length 不是数字，或有两个不同的值" },
  { "%s sent an answer in a content encoding that was not asked for",
    "%s 的应答使用了未请求的内容编码" },
  { "%s could not be talked to", "无法与 %s 通信" },
  -- Settings of the client
  { "ca_file %s is not a file", "ca_file %s 不是文件" },
  { "ca_file %s holds no certificate in PEM form", "ca_file %s 中没有 PEM 格式的证书" },
  { "ca_file %s: %r", "无法读取 ca_file %s：%s" },
  { "the proxy's address cannot be read; it looks like http://host:3128",
    "proxy 的地址无法识别，应形如 http://host:3128" },
  { 'a proxy of kind "%s" is not supported', "不支持 %s 类型的代理" },
  { "proxy_user and proxy_password belong together", "proxy_user 与 proxy_password 须同时给出" },
  { "proxy_user needs proxy, the address", "给出 proxy_user 时还须给出 proxy（代理地址）" },
  { "libcurl %s does not take %s: %r", "libcurl %s 不接受 %s：%s" },
  { "libcurl could not be started", "libcurl 初始化失败" },
  { "libcurl's multi handle: %r", "libcurl 的 multi 句柄：%s" },
  { "this libcurl cannot share connections", "当前 libcurl 无法共用连接" },
  { "this libcurl refuses %s", "当前 libcurl 不接受 %s" },
  -- Files
  { "cannot put a finished download at %s: %r", "下载完成，但无法保存为 %s：%s" },
  { "cannot write %s: %r", "无法写入 %s：%s" },
  { "cannot read %s: %r", "无法读取 %s：%s" },
  { "cannot send %s to its end: it became shorter while it was being sent",
    "%s 未能完整发送：发送期间文件变短了" },
  { "cannot send %s: it is %r", "无法发送 %s：%s" },
  { "cannot send %s: %r", "无法发送 %s：%s" },
  { "a file could not be read to its end while it was being sent: %r", "发送文件时未能读到末尾：%s" },
  { "the disk is full", "磁盘已满" },
  { "it became shorter", "文件变短了" },
  { "it is not a file", "它不是文件" },
  { "it is a directory", "它是目录" },
  { "it is a link of the system", "它是系统的链接" },
  { "a directory", "它是目录" },
  { "not a file", "它不是文件" },
  { "empty", "文件为空" },
  { "the file cannot be read", "文件无法读取" },
  { "the file cannot be opened", "文件无法打开" },
  { "no space is left", "空间不足" },
  -- The file store
  { "cannot open the directory in %s: %r", "无法打开目录 %s：%s" },
  { "cannot look at the directory in %s: %r", "无法查看目录 %s：%s" },
  { "cannot make the directory in %s: %r", "无法创建目录 %s：%s" },
  { "cannot open the lock in %s: %r", "无法打开 %s 中的锁文件：%s" },
  { "cannot lock in %s: %r", "无法在 %s 中加锁：%s" },
  { "cannot read in %s: %r", "无法读取 %s 中的文件：%s" },
  { "cannot write in %s: %r", "无法写入 %s：%s" },
  { "cannot remove a leftover in %s: %r", "无法删除 %s 中的残留文件：%s" },
  { "cannot replace an entry in %s: %r", "无法替换 %s 中的条目：%s" },
  { "cannot delete an entry in %s: %r", "无法删除 %s 中的条目：%s" },
  { "%s is a symbolic link or not a directory; name the directory itself",
    "%s 是符号链接或不是目录，请指定目录本身" },
  { "%s belongs to user %s, not to you; name a directory of your own",
    "%s 属于用户 %s 而不是当前用户，请使用自己的目录" },
  { "others may write to %s (mode %s): chmod 700 it",
    "其他用户可写入 %s（权限 %s）：请执行 chmod 700" },
  { "another process holds the lock of %s for more than %s ms; has one been stopped?",
    "%s 的锁被其他进程占用超过 %s 毫秒，是否有进程被挂起？" },
  { "a value may hold %s bytes at most", "值最多 %s 字节" },
  { "the value is not a whole number", "该值不是整数" },
  { "the sum would pass 2^53", "累加结果会超过 2^53" },
  { "the value does not fit where it is read to", "该值过长，无法读入" },
  -- Redis
  { "the command is too long", "命令过长" },
  { "the reply is larger than the cap", "应答超过上限" },
  { "the reply is larger or deeper than the cap", "应答过大或嵌套过深" },
  { "what came is not Redis's protocol", "收到的内容不是 Redis 协议" },
  -- HTTP, inside nginx
  { "the peer closed the connection without an answer", "对方未作应答就关闭了连接" },
  { "the peer closed the connection in the middle of the head", "对方在响应头中途关闭了连接" },
  { "the peer closed the connection in the middle of the body", "对方在响应体中途关闭了连接" },
  { "the peer does not speak HTTP/1", "对方使用的不是 HTTP/1 协议" },
  { "the peer changes to a protocol that was not asked for", "对方切换到了未请求的协议" },
  { "the answer passes the limit %s (%s)", "应答超过上限 %s（%s）" },
  { "the answer is larger than %s bytes", "应答超过 %s 字节" },
  { "the answer is in a content encoding that was not asked for", "应答使用了未请求的内容编码" },
  { "the gzip data breaks off", "gzip 数据不完整" },
  { "the gzip data is damaged", "gzip 数据已损坏" },
  { "the gzip decoder cannot be used again", "gzip 解码器不能重复使用" },
  { "the gzip decoder is short of memory", "内存不足，无法解压 gzip" },
  { "the decoded answer is larger than %s bytes", "解压后的应答超过 %s 字节" },
  { "the decoded answer: %r", "解压后的应答：%s" },
  { "the header fields: %r", "响应头：%s" },
  { "the request head is longer than %s bytes", "请求头超过 %s 字节" },
  { "the request head: %r", "请求头：%s" },
  { "the request: %r", "请求：%s" },
  { "a line ends in LF without CR", "某行以 LF 结尾而没有 CR" },
  { "a line holds CR without LF", "某行含有 CR 而没有 LF" },
  { "the status line is malformed", "状态行格式错误" },
  { "the status code is not between 100 and 599", "状态码不在 100 至 599 之间" },
  { "the reason phrase holds a control character", "状态说明含有控制字符" },
  { "Content-Length is not a number that can be", "Content-Length 不是有效的数字" },
  { "two Content-Length fields differ", "两个 Content-Length 不一致" },
  { "Transfer-Encoding in an HTTP/1.0 answer", "HTTP/1.0 应答中出现 Transfer-Encoding" },
  { 'Transfer-Encoding is not just "chunked"', "Transfer-Encoding 不只是 chunked" },
  { "a header field is folded over two lines", "某个响应头折成了两行" },
  { "a header line has no colon", "某行响应头缺少冒号" },
  { "the name of a header field is not a token", "响应头的名称含有非法字符" },
  { "the value of a header field holds a control character", "响应头的值含有控制字符" },
  { "a trailer holds a framing header", "尾部字段中出现长度类响应头" },
  { "both Content-Length and Transfer-Encoding are given",
    "同时给出了 Content-Length 与 Transfer-Encoding" },
  { "a chunk size or its extension is malformed", "分块长度或其扩展格式错误" },
  { "a chunk does not end where its size says", "分块结尾与其长度不符" },
  -- JSON
  { "an escape that does not exist", "含有不存在的转义" },
  { "a NUL character", "含有 NUL 字符" },
  { "too many values", "值过多" },
  { "an object without a name where one must be", "对象中缺少名称" },
  { "a name without a colon after it", "名称后缺少冒号" },
  { "an object that goes on without a comma", "对象成员之间缺少逗号" },
  { "a list that goes on without a comma", "数组元素之间缺少逗号" },
  { "too deeply nested", "嵌套过深" },
  { "the text ends too early", "内容不完整" },
  { "no value where one must be", "此处不是 JSON 值" },
  { "something after the end", "末尾之后还有内容" },
  { "longer than %s bytes", "超过 %s 字节" },
  { "not readable in a locale whose decimal point has several bytes",
    "当前 locale 的小数点占多个字节，无法读取" },
  { "a number that is too large: give whole numbers as digits", "数字过大：整数请逐位写出" },
  { "expected %r but found %r at byte %s", "应为%s，却是%s（第 %s 字节）" },
  { "a %s has no JSON form", "%s 没有 JSON 形式" },
  { "not UTF-8", "不是 UTF-8" }, { "not valid UTF-8", "不是有效的 UTF-8" },
  { "%r at byte %s", "%s（第 %s 字节）" },
  { "found too many nested data structures (%s)", "嵌套过深（%s 层）" },
  { "value", "值" }, { "object key string", "对象的键（字符串）" },
  { "comma or object end", "逗号或对象结尾" }, { "comma or array end", "逗号或数组结尾" },
  { "colon", "冒号" }, { "a colon", "冒号" }, { "a comma", "逗号" }, { "a string", "字符串" },
  { "a number", "数字" }, { "a boolean", "布尔值" }, { "the end", "结尾" },
  { "invalid token", "无效的内容" }, { "invalid number", "无效的数字" },
  { "invalid escape code", "无效的转义" }, { "invalid unicode escape code", "无效的 Unicode 转义" },
  { "unexpected end of string", "未结束的字符串" },
  { "the end or invalid token", "结尾或无效的内容" },
  -- Callbacks
  { "XML: longer than %s bytes", "XML 超过 %s 字节" },
  { "XML: elements are nested too deeply", "XML 的元素嵌套过深" },
  { "XML: too many elements", "XML 的元素过多" },
  { "XML: a DOCTYPE is not accepted", "XML 中不允许 DOCTYPE" },
  { "XML: %r, line %s", "XML 格式错误：%s（第 %s 行）" },
  { "XML: %r", "XML：%s" },
  { "the message is longer than %s bytes", "消息超过 %s 字节" },
  { "the message cannot be opened with this key and appid", "无法用当前密钥与 appid 解开该消息" },
  { "the signature does not match", "签名不匹配" },
  { "too many parts to sign", "参与签名的字段过多" },
  { "an EncodingAESKey is 43 characters of base64 without its final '='",
    "EncodingAESKey 应为 43 个 base64 字符，不含末尾的 =" },
  { "the shop withdrew it", "商家已取消授权" },
  { "token must be 1 to 128 bytes long", "token 应为 1 至 128 字节" },
  { "appid must be 1 to 128 bytes long", "appid 应为 1 至 128 字节" },
  -- Signed calls
  { "a key of %s is %s bytes long, not %s", "%s 的密钥为 %s 字节，应为 %s 字节" },
  { "an RSA key below 2048 bits is too weak", "RSA 密钥不足 2048 位，强度不够" },
  { "an SM2 key needs its number: it is the user id", "SM2 密钥须给出编号（用作用户 id）" },
  { "the key is neither RSA nor SM2", "密钥既不是 RSA 也不是 SM2" },
  { "a key's number is at most 128 bytes long", "密钥编号最多 128 字节" },
  { "the symmetric key's number is 1 to 128 ASCII characters",
    "对称密钥的编号应为 1 至 128 个 ASCII 字符" },
  { "this is not an unencrypted private key in PEM form", "不是未加密的 PEM 格式私钥" },
  { "this is not a certificate or public key in PEM form", "不是 PEM 格式的证书或公钥" },
  { "the OpenSSL at hand (%s) has no %s", "当前 OpenSSL（%s）不支持 %s" },
  { "the body could not be encrypted", "无法加密" },
  { "the payload could not be signed", "无法生成签名" },
  { "the signature could not be checked", "无法校验签名" },
  { "the body is longer than %s MiB", "内容超过 %s MiB" },
  { 'the body is not {"iv","data","authtag"} in base64',
    '内容不是 base64 的 {"iv","data","authtag"}' },
  { "the body does not decrypt with this key", "无法用该密钥解密" },
  { "the answer is not signed: a Wechatmp header is missing", "应答没有签名：缺少 Wechatmp 响应头" },
  { "the answer is for another appid", "应答属于另一个 appid" },
  { "the answer's timestamp is not a number", "应答的时间戳不是数字" },
  { "the answer's timestamp is %s s away from this clock", "应答的时间戳与本机时钟相差 %s 秒" },
  { "no certificate is configured under the serial of the answer", "没有配置应答所用序列号的平台证书" },
  { "the answer: %r", "应答：%s" },
  -- This machine
  { "no memory%s", "内存不足" },
  { "out of memory", "内存不足" },
  { "memory could not be allocated", "内存不足" },
  { "a configured limit would be passed", "超过设定的上限" },
  { "the input is not in the form that it must have", "内容格式不符" },
  { "a cryptographic operation failed", "加解密操作失败" },
  { "no random bytes are available", "无法取得随机数" },
  { "no SHA-256 is available", "SHA-256 不可用" },
  { "SHA-256 failed", "SHA-256 计算失败" },
  { "cannot listen on %s: %r", "无法监听 %s：%s" },
  { "libmicrohttpd does not start on %s", "libmicrohttpd 无法在 %s 上启动" },
  { "the answer could not be built", "无法生成应答" },
}

-- English -> Chinese of those without a place; and of the others the pattern, "^a (.-) b$", the
-- Chinese, and what stands in each place, "r" or "s". Made with the first failure.
local whole, patterns
local function compile()
  whole, patterns = {}, {}
  for _, pair in ipairs(known) do
    local places = pair[1]:gsub("[^%%]*%%?(.?)", "%1")
    if places ~= "" then
      patterns[#patterns + 1] = {
        "^" .. pair[1]:gsub("[%^$().%[%]*+?-]", "%%%0"):gsub("%%[rs]", "(.-)") .. "$", pair[2],
        places,
      }
    else
      whole[pair[1]] = pair[2]
    end
  end
end

local translate

-- The Chinese of the pair that fits; nil when none does.
local function look_up(text)
  if whole[text] then
    return whole[text]
  end
  for _, pair in ipairs(patterns) do
    local captures = { text:match(pair[1]) }
    if captures[1] then
      for n, capture in ipairs(captures) do
        captures[n] = pair[3]:sub(n, n) == "r" and translate(capture) or capture
      end
      return pair[2]:format(compat.unpack(captures))
    end
  end
end

-- What libcurl or the system adds stands in brackets at the end.
function translate(text)
  local chinese = look_up(text)
  local front, detail = text:match("^(.-) (%b())$")
  if not chinese and front then
    chinese = look_up(front)
    detail = detail:sub(2, -2)
    return chinese and chinese .. "（" .. (translate(detail) or detail) .. "）"
  end
  return chinese
end

--- A reason as a sentence in both languages; as it is when its Chinese is not known, or when it is
--- a sentence already.
---@param reason string|wxlive.Sentence
---@return string|wxlive.Sentence
function M.of(reason)
  if type(reason) ~= "string" then
    return reason
  end
  if not patterns then
    compile()
  end
  local chinese = translate(reason)
  return chinese and both(reason, chinese) or reason
end

return M
