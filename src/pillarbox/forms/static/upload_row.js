// One file on its way: its line in the list, retries after a failure, another name if one is taken.

import { isReachable, isUncovered, placeOf, postPlainly, send, takesSeveral } from './upload_transfer.js';

/** Buttons of a row in each of its states; a state that is not here has none. */
const KEYS = {
  waiting: ['cancel'],
  sending: ['cancel'],
  lost: ['retry', 'cancel'],
  failed: ['retry', 'remove'],
  refused: ['retry', 'remove'],
  unfit: ['remove'],
  cancelled: ['retry', 'remove'],
  blocked: ['sendPlainly', 'retry', 'remove'],
};
const PACE = 4000; // ms over which a speed is measured

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** How fast bytes go, over the last seconds. */
export class Pace {
  samples = [];

  add(loaded) {
    const now = performance.now();
    if (loaded < (this.samples.at(-1)?.[1] ?? 0)) this.samples = [];
    this.samples.push([now, loaded]);
    while (this.samples.length > 2 && now - this.samples[0][0] > PACE) this.samples.shift();
  }

  /** Bytes a second, 0 while there is nothing to tell. */
  get speed() {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    return first && last[0] - first[0] > 250 ? ((last[1] - first[1]) / (last[0] - first[0])) * 1000 : 0;
  }

  /** "3 MB/s" and "4 s left", as far as they are known. */
  texts(wording, missing) {
    const speed = this.speed;
    if (!speed) return [];
    const time = wording.seconds(missing / speed);
    return [wording.say('speed', { speed: wording.size(speed) }), wording.say('left', { time })];
  }
}

/** One file: its line in the list, and its way through retries and names to the store. */
export class Row {
  constructor(owner, file, path) {
    Object.assign(this, { owner, file, path, state: 'waiting', loaded: 0, pace: new Pace(), number: 1 });
    const wording = owner.wording;
    this.bar = make('progress', { max: file.size || 1, value: 0, ariaLabel: path });
    this.say = make('p', { className: 'say' });
    this.keys = make('div', { className: 'keys' });
    const name = make('span', { className: 'name', textContent: path });
    const size = make('span', { className: 'size', textContent: wording.size(file.size) });
    this.element = make(
      'li',
      { tabIndex: -1 },
      make('div', { className: 'head' }, name, size),
      this.bar,
      make('div', { className: 'foot' }, this.say, this.keys),
    );
    this.element.part = 'row';
    this.show('waiting', wording.say('waiting'));
  }

  /** Whether it is still to come, so that it counts as work to be done. */
  get open() {
    return ['waiting', 'sending', 'lost'].includes(this.state);
  }

  /** Change the state: text, buttons, and where the keyboard's focus goes if its button goes. */
  show(state, text, ...more) {
    const focused = this.keys.contains(this.owner.shadowRoot.activeElement);
    this.say.replaceChildren(text, ...more);
    if (state === this.state && this.keys.childElementCount) return;
    this.state = this.element.dataset.state = state;
    this.bar.hidden = !['sending', 'lost'].includes(state);
    this.keys.replaceChildren(...(KEYS[state] ?? []).map((key) => this.button(key)));
    if (focused) (this.keys.firstElementChild ?? this.element).focus();
    this.owner.refresh();
  }

  button(key) {
    const textContent = this.owner.wording.say(key);
    const ariaLabel = `${textContent} ${this.path}`;
    const onclick = () => this[key]();
    return make('button', { type: 'button', className: 'quiet', textContent, ariaLabel, onclick });
  }

  cancel() {
    this.abort?.abort();
    this.wake?.();
    this.show('cancelled', this.owner.wording.say('cancelled'));
  }

  retry() {
    if (this.wake) return this.wake();
    this.show('waiting', this.owner.wording.say('waiting'));
    this.owner.pump();
  }

  remove() {
    this.owner.takeOff(this);
  }

  async sendPlainly() {
    const form = await this.owner.source.current();
    const target = this.owner.rows.length > 1 ? '_blank' : '_self';
    postPlainly(form, this.file, placeOf(form, this.path, this.number), this.owner.forbids(form), target);
  }

  /** Send the file, again where the network failed and under another name where one is taken. */
  async run() {
    const { owner } = this;
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.tries = 0;
    this.renewed = this.doubted = false;
    for (let again = true; again; ) {
      let form;
      try {
        form = await owner.source.current();
      } catch (error) {
        again = !signal.aborted && (await this.afterNoForm(error));
        if (signal.aborted) return;
        continue;
      }
      if (signal.aborted || this.objects(form)) return;
      this.tell(0);
      const place = placeOf(form, this.path, this.number);
      const ways = { forbid: owner.forbids(form), signal, tell: (loaded) => this.tell(loaded) };
      const answer = await send(form, this.file, place, ways);
      owner.heard ||= ['stored', 'refused'].includes(answer.kind) || answer.begun === true;
      if (answer.kind === 'stored') return this.store(answer, place);
      if (signal.aborted) return;
      again = answer.kind === 'lost' ? await this.afterLoss(form) : await this.afterRefusal(answer, form);
      if (signal.aborted) return;
    }
  }

