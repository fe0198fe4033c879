// Posts a form that ali-oss signed by signPostObjectPolicyV4. One argument: JSON.
import { createRequire } from 'node:module';
import OSS from 'ali-oss';
import axios from 'axios';
import FormData from 'form-data';

const require = createRequire(import.meta.url);
const { getCredential } = require('ali-oss/lib/common/signUtils');
const { policy2Str } = require('ali-oss/lib/common/utils/policy2Str');

const task = JSON.parse(process.argv[2]);
const { accessKeyId, accessKeySecret, bucket } = task;
const client = new OSS({ accessKeyId, accessKeySecret, bucket, region: `oss-${task.region}` });
const date = new Date(task.date);
const compact = task.date.replace(/[-:]/g, '');
const credential = getCredential(compact.slice(0, 8), task.region, accessKeyId);
const policy = {
  expiration: task.expiration,
  conditions: [
    { bucket },
    { 'x-oss-credential': credential },
    { 'x-oss-date': compact },
    { 'x-oss-signature-version': 'OSS4-HMAC-SHA256' },
    ['content-length-range', 1, 1024],
    ['eq', '$success_action_status', '200'],
    ['starts-with', '$key', task.key],
    ['in', '$content-type', ['image/jpg', 'text/plain']],
    ['not-in', '$cache-control', ['no-cache']],
  ],
};

const form = new FormData();
form.append('key', task.key);
form.append('Content-Type', 'text/plain');
form.append('Cache-Control', 'max-age=30');
form.append('x-oss-date', compact);
form.append('x-oss-credential', credential);
form.append('x-oss-signature-version', 'OSS4-HMAC-SHA256');
form.append('policy', Buffer.from(policy2Str(policy), 'utf8').toString('base64'));
form.append('x-oss-signature', client.signPostObjectPolicyV4(policy, date));
form.append('success_action_status', '200');
form.append('file', 'hello from ali-oss');
await axios.post(task.action, form, { headers: { 'Content-Type': 'multipart/form-data' } });
