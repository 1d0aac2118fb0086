import { formatMicros, mulDivRound, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { FillTotals } from '#lib/domain/market/order.ts';
import { trailingLevelMicros } from './exit-policy.ts';
import { activeRequest, sharesToSellMicros } from './exit-request.ts';
import {
  acquiredSharesMicros,
  boughtTotals,
  DUST_SHARES_MICROS,
  feeDriftMicros,
  hedgeTotals,
  holdsNothing,
  mergedMicros,
  remainingSharesMicros,
  shortfallMicrosOf,
  soldTotals,
} from './fill-totals.ts';
import { foundCostMicros, foundSharesMicros, leftCashMicros, leftSharesMicros, takesIn } from './guarded-shares.ts';
import { findLowSale } from './low-sale.ts';
import { isUnresolved } from './order-attempt.ts';
import type { ExitRecord, Position, PositionRecord } from './position.ts';
import { isClosed } from './position.ts';

/**
 * A position as shown to users and other programs: flat, in JSON types. `…Micros` are decimal strings of millionths,
 * prices are decimal strings of dollars per share. Unknown values are null.
 */
export type PositionView = {
  readonly positionId: string;
  readonly requestId: string;
  readonly origin: string;
  readonly mode: string;
  /** Null in a market that is not an up/down window: `marketSlug` tells what it is about. */
  readonly asset: string | null;
  /** The venue's name of the outcome where it is not `UP` or `DOWN`. */
  readonly outcome: string;
  readonly marketSlug: string;
  readonly conditionId: string;
  /** Version of the venue's protocol: its contracts differ. */
  readonly marketVersion: string;
  readonly tokenId: string;
  readonly state: string;
  readonly version: number;
  readonly openedAtMs: number;
  readonly marketEndsAtMs: number;
  readonly exitDueAtMs: number;
  readonly firstExitAttemptAtMs: number | null;
  readonly exitAtMs: number | null;
  readonly closedAtMs: number | null;
  readonly entryPrice: string | null;
  readonly exitPrice: string | null;
  readonly underlyingAtEntry: string | null;
  readonly underlyingAtExit: string | null;
  /** Bought, or found in the wallet. */
  readonly sharesMicros: string;
  /** Of those, the shares that came without a buy of this position. */
  readonly foundMicros: string;
  readonly soldMicros: string;
  /** Shares that other programs sold or moved, and the cash they brought; null: not known of some. */
  readonly leftMicros: string;
  readonly leftCashMicros: string | null;
  readonly remainingMicros: string;
  readonly dustMicros: string | null;
  /** Before fees; of shares that were found all that was paid. Null when the cost of some shares is not known. */
  readonly costMicros: string | null;
  readonly proceedsMicros: string;
  readonly payoutMicros: string;
  /** Shares of the other outcome that were bought to merge, and what they cost before fees. Null without such a buy. */
  readonly hedgeSharesMicros: string | null;
  readonly hedgeCostMicros: string | null;
  /** Cash that merged pairs of both outcomes paid. */
  readonly mergedMicros: string;
  /** Gas that the signing key paid to merge and redeem, in wei (POL, not dollars). Null when it paid none. */
  readonly gasWei: string | null;
  readonly feesMicros: string;
  /** True fees minus estimated fees; included in `feesMicros`. Null while a fill's fee is not verified. */
  readonly feeDriftMicros: string | null;
  /**
   * Realised profit. Null while shares are held or an order's outcome is unknown, and where it cannot be known: what
   * shares cost, or what other programs got for them, is unknown.
   */
  readonly pnlMicros: string | null;
  readonly exitReason: string | null;
  readonly forceClosed: boolean;
  readonly forceCloseReason: string | null;
  readonly durationSeconds: number | null;
  /** Best bid seen when the last order was prepared, and when that was. */
  readonly lastBid: string | null;
  readonly lastBidAtMs: number | null;
  /** What a sale far below the bids last seen lost against them, before fees. Null for any other sale. */
  readonly lostMicros: string | null;
  /**
   * Exits by rule; null without any. Prices of the held token; `trailingStop` and `trailingLevel`: distance and price.
   */
  readonly rules: {
    readonly stopLoss: string | null;
    readonly takeProfit: string | null;
    readonly trailingStop: string | null;
    readonly trailingLevel: string | null;
    readonly holdAbove: string | null;
    readonly preset: string | null;
  } | null;
  /** The stage's default preset, where its rules were refused and left out, and why. Null otherwise. */
  readonly refusedPreset: { readonly preset: string; readonly code: string; readonly message: string } | null;
  /** The rule that made the exit due, the price it saw for all shares, and its level. Null while none has. */
  readonly firedRule: {
    readonly rule: string;
    readonly price: string;
    readonly level: string;
    readonly atMs: number;
  } | null;
  /**
   * What is still to be sold on request, and the price below which it is not. Null without one, and once the exit is
   * due.
   */
  readonly exitRequest: {
    readonly atMs: number;
    readonly sharesMicros: string;
    readonly minPrice: string | null;
  } | null;
  /**
   * When a rule first kept the shares at their exit, and what selling all of them then would have brought after fees.
   */
  readonly heldAtMs: number | null;
  readonly heldPrice: string | null;
  readonly heldProceedsMicros: string | null;
  /**
   * What came of these shares instead: sales since then after fees, and the payout. Null until the position is closed.
   */
  readonly heldBroughtMicros: string | null;
  readonly attemptCount: number;
  readonly refusals: readonly { readonly cause: string; readonly count: number }[];
};

/** Average price of the fills, rounded to the nearest micro-dollar; null without fills. */
export function averagePriceMicros({
  sharesMicros,
  valueMicros,
}: Pick<FillTotals, 'sharesMicros' | 'valueMicros'>): bigint | null {
  return sharesMicros === 0n ? null : mulDivRound(valueMicros, ONE_MICROS, sharesMicros);
}

/**
 * Proceeds, merged pairs and payout minus cost and fees of both outcomes. Shares still held count as zero. Null when a
 * part of it cannot be known.
 */
export function realisedPnlMicros(position: Position): bigint | null {
  const cost = costMicrosOf(position);
  const leftCash = leftCashMicros(position);
  if (cost === null || leftCash === null || wasShortOfFound(position)) return null;
  const bought = boughtTotals(position);
  const sold = soldTotals(position);
  const hedge = hedgeTotals(position);
  const payoutMicros = position.state === 'redeemed' ? position.payoutMicros : 0n;
  const costMicros = cost + hedge.valueMicros;
  const feesMicros = bought.feesMicros + sold.feesMicros + hedge.feesMicros;
  return sold.valueMicros + leftCash + mergedMicros(position) + payoutMicros - costMicros - feesMicros;
}

/** Another program took shares that were found, and what these brought is in no transaction of the record. */
function wasShortOfFound(position: Position): boolean {
  return takesIn(position) && shortfallMicrosOf(position) >= DUST_SHARES_MICROS;
}

/** What the position's own shares cost; null when that is not known of some. */
function costMicrosOf(record: PositionRecord): bigint | null {
  const foundMicros = foundCostMicros(record);
  return foundMicros === null ? null : boughtTotals(record).valueMicros + foundMicros;
}

/** Average price of all shares that came in; null without shares, and when the cost of some is not known. */
export function entryPriceMicros(record: PositionRecord): bigint | null {
  const valueMicros = costMicrosOf(record);
  const sharesMicros = acquiredSharesMicros(record);
  return valueMicros === null ? null : averagePriceMicros({ sharesMicros, valueMicros });
}

/** Past its exit, with nothing held and no order of unknown outcome. */
function isSoldOut(position: Position): boolean {
  return exitOf(position) !== null && holdsNothing(position) && !position.attempts.some(isUnresolved);
}

/** Null when the key paid none. */
function gasWeiOf(position: Position): bigint | null {
  const paid = [
    ...(position.merges ?? []).map(({ gasWei }) => gasWei),
    ...(position.state === 'redeemed' ? [position.gasWei] : []),
  ].filter((gasWei) => gasWei !== null);
  return paid.length === 0 ? null : paid.reduce((sum, gasWei) => sum + gasWei, 0n);
}

const decimal = (micros: bigint | null): string | null => (micros === null ? null : formatMicros(micros, 6));

function heldBroughtMicros(position: Position): bigint | null {
  const { holdDecision } = position;
  if (holdDecision === undefined || !isClosed(position)) return null;
  const isSince = ({ side, status, matchedAtMs }: Position['trades'][number]) =>
    side === 'SELL' && status !== 'failed' && matchedAtMs >= holdDecision.atMs;
  const sold = position.trades.filter(isSince);
  const payoutMicros = position.state === 'redeemed' ? position.payoutMicros : 0n;
  return sold.reduce((sum, { valueMicros, feesMicros }) => sum + valueMicros - feesMicros, payoutMicros);
}

function exitOf(position: Position): ExitRecord | null {
  return 'exitAtMs' in position ? position : null;
}

function rulesOf({ policy: { rules }, highMicros }: Position): PositionView['rules'] {
  if (rules === undefined) return null;
  const { stopLossMicros, takeProfitMicros, trailingStopMicros, holdAboveMicros, preset } = rules;
  return {
    stopLoss: decimal(stopLossMicros ?? null),
    takeProfit: decimal(takeProfitMicros ?? null),
    trailingStop: decimal(trailingStopMicros ?? null),
    trailingLevel: decimal(trailingLevelMicros(rules, highMicros) ?? null),
    holdAbove: decimal(holdAboveMicros ?? null),
    preset: preset ?? null,
  };
}

function firedRuleOf({ firedRule }: Position): PositionView['firedRule'] {
  if (firedRule === undefined) return null;
  const { rule, priceMicros, levelMicros, atMs } = firedRule;
  return { rule, price: formatMicros(priceMicros, 6), level: formatMicros(levelMicros, 6), atMs };
}

function exitRequestOf(position: Position): PositionView['exitRequest'] {
  const { exitRequest: request, firstExitAttemptAtMs } = position;
  const isPending = request !== undefined && firstExitAttemptAtMs === null && !('exitAtMs' in position);
  if (!isPending || activeRequest(position, request.atMs) === undefined) return null;
  const { atMs, minPriceMicros = null } = request;
  return { atMs, sharesMicros: sharesToSellMicros(position, atMs).toString(), minPrice: decimal(minPriceMicros) };
}

export function describePosition(position: Position): PositionView {
  const bought = boughtTotals(position);
  const sold = soldTotals(position);
  const hedge = hedgeTotals(position);
  const remaining = remainingSharesMicros(position);
  const exit = exitOf(position);
  const isFinal = isClosed(position);
  return {
    positionId: position.positionId,
    requestId: position.requestId,
    origin: position.origin,
    mode: position.mode,
    asset: position.asset,
    outcome: position.outcomeName ?? position.outcome,
    marketSlug: position.marketSlug,
    conditionId: position.conditionId,
    marketVersion: position.marketVersion,
    tokenId: position.tokenId,
    state: position.state,
    version: position.version,
    openedAtMs: position.openedAtMs,
    marketEndsAtMs: position.marketEndsAtMs,
    exitDueAtMs: position.exitDueAtMs,
    firstExitAttemptAtMs: position.firstExitAttemptAtMs,
    exitAtMs: exit?.exitAtMs ?? null,
    closedAtMs: isFinal ? position.closedAtMs : null,
    entryPrice: decimal(entryPriceMicros(position)),
    exitPrice: decimal(averagePriceMicros(sold)),
    underlyingAtEntry: decimal(position.underlyingAtEntryMicros),
    underlyingAtExit: decimal(exit?.underlyingAtExitMicros ?? null),
    sharesMicros: acquiredSharesMicros(position).toString(),
    foundMicros: foundSharesMicros(position).toString(),
    soldMicros: sold.sharesMicros.toString(),
    leftMicros: leftSharesMicros(position).toString(),
    leftCashMicros: leftCashMicros(position)?.toString() ?? null,
    remainingMicros: remaining.toString(),
    dustMicros: position.state === 'exited' ? remaining.toString() : null,
    costMicros: costMicrosOf(position)?.toString() ?? null,
    proceedsMicros: sold.valueMicros.toString(),
    payoutMicros: position.state === 'redeemed' ? position.payoutMicros.toString() : '0',
    hedgeSharesMicros: position.hedge === undefined ? null : hedge.sharesMicros.toString(),
    hedgeCostMicros: position.hedge === undefined ? null : hedge.valueMicros.toString(),
    mergedMicros: mergedMicros(position).toString(),
    gasWei: gasWeiOf(position)?.toString() ?? null,
    feesMicros: (bought.feesMicros + sold.feesMicros + hedge.feesMicros).toString(),
    feeDriftMicros: feeDriftMicros(position)?.toString() ?? null,
    pnlMicros: isFinal || isSoldOut(position) ? (realisedPnlMicros(position)?.toString() ?? null) : null,
    exitReason: exit?.exitReason ?? null,
    forceClosed: exit?.forceClosed ?? false,
    forceCloseReason: exit?.forceCloseReason ?? null,
    durationSeconds: exit === null ? null : Math.round((exit.exitAtMs - position.openedAtMs) / 1_000),
    lastBid: decimal(position.lastBid?.priceMicros ?? null),
    lastBidAtMs: position.lastBid?.atMs ?? null,
    lostMicros: findLowSale(position)?.lostMicros.toString() ?? null,
    rules: rulesOf(position),
    refusedPreset: position.refusedPreset ?? null,
    firedRule: firedRuleOf(position),
    exitRequest: exitRequestOf(position),
    heldAtMs: position.holdDecision?.atMs ?? null,
    heldPrice: decimal(position.holdDecision?.priceMicros ?? null),
    heldProceedsMicros: position.holdDecision?.proceedsMicros.toString() ?? null,
    heldBroughtMicros: heldBroughtMicros(position)?.toString() ?? null,
    attemptCount: position.attemptCount,
    refusals: Object.entries(position.refusals).map(([cause, count]) => ({ cause, count })),
  };
}
