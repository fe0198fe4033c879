// The way of one file to the store, without anything that a visitor sees: where the form comes
// from, the key, what can be refused before anything is sent, sending, and the store's answer.

const FILENAME = '${filename}';
const FORBID = 'x-oss-forbid-overwrite';
const LEAST_VALIDITY = 60_000; // ms that a form from `policy-url` must still be good for
const STALL = 60_000; // ms without progress after which a connection counts as lost
const PASSING = ['ServiceUnavailable', 'InternalError', 'RequestTimeout', 'UploadTrafficRateLimitExceeded'];

/** Why there is no form: `why` names a text, `passing` says whether asking again may help. */
export class NoFormError extends Error {
  constructor(message, { why = null, passing = false } = {}) {
    super(message);
    Object.assign(this, { why, passing });
  }
}

/** Where the signed forms come from: the page, or a URL of the site that gives fresh ones. */
export class FormSource {
  /**
   * @param {string} text the JSON of `SignedForm.to_json`, empty for none
   * @param {string | null} url that answers with such JSON
   */
  constructor(text, url) {
    this.url = url;
    this.form = text.trim() ? readForm(text) : null;
  }

  /** The form to be used now; a fresh one shortly before the last one expires. */
  async current() {
    if (this.url && (!this.form || expiryOf(this.form) - Date.now() < LEAST_VALIDITY)) await this.renew();
    if (!this.form) throw new NoFormError('pillarbox-upload: neither policy-url nor a form in the element');
    return this.form;
  }

