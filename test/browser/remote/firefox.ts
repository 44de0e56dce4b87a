// Firefox as its makers ship it, by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/).

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { type StartedProgram, startProgram } from './process.ts';
import type { Place, Remote } from './remote.ts';

interface Context {
  readonly context: string;
  readonly children: readonly Context[] | null;
}

type Answer = { readonly id?: number; readonly result?: unknown; readonly error?: string; readonly message?: string };

export class Firefox implements Remote {
  readonly #program: StartedProgram;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #page = '';

  private constructor(program: StartedProgram, socket: WebSocket, profile: string) {
    this.#program = program;
    this.#socket = socket;
    this.#profile = profile;
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    });
  }

  static async start(file: string): Promise<Firefox> {
    const profile = await mkdtemp(join(tmpdir(), 'framegate-firefox-'));
    const args = ['--headless', '--remote-debugging-port=0', '--no-remote', '--profile', profile, 'about:blank'];
    const program = await startProgram(file, args, /WebDriver BiDi listening on (ws:\S+)/);
    const socket = new WebSocket(`${program.address}/session`);
    await once(socket, 'open');
    const firefox = new Firefox(program, socket, profile);
    await firefox.#send('session.new', { capabilities: {} });
    firefox.#page = (await firefox.#windows())[0]?.context ?? '';
    return firefox;
  }

  async #send<T>(method: string, params: object): Promise<T> {
    const id = this.#waiting.size + 1;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error}: ${answer.message}`);
    return answer.result as T;
  }

  async #windows(): Promise<readonly Context[]> {
    return (await this.#send<{ contexts: Context[] }>('browsingContext.getTree', {})).contexts;
  }

  async #find(place: Place): Promise<string> {
    const windows = await this.#windows();
    const page = windows.find(({ context }) => context === this.#page);
    const popup = windows.find(({ context }) => context !== this.#page);
    const found = { page, popup, frame: page?.children?.[0] }[place];
    if (found === undefined) throw new Error(`there is no ${place}`);
    return found.context;
  }

  async open(url: string): Promise<void> {
    await this.#send('browsingContext.navigate', { context: this.#page, url, wait: 'complete' });
  }

  async evaluate<T>(place: Place, expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send<{ result?: { value?: string }; exceptionDetails?: { text: string } }>(
      'script.evaluate',
      {
        expression: `Promise.resolve(${expression}).then((value) => JSON.stringify(value ?? null))`,
        target: { context: await this.#find(place) },
        awaitPromise: true,
      },
    );
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
    return JSON.parse(result?.value ?? 'null') as T;
  }

  async click(place: Place, selector: string): Promise<void> {
    const context = await this.#find(place);
    const { nodes } = await this.#send<{ nodes: { sharedId: string }[] }>('browsingContext.locateNodes', {
      context,
      locator: { type: 'css', value: selector },
    });
    const element = nodes[0];
    if (element === undefined) throw new Error(`${place} has no ${selector}`);
    const origin = { type: 'element', element: { sharedId: element.sharedId } };
    const actions = [
      { type: 'pointerMove', x: 0, y: 0, origin },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ];
    await this.#send('input.performActions', { context, actions: [{ type: 'pointer', id: 'mouse', actions }] });
  }

  async type(place: Place, selector: string, text: string): Promise<void> {
    await this.click(place, selector);
    const actions = [...text].flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]);
    await this.#send('input.performActions', { context: await this.#find(place), actions: [{ type: 'key', id: 'keys', actions }] });
  }

  async hasPopup(): Promise<boolean> {
    return (await this.#windows()).length > 1;
  }

  async close(): Promise<void> {
    this.#socket.terminate();
    await this.#program.stop();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
