// A WebSocket whose messages from the browser are judged one by one. What passes is forwarded as it came; what is refused
// is answered here, between two messages of the upstream's. What the upstream sends passes as it comes, counted only.

import type { Duplex } from 'node:stream';
import { ClientMessages } from './client-messages.ts';
import { closeFrame, type FrameBoundary } from './frame-boundary.ts';
import { FrameFault, textFrame } from './websocket-frames.ts';

export interface JudgedMessage {
  /** The commands that are forwarded: all, so the message as it came, or those lines of it. */
  readonly passing: 'all' | readonly string[];
  /** Messages for the browser in place of the upstream's answers. */
  readonly replies: readonly string[];
}

/** @throws {FrameFault} where the socket has to end. */
export type JudgeMessage = (text: string) => JudgedMessage;

interface JudgedSocketOptions {
  /** Of what the upstream sends; counted here. */
  readonly boundary: FrameBoundary;
  readonly judge: JudgeMessage;
  /** The socket was ended for what the browser sent; or, code 1011, for an error of ours. */
  onFault(fault: { readonly code: number; readonly reason: string; readonly cause?: unknown }): void;
}

/** How many bytes of replies may wait until the upstream's message is over; then the browser is not read for a while. */
const MAX_WAITING_BYTES = 64 * 1024;
/** How long a browser may take to answer our Close frame, in milliseconds. */
const CLOSE_GRACE_MS = 1000;
const INTERNAL_ERROR = 1011;

/** Joins the two ends of an open WebSocket, in place of a plain pipe. */
export function joinJudged(client: Duplex, upstream: Duplex, options: JudgedSocketOptions): void {
  const { boundary } = options;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let isOver = false;

  const messages = new ClientMessages({
    control: (frame) => upstream.write(frame),
    message(text, frames) {
      const { passing, replies } = options.judge(text);
      if (passing === 'all') upstream.write(frames);
      else if (passing.length > 0) upstream.write(textFrame(passing.join('\n'), 'client'));
      for (const reply of replies) {
        const frame = textFrame(reply, 'server');
        waiting.push(frame);
        waitingBytes += frame.length;
      }
      flush();
    },
  });

  function flush(): void {
    if (waiting.length === 0 || !boundary.isBetweenMessages || !client.writable) return;
    for (const frame of waiting) client.write(frame);
    waiting = [];
    waitingBytes = 0;
  }

  function close(code: number): void {
    isOver = true;
    upstream.destroy();
    client.resume();
    if (boundary.isBetweenFrames && !boundary.isClosing && client.writable) {
      client.end(closeFrame(code));
      setTimeout(() => client.destroy(), CLOSE_GRACE_MS).unref();
    } else {
      client.destroy();
    }
  }

  function readOn(): void {
    if (isOver || upstream.writableNeedDrain || client.writableNeedDrain || waitingBytes > MAX_WAITING_BYTES) return;
    client.resume();
  }

  client.on('data', (chunk: Buffer) => {
    if (isOver || !upstream.writable) return;
    try {
      messages.push(chunk);
    } catch (error) {
      if (error instanceof FrameFault) options.onFault({ code: error.code, reason: error.message });
      else options.onFault({ code: INTERNAL_ERROR, reason: 'frame-not-judged', cause: error });
      close(error instanceof FrameFault ? error.code : INTERNAL_ERROR);
      return;
    }
    if (upstream.writableNeedDrain || client.writableNeedDrain || waitingBytes > MAX_WAITING_BYTES) client.pause();
  });
  client.on('end', () => upstream.end());
  client.on('drain', () => {
    upstream.resume();
    readOn();
  });

  upstream.on('data', (chunk: Buffer) => {
    if (isOver || !client.writable) return;
    let at = 0;
    while (waiting.length > 0 && at < chunk.length) {
      const end = boundary.advance(chunk, at);
      client.write(chunk.subarray(at, end));
      at = end;
      flush();
      readOn();
    }
    const rest = at === 0 ? chunk : chunk.subarray(at);
    boundary.push(rest);
    if (rest.length > 0) client.write(rest);
    if (client.writableNeedDrain) upstream.pause();
  });
  upstream.on('end', () => client.end());
  upstream.on('drain', readOn);
  client.resume();
}
