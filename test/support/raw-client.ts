// A client that sends exactly the bytes it is given. HTTP libraries refuse to send what an attacker sends.

import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { framingOfAnswer, type HeaderPair, parseHead, readBody, valuesOf } from './http-text.ts';

/** Longest wait for anything, in milliseconds. */
const PATIENCE_MS = 3000;

export interface RawAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HeaderPair[];
  readonly body: string;
  readonly bodyBytes: Buffer;
  /** False when the connection ended before the body did. */
  readonly complete: boolean;
  /** Statuses of 1xx answers that came first. */
  readonly interim: readonly number[];
  header(name: string): string | undefined;
  all(name: string): string[];
}

function makeAnswer(fields: Omit<RawAnswer, 'header' | 'all' | 'body'>): RawAnswer {
  const { headers } = fields;
  return {
    ...fields,
    body: fields.bodyBytes.toString('latin1'),
    header: (name) => {
      const values = valuesOf(headers, name);
      return values.length === 0 ? undefined : values.join(', ');
    },
    all: (name) => valuesOf(headers, name),
  };
}

export type Ending = 'open' | 'ended' | 'reset';

export class RawConnection {
  readonly socket: net.Socket;
  ending: Ending = 'open';
  #received: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #wake: () => void = () => {};

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('end', () => this.#end('ended'));
    socket.on('error', () => this.#end('reset'));
    socket.on('close', () => this.#end('ended'));
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.setNoDelay(true);
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  #end(ending: Ending): void {
    if (this.ending === 'open') this.ending = ending;
    this.#wake();
  }

  /** Strings are sent as Latin-1: `\xc3` is the byte 0xc3. */
  write(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, () => {});
  }

  /** What came in and was not yet read, as Latin-1. */
  get pending(): string {
    return this.#received.toString('latin1');
  }

  async #until(done: () => boolean, patienceMs = PATIENCE_MS): Promise<boolean> {
    const deadline = Date.now() + patienceMs;
    while (!done()) {
      const left = deadline - Date.now();
      if (left <= 0) return false;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, left);
      await promise;
      clearTimeout(timer);
    }
    return true;
  }

  /** The next final answer. `method` is the one of its request: an answer to HEAD has no body. */
  async answer(method = 'GET', patienceMs = PATIENCE_MS): Promise<RawAnswer> {
    const interim: number[] = [];
    for (;;) {
      const inTime = await this.#until(() => this.ending !== 'open' || parseHead(this.#received) !== undefined, patienceMs);
      const head = parseHead(this.#received);
      if (head === undefined) {
        if (!inTime) throw new Error(`no answer within ${patienceMs} ms; received so far: ${JSON.stringify(this.pending.slice(0, 300))}`);
        return makeAnswer({ status: 0, reason: '', headers: [], bodyBytes: this.#received, complete: false, interim });
      }
      const [, status = '0', reason = ''] = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(head.startLine) ?? [];
      const code = Number(status);
      if (code >= 100 && code < 200 && code !== 101) {
        interim.push(code);
        this.#received = this.#received.subarray(head.length);
        continue;
      }
      const framing = framingOfAnswer(code, method, head.headers);
      const read = () => readBody(this.#received.subarray(head.length), framing);
      await this.#until(() => this.ending !== 'open' || read().complete, patienceMs);
      const { body, length, complete } = read();
      this.#received = this.#received.subarray(head.length + length);
      const whole = complete || (framing === 'close' && this.ending === 'ended');
      return makeAnswer({ status: code, reason, headers: head.headers, bodyBytes: body, complete: whole, interim });
    }
  }

  /** Waits until the unread bytes hold the text. @returns them. @throws when they do not in time. */
  async waitFor(text: string, patienceMs = PATIENCE_MS): Promise<string> {
    if (!(await this.#until(() => this.pending.includes(text) || this.ending !== 'open', patienceMs)) || !this.pending.includes(text)) {
      throw new Error(
        `${JSON.stringify(text)} did not come; received ${JSON.stringify(this.pending.slice(0, 300))}, connection ${this.ending}`,
      );
    }
    return this.pending;
  }

  /** How the connection ended; `open` when it did not in time. */
  async waitForEnd(patienceMs = PATIENCE_MS): Promise<Ending> {
    await this.#until(() => this.ending !== 'open', patienceMs);
    return this.ending;
  }

  /** Ends the connection by TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }
}

/**
 * Sends the bytes over a connection of its own and reads one answer. `ending` is how the connection stood after it:
 * where the answer says `Connection: close`, the end is waited for.
 */
export async function send(port: number, bytes: string | Buffer): Promise<RawAnswer & { readonly ending: Ending }> {
  const connection = await RawConnection.open(port);
  try {
    connection.write(bytes);
    const method = /^[A-Z]+/.exec(bytes.toString('latin1').slice(0, 20))?.[0] ?? 'GET';
    const answer = await connection.answer(method);
    if (/close/i.test(answer.header('connection') ?? '')) await connection.waitForEnd(1000);
    else await sleep(1);
    return { ...answer, ending: connection.ending };
  } finally {
    connection.close();
  }
}
