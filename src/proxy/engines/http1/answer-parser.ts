// Answers on one connection, as their bytes come in: head, body by its framing, end. Trailers and interim answers are
// dropped (PRX-24, PRX-H16). Nothing is repaired: the first byte out of place throws.

import { type AnswerHead, answerFault, parseAnswerHead } from './answer-head.ts';

export interface AnswerListener {
  onHead(head: AnswerHead): void;
  /** @param chunk A view of what was pushed. @returns false when nothing more can be taken for now. */
  onBody(chunk: Buffer): boolean;
  /** The answer is whole. */
  onEnd(): void;
}

/** Longest head, in bytes, with interim answers before it and trailers behind it. Node.js has the same bound. */
const MAX_HEAD_BYTES = 16 * 1024;
/** Longest line with a chunk's size and its extensions. */
const MAX_SIZE_LINE = 256;
/** Extensions (RFC 9112 7.1.1) mean nothing to anybody, but what is none could be a line's end to somebody. */
const SIZE_LINE = /^([0-9a-f]{1,13})(?:;[!#$%&'*+.^_`|~\da-z-]+(?:=(?:[!#$%&'*+.^_`|~\da-z-]+|"(?:[\t !#-[\]-~]|\\[\t -~])*"))?)*\r\n$/i;
const HEAD_END = Buffer.from('\r\n\r\n');
const CR = 0x0d;
const LF = 0x0a;
const EMPTY = Buffer.alloc(0);

type State = 'idle' | 'head' | 'length' | 'close' | 'size' | 'chunk' | 'chunk-end' | 'trailers';

export class AnswerParser {
  readonly #listener: AnswerListener;
  #state: State = 'idle';
  #isHead = false;
  /** Beginning of a head or a line whose end has not come yet. */
  #kept = EMPTY;
  /** Bytes that the head, the interim ones and the trailers may still have. */
  #headLeft = 0;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;

  constructor(listener: AnswerListener) {
    this.#listener = listener;
  }

  /** A request has been sent. */
  expect(method: string): void {
    this.#state = 'head';
    this.#isHead = method === 'HEAD';
    this.#headLeft = MAX_HEAD_BYTES;
    this.#kept = EMPTY;
  }

  /** False between two answers: whatever comes then was not asked for. */
  get isBusy(): boolean {
    return this.#state !== 'idle';
  }

  /**
   * @returns how many bytes were taken: fewer than there are when the listener can take no more for now, or when the
   *   answer is over.
   * @throws {FramegateError} FRAMEGATE_UPSTREAM_PROTOCOL, and what the listener throws.
   */
  push(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.#state !== 'idle') {
      switch (this.#state) {
        case 'head':
          at = this.#readHead(bytes, at);
          break;
        case 'size':
          at = this.#readSize(bytes, at);
          break;
        case 'chunk-end':
          at = this.#readChunkEnd(bytes, at);
          break;
        case 'trailers':
          at = this.#readTrailers(bytes, at);
          break;
        default: {
          const step = this.#state === 'close' ? bytes.length - at : Math.min(this.#left, bytes.length - at);
          const goesOn = this.#listener.onBody(at === 0 && step === bytes.length ? bytes : bytes.subarray(at, at + step));
          at += step;
          this.#left -= step;
          if (this.#left === 0 && this.#state === 'length') this.#end();
          else if (this.#left === 0 && this.#state === 'chunk') this.#state = 'chunk-end';
          if (!goesOn) return at;
        }
      }
    }
    return at;
  }

  /** The upstream has ended the connection. @throws {FramegateError} FRAMEGATE_UPSTREAM_PROTOCOL where that cuts an answer. */
  finish(): void {
    if (this.#state === 'close') this.#end();
    else if (this.#state !== 'idle') throw answerFault('answer-cut');
  }

  #end(): void {
    this.#state = 'idle';
    this.#listener.onEnd();
  }

  #readHead(bytes: Buffer, at: number): number {
    const { section, next } = this.#takeSection(bytes, at);
    if (section === undefined) {
      assertBeginsHead(this.#kept.toString('latin1'));
      return next;
    }
    const head = parseAnswerHead(section.toString('latin1', 0, section.length - 2));
    if (head.status === 101) throw answerFault('unasked-upgrade');
    // 103 and other interim answers are dropped, always.
    if (head.status < 200) return next;
    // None of these has a body, whatever the headers say (RFC 9112 6.3).
    const bodyless = this.#isHead || head.status === 204 || head.status === 304 || head.length === 0;
    this.#left = head.length;
    this.#state = bodyless ? 'idle' : head.chunked ? 'size' : head.length === -1 ? 'close' : 'length';
    this.#listener.onHead(head);
    if (bodyless) this.#listener.onEnd();
    return next;
  }

  #readSize(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LF, at);
    const line = this.#kept.toString('latin1') + bytes.toString('latin1', at, end === -1 ? bytes.length : end + 1);
    if (line.length > MAX_SIZE_LINE) throw answerFault('chunk-size');
    if (end === -1) {
      this.#kept = Buffer.from(line, 'latin1');
      return bytes.length;
    }
    this.#kept = EMPTY;
    const match = SIZE_LINE.exec(line);
    if (match === null) throw answerFault('chunk-size');
    this.#left = Number.parseInt(match[1] ?? '', 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
    return end + 1;
  }

  #readChunkEnd(bytes: Buffer, at: number): number {
    // `left` counts down from 0: the CR has been seen, or not yet.
    const expected = this.#left === 0 ? CR : LF;
    if (bytes[at] !== expected) throw answerFault('chunk-end');
    this.#left -= 1;
    if (expected === LF) this.#state = 'size';
    return at + 1;
  }

  #readTrailers(bytes: Buffer, at: number): number {
    // Most bodies have none: the empty line comes at once.
    const isStart = this.#kept.length === 0;
    if (isStart && bytes[at] === CR && bytes[at + 1] === LF) {
      this.#end();
      return at + 2;
    }
    if (isStart && bytes[at] === CR && at + 1 === bytes.length) {
      this.#kept = Buffer.from(bytes.subarray(at));
      return bytes.length;
    }
    if (this.#kept.length === 1 && this.#kept[0] === CR) {
      if (bytes[at] !== LF) throw answerFault('trailers');
      this.#end();
      return at + 1;
    }
    const { section, next } = this.#takeSection(bytes, at);
    if (section === undefined) return next;
    const trailers = parseAnswerHead(`HTTP/1.1 200\r\n${section.toString('latin1', 0, section.length - 2)}`);
    // A framing has no place there (RFC 9110 6.5.1): somebody has read the body's end where it is not.
    if (trailers.chunked || trailers.length !== -1) throw answerFault('trailers');
    this.#end();
    return next;
  }

  /** Lines up to and with an empty one, once all of them are there. */
  #takeSection(bytes: Buffer, at: number): { section: Buffer | undefined; next: number } {
    // The end may lie across two pushes.
    const all = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes.subarray(at)]);
    const from = all === bytes ? at : 0;
    const end = all.indexOf(HEAD_END, Math.max(from, from + this.#kept.length - HEAD_END.length));
    const length = (end === -1 ? all.length : end + HEAD_END.length) - from;
    if (length > this.#headLeft) throw answerFault('head-too-long');
    if (end === -1) {
      this.#kept = Buffer.from(all.subarray(from));
      return { section: undefined, next: bytes.length };
    }
    const keptBefore = this.#kept.length;
    this.#kept = EMPTY;
    this.#headLeft -= length;
    return { section: all.subarray(from, from + length), next: at + length - keptBefore };
  }
}

/** What is no HTTP/1 is refused before its end, which may never come. */
function assertBeginsHead(text: string): void {
  if (!'HTTP/1.'.startsWith(text.slice(0, 7)) || /(?:^|[^\r])\n/.test(text)) throw answerFault('status-line');
}
