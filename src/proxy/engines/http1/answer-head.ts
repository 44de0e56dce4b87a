// The head of an upstream's answer, read strictly (RFC 9112): what two parsers could read differently is refused.

import { FramegateError } from '../../../kernel/errors.ts';

export interface AnswerHead {
  readonly status: number;
  /** Name, value, name, value ... as on the wire. */
  readonly rawHeaders: readonly string[];
  /** `Transfer-Encoding: chunked`. */
  readonly chunked: boolean;
  /** Content-Length; -1 where there is none. */
  readonly length: number;
  /** Whether the connection may serve another request. */
  readonly keepAlive: boolean;
  /** What `Keep-Alive: timeout=` says, in seconds; undefined: nothing. */
  readonly keepAliveSeconds: number | undefined;
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const DELETE = 0x7f;

/** 1 for every byte of a token (RFC 9110 5.6.2). */
const TOKEN = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") TOKEN[char.charCodeAt(0)] = 1;

/** A reason phrase is not passed on, so its bytes matter only where they could end the line early. */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\0\r\n]*)?\r\n/;

/**
 * @param text From the status line to the last header's CRLF, as Latin-1, without the empty line.
 * @throws {FramegateError} FRAMEGATE_UPSTREAM_PROTOCOL.
 */
export function parseAnswerHead(text: string): AnswerHead {
  const start = STATUS_LINE.exec(text);
  if (start === null) throw answerFault('status-line');
  const isHttp10 = start[1] === '0';
  const rawHeaders: string[] = [];
  let chunked = false;
  let length = -1;
  let keepAlive: boolean | undefined;
  let keepAliveSeconds: number | undefined;
  const end = text.length;
  let at = start[0].length;
  while (at < end) {
    const nameStart = at;
    let char = text.charCodeAt(at);
    while (TOKEN[char] === 1) char = text.charCodeAt(++at);
    // A line that begins with a space would be a continuation to some (RFC 9112 5.2), and has no name here.
    if (char !== COLON || at === nameStart) throw answerFault('header-name');
    const name = text.slice(nameStart, at);
    char = text.charCodeAt(++at);
    while (char === SPACE || char === TAB) char = text.charCodeAt(++at);
    const valueStart = at;
    let valueEnd = at;
    for (;;) {
      if (char > SPACE && char !== DELETE) valueEnd = at + 1;
      else if (char !== SPACE && char !== TAB) break;
      char = text.charCodeAt(++at);
    }
    if (char !== CR || text.charCodeAt(at + 1) !== LF) throw answerFault('header-byte');
    at += 2;
    const value = text.slice(valueStart, valueEnd);
    rawHeaders.push(name, value);
    // Few names have one of these lengths.
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (length !== -1 || !/^\d{1,15}$/.test(value)) throw answerFault('content-length');
      length = Number(value);
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (chunked || isHttp10 || value.toLowerCase() !== 'chunked') throw answerFault('transfer-coding');
      chunked = true;
    } else if (name.length === 10) {
      const key = name.toLowerCase();
      if (key === 'connection') keepAlive = judgeConnection(value, keepAlive);
      else if (key === 'keep-alive') keepAliveSeconds = readTimeout(value);
    }
  }
  // RFC 9112 6.3: what a smuggler sends.
  if (chunked && length !== -1) throw answerFault('two-framings');
  return { status: Number(start[2]), rawHeaders, chunked, length, keepAlive: keepAlive ?? !isHttp10, keepAliveSeconds };
}

function readTimeout(value: string): number | undefined {
  const seconds = /(?:^|[\s,])timeout=(\d{1,6})(?:[\s,]|$)/i.exec(value)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** @param before What the lines before it say. `close` stands, whatever is said beside it (RFC 9112 9.3). */
function judgeConnection(value: string, before: boolean | undefined): boolean | undefined {
  const tokens = value.toLowerCase().split(',');
  if (before === false || tokens.some((token) => token.trim() === 'close')) return false;
  return tokens.some((token) => token.trim() === 'keep-alive') ? true : before;
}

export function answerFault(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason });
}
