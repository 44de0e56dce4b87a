// One request upstream for all who ask for the same asset at the same time. It belongs to none of them: the first may
// leave, and it ends early only when all have left.

import { FramegateError } from '../kernel/errors.ts';
import { Asset } from './asset.ts';
import type { DetachedExchange } from './detached-exchange.ts';
import type { Control, Exchange, Receiver } from './ports.ts';
import { withoutNames } from './raw-headers.ts';
import { MIN_COMPRESSED_BYTES, type Storable } from './storable.ts';
import type { AssetStore } from './store.ts';
import { Tape } from './tape.ts';

export interface FlightOptions {
  readonly detached: DetachedExchange;
  readonly store: AssetStore;
  /** Longest pause within the answer, in milliseconds. */
  readonly idleMs: number;
  /** What is kept already but has to be confirmed; the request asked for changes only. */
  readonly stale: Asset | undefined;
  readonly now: () => number;
  /** What may be kept of an answer; undefined: nothing. */
  judge(status: number, rawHeaders: readonly string[]): Storable | undefined;
  /** Gives an asker the asset, whole or growing; false: the asker accepts no form of it. */
  deliver(asset: Asset, asker: Asker, onOver: (aborted: boolean) => void): boolean;
  /** The asker is sent upstream with a request of its own. */
  sendAlone(asker: Asker): void;
  /** The asset may be kept from now on; its body is whole. */
  onWhole(asset: Asset): void;
  /** The answer is not for everybody. */
  onUnstorable(): void;
  /** Nobody can join any more. */
  onOver(): void;
}

export interface Asker {
  readonly exchange: Exchange;
  readonly receiver: Receiver;
}

export class Flight implements Receiver {
  readonly #options: FlightOptions;
  /** Those who have been given nothing yet, with what stops watching them. */
  readonly #waiting = new Map<Asker, () => void>();
  #readers = 0;
  /** Somebody was content before the body was whole (304): it is fetched to its end. */
  #isWanted = false;
  #control: Control | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** Lets go of the body that is being written. */
  #release = () => {};
  #isOver = false;
  /** Growing: as long as the length is known, it is given out while it grows; else only when it is whole. */
  #asset: Asset | undefined;
  #collected: { readonly head: readonly string[]; readonly storable: Storable; readonly body: Tape } | undefined;
  #passedTo: Asker | undefined;

  constructor(options: FlightOptions) {
    this.#options = options;
  }

