// Node with undici, axios, or the fetch that is built in.
//   CLIENT TASK URL BODY|- CALLS WARM_UP AT_A_TIME
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [client, , url, bodyFile, calls, warmUp] = process.argv.slice(2);
const body = bodyFile === "-" ? undefined : JSON.parse(readFileSync(bodyFile, "utf8"));
const headers = body ? { "content-type": "application/json" } : {};
const method = body ? "POST" : "GET";
// Where bench/run has had npm put them.
const load = createRequire(`${process.env.BENCH_NODE_DIR ?? "."}/package.json`);

const clients = {
  fetch: () => async () => (await fetch(url, { method, headers, body: text() })).json(),
  undici: () => {
    const { Pool } = load("undici");
    const { origin, pathname, search } = new URL(url);
    const pool = new Pool(origin, { connections: 1 });
    const path = pathname + search;
    return async () => (await pool.request({ method, path, headers, body: text() })).body.json();
  },
  axios: () => {
    const axios = load("axios");
    const { Agent } = load("node:http");
    const live = axios.create({ httpAgent: new Agent({ keepAlive: true }), proxy: false });
    return async () => (await live.request({ url, method, headers, data: body })).data;
  },
};

function text() {
  return body && JSON.stringify(body);
}

const call = clients[client]();

async function run(count) {
  let errors = 0;
  for (let i = 0; i < count; i++) {
    const answer = await call();
    if (answer.errcode !== 0) errors++;
  }
  return errors;
}

let errors = await run(Number(warmUp));
const began = process.hrtime.bigint();
const used = process.cpuUsage();
errors += await run(Number(calls));
const spent = process.cpuUsage(used);
const wall = Number(process.hrtime.bigint() - began) / 1e9;
console.log(JSON.stringify({
  calls: Number(calls), wall, cpu: (spent.user + spent.system) / 1e6,
  peak_kb: process.resourceUsage().maxRSS, errors,
}));
process.exit(errors ? 1 : 0);
