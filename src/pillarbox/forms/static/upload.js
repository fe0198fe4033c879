// <pillarbox-upload>: sends a visitor's files straight to the store, by a form that the site signed.
//
// In it stand the form's JSON (`<script type="application/json">`), unless `policy-url` says where to
// fetch it, and a plain `<form>` for browsers without script, which it replaces. It fires `progress`,
// `uploaded` and `refused`. What each attribute does: docs/page.md of Pillarbox.

import { Wording } from './upload_texts.js';
import { FormSource, expiryOf, mayForbidOverwrite, takesSeveral } from './upload_transfer.js';
import { Pace, Row, make } from './upload_row.js';

const STYLE = `
  :host {
    --accent: var(--pillarbox-accent, #1a5fb4); --on-accent: var(--pillarbox-on-accent, #fff);
    --surface: var(--pillarbox-surface, #fff); --text: var(--pillarbox-text, #1c1e21);
    --muted: var(--pillarbox-muted, #5a6069); --line: var(--pillarbox-line, #8a9099);
    --groove: var(--pillarbox-groove, #dfe3e8); --bad: var(--pillarbox-bad, #b3132b);
    --good: var(--pillarbox-good, #1e6b34); --radius: var(--pillarbox-radius, .6rem);
    display: block; box-sizing: border-box; color: var(--text); font: inherit; line-height: 1.45;
  }
  @media (prefers-color-scheme: dark) {
    :host(:not([theme="light"])) {
      --accent: var(--pillarbox-accent, #8ab8ff); --on-accent: var(--pillarbox-on-accent, #0d1b30);
      --surface: var(--pillarbox-surface, #1d2025); --text: var(--pillarbox-text, #e8eaed);
      --muted: var(--pillarbox-muted, #a8afb9); --line: var(--pillarbox-line, #6b737d);
      --groove: var(--pillarbox-groove, #3a3f47); --bad: var(--pillarbox-bad, #ff9aa5);
      --good: var(--pillarbox-good, #86d69b);
    }
  }
  [hidden] { display: none !important }
  p, ul { margin: 0; padding: 0 }
  .box, .total, li { background: var(--surface); border: 1px solid var(--groove); border-radius: var(--radius) }
  .box { border: 2px dashed var(--line); padding: 1.6rem 1rem; text-align: center }
  .box.over { border: 2px solid var(--accent) }
  .drop { font-size: 1.15rem; font-weight: 600 }
  .pick { display: flex; flex-wrap: wrap; gap: .6rem; justify-content: center; margin: .8rem 0 }
  .pick button { flex: 0 1 12rem }
  .note, .size, .say, .sum { color: var(--muted); font-size: .9rem }
  button {
    font: inherit; min-height: 2.75rem; padding: .4rem 1.1rem; border-radius: var(--radius); cursor: pointer;
    border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent);
  }
  button.quiet { background: transparent; color: var(--accent) }
  button:disabled { opacity: .5; cursor: default }
  button:focus-visible, li:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
  .total, li { margin-top: .75rem; padding: .7rem .9rem }
  .head, .foot { display: flex; gap: .4rem .8rem; align-items: center; justify-content: space-between }
  .head { align-items: baseline }
  .foot { flex-wrap: wrap }
  .say, .sum, .note { overflow-wrap: anywhere; word-break: keep-all }
  .say, .sum { flex: 1 1 12rem; font-variant-numeric: tabular-nums }
  .name { font-weight: 600; overflow-wrap: anywhere }
  .size { white-space: nowrap }
  .keys { display: flex; flex-wrap: wrap; gap: .5rem }
  .keys button { padding: .2rem .8rem; min-height: 2.25rem; font-size: .9rem }
  .id { user-select: all; font-family: ui-monospace, monospace; font-size: .85em }
  ul { list-style: none }
  li[data-state="refused"] .say, li[data-state="unfit"] .say, li[data-state="failed"] .say, .wrong { color: var(--bad) }
  li[data-state="uploaded"] .say { color: var(--good) }
  li[data-state="uploaded"] .say::before { content: "✓ " }
  progress {
    appearance: none; display: block; width: 100%; height: .5rem; margin: .4rem 0; border: 0;
    border-radius: 1rem; overflow: hidden; background: var(--groove); color: var(--accent);
  }
  progress::-webkit-progress-bar { background: var(--groove) }
  progress::-webkit-progress-value { background: var(--accent); transition: width .15s }
  progress::-moz-progress-bar { background: var(--accent) }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
  @media (hover: none) and (pointer: coarse) { .drop { display: none } }
  @media (forced-colors: active) { progress { border: 1px solid } }
  @media (prefers-reduced-motion: reduce) { progress::-webkit-progress-value { transition: none } }
`;

