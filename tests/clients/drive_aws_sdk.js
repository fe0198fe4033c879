// Calls the AWS SDK for JavaScript as it is told on standard input, and writes on standard output
// what came of it.
//
// In:  {"options": {...}, "calls": [{"method": "PutObject", "args": [{...}]}, ...]}
// Out: [{"value": ...} or {"error": {"name", "status", "message", "requestId"}}, ...]
//
// Bytes travel as {"base64": "..."}; {"stream": "..."} becomes a stream of them. Besides the commands
// of S3 there are `getSignedUrl` of a command, `createPresignedPost`, and `fetch` and `fetchForm`, which
// send what these made.

import { readFileSync } from "node:fs";
import { Readable } from "node:stream";

import * as sdk from "@aws-sdk/client-s3";
import { createPresignedPost } from "@aws-sdk/s3-presigned-post";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const PIECE = 64 * 1024;

const { options, calls } = JSON.parse(readFileSync(0, "utf8"));
const client = new sdk.S3Client(options);

function* pieces(bytes) {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

function decoded(value) {
  if (Array.isArray(value)) return value.map(decoded);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.base64 === "string") return Buffer.from(value.base64, "base64");
  if (typeof value.stream === "string") {
    return Readable.from(pieces(Buffer.from(value.stream, "base64")));
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, decoded(item)]));
}

function command(name, input) {
  return new sdk[`${name}Command`](input);
}

async function send(name, input = {}) {
  const { $metadata, Body, ...answer } = await client.send(command(name, input));
  if (Body !== undefined) {
    answer.Body = { base64: Buffer.from(await Body.transformToByteArray()).toString("base64") };
  }
  return { ...answer, status: $metadata.httpStatusCode };
}

async function told(answer) {
  const body = Buffer.from(await answer.arrayBuffer()).toString("utf8");
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body };
}

const others = {
  getSignedUrl: (name, input, further) => getSignedUrl(client, command(name, input), further),
  createPresignedPost: (wanted) => createPresignedPost(client, wanted),
  fetch: async (url, request) => told(await fetch(url, request)),
  fetchForm: async ({ url, fields }, content, filename) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", new Blob([content]), filename);
    return told(await fetch(url, { method: "POST", body: form }));
  },
};

const results = [];
for (const { method, args } of calls) {
  const call = others[method] ?? ((...input) => send(method, ...input));
  try {
    results.push({ value: await call(...decoded(args)) });
  } catch (error) {
    const { name, message, $metadata } = error;
    const { httpStatusCode: status, requestId } = $metadata ?? {};
    results.push({ error: { name, status, message, requestId } });
  }
}
process.stdout.write(JSON.stringify(results, (_, value) => value ?? null));