  /** Fetch a fresh form; all who ask at the same time share one request. */
  renew() {
    this.renewing ??= this.fetch().finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  /** Why the store would refuse a file, told before it is sent: a code, or null. */
  objectionTo(form, file) {
    const { minSize = 0, maxSize = null, contentTypes = [] } = form.limits ?? {};
    const type = file.type || 'application/octet-stream';
    const fits = (allowed) => (allowed.endsWith('/*') ? type.startsWith(allowed.slice(0, -1)) : type === allowed);
    // A fresh form that seems to have expired shows that the visitor's clock is wrong.
    if (!this.url && Date.now() >= expiryOf(form)) return 'PolicyExpired';
    if (maxSize !== null && file.size > maxSize) return 'EntityTooLarge';
    if (file.size < minSize) return 'EntityTooSmall';
    if (contentTypes.length && !contentTypes.some(fits)) return 'TypeNotAllowed';
    return null;
  }

  async fetch() {
    const [answer, text] = await this.ask();
    const passing = isPassing(answer.status);
    if (!answer.ok) throw new NoFormError(`${answer.status} ${answer.statusText}`, { passing });
    this.form = readForm(text);
  }

  async ask() {
    const signal = AbortSignal.timeout(STALL);
    try {
      const answer = await fetch(this.url, { headers: { Accept: 'application/json' }, cache: 'no-store', signal });
      return [answer, await answer.text()];
    } catch (error) {
      throw new NoFormError(error.message, { why: 'siteSilent', passing: true });
    }
  }
}

function readForm(text) {
  try {
    const form = JSON.parse(text);
    if (typeof form.url === 'string' && typeof form.fields.key === 'string') return form;
  } catch {
    // A page to log in, say.
  }
  throw new NoFormError('no form', { why: 'notAForm' });
}

/** Whether the same request may soon be answered better. */
function isPassing(status) {
  return [429, 502, 503, 504].includes(status);
}

/** When a form expires, in milliseconds since the epoch. */
export function expiryOf(form) {
  return Date.parse(form.limits?.expires ?? '') || Infinity;
}

/** Whether a form leaves the object's name to the visitor's file, so that it takes several. */
export function takesSeveral(form) {
  return form.fields.key.includes(FILENAME);
}

/**
 * Under which key a file goes. Where the key ends in `${filename}` the policy fixes what is in
 * front of it, so a path fits there; elsewhere the store puts the file's own name in.
 * @param {string} path of the file, with its folders if a folder was chosen
 * @param {number} number from 2 on it makes another name of it: "cv (2).pdf"
 */
export function placeOf(form, path, number) {
  const [, folder, stem, ending] = /^(.*\/)?(.+?)(\.[^./]*)?$/s.exec(path);
  const filename = number > 1 ? `${stem} (${number})${ending ?? ''}` : `${stem}${ending ?? ''}`;
  const template = form.fields.key;
  const name = (folder ?? '') + filename;
  // The store would fill in a `${filename}` of the visitor's too.
  const isOurs = template.endsWith(FILENAME) && !name.includes(FILENAME);
  const key = isOurs ? template.slice(0, -FILENAME.length) + name : template;
  return { key, filename, name };
}

/** Whether the policy lets a form ask that nothing be replaced; true also where it is silent. */
export function mayForbidOverwrite(form) {
  return conditionsOf(form).every((condition) => {
    const [operator, name, value] = Array.isArray(condition)
      ? condition
      : ['eq', `$${Object.keys(condition)[0]}`, Object.values(condition)[0]];
    if (String(name).toLowerCase() !== `$${FORBID}`) return true;
    return { eq: value === 'true', in: value.includes('true'), 'not-in': !value.includes('true') }[
      String(operator).toLowerCase()
    ] ?? 'true'.startsWith(value);
  });
}

function conditionsOf(form) {
  try {
    const bytes = Uint8Array.from(atob(form.fields.policy ?? ''), (character) => character.charCodeAt(0));
    // OSS takes `\$`, which is no JSON.
    return JSON.parse(new TextDecoder().decode(bytes).replace(/(?<!\\)\\\$/g, '$')).conditions ?? [];
  } catch {
    return [];
  }
}

/** Whether a form is signed for Amazon S3, which refuses every field that its policy doesn't name. */
const isForS3 = (form) => 'x-amz-signature' in form.fields || 'AWSAccessKeyId' in form.fields;

const namesType = (condition) =>
  (Array.isArray(condition) ? [condition[1]] : Object.keys(condition))
    .some((name) => /^\$?content-type$/i.test(name));

/** The fields of a form in order, for one file. */
function fieldsFor(form, file, place, forbid) {
  const fields = { ...form.fields, key: place.key };
  if (!isForS3(form)) {
    if (forbid) fields[FORBID] ??= 'true';
  } else if (conditionsOf(form).some(namesType)) {
    // S3 looks at the field, and not at the type of the file part.
    fields['Content-Type'] ??= file.type || 'application/octet-stream';
  }
  return Object.entries(fields);
}

/**
 * Send a file.
 * @param {(loaded: number) => void} tell how many of the file's bytes are gone
 * @returns an answer, whose `kind` is `stored`, `refused`, `lost` (the network, or no CORS; then
 *   `begun` says whether any byte went off) or `cancelled`
 */
export function send(form, file, place, { forbid, signal, tell }) {
  const body = new FormData();
  for (const [name, value] of fieldsFor(form, file, place, forbid)) body.append(name, value);
  body.append('file', file, place.filename); // the last: stores read no field behind it
  const sending = form.fields.success_action_redirect ? sendUnwatched : sendWatched;
  return sending(form.url, body, file.size, signal, tell);
}

function sendWatched(url, body, size, signal, tell) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    let [begun, stall] = [false, null];
    const watch = () => {
      clearTimeout(stall);
      stall = setTimeout(() => request.abort(), STALL);
    };
    const end = (answer) => {
      clearTimeout(stall);
      resolve(answer);
    };
    request.upload.onprogress = ({ loaded, total }) => {
      begun = true;
      watch();
      tell(Math.min(size, Math.round((size * loaded) / total)));
    };
    request.upload.onload = () => clearTimeout(stall); // from here on the store is at work
    request.onload = () => {
      const text = request.responseText;
      end(readAnswer(request.status, text, (name) => request.getResponseHeader(name)));
    };
    request.onerror = () => end({ kind: 'lost', begun });
    request.onabort = () => end(signal.aborted ? { kind: 'cancelled' } : { kind: 'lost', begun: true });
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.open('POST', url);
    watch();
    request.send(body);
  });
}

