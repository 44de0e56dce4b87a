// The assets of one upstream, kept in memory and compressed. It stands between the road and the engine, so policy,
// frame headers and CORS are the same for an answer from memory. The key is the target: nothing of a person is in it.

import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Asset } from './asset.ts';
import type { Background } from './background.ts';
import { needsUpstream } from './conditions.ts';
import { deliver } from './delivery.ts';
import { detachExchange } from './detached-exchange.ts';
import { type Asker, Flight } from './flight.ts';
import { makeGoodForm } from './good-form.ts';
import type { Coding } from './negotiation.ts';
import type { Exchange, Receiver, Sender, Tally } from './ports.ts';
import { isCompressorBusy, makeQuickForm } from './quick-form.ts';
import { judgeStorable, type Storable } from './storable.ts';
import { AssetStore } from './store.ts';
import { Tape } from './tape.ts';
import { isKeepable, MAX_VARIANTS, pathOf } from './target.ts';

/** How long a target whose answer may not be kept is not tried again, in milliseconds; and how many are remembered. */
const PASS_MS = 10_000;
const MAX_PASSED = 1000;
/** A form that saves less than this share is not worth its decoding. */
const LEAST_SAVED = 0.05;

export interface AssetCacheOptions {
  readonly sender: Sender;
  readonly clock: Clock;
  readonly background: Background;
  readonly maxBytes: number;
  readonly compress: boolean;
  readonly idleMs: number;
  /** Lower-case names of the headers that say who asks. */
  readonly identityHeaders: readonly string[];
  readonly tally: Tally;
}

export interface AssetCache extends Sender {
  /** Memory in use, in bytes. */
  readonly bytes: number;
  /** Forgets what is kept. What is under way is given to its end, as the engines do. */
  close(): void;
}

