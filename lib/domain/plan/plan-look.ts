import { floorTo, maxMicros, minMicros } from '#lib/domain/market/money.ts';
import { type ExitRules, type FiringRule, trailingLevelMicros } from '#lib/domain/position/exit-policy.ts';
import { isOnRequest } from '#lib/domain/position/exit-request.ts';
import { DUST_SHARES_MICROS, unhedgedSharesMicros } from '#lib/domain/position/fill-totals.ts';
import type { ExitingPosition, HoldingPosition, Position } from '#lib/domain/position/position.ts';
import type { Look, SellBack } from './sell-back.ts';

/** Id of a message that asks for a look at the price. It is never a row's wake-up. */
export const LOOK_WAKE_UP_ID = 'look';

/** How long the looks go on that one look plans. The sweep, every minute, begins anew. */
export const LOOK_SPAN_MS = 60_000;

/** Pause between looks while a level is near. */
const LOOK_PAUSE_MS = 5_000;

/** At least this lies between the two looks that a rule needs: a price for a moment is none. */
const LOOK_GAP_MS = 1_000;

/** A book that is still wide after this is the market's own. Judgement: ten times what was recorded. */
export const WIDE_LOOK_GAP_MS = 8_000;

/** A book of this age that is read twice counts as two looks. An older one may be a cache that stands still. */
const FRESH_BOOK_MS = 10_000;

/** A level is near within ten ticks, or a tenth of the price. */
const NEAR_TICKS = 10n;
const NEAR_SHARE = 10n;

/**
 * In a market's last quarter of an hour every level is near: the mid of recorded five-minute windows moves 11 cents in
 * a minute (median), as the outcome is decided.
 */
const QUICK_END_MS = 900_000;

export type MetRule = { readonly rule: FiringRule; readonly priceMicros: bigint; readonly levelMicros: bigint };

export type WatchedPosition = HoldingPosition | ExitingPosition;
type RuledPosition = Pick<Position, 'policy' | 'highMicros' | 'firedRule' | 'tickMicros' | 'marketEndsAtMs'>;

/**
 * Whether the rules of a position want looks at the price: until the clock's exit is prepared, and while it is asked to
 * sell a part or nothing below a floor.
 */
export function isWatched(position: Position, nowMs: number): boolean {
  const mayFire = position.state === 'holding' || isOnRequest(position, nowMs);
  if (!mayFire || !hasLevel(rulesLeft(position))) return false;
  return nowMs < position.exitDueAtMs - position.policy.prepareLeadMs;
}

/** A take-profit fires once. A stop may follow it. */
function rulesLeft({ policy, firedRule }: Pick<Position, 'policy' | 'firedRule'>): ExitRules {
  const { takeProfitMicros, ...others } = policy.rules ?? {};
  return firedRule === undefined ? { ...others, takeProfitMicros } : others;
}

function hasLevel({ stopLossMicros, takeProfitMicros, trailingStopMicros }: ExitRules): boolean {
  return stopLossMicros !== undefined || takeProfitMicros !== undefined || trailingStopMicros !== undefined;
}

/** The shares that a rule would sell. */
export function ruledSharesMicros(position: WatchedPosition): bigint {
  return floorTo(unhedgedSharesMicros(position), DUST_SHARES_MICROS);
}

/**
 * The rule whose level this price reaches or has crossed; a gap through a level counts. A take-profit needs bids for
 * all shares. So does a stop, unless there is an offer at its level: then more cannot be had, whatever the rest
 * brings.
 */
export function findMetRule(position: RuledPosition, sellBack: SellBack | null): MetRule | null {
  const { stopLossMicros, takeProfitMicros } = rulesLeft(position);
  if (sellBack === null) return null;
  const { priceMicros, isWhole, askMicros } = sellBack;
  const isAtOrBelow = (levelMicros: bigint | undefined): levelMicros is bigint =>
    levelMicros !== undefined &&
    (isWhole ? priceMicros <= levelMicros : askMicros !== null && askMicros <= levelMicros);
  if (isAtOrBelow(stopLossMicros)) return { rule: 'stop-loss', priceMicros, levelMicros: stopLossMicros };
  const trailingMicros = trailingLevelMicros(position.policy.rules, position.highMicros);
  if (isAtOrBelow(trailingMicros)) return { rule: 'trailing-stop', priceMicros, levelMicros: trailingMicros };
  if (isWhole && takeProfitMicros !== undefined && priceMicros >= takeProfitMicros) {
    return { rule: 'take-profit', priceMicros, levelMicros: takeProfitMicros };
  }
  return null;
}

