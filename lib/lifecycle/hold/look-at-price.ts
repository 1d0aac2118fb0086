/**
 * A look at the price of a position with exit rules, sent by the sweep each minute and by the first look of that
 * minute:
 *   1. read the row and the book; a look takes no step of the position and writes nothing;
 *   2. where a rule would fire, or the trailing stop's high would rise, look again a second later, or some seconds
 *      later where bid and offer are far apart;
 *   3. both looks agree: write the event, and for a rule send the message of the exit, which is due now;
 *   4. the first look, while a level is near: send those that follow, until the sweep's next one takes over.
 * If the process dies between two looks, the sweep's next look begins anew. If it dies after the event, the row's
 * wake-up is due, and this message is delivered again or the sweep finds the row.
 */

import { isEarlyExit } from '#lib/domain/evolve/close-position.ts';
import { findBookFlaw, isMirrored } from '#lib/domain/market/book-flaw.ts';
import {
  areTwoStates,
  decideLooks,
  isWatched,
  isWorthTwo,
  LOOK_SPAN_MS,
  LOOK_WAKE_UP_ID,
  laterLooksAtMs,
  ruledSharesMicros,
  secondLookAtMs,
  type WatchedPosition,
} from '#lib/domain/plan/plan-look.ts';
import { EXIT_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import { type Look, type SellBack, sellBackOf } from '#lib/domain/plan/sell-back.ts';
import type { FiringRule } from '#lib/domain/position/exit-policy.ts';
import type { FiredRule, OpenPosition, Position } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import { type Evidence, type RecordEventDeps, recordDecision } from '#lib/lifecycle/record-event.ts';
import { readBook } from '#lib/lifecycle/sell/prepare-sell.ts';
import { sendWakeUp } from '#lib/lifecycle/send-wake-up.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue, WakeMessage } from '#lib/ports/exit-queue.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';

export type LookDeps = RecordEventDeps & {
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, 'findBook'>;
  readonly queue: Pick<ExitQueue, 'send'>;
};

export type LookOutcome = {
  readonly outcome: 'looked';
  /** A share, if all were sold now; null while it is not known. */
  readonly priceMicros: string | null;
  readonly fired?: FiringRule;
  readonly laterLookCount?: number;
};

/** Sends the first look. */
export async function startLooking(
  { clock, queue }: Pick<LookDeps, 'clock' | 'queue'>,
  position: Position,
  source: WakeMessage['source'],
): Promise<boolean> {
  const nowMs = clock.nowMs();
  if (!isWatched(position, nowMs)) return false;
  const { positionId } = position;
  await queue.send({ positionId, wakeUpId: LOOK_WAKE_UP_ID, source, lookUntilMs: nowMs + LOOK_SPAN_MS }, nowMs);
  return true;
}

const NOTHING_DUE = { outcome: 'dropped', reason: 'nothing-due' } as const;

/**
 * @throws StoreUnavailableError, UpstreamUnavailableError (a message could not be sent): it has to be delivered again
 */
export async function lookAtPrice(
  deps: LookDeps,
  position: Position,
  message: WakeMessage,
): Promise<LookOutcome | typeof NOTHING_DUE> {
  const { clock, queue } = deps;
  if (position.state !== 'holding' && position.state !== 'exiting') return NOTHING_DUE;
  const isExit = position.state === 'holding' && position.wakeUp.id === EXIT_WAKE_UP_ID && isEarlyExit(position);
  // A rule fired, and its exit's message may not have been sent.
  if (isExit) await sendWakeUp(deps, position);
  if (!isWatched(position, clock.nowMs())) return NOTHING_DUE;
  if (ruledSharesMicros(position) === 0n) return NOTHING_DUE;
  const { after, sellBack, met } = await lookTwice(deps, position);
  const priceMicros = sellBack?.isWhole ? sellBack.priceMicros.toString() : null;
  if (met !== null) await sendWakeUp(deps, after);
  const looked = { outcome: 'looked', priceMicros, ...(met !== null && { fired: met.rule }) } as const;
  const { lookUntilMs: untilMs = 0, ...later } = message;
  const isOpen = after.state === 'holding' || after.state === 'exiting';
  const times = isOpen ? laterLooksAtMs(after, { sellBack, nowMs: clock.nowMs(), untilMs }) : [];
  await Promise.all(times.map((atMs) => queue.send({ ...later, source: 'retry' }, atMs)));
  return { ...looked, ...(times.length > 0 && { laterLookCount: times.length }) };
}

type Looked = { readonly after: Position; readonly sellBack: SellBack | null; readonly met: FiredRule | null };

async function lookTwice(deps: LookDeps, position: WatchedPosition): Promise<Looked> {
  const first = await look(deps, position);
  const before = priceOf(position, first);
  if (!isWorthTwo(position, before)) return { after: position, sellBack: before, met: null };
  await deps.clock.sleepUntil(secondLookAtMs(position, before, first.atMs));
  const second = await look(deps, position);
  const sellBack = priceOf(position, second);
  const isDecided = decideLooks(position, before, sellBack).decision !== 'wait';
  if (!isDecided || !(await areBothReal(deps, position, first, second))) {
    return { after: position, sellBack, met: null };
  }
  const evidence = { ...evidenceOf('first', first, before), ...evidenceOf('second', second, sellBack) };
  const atMs = deps.clock.nowMs();
  // Another invocation may have sold shares meanwhile: the books are judged for what is left of them.
  const eventFor = (row: OpenPosition) => eventOf(row, { first, second, atMs });
  const after = await recordDecision(deps, position, eventFor, evidence);
  const { firedRule } = after;
  return { after, sellBack, met: firedRule?.atMs === atMs ? firedRule : null };
}

function priceOf(position: WatchedPosition, seen: Look): SellBack | null {
  return sellBackOf(seen, ruledSharesMicros(position), position);
}

/** What both looks decide for this row; null where they decide nothing. */
function eventOf(
  row: OpenPosition,
  { first, second, atMs }: { readonly first: Look; readonly second: Look; readonly atMs: number },
): PositionEvent | null {
  if (row.state !== 'holding' && row.state !== 'exiting') return null;
  // A second look may end within the exit, which a change of the row would put off.
  if (!isWatched(row, atMs)) return null;
  const decided = decideLooks(row, priceOf(row, first), priceOf(row, second));
  switch (decided.decision) {
    case 'fire':
      return { type: 'rule-fired', atMs, ...decided.met };
    case 'raise-high':
      return { type: 'high-raised', atMs, priceMicros: decided.priceMicros };
    case 'wait':
      return null;
  }
}

async function look(deps: LookDeps, position: WatchedPosition): Promise<Look> {
  const book = await readBook(deps, position);
  return { book, atMs: deps.clock.nowMs() };
}

/** A quiet market's book may be the same for minutes, and so may a cache's: then the other outcome's book tells. */
async function areBothReal(deps: LookDeps, position: WatchedPosition, first: Look, second: Look): Promise<boolean> {
  if (areTwoStates(first, second)) return true;
  const other = await readBook(deps, { ...position, tokenId: position.otherTokenId });
  return second.book !== null && other !== null && isMirrored(second.book, other);
}

function evidenceOf(name: 'first' | 'second', { book, atMs }: Look, sellBack: SellBack | null): Evidence {
  const bookFlaw = book && findBookFlaw(book, atMs);
  return {
    [`${name}LookAtMs`]: atMs,
    [`${name}BookAtMs`]: book?.atMs ?? null,
    [`${name}PriceMicros`]: sellBack?.priceMicros.toString() ?? null,
    [`${name}IsWhole`]: sellBack?.isWhole ?? null,
    [`${name}BestBidMicros`]: book?.bids[0]?.priceMicros.toString() ?? null,
    [`${name}BestAskMicros`]: book?.asks[0]?.priceMicros.toString() ?? null,
    ...(bookFlaw !== null && { [`${name}BookFlaw`]: bookFlaw }),
  };
}
