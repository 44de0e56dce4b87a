// An engine behind a circuit: while the upstream is down nothing is sent, and the request is answered at once.

import { FramegateError } from '../../kernel/errors.ts';
import type { Admission, Circuit } from '../circuit.ts';
import type { AnswerReceiver, Engine, UpstreamControl } from './engine.ts';

export function withCircuit(engine: Engine, circuit: Circuit): Engine {
  const refusal = (): FramegateError =>
    new FramegateError('FRAMEGATE_UPSTREAM_DOWN', { reason: 'circuit-open', retryAfterSeconds: circuit.retryAfterSeconds });
  return {
    request(exchange, receiver) {
      const admission = circuit.admit();
      if (admission === 'refuse') receiver.failed(refusal());
      else engine.request(exchange, new WatchedReceiver(receiver, circuit, admission));
    },
    async upgrade(upgrade) {
      const admission = circuit.admit();
      if (admission === 'refuse') throw refusal();
      try {
        const outcome = await engine.upgrade(upgrade);
        circuit.noteAnswer(admission);
        return outcome;
      } catch (error) {
        noteError(circuit, admission, error);
        throw error;
      }
    },
    close: () => engine.close(),
  };
}

class WatchedReceiver implements AnswerReceiver {
  readonly #inner: AnswerReceiver;
  readonly #circuit: Circuit;
  readonly #admission: Admission;
  #answered = false;

  constructor(inner: AnswerReceiver, circuit: Circuit, admission: Admission) {
    this.#inner = inner;
    this.#circuit = circuit;
    this.#admission = admission;
  }

  head(status: number, rawHeaders: readonly string[], control: UpstreamControl): void {
    this.#answered = true;
    this.#circuit.noteAnswer(this.#admission);
    this.#inner.head(status, rawHeaders, control);
  }

  data(chunk: Buffer): boolean {
    return this.#inner.data(chunk);
  }

  end(): void {
    this.#inner.end();
  }

  failed(error: FramegateError): void {
    if (!this.#answered) noteError(this.#circuit, this.#admission, error);
    this.#inner.failed(error);
  }
}

function noteError(circuit: Circuit, admission: Admission, error: unknown): void {
  const { code, reason } = error instanceof FramegateError ? error : { code: undefined, reason: undefined };
  if (code === 'FRAMEGATE_UPSTREAM_DOWN' || reason === 'connect-timeout') circuit.noteFailure(admission, reason ?? 'unreachable');
  else circuit.noteNothing(admission);
}