/** The element. */
export class PillarboxUpload extends HTMLElement {
  rows = [];
  running = 0;
  heard = false; // an answer of the store could be read, so CORS is as it should be
  strict = false; // the bucket wants forbid-overwrite named by the policy, which does not name it
  said = [];
  pace = new Pace();

  /** The language that it speaks, as a BCP 47 tag. */
  get language() {
    return this.wording.tag;
  }

  /** The page's title in that language. */
  get caption() {
    return this.wording.say('title');
  }

  get parallel() {
    return Math.max(1, Number(this.getAttribute('parallel')) || 3);
  }

  get retries() {
    return this.hasAttribute('retries') ? Number(this.getAttribute('retries')) || 0 : 5;
  }

  get wording() {
    const own = this.getAttribute('lang');
    return (this.words ??= new Wording([...(own ? [own] : []), ...navigator.languages]));
  }

  connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.shadowRoot.adoptedStyleSheets = [sheet];
    this.build();
    // While the page is still being read, what stands in the element isn't all there yet.
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => this.open());
    else this.open();
  }

  build() {
    const { wording } = this;
    const button = (key, onclick, className = '') =>
      make('button', { type: 'button', textContent: wording.say(key), onclick, className });
    const onchange = (event) => this.choose(event.target);
    this.fileInput = make('input', { type: 'file', hidden: true, onchange });
    this.folderInput = make('input', { type: 'file', hidden: true, webkitdirectory: true, onchange });
    this.fileKey = button('chooseFile', () => this.fileInput.click());
    this.folderKey = button('chooseFolder', () => this.folderInput.click(), 'quiet');
    this.note = make('p', { className: 'note', textContent: wording.say('opening') });
    this.dropText = make('p', { className: 'drop', textContent: wording.say('drop') });
    this.hint = make('p', { className: 'note', textContent: wording.say('hint') });
    this.again = button('retry', () => this.open(), 'quiet');
    this.box = make(
      'div',
      { className: 'box', role: 'group', ariaLabel: wording.say('title') },
      this.dropText,
      make('div', { className: 'pick' }, this.fileKey, this.folderKey, this.again),
      this.note,
      this.hint,
      this.fileInput,
      this.folderInput,
    );
    this.sumBar = make('progress', { max: 1, value: 0, ariaLabel: wording.say('total') });
    this.sum = make('p', { className: 'sum' });
    this.cancelKey = button('cancelAll', () => this.cancel(), 'quiet');
    const foot = make('div', { className: 'foot' }, this.sum, make('div', { className: 'keys' }, this.cancelKey));
    this.total = make('div', { className: 'total', hidden: true }, this.sumBar, foot);
    this.list = make('ul', { ariaLabel: wording.say('files') });
    this.live = make('p', { className: 'unseen', role: 'status' });
    this.frame = make('div', { lang: this.language }, this.box, this.total, this.list, this.live);
    this.box.part = 'box';
    this.shadowRoot.append(this.frame);
    this.listen();
  }

  listen() {
    for (const [name, over] of Object.entries({ dragenter: true, dragover: true, dragleave: false, drop: false })) {
      this.box.addEventListener(name, (event) => {
        event.preventDefault();
        this.box.classList.toggle('over', over);
        if (name === 'drop') this.drop(event.dataTransfer);
      });
    }
    addEventListener('beforeunload', (event) => {
      if (this.isConnected && this.rows.some((row) => row.open)) event.preventDefault();
    });
  }

  /** Get the form and show its limits; without one there is nothing to choose. */
  async open() {
    const { wording } = this;
    this.fileKey.disabled = this.folderKey.disabled = true;
    this.again.hidden = true;
    try {
      const text = this.querySelector('script[type="application/json"]')?.textContent ?? '';
      this.source ??= new FormSource(text, this.getAttribute('policy-url'));
      const form = await this.source.current();
      const expires = this.source.url ? Infinity : expiryOf(form);
      if (Date.now() >= expires) return this.close(wording.refusal({ code: 'PolicyExpired' }));
      this.limit(form, expires);
    } catch (error) {
      this.close(wording.noForm(error));
      this.again.hidden = !this.source?.url;
    }
  }

  limit(form, expires) {
    const { wording } = this;
    const { minSize, maxSize, contentTypes = [] } = form.limits ?? {};
    const several = takesSeveral(form);
    this.fileKey.disabled = this.folderKey.disabled = false;
    this.fileKey.textContent = wording.say(several ? 'chooseFiles' : 'chooseFile');
    this.dropText.textContent = wording.say(several ? 'drop' : 'dropOne');
    this.fileInput.multiple = several;
    this.folderKey.hidden = !several || !('webkitdirectory' in HTMLInputElement.prototype);
    this.fileInput.accept = this.getAttribute('accept') ?? contentTypes.join(',');
    const limits = [
      maxSize === null || maxSize === undefined ? '' : wording.say('atMost', { max: wording.size(maxSize) }),
      minSize > 1 ? wording.say('atLeast', { min: wording.size(minSize) }) : '',
      contentTypes.length ? wording.say('types', { types: wording.types(contentTypes) }) : '',
      expires < Infinity ? wording.say('expires', { time: wording.moment(new Date(expires)) }) : '',
    ];
    this.note.className = 'note';
    this.note.textContent = wording.line(limits.filter(Boolean));
    const rest = expires - Date.now();
    if (rest < 2 ** 31) setTimeout(() => this.close(wording.refusal({ code: 'PolicyExpired' })), rest);
  }

  close(text) {
    this.fileKey.disabled = this.folderKey.disabled = true;
    this.note.className = 'note wrong';
    this.note.textContent = text;
    this.announce(text);
  }

  /** Whether the store shall be asked to replace nothing. */
  forbids(form) {
    return this.hasAttribute('no-overwrite') && !this.strict && takesSeveral(form) && mayForbidOverwrite(form);
  }

  choose(input) {
    this.add([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
    input.value = '';
  }

  async drop({ items }) {
    if (this.fileKey.disabled) return;
    // All must be taken before the first pause: the browser clears the list then.
    const dropped = [...items]
      .filter(({ kind }) => kind === 'file')
      .map((item) => [item.getAsFile(), item.webkitGetAsEntry()]);
    try {
      const found = dropped.map(([file, entry]) =>
        entry?.isDirectory ? filesIn(entry) : [{ file, path: file.name }],
      );
      this.add((await Promise.all(found)).flat());
    } catch {
      // Chromium reads no dropped folder on a page that was opened from a file.
      this.hint.className = 'note wrong';
      this.hint.textContent = this.wording.say('folderUnread');
      this.announce(this.hint.textContent);
    }
  }

  /** Put files on the list and send them: `[{file, path}]`. */
  add(found) {
    const files = this.fileInput.multiple ? found : found.slice(0, 1);
    if (!files.length) return;
    this.hint.className = 'note';
    const isCut = files.length < found.length;
    this.hint.textContent = this.wording.say(isCut ? 'onlyOne' : 'hint', { name: files[0].path });
    const rows = files.map(({ file, path }) => new Row(this, file, path));
    this.rows.push(...rows);
    this.list.append(...rows.map((row) => row.element));
    const values = { count: rows.length, name: rows[0].path };
    this.announce(this.wording.say(rows.length === 1 ? 'addedOne' : 'added', values));
    if (isCut) this.announce(this.hint.textContent);
    const { form } = this.source;
    if (form) for (const row of rows) row.objects(form);
    this.pump();
    this.finish();
  }

  /** Start what waits, as many at a time as may be. */
  pump() {
    for (const row of this.rows) {
      if (this.running >= this.parallel) break;
      if (row.state !== 'waiting' || row.busy) continue;
      this.running += 1;
      row.busy = true;
      row.run().finally(() => {
        this.running -= 1;
        row.busy = false;
        this.pump();
        this.finish();
      });
    }
    this.refresh();
  }

  finish() {
    if (!this.rows.length || this.rows.some((row) => row.open)) return;
    const done = this.rows.filter((row) => row.state === 'uploaded').length;
    this.announce(this.wording.say('finished', { done, others: this.rows.length - done }));
    const next = this.getAttribute('next') || this.source.form?.fields.success_action_redirect;
    // A page that has taken the element away has gone on already.
    if (!next || done < this.rows.length || !this.isConnected) return;
    const url = new URL(next, document.baseURI);
    if (['http:', 'https:'].includes(url.protocol)) location.assign(url);
  }

  cancel() {
    for (const row of this.rows) if (row.open) row.cancel();
    this.fileKey.focus();
  }

  takeOff(row) {
    const index = this.rows.indexOf(row);
    this.rows.splice(index, 1);
    row.element.remove();
    (this.rows[index]?.element ?? this.fileKey).focus();
    this.refresh();
  }

  progress({ file, loaded }) {
    const sum = this.count();
    this.pace.add(sum.loaded);
    const detail = { file, loaded, size: file.size, totalLoaded: sum.loaded, totalSize: sum.size };
    this.emit('progress', detail);
    this.refresh();
  }

  /** Files and bytes of all that is stored or still to come. */
  count() {
    const rows = this.rows.filter((row) => row.open || row.state === 'uploaded');
    const add = (values) => values.reduce((sum, value) => sum + value, 0);
    return {
      count: rows.length,
      open: rows.some((row) => row.open),
      done: rows.filter((row) => row.state === 'uploaded').length,
      loaded: add(rows.map((row) => row.loaded)),
      size: add(rows.map((row) => row.file.size)),
    };
  }

  /** Draw the sum of all files, once a frame. */
  refresh() {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      this.draw();
    });
  }

  draw() {
    const { wording } = this;
    const { count, open, done, loaded, size } = this.count();
    this.total.hidden = count < 2;
    this.cancelKey.hidden = this.sumBar.hidden = !open;
    this.sumBar.max = size || 1;
    this.sumBar.value = loaded;
    const bytes = { loaded: wording.size(loaded), size: wording.size(size) };
    const parts = [wording.say('totalCount', { done, count }), wording.say('totalBytes', bytes)];
    if (open) parts.push(...this.pace.texts(wording, size - loaded));
    this.sum.textContent = wording.line(parts);
  }

  /** Tell it to who doesn't see the page; what comes in quick succession is told together. */
  announce(text) {
    this.said.push(text);
    if (this.said.length > 1) return;
    setTimeout(() => {
      this.live.textContent = this.said.join(' ');
      this.said = [];
    }, 150);
  }

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** The files of a dropped folder, those of its folders too. */
async function filesIn(entry, folder = '') {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path: folder + file.name }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    // It gives some of them at a time, none at the end.
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!entries.length) return found;
    for (const child of entries) found.push(...(await filesIn(child, `${folder}${entry.name}/`)));
  }
}

customElements.define('pillarbox-upload', PillarboxUpload);
