// Calls ali-oss as it is told on standard input, and writes on standard output what came of it.
//
// In:  {"options": {...}, "calls": [{"method": "put", "args": [...]}, ...]}
// Out: [{"value": ...} or {"error": {"name", "code", "status", "message", "requestId"}}, ...]
//
// Bytes travel as {"base64": "..."}. Besides the client's methods there are `fetchForm` and
// `formDataForm`, which post a form to a URL with the two libraries that Node programs use, and
// `assumeRole` of its class STS, whose endpoint is that of the options.

import { readFileSync } from "node:fs";
import http from "node:http";

import OSS from "ali-oss";
import FormData2 from "form-data";

const { options, calls } = JSON.parse(readFileSync(0, "utf8"));
const client = new OSS(options);

function decoded(value) {
  if (Array.isArray(value)) return value.map(decoded);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.base64 === "string") return Buffer.from(value.base64, "base64");
  if (typeof value.milliseconds === "number") return new Date(value.milliseconds);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, decoded(item)]));
}

function plain(value) {
  if (Buffer.isBuffer(value)) return { base64: value.toString("base64") };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const told = Object.entries(value).filter(([name]) => !["requestUrls", "timing"].includes(name));
  if (value.res) {
    told.push(["res", { status: value.res.status, headers: value.res.headers }]);
  }
  return Object.fromEntries(
    told.filter(([, item]) => typeof item !== "function").map(([n, i]) => [n, plain(i)]),
  );
}

async function fetchForm(url, fields, content, filename) {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  if (filename === null) form.append("file", content.toString("utf8"));
  else form.append("file", new Blob([content]), filename);
  const answer = await fetch(url, { method: "POST", body: form });
  return { status: answer.status, body: await answer.text() };
}

function formDataForm(url, fields, content, filename) {
  const form = new FormData2();
  for (const [name, value] of fields) form.append(name, value);
  form.append("file", content, { filename });
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: "POST", headers: form.getHeaders() }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("end", () =>
        resolve({ status: answer.statusCode, body: Buffer.concat(pieces).toString("utf8") }),
      );
    });
    request.on("error", reject);
    form.pipe(request);
  });
}

function assumeRole(...args) {
  return new OSS.STS(options).assumeRole(...args);
}

const others = { fetchForm, formDataForm, assumeRole };
const results = [];
for (const { method, args } of calls) {
  try {
    const called = others[method] ?? client[method].bind(client);
    results.push({ value: plain(await called(...decoded(args))) });
  } catch (error) {
    const { name, code, status, message, requestId } = error;
    results.push({ error: { name, code, status, message, requestId } });
  }
}
process.stdout.write(JSON.stringify(results, (_, value) => value ?? null));