/** Takes requests for assets only; GET and HEAD are answered from memory where they can be, all else goes on. */
export function createAssetCache(options: AssetCacheOptions): AssetCache {
  const { sender, clock, background, compress, tally } = options;
  const store = new AssetStore(options.maxBytes);
  const flights = new Map<string, Flight>();
  const passedUntilMs = new Map<string, number>();

  function request(given: Exchange, receiver: Receiver): void {
    const exchange = withoutConditionalRange(given);
    const { target, req, res, headers } = exchange;
    if (res.destroyed) {
      receiver.failed(new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'client-gone' }));
      return;
    }
    const asker = { exchange, receiver };
    if (!isPlain(exchange) || !isKeepable(target) || needsUpstream(headers) || isPassed(target)) {
      pass(asker);
      return;
    }
    const kept = store.get(target);
    if (kept?.isFresh(clock.now()) === true) {
      if (give(kept, asker, () => {})) tally.hits += 1;
      else pass(asker);
    } else if (req.method === 'HEAD') {
      pass(asker);
    } else {
      const joined = flights.get(target);
      if (joined !== undefined) {
        tally.shared += 1;
        joined.join(asker);
      } else if (kept === undefined && hasTooManyVariants(target)) {
        pass(asker);
      } else {
        tally.misses += 1;
        takeOff(asker, kept);
      }
    }
  }

  function sendAlone({ exchange, receiver }: Asker): void {
    sender.request(exchange, receiver);
  }

  function pass(asker: Asker): void {
    tally.passed += 1;
    sendAlone(asker);
  }

  function takeOff(asker: Asker, kept: Asset | undefined): void {
    const { target } = asker.exchange;
    const conditions = kept?.conditions();
    const release = background.hold();
    const detached = detachExchange(asker.exchange, options.identityHeaders, conditions ?? {});
    const flight: Flight = new Flight({
      detached,
      store,
      idleMs: options.idleMs,
      stale: conditions === undefined ? undefined : kept,
      now: () => clock.now(),
      judge,
      deliver: give,
      sendAlone,
      onWhole: (asset) => store.put(target, asset),
      onUnstorable: () => {
        store.delete(target);
        rememberPass(target);
      },
      onOver: () => {
        if (flights.get(target) === flight) flights.delete(target);
        release();
      },
    });
    flights.set(target, flight);
    flight.join(asker);
    sender.request(detached, flight);
  }

  function judge(status: number, rawHeaders: readonly string[]): Storable | undefined {
    const storable = judgeStorable(status, rawHeaders);
    return storable === undefined || compress ? storable : { ...storable, compressible: false };
  }

  function give(asset: Asset, { exchange, receiver }: Asker, onOver: (aborted: boolean) => void): boolean {
    const tapeFor = (coding: Coding) => (coding === 'identity' ? asset.body : codedTape(asset, exchange.target, coding));
    return deliver({ asset, exchange, receiver, nowMs: clock.now(), tapeFor, onOver });
  }

  function codedTape(asset: Asset, target: string, coding: Exclude<Coding, 'identity'>): Tape | undefined {
    const known = asset.form(coding);
    if (known !== undefined) return known.tape;
    const bytes = asset.promisedBytes ?? asset.body.bytes;
    if (isCompressorBusy() || !store.hasRoom(bytes)) return undefined;
    const release = background.hold();
    const tape = new Tape(store, bytes);
    makeQuickForm(asset.body, coding, bytes, tape, () => {
      release();
      if (!tape.isWhole) {
        if (asset.form(coding)?.tape === tape) asset.dropForm(coding, false);
        return;
      }
      background.add((signal) => polish(asset, target, coding, signal));
    });
    asset.setForm(coding, { tape, isGood: false });
    return tape;
  }

  async function polish(asset: Asset, target: string, coding: Exclude<Coding, 'identity'>, signal: AbortSignal): Promise<void> {
    if (!store.has(target, asset) || asset.form(coding)?.isGood !== false) return;
    if (!store.hasRoom(asset.body.bytes)) return;
    let bytes: Buffer;
    const release = asset.body.pin();
    try {
      bytes = await makeGoodForm(asset.body.whole(), coding, signal);
    } catch {
      // The quick form stays.
      return;
    } finally {
      release();
    }
    if (!store.has(target, asset)) return;
    if (bytes.length > asset.body.bytes * (1 - LEAST_SAVED)) {
      asset.dropForm(coding, true);
    } else if (bytes.length < (asset.form(coding)?.tape.bytes ?? Number.POSITIVE_INFINITY)) {
      const tape = new Tape(store);
      tape.append(bytes);
      tape.end();
      asset.setForm(coding, { tape, isGood: true });
    }
  }

  /** Those under way count. */
  function hasTooManyVariants(target: string): boolean {
    const path = pathOf(target);
    if (path === target) return false;
    let variants = store.variantsOf(path);
    for (const other of flights.keys()) if (pathOf(other) === path) variants += 1;
    return variants >= MAX_VARIANTS;
  }

  function isPassed(target: string): boolean {
    const untilMs = passedUntilMs.get(target);
    if (untilMs === undefined) return false;
    if (clock.now() < untilMs) return true;
    passedUntilMs.delete(target);
    return false;
  }

  function rememberPass(target: string): void {
    passedUntilMs.delete(target);
    passedUntilMs.set(target, clock.now() + PASS_MS);
    const [oldest] = passedUntilMs.keys();
    if (passedUntilMs.size > MAX_PASSED && oldest !== undefined) passedUntilMs.delete(oldest);
  }

  return {
    request,
    get bytes() {
      return store.bytes;
    },
    close() {
      store.clear();
      passedUntilMs.clear();
    },
  };
}

/**
 * With If-Range the whole body is always as right as a part (RFC 9110 14.2). A part would be one of the plain form, and
 * what the browser has may be the beginning of a coded one under the same Last-Modified.
 */
function withoutConditionalRange(exchange: Exchange): Exchange {
  if (exchange.headers['if-range'] === undefined) return exchange;
  const { range: _range, 'if-range': _condition, ...headers } = exchange.headers;
  return { ...exchange, headers };
}

/** A GET or HEAD without a body. */
function isPlain({ req, headers }: Exchange): boolean {
  if (req.method !== 'GET' && req.method !== 'HEAD') return false;
  return headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
}