  join(asker: Asker): void {
    if (this.#asset !== undefined) {
      this.#give(asker, this.#asset);
      return;
    }
    const { res } = asker.exchange;
    const onClose = () => {
      this.#waiting.delete(asker);
      asker.receiver.failed(new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'client-gone' }));
      this.#abortIfUnwanted();
    };
    res.once('close', onClose);
    this.#waiting.set(asker, () => res.removeListener('close', onClose));
  }

  head(status: number, rawHeaders: readonly string[], control: Control): void {
    this.#control = control;
    const { stale, store, judge } = this.#options;
    if (status === 304 && stale !== undefined) {
      this.#confirm(stale, rawHeaders);
      return;
    }
    const storable = judge(status, rawHeaders);
    const length = storable?.length;
    if (storable === undefined || (length ?? 0) > store.maxAssetBytes || !store.hasRoom(length ?? 0)) {
      this.#pass(status, rawHeaders, []);
      return;
    }
    this.#idle = setTimeout(
      () => this.#abort(new FramegateError('FRAMEGATE_UPSTREAM_TIMEOUT', { reason: 'idle-timeout' })),
      this.#options.idleMs,
    );
    const body = new Tape(store, length);
    this.#release = body.pin();
    if (length === undefined) {
      this.#collected = { head: rawHeaders, storable, body };
      return;
    }
    this.#publish(new Asset(storable, body, this.#options.now()));
  }

  data(chunk: Buffer): boolean {
    if (this.#passedTo !== undefined) return this.#passedTo.receiver.data(chunk);
    this.#idle?.refresh();
    const collected = this.#collected;
    if (collected === undefined) {
      this.#asset?.body.append(chunk);
      return true;
    }
    if (collected.body.bytes + chunk.length <= this.#options.store.maxAssetBytes && this.#options.store.hasRoom(chunk.length)) {
      collected.body.append(chunk);
      return true;
    }
    try {
      return this.#pass(200, collected.head, [...collected.body.chunks(), chunk]);
    } catch (error) {
      this.#abort(error instanceof FramegateError ? error : new FramegateError('FRAMEGATE_INTERNAL', { cause: error }));
      return true;
    }
  }

  end(): void {
    const collected = this.#collected;
    if (this.#passedTo !== undefined) {
      this.#finish();
      this.#passedTo.receiver.end();
      return;
    }
    let asset = this.#asset;
    if (collected !== undefined) {
      collected.body.end();
      const { storable, body } = collected;
      const compressible = storable.compressible && body.bytes >= MIN_COMPRESSED_BYTES;
      asset = new Asset({ ...storable, length: body.bytes, compressible }, body, this.#options.now());
    }
    this.#finish();
    if (asset === undefined) return;
    asset.body.end();
    this.#options.onWhole(asset);
    this.#publish(asset);
    // A reader holds the flight, and must not hold forms that it does not read.
    this.#asset = undefined;
    this.#collected = undefined;
  }

  failed(error: FramegateError): void {
    if (this.#isOver) return;
    this.#finish();
    if (this.#passedTo !== undefined) {
      this.#passedTo.receiver.failed(error);
      return;
    }
    this.#asset?.body.break(error);
    for (const { receiver } of this.#takeWaiting()) receiver.failed(error);
  }

  #publish(asset: Asset): void {
    this.#asset = asset;
    for (const asker of this.#takeWaiting()) this.#give(asker, asset);
  }

  #give(asker: Asker, asset: Asset): void {
    this.#readers += 1;
    let isGiven = true;
    const onOver = (aborted: boolean) => {
      if (!isGiven) return;
      isGiven = false;
      this.#readers -= 1;
      if (!aborted) this.#isWanted = true;
      this.#abortIfUnwanted();
    };
    if (this.#options.deliver(asset, asker, onOver)) return;
    onOver(false);
    this.#options.sendAlone(asker);
  }

  /** The upstream says that what is kept is current, in headers that may have changed (RFC 9111 4.3.4). */
  #confirm(stale: Asset, rawHeaders: readonly string[]): void {
    const { judge, onUnstorable, sendAlone, now } = this.#options;
    const fresh = judge(200, mergeHeaders(stale.rawHeaders, rawHeaders));
    if (fresh === undefined) {
      const askers = this.#takeWaiting();
      onUnstorable();
      this.#control?.destroy();
      this.#finish();
      for (const asker of askers) sendAlone(asker);
      return;
    }
    stale.refresh(fresh, now());
    this.#isWanted = true;
    this.#publish(stale);
  }

  /**
   * The answer goes to the first asker alone, as it comes; the others ask for themselves.
   * @returns whether more can be taken.
   */
  #pass(status: number, rawHeaders: readonly string[], first: readonly Buffer[]): boolean {
    const [leader, ...others] = this.#takeWaiting();
    clearTimeout(this.#idle);
    this.#collected = undefined;
    this.#release();
    this.#options.onUnstorable();
    this.#options.onOver();
    for (const asker of others) this.#options.sendAlone(asker);
    if (leader === undefined) {
      this.#abort(new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'client-gone' }));
      return true;
    }
    this.#passedTo = leader;
    leader.receiver.head(status, rawHeaders, {
      resume: () => this.#control?.resume(),
      destroy: () => {
        this.#control?.destroy();
        this.#finish();
      },
    });
    let takesMore = true;
    for (const chunk of first) takesMore = leader.receiver.data(chunk) && takesMore;
    return takesMore;
  }

  #takeWaiting(): Asker[] {
    const askers = [...this.#waiting.keys()];
    for (const stopWatching of this.#waiting.values()) stopWatching();
    this.#waiting.clear();
    return askers;
  }

  #abortIfUnwanted(): void {
    if (this.#waiting.size > 0 || this.#readers > 0 || this.#isWanted || this.#passedTo !== undefined) return;
    this.#abort(new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'client-gone' }));
  }

  #abort(error: FramegateError): void {
    if (this.#isOver) return;
    this.#control?.destroy();
    this.failed(error);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#idle);
    this.#release();
    this.#options.onOver();
    this.#options.detached.close();
  }
}

/** Headers of a 304 replace those kept, name by name. */
function mergeHeaders(kept: readonly string[], fresh: readonly string[]): string[] {
  const replaced = new Set<string>();
  for (let i = 0; i < fresh.length; i += 2) replaced.add((fresh[i] ?? '').toLowerCase());
  // The length of the 304 itself, where there is one, is not that of the body.
  const out = withoutNames(fresh, new Set(['content-length']));
  for (let i = 0; i < kept.length; i += 2) {
    if (!replaced.has((kept[i] ?? '').toLowerCase())) out.push(kept[i] ?? '', kept[i + 1] ?? '');
  }
  return out;
}
