import { minMicros } from '#lib/domain/market/money.ts';
import { shortfallMicrosOf } from '#lib/domain/position/fill-totals.ts';
import { foldLeft, type LeftRecord, type LeftShares } from '#lib/domain/position/guarded-shares.ts';
import type { Trade } from '#lib/domain/position/order-attempt.ts';
import type { OpenPosition } from '#lib/domain/position/position.ts';

/** What one transaction moved of the token, net. */
export type Transfer = {
  readonly transactionHash: string;
  readonly sharesMicros: bigint;
  readonly cashMicros: bigint | null;
};

export type ExplainedLoss = LeftRecord & {
  /** Shares that came in between. */
  readonly arrivedMicros: bigint;
};

/**
 * Which transactions of others took the missing shares. Null where these do not explain them: a zero balance proves
 * nothing. Where only a part of the wallet is managed, others may have left before: the newest transactions count.
 */
export function explainLoss(
  position: OpenPosition,
  transfers: readonly Transfer[],
  missingMicros: bigint,
): ExplainedLoss | null {
  const sold = sellsOf(position);
  if (position.guardedSharesMicros !== undefined) {
    return explainPart(goneOf(withoutOwn(position, transfers, sold)), missingMicros);
  }
  // What a refusal proved to be missing left in these transactions as well, or before them.
  const shortMicros = shortfallMicrosOf(position);
  // Sells of ours before the first block are not among the transfers, and others may move the same amounts: the sum
  // decides how many of ours, from the newest back, are.
  for (let count = sold.length; count >= 0; count -= 1) {
    const foreign = withoutOwn(position, transfers, sold.slice(sold.length - count));
    const gone = goneOf(foreign);
    const arrivedMicros = sum(foreign) - sum(gone);
    const explainedMicros = -sum(gone) - arrivedMicros;
    if (explainedMicros !== missingMicros && explainedMicros !== missingMicros + shortMicros) continue;
    return { arrivedMicros, ...foldLeft({ left: gone.map((each) => toLeft(each, -each.sharesMicros)) }) };
  }
  return null;
}

function goneOf(transfers: readonly Transfer[]): readonly Transfer[] {
  return transfers.filter(({ sharesMicros }) => sharesMicros < 0n);
}

/** Those that moved shares, oldest first. */
function sellsOf({ trades }: OpenPosition): readonly Trade[] {
  return trades
    .filter(({ side, status }) => side === 'SELL' && status !== 'failed')
    .toSorted((a, b) => a.matchedAtMs - b.matchedAtMs);
}

/**
 * A trade may be mined minutes after its match (venue §3.5): an older block still shows what was sold. Once the
 * position has sold, more shares count only where transactions brought them.
 */
export function needsTransfers({ trades }: OpenPosition): boolean {
  return trades.some(({ side }) => side === 'SELL');
}

/** Whether transactions of others, in sum, brought so many shares. */
export function explainsArrival(
  position: OpenPosition,
  transfers: readonly Transfer[],
  arrivedMicros: bigint,
): boolean {
  return sum(withoutOwn(position, transfers, sellsOf(position))) >= arrivedMicros;
}

/**
 * Known transactions count once, and a sell of ours is no loss: one transfer of its size for each trade. Of several the
 * one whose cash is the nearest is ours: an estimated fee may be off by some cents, a merge or another price is not.
 */
function withoutOwn(
  { left = [] }: OpenPosition,
  transfers: readonly Transfer[],
  sells: readonly Trade[],
): readonly Transfer[] {
  const known = new Set(left.map(({ transactionHash }) => transactionHash.toLowerCase()));
  const unknown = transfers.filter(({ transactionHash }) => !known.has(transactionHash.toLowerCase()));
  const pairs = sells.flatMap((trade) =>
    unknown
      .filter(({ sharesMicros }) => sharesMicros === -trade.sharesMicros)
      .map((transfer) => ({ trade, transfer, gapMicros: cashGapMicros(trade, transfer) })),
  );
  const [own, told] = [new Set<Transfer>(), new Set<Trade>()];
  for (const { trade, transfer } of pairs.toSorted((a, b) => Number(a.gapMicros - b.gapMicros))) {
    if (own.has(transfer) || told.has(trade)) continue;
    own.add(transfer);
    told.add(trade);
  }
  return unknown.filter((transfer) => !own.has(transfer));
}

/** More than any cash, where it is not known. */
const GAP_UNKNOWN = 2n ** 128n;

function cashGapMicros({ valueMicros, feesMicros }: Trade, { cashMicros }: Transfer): bigint {
  if (cashMicros === null) return GAP_UNKNOWN;
  const gapMicros = cashMicros - (valueMicros - feesMicros);
  return gapMicros < 0n ? -gapMicros : gapMicros;
}

function explainPart(gone: readonly Transfer[], missingMicros: bigint): ExplainedLoss | null {
  if (-sum(gone) < missingMicros) return null;
  let restMicros = missingMicros;
  const left: LeftShares[] = [];
  for (const each of gone.toReversed()) {
    if (restMicros === 0n) break;
    const sharesMicros = minMicros(-each.sharesMicros, restMicros);
    left.unshift(toLeft(each, sharesMicros));
    restMicros -= sharesMicros;
  }
  return { arrivedMicros: 0n, ...foldLeft({ left }) };
}

/** Of a part of what a transaction took, the cash is not known. Shares that were given away brought none. */
function toLeft(
  { transactionHash, sharesMicros: movedMicros, cashMicros }: Transfer,
  sharesMicros: bigint,
): LeftShares {
  const isWhole = sharesMicros === -movedMicros && cashMicros !== null && cashMicros > 0n;
  return { transactionHash, sharesMicros, cashMicros: isWhole ? cashMicros : null };
}

function sum(transfers: readonly Transfer[]): bigint {
  return transfers.reduce((total, { sharesMicros }) => total + sharesMicros, 0n);
}
