// An answer that holds what not everybody may see: it is taken in whole, cut down, and only then is anything of it handed
// on. What cannot be read to its end, decoded or understood is 502: nothing passes unfiltered.

import { FramegateError } from '../kernel/errors.ts';
import { decodeAnswer } from './answer-coding.ts';
import type { AnswerReceiver, UpstreamControl } from './engines/engine.ts';

export interface AnswerFilter {
  /** HTML alone is cut down; every other type passes as it comes. */
  readonly htmlOnly: boolean;
  /** @returns What is shown instead; undefined: the answer has no known form. */
  apply(text: string): string | undefined;
}

interface FilteredAnswerOptions {
  readonly filter: AnswerFilter;
  /** Of a HEAD request: the answer has no body. */
  readonly headRequest: boolean;
  /** How long the upstream may be silent within its answer, in milliseconds. */
  readonly idleMs: number;
  /** Called once where the answer is held back, with what gives it up; as `onOpenAnswer` of forward.ts. */
  onHeld(giveUp: () => void): void;
}

/** The longest answer that is cut down, in bytes, as it comes and decoded. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Headers of the body that is replaced; a cut-down answer is nobody's to keep or to ask for in parts. */
const OF_THE_BODY = new Set([
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'content-range',
  'accept-ranges',
  'etag',
  'last-modified',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'cache-control',
  'trailer',
]);

const NO_BODY = new Set([204, 205, 304]);
const NO_MORE: UpstreamControl = { resume() {}, destroy() {} };

/** Stands before the receiver of an answer; what it hands on is one whole answer in one turn. */
export class FilteredAnswer implements AnswerReceiver {
  readonly #inner: AnswerReceiver;
  readonly #options: FilteredAnswerOptions;
  #control: UpstreamControl | undefined;
  #status = 0;
  #headers: readonly string[] = [];
  #chunks: Buffer[] = [];
  #size = 0;
  #passes = false;
  #isOver = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(inner: AnswerReceiver, options: FilteredAnswerOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  head(status: number, rawHeaders: readonly string[], control: UpstreamControl): void {
    // 304 holds nothing, and a page that was cut down is in no cache.
    if (this.#options.filter.htmlOnly && (status === 304 || !mayBeHtml(rawHeaders))) {
      this.#passes = true;
      this.#inner.head(status, rawHeaders, control);
      return;
    }
    // A range was not asked for, and a part of an answer cannot be cut down.
    if (status === 206) throw fault('filtered-part');
    this.#status = status;
    this.#headers = rawHeaders;
    this.#control = control;
    this.#options.onHeld(() => this.#fail(fault('session-ended')));
    if (!this.#isOver) this.#idle = setTimeout(() => this.#fail(fault('filtered-idle')), this.#options.idleMs);
  }

  data(chunk: Buffer): boolean {
    if (this.#passes) return this.#inner.data(chunk);
    if (this.#isOver) return true;
    this.#idle?.refresh();
    this.#size += chunk.length;
    if (this.#size <= MAX_ANSWER_BYTES) this.#chunks.push(chunk);
    else this.#fail(fault('filtered-too-large'));
    return true;
  }

  end(): void {
    if (this.#passes) {
      this.#inner.end();
      return;
    }
    if (this.#isOver) return;
    clearTimeout(this.#idle);
    if (this.#options.headRequest || NO_BODY.has(this.#status)) this.#handOn(undefined);
    else void this.#cutDown();
  }

  failed(error: FramegateError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#idle);
    this.#inner.failed(error);
  }

  async #cutDown(): Promise<void> {
    try {
      const body = Buffer.concat(this.#chunks);
      this.#chunks = [];
      const text = await decodeAnswer(body, this.#headers, MAX_ANSWER_BYTES);
      if (typeof text !== 'string') throw fault(text.fault);
      const kept = this.#isOver ? undefined : this.#options.filter.apply(text);
      if (this.#isOver) return;
      // A redirect does without its body.
      const isRedirect = this.#status >= 300 && this.#status < 400;
      if (kept === undefined && !isRedirect) throw fault('filtered-form');
      this.#handOn(kept === undefined ? undefined : Buffer.from(kept));
    } catch (error) {
      this.#fail(error instanceof FramegateError ? error : new FramegateError('FRAMEGATE_INTERNAL', { cause: error }));
    }
  }

  #handOn(body: Buffer | undefined): void {
    this.#isOver = true;
    try {
      this.#inner.head(this.#status, replaceHeaders(this.#headers, body, this.#options.headRequest), NO_MORE);
    } catch (error) {
      this.#inner.failed(error instanceof FramegateError ? error : new FramegateError('FRAMEGATE_INTERNAL', { cause: error }));
      return;
    }
    if (body !== undefined && body.length > 0) this.#inner.data(body);
    this.#inner.end();
  }

  #fail(error: FramegateError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#idle);
    this.#chunks = [];
    this.#control?.destroy();
    this.#inner.failed(error);
  }
}

function replaceHeaders(raw: readonly string[], body: Buffer | undefined, headRequest: boolean): readonly string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (!OF_THE_BODY.has(name.toLowerCase())) kept.push(name, raw[i + 1] ?? '');
  }
  // How long an answer to HEAD would be is not known; the length of the whole one would tell of what is left out.
  if (!headRequest) kept.push('Content-Length', String(body?.length ?? 0));
  kept.push('Cache-Control', 'no-store');
  return kept;
}

/** Where a type is missing, browsers guess. */
function mayBeHtml(raw: readonly string[]): boolean {
  const types = raw.filter((_value, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === 'content-type');
  return (
    types.length !== 1 ||
    !/^\s*(?!text\/html|application\/xhtml\+xml|text\/xml|application\/xml)[a-z]+\/[\w.+-]+\s*(?:;|$)/i.test(types[0] ?? '')
  );
}

function fault(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason });
}
