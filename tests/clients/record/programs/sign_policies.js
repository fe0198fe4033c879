// Signs policies with ali-oss, V1 and V4, and encodes callbacks with it.
// One argument: JSON with the credentials, the policies by name (as objects) and the callbacks.
// Prints JSON: what ali-oss made of each.
import { createRequire } from 'node:module';
import OSS from 'ali-oss';

const require = createRequire(import.meta.url);
const { encodeCallback } = require('ali-oss/lib/common/callback');
const { policy2Str } = require('ali-oss/lib/common/utils/policy2Str');

const task = JSON.parse(process.argv[2]);
const { accessKeyId, accessKeySecret, region } = task;
const client = new OSS({ accessKeyId, accessKeySecret, bucket: 'any', region: `oss-${region}` });

const v1 = {};
for (const [name, policy] of Object.entries(task.v1)) {
  v1[name] = client.calculatePostSignature(policy);
}
const v4 = {};
for (const [name, policy] of Object.entries(task.v4)) {
  v4[name] = {
    policy: Buffer.from(policy2Str(policy), 'utf8').toString('base64'),
    'x-oss-signature': client.signPostObjectPolicyV4(policy, new Date(task.date)),
  };
}
const callbacks = {};
for (const [name, callback] of Object.entries(task.callbacks)) {
  const request = {};
  encodeCallback(request, { callback });
  callbacks[name] = request.headers['x-oss-callback'];
}
process.stdout.write(JSON.stringify({ v1, v4, callbacks }));
