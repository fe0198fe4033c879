// Posts a form that ali-oss signed by calculatePostSignature. One argument: JSON.
import OSS from 'ali-oss';
import axios from 'axios';
import FormData from 'form-data';

const task = JSON.parse(process.argv[2]);
const { accessKeyId, accessKeySecret, bucket } = task;
const client = new OSS({ accessKeyId, accessKeySecret, bucket, region: `oss-${task.region}` });
const { OSSAccessKeyId, Signature, policy } = client.calculatePostSignature({
  expiration: task.expiration,
  conditions: [{ bucket }, ['content-length-range', 0, 1024], ['eq', '$key', task.key]],
});

const form = new FormData();
form.append('key', task.key);
form.append('OSSAccessKeyId', OSSAccessKeyId);
form.append('policy', policy);
form.append('Signature', Signature);
form.append('success_action_status', '200');
form.append('file', 'hello from ali-oss');
await axios.post(task.action, form);
