// Gives one asker what is in memory, or still on its way there, in the form that suits the request.

import { FramegateError } from '../kernel/errors.ts';
import type { Asset } from './asset.ts';
import { isNotModified, textOf } from './conditions.ts';
import { type Coding, chooseCoding } from './negotiation.ts';
import type { Exchange, Receiver } from './ports.ts';
import type { Tape } from './tape.ts';

export interface Delivery {
  readonly asset: Asset;
  readonly exchange: Exchange;
  readonly receiver: Receiver;
  readonly nowMs: number;
  /** The body in that coding, made if it has to be; undefined: there is no room or time to make it. */
  tapeFor(coding: Coding): Tape | undefined;
  /** Called once, when nothing more is given; `aborted`: the browser went away first. */
  onOver(aborted: boolean): void;
}

/** @returns false when the client accepts no form that there is; nothing has been done then. */
export function deliver({ asset, exchange, receiver, nowMs, tapeFor, onOver }: Delivery): boolean {
  const { headers, req, res } = exchange;
  const accepted = textOf(headers['accept-encoding']);
  const coding = chooseCoding(accepted, asset.codings());
  if (coding === undefined) return false;
  try {
    if (isNotModified(headers, { tag: asset.tagOf(coding), lastModified: asset.lastModified })) {
      receiver.head(304, asset.headersOf304(coding, nowMs), NOTHING_TO_CONTROL);
      onOver(false);
      receiver.end();
    } else if (req.method === 'HEAD') {
      const known = coding === 'identity' ? asset.body : asset.form(coding)?.tape;
      receiver.head(200, asset.headersOf(coding, known?.isWhole === true ? known.bytes : undefined, nowMs), NOTHING_TO_CONTROL);
      onOver(false);
      receiver.end();
    } else {
      const made = tapeFor(coding);
      if (made === undefined && chooseCoding(accepted, ['identity']) === undefined) return false;
      const tape = made ?? asset.body;
      const given = made === undefined ? 'identity' : coding;
      // What has been given lies in the buffers of the connection until the answer is out.
      const release = tape.pin();
      if (res.closed) release();
      else res.once('close', release);
      const reader = tape.read(receiver, onOver);
      try {
        receiver.head(200, asset.headersOf(given, lengthOf(tape, given, asset), nowMs), reader);
      } catch (error) {
        reader.destroy();
        throw error;
      }
      reader.start();
    }
  } catch (error) {
    // As an engine does: what `head` throws refuses the answer.
    onOver(false);
    receiver.failed(error instanceof FramegateError ? error : new FramegateError('FRAMEGATE_INTERNAL', { cause: error }));
  }
  return true;
}

const NOTHING_TO_CONTROL = { resume() {}, destroy() {} };

function lengthOf(tape: Tape, coding: Coding, asset: Asset): number | undefined {
  if (tape.isWhole) return tape.bytes;
  return coding === 'identity' ? asset.promisedBytes : undefined;
}
