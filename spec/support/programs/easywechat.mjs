// The whole live-broadcast API, called by node-easywechat as a shop's program would call it: ids go
// back in the form in which they came. Prints one line of JSON for each call: [name, errcode, errmsg].
//   easywechat.mjs NODE_DIR BASE_URL APPID SECRET IMAGES NOW
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [nodeDir, baseURL, appid, secret, images, nowText] = process.argv.slice(2);
const { MiniApp } = createRequire(resolve(nodeDir, "package.json"))("node-easywechat");
const now = Number(nowText);

const app = new MiniApp({
  app_id: appid, secret, http: { baseURL, throw: false, proxy: false, timeout: 10000 },
});
app.setCache(cacheInMemory());
const client = app.getClient();

function cacheInMemory() {
  const held = new Map();
  return {
    get: async (key) => held.get(key), set: async (key, value) => !!held.set(key, value),
    has: async (key) => held.has(key), delete: async (key) => held.delete(key),
  };
}

function say(name, answer) {
  console.log(JSON.stringify([name, answer.errcode ?? 0, answer.errmsg ?? ""]));
  return answer;
}

async function post(name, path, body) {
  return say(name, (await client.postJson(path, body)).toObject());
}

async function get(name, path, params) {
  return say(name, (await client.get(path, { params })).toObject());
}

async function control(operation, params) {
  const answer = await fetch(`${baseURL}/_sandbox/${operation}`,
    { method: "POST", body: JSON.stringify(params) });
  if (!answer.ok) throw new Error(`${operation}: ${await answer.text()}`);
}

const room = (path) => `/wxaapi/broadcast/room/${path}`;
const goods = (path) => `/wxaapi/broadcast/goods/${path}`;
const role = (path) => `/wxaapi/broadcast/role/${path}`;

async function tokens() {
  for (const [name, stable] of [["get_access_token", false], ["get_stable_access_token", true]]) {
    const Token = app.getAccessToken().constructor;
    const token = new Token(appid, secret, null, null, app.getHttpClient(), stable);
    say(name, { errcode: (await token.getToken()) ? 0 : -1 });
  }
}

// The type goes into the form, as EasyWeChat has it.
async function upload(file, name = "upload of " + file) {
  const answer = await client.request("post", "/cgi-bin/media/upload", {
    formData: { media: createReadStream(`${images}/${file}`), type: "image" },
  });
  return say(name, answer.toObject()).media_id;
}

async function makeRooms(media) {
  const fields = {
    name: "EasyWeChat 专场", coverImg: media.cover, shareImg: media.share, feedsImg: media.feeds,
    startTime: now + 3600, endTime: now + 10800, anchorName: "小王主播", anchorWechat: "wang_live",
    type: 1, closeLike: 0, closeGoods: 0, closeComment: 0, closeReplay: 0, closeKf: 0,
  };
  const { roomId } = await post("create_room", room("create"), fields);
  const second = await post("create_room again", room("create"), { ...fields, name: "EasyWeChat 二场" });
  await post("edit_room", room("editroom"), { ...fields, id: roomId, name: "EasyWeChat 新名" });
  await post("delete_room", room("deleteroom"), { id: second.roomId });
  await post("get_live_info", "/wxa/business/getliveinfo", { start: 0, limit: 10 });
  await get("get_push_url", room("getpushurl"), { roomId });
  await get("get_shared_code", room("getsharedcode"), { roomId, params: "a=1&b=2" });
  await post("update_feed_public", room("updatefeedpublic"), { roomId, isFeedsPublic: 0 });
  await post("update_replay", room("updatereplay"), { roomId, closeReplay: 0 });
  await post("update_kf", room("updatekf"), { roomId, closeKf: 1 });
  await post("update_comment", room("updatecomment"), { roomId, banComment: 1 });
  return roomId;
}

async function staffRoom(roomId) {
  const username = "walle1";
  await post("add_assistant", room("addassistant"), { roomId, users: [{ username, nickname: "r1" }] });
  await post("modify_assistant", room("modifyassistant"), { roomId, username, nickname: "r2" });
  await get("get_assistant_list", room("getassistantlist"), { roomId });
  await post("remove_assistant", room("removeassistant"), { roomId, username });
  await post("add_sub_anchor", room("addsubanchor"), { roomId, username: "WalleAI" });
  await post("modify_sub_anchor", room("modifysubanchor"), { roomId, username: "WalleAI2" });
  await get("get_sub_anchor", room("getsubanchor"), { roomId });
  await post("delete_sub_anchor", room("deletesubanchor"), { roomId });
  await post("add_role", role("addrole"), { username: "walle1", role: 2 });
  await get("get_role_list", role("getrolelist"), { role: -1, offset: 0, limit: 30, keyword: "" });
  await post("delete_role", role("deleterole"), { username: "walle1", role: 2 });
}