/** The price that becomes the trailing stop's new high: a tick above the last one, for all shares. */
function findNewHigh({ policy, highMicros, tickMicros }: RuledPosition, sellBack: SellBack | null): bigint | null {
  if (policy.rules?.trailingStopMicros === undefined || sellBack === null || !sellBack.isWhole) return null;
  return highMicros === undefined || sellBack.priceMicros >= highMicros + tickMicros ? sellBack.priceMicros : null;
}

/** Whether one look calls for another, a second later, that has to agree. */
export function isWorthTwo(position: RuledPosition, sellBack: SellBack | null): boolean {
  return findMetRule(position, sellBack) !== null || findNewHigh(position, sellBack) !== null;
}

/** When the second look is due: a wide book has to last. A bid that takes profit is one, whatever is asked. */
export function secondLookAtMs(position: RuledPosition, first: SellBack | null, firstAtMs: number): number {
  const isBid = findMetRule(position, first)?.rule === 'take-profit';
  return firstAtMs + (first?.isWide && !isBid ? WIDE_LOOK_GAP_MS : LOOK_GAP_MS);
}

/** Whether two looks saw two states of the market. `false`: perhaps the same answer of a cache. */
export function areTwoStates(first: Look, second: Look): boolean {
  if (second.atMs - first.atMs < LOOK_GAP_MS || first.book === null || second.book === null) return false;
  return second.book.atMs !== first.book.atMs || second.atMs - second.book.atMs <= FRESH_BOOK_MS;
}

export type LookDecision =
  | { readonly decision: 'fire'; readonly met: MetRule }
  | { readonly decision: 'raise-high'; readonly priceMicros: bigint }
  | { readonly decision: 'wait' };

/** What two looks that saw two states of the market decide together, the second at its time (`secondLookAtMs`). */
export function decideLooks(position: RuledPosition, first: SellBack | null, second: SellBack | null): LookDecision {
  const [one, other] = [findMetRule(position, first), findMetRule(position, second)];
  const hasWidened = !first?.isWide && second?.isWide === true;
  if (one !== null && other !== null && one.rule === other.rule) {
    return hasWidened && other.rule !== 'take-profit' ? { decision: 'wait' } : { decision: 'fire', met: other };
  }
  const [high, again] = [findNewHigh(position, first), findNewHigh(position, second)];
  if (high === null || again === null || hasWidened) return { decision: 'wait' };
  return { decision: 'raise-high', priceMicros: minMicros(high, again) };
}

/**
 * When to look again, at most until `untilMs`; none when the sweep's next look is soon enough. All are planned by the
 * first look: a look writes nothing that could tell copies of its message apart, and if each planned the next one,
 * every copy would begin looks of its own.
 */
export function laterLooksAtMs(
  position: WatchedPosition,
  { sellBack, nowMs, untilMs }: { sellBack: SellBack | null; nowMs: number; untilMs: number },
): readonly number[] {
  const isQuick = position.marketEndsAtMs - nowMs <= QUICK_END_MS;
  if (!isQuick && !isNear(position, sellBack)) return [];
  const count = Math.max(Math.floor((untilMs - nowMs) / LOOK_PAUSE_MS), 0);
  const times = Array.from({ length: count }, (_, index) => nowMs + (index + 1) * LOOK_PAUSE_MS);
  return times.filter((atMs) => isWatched(position, atMs));
}

/** An unknown price may be anywhere. */
function isNear(position: RuledPosition, sellBack: SellBack | null): boolean {
  if (sellBack === null || !sellBack.isWhole) return true;
  const { priceMicros } = sellBack;
  const { stopLossMicros, takeProfitMicros } = rulesLeft(position);
  const nearMicros = maxMicros(NEAR_TICKS * position.tickMicros, priceMicros / NEAR_SHARE);
  const trailingMicros = trailingLevelMicros(position.policy.rules, position.highMicros);
  return [stopLossMicros, takeProfitMicros, trailingMicros].some(
    (levelMicros) =>
      levelMicros !== undefined &&
      (priceMicros > levelMicros ? priceMicros - levelMicros : levelMicros - priceMicros) <= nearMicros,
  );
}