  /** Whether a limit of the form rules the file out, before anything is sent; then it says so. */
  objects(form) {
    const code = this.owner.source.objectionTo(form, this.file);
    if (code) this.refuse({ code, status: null, message: null, requestId: null }, form);
    return code !== null;
  }

  /** What a site that gives no form comes to: another try (true), or the end with a button (false). */
  async afterNoForm(error) {
    const why = this.owner.wording.noForm(error);
    if (error.passing && this.tries < this.owner.retries) return this.pause(why);
    this.fail(why);
    return false;
  }

  /** What a lost connection comes to: another try (true), or the end with a button (false). */
  async afterLoss(form) {
    const { owner } = this;
    if (!owner.heard && (await isReachable(form))) {
      if (this.abort.signal.aborted) return false;
      // Once more at once, for the network may have failed just then; twice, and it is CORS.
      if (this.doubted) this.block();
      this.doubted = !this.doubted;
      return this.doubted;
    }
    if (this.tries < owner.retries) return this.pause(owner.wording.say('lost'));
    this.fail(owner.wording.say('failed', { tries: owner.retries }));
    return false;
  }

  /** What a refusal comes to: another try (true), or a sentence (false). */
  async afterRefusal(answer, form) {
    const { owner } = this;
    if (isUncovered(answer) && !owner.strict) return (owner.strict = true);
    if (answer.code === 'FileAlreadyExists' && takesSeveral(form) && this.number < 999) {
      this.number += 1;
      return true;
    }
    if (answer.code === 'PolicyExpired' && owner.source.url && !this.renewed) {
      owner.source.form = null;
      return (this.renewed = true);
    }
    if (answer.passing && this.tries < owner.retries) return this.pause(owner.wording.refusal(answer));
    this.refuse(answer, form);
    return false;
  }

  /** Wait some seconds; less if the visitor presses the button or the network comes back. */
  async pause(why) {
    const seconds = Math.min(30, 2 ** this.tries);
    this.tries += 1;
    const end = Date.now() + seconds * 1000;
    const say = () => {
      const time = this.owner.wording.seconds((end - Date.now()) / 1000);
      this.show('lost', this.owner.wording.say('nextTry', { why, time }));
    };
    say();
    this.owner.announce(`${this.path}: ${this.say.textContent}`);
    const ticking = setInterval(say, 1000);
    await new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, seconds * 1000);
      addEventListener('online', resolve, { once: true });
    });
    clearInterval(ticking);
    this.wake = null;
    return true;
  }

  /** So many of the file's bytes are gone. */
  tell(loaded) {
    const { wording } = this.owner;
    this.loaded = this.bar.value = loaded;
    this.pace.add(loaded);
    const size = this.file.size;
    const whole = size > 0 && loaded >= size;
    const parts = [wording.say('sending'), wording.percent(size ? loaded / size : 0)];
    const text = wording.line([...parts, ...this.pace.texts(wording, size - loaded)]);
    this.show('sending', whole ? wording.say('finishing') : text);
    this.owner.progress(this);
  }

  store(answer, place) {
    const { wording } = this.owner;
    this.loaded = this.file.size;
    const name = this.number > 1 ? wording.say('uploadedAs', { name: place.name }) : wording.say('uploaded');
    const untold = answer.code === 'CallbackFailed';
    const text = untold ? wording.say('sentences', { one: name, other: wording.refusal(answer) }) : name;
    const id = untold && answer.requestId ? wording.say('request', { id: answer.requestId }) : '';
    this.show('uploaded', text, ...(id ? [' ', make('span', { className: 'id', textContent: id })] : []));
    this.owner.announce(`${this.path}: ${text} ${id}`.trim());
    const { etag, location, requestId, status, text: body } = answer;
    const key = answer.key ?? place.key;
    const detail = { file: this.file, name: place.name, key, etag, location, requestId, status, body };
    this.owner.emit('uploaded', detail);
  }

  refuse(answer, form) {
    const { wording } = this.owner;
    const { maxSize, minSize, contentTypes = [] } = form.limits ?? {};
    const bound = answer.code === 'EntityTooSmall' ? (minSize ?? 0) : (maxSize ?? 5 * 1024 ** 3);
    const [size, limit] = wording.sizes(this.file.size, bound);
    const sentence = wording.refusal(answer, {
      size,
      limit,
      type: this.file.type || '?',
      types: wording.types(contentTypes),
    });
    const { code, status, message, requestId } = answer;
    const told = requestId ? wording.say('request', { id: requestId }) : '';
    this.loaded = 0;
    this.show(status ? 'refused' : 'unfit', sentence, ' ', make('span', { className: 'id', textContent: told }));
    this.owner.announce(`${this.path}: ${sentence} ${told}`);
    const detail = { file: this.file, name: this.path, code, status, message, requestId, sentence };
    this.owner.emit('refused', detail);
  }

  fail(text) {
    this.show('failed', text);
    this.owner.announce(`${this.path}: ${text}`);
  }

  block() {
    const text = this.owner.wording.say('blocked');
    this.show('blocked', text);
    this.owner.announce(`${this.path}: ${text}`);
  }
}