/**
 * A form with a redirect: a request that shows its progress would follow it to the site's page and
 * could not tell whether the file was stored, so this one stops at the redirect.
 */
async function sendUnwatched(url, body, size, signal, tell) {
  if (!(await isReadable(url, signal))) return signal.aborted ? { kind: 'cancelled' } : { kind: 'lost', begun: false };
  try {
    const answer = await fetch(url, { method: 'POST', body, redirect: 'manual', signal });
    tell(size);
    if (answer.type === 'opaqueredirect') return { kind: 'stored', status: 303 };
    return readAnswer(answer.status, await answer.text(), (name) => answer.headers.get(name));
  } catch {
    return signal.aborted ? { kind: 'cancelled' } : { kind: 'lost', begun: true };
  }
}

const readable = new Set(); // URLs whose answers this page may read

/**
 * Whether this page may read what a store answers, and the store itself answers there. `fetch` posts
 * a form without asking: where no CORS rule lets the page in, the file would be stored and the page
 * told of a failure; and where something else redirects, that would look like the form's redirect.
 * A listener for progress makes the browser ask first, so a form without a file finds out.
 */
async function isReadable(url, signal) {
  if (readable.has(url)) return true;
  const found = await new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = () => {};
    request.onload = () => resolve(request.responseURL === new URL(url).href);
    request.onerror = request.onabort = request.ontimeout = () => resolve(false);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.open('POST', url);
    request.timeout = STALL;
    request.send(new FormData());
  });
  if (found) readable.add(url);
  return found;
}

function readAnswer(status, text, header) {
  const xml = text.startsWith('<') ? new DOMParser().parseFromString(text, 'application/xml') : null;
  const child = (name) => xml?.getElementsByTagName(name)[0]?.textContent ?? null;
  const answer = {
    status,
    requestId: child('RequestId') ?? header('x-oss-request-id'),
    code: child('Code'),
    message: child('Message'),
  };
  if (status >= 200 && status < 300) {
    // 203: the object is stored, but the site's callback failed.
    const etag = child('ETag') ?? header('etag');
    return { ...answer, kind: 'stored', key: child('Key'), etag, location: child('Location'), text };
  }
  answer.code ??= `HTTP ${status}`;
  if (answer.code === 'AccessDenied' && /Policy expired/i.test(answer.message)) answer.code = 'PolicyExpired';
  const passing = PASSING.includes(answer.code) || isPassing(status);
  return { ...answer, kind: 'refused', passing };
}

/** Whether a refusal only means that a strict bucket's policy does not name forbid-overwrite. */
export function isUncovered(answer) {
  return answer.code === 'AccessDenied' && answer.message?.endsWith(`Extra input fields: ${FORBID}`);
}

/** Whether the store answers at all, even if the browser keeps its answers from this page. */
export async function isReachable(form) {
  try {
    await fetch(form.url, { method: 'HEAD', mode: 'no-cors', cache: 'no-store', credentials: 'omit' });
    return true;
  } catch {
    return false;
  }
}

/** Post a file as a plain HTML form does; the browser then shows the answer in `target`. */
export function postPlainly(form, file, place, forbid, target) {
  const element = document.createElement('form');
  Object.assign(element, { action: form.url, method: 'post', enctype: 'multipart/form-data', target });
  element.hidden = true;
  const files = new DataTransfer();
  files.items.add(new File([file], place.filename, { type: file.type }));
  for (const [name, value] of fieldsFor(form, file, place, forbid)) {
    element.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  }
  const input = Object.assign(document.createElement('input'), { type: 'file', name: 'file' });
  input.files = files.files;
  element.append(input);
  document.body.append(element);
  HTMLFormElement.prototype.submit.call(element); // a field may be named `submit`
  element.remove();
}