async function stockLibrary(media) {
  const info = (name) => ({
    goodsInfo: { coverImgUrl: media.goods, name, priceType: 1, price: 99.5, url: "pages/index/index" },
  });
  await control("audit", { manual: true });
  const first = await post("goods_add", goods("add"), info("茶杯"));
  const second = await post("goods_add again", goods("add"), info("茶壶"));
  await post("goods_reset_audit", goods("resetaudit"),
    { auditId: first.auditId, goodsId: first.goodsId });
  await post("goods_update", goods("update"),
    { goodsInfo: { goodsId: first.goodsId, price: 88, priceType: 1 } });
  await post("goods_audit", goods("audit"), { goodsId: first.goodsId });
  for (const one of [first, second]) {
    await control("audit", { goods_id: Number(one.goodsId), approve: true });
  }
  await post("goods_info", "/wxa/business/getgoodswarehouse",
    { goods_ids: [first.goodsId, second.goodsId] });
  await get("goods_list", goods("getapproved"), { offset: 0, limit: 30, status: 2 });
  await post("goods_set_key", goods("setkey"), { goodsKey: ["name", "price"] });
  await get("goods_get_key", goods("getkey"), {});
  return [first.goodsId, second.goodsId];
}

async function runShow(roomId, ids) {
  const [goodsId, other] = ids;
  await post("add_goods", room("addgoods"), { ids, roomId });
  await post("goods_sale", goods("onsale"), { roomId, goodsId, onSale: 1 });
  await post("goods_sort", goods("sort"), { roomId, goods: [{ goodsId: other }, { goodsId }] });
  await post("goods_delete_in_room", goods("deleteInRoom"), { roomId, goodsId: other });
  await control("live", { room_id: Number(roomId), status: 101 });
  await post("goods_push", goods("push"), { roomId, goodsId });
  await control("follow", { openids: ["o1", "o2"], room_id: Number(roomId) });
  const page = await post("get_followers", "/wxa/business/get_wxa_followers", { limit: 1 });
  await post("get_followers again", "/wxa/business/get_wxa_followers",
    { limit: 1, page_break: page.page_break });
  await post("push_message", "/wxa/business/push_message",
    { room_id: roomId, user_openid: ["o1", "o2"] });
  await control("live", { room_id: Number(roomId), status: 103 });
  await control("clock", { advance: 3600 });
  await post("goods_video", goods("getVideo"), { roomId, goodsId });
  await post("get_live_replay", "/wxa/business/getliveinfo",
    { action: "get_replay", room_id: roomId, start: 0, limit: 10 });
  await post("goods_delete", goods("delete"), { goodsId: other });
}

async function operate(media) {
  const file = await client.get("/cgi-bin/media/get",
    { params: { media_id: media.goods }, responseType: "arraybuffer" });
  say("get_media", { errcode: file.getStatusCode() === 200 ? 0 : -1 });
  const unknown = await get("get_push_url of no room", room("getpushurl"), { roomId: 99 });
  const rid = /rid: ([\w-]+)/.exec(unknown.errmsg)?.[1];
  await post("get_rid_info", "/cgi-bin/openapi/rid/get", { rid });
  await post("get_api_quota", "/cgi-bin/openapi/quota/get", { cgi_path: room("create") });
  await post("clear_api_quota", "/cgi-bin/openapi/quota/clear",
    { cgi_path: "/channels/ec/basics/info/get" });
  await post("clear_quota", "/cgi-bin/clear_quota", { appid });
  await post("clear_quota_by_secret", "/cgi-bin/clear_quota/v2", { appid, appsecret: secret });
  await get("get_api_domain_ip", "/cgi-bin/get_api_domain_ip", {});
  await get("get_callback_ip", "/cgi-bin/getcallbackip", {});
  await post("check_callback", "/cgi-bin/callback/check",
    { action: "all", check_operator: "DEFAULT" });
  await post("apply_live_info", "/wxa/business/applyliveinfo", { action: "apply" });
}

await tokens();
const media = {
  cover: await upload("tea-cover.jpg", "upload_media"), share: await upload("tea-share.jpg"),
  feeds: await upload("tea-feeds.jpg"), goods: await upload("cup.png"),
};
const roomId = await makeRooms(media);
await staffRoom(roomId);
await runShow(roomId, await stockLibrary(media));
await operate(media);
