import { mulDivRound } from '#lib/domain/market/money.ts';
import type { IndexedActivity } from '#lib/ports/wallet/wallet-positions.ts';

/** Sizes of some rows have four decimals (venue §10.2). */
const ROUNDING_MICROS = 100n;

type Basis = { readonly sharesMicros: bigint; readonly costMicros: bigint };

/**
 * What these shares of a token cost, fees included, by what the wallet did in their market, newest first: by average
 * cost, as the venue counts it. Null where the rows do not add up to exactly these shares: some are late, left out or
 * repeated, or shares came without a trade.
 */
export function costOfShares(
  activities: readonly IndexedActivity[],
  tokenId: string,
  sharesMicros: bigint,
): bigint | null {
  let basis: Basis | null = { sharesMicros: 0n, costMicros: 0n };
  for (const activity of activities.toReversed()) {
    if (basis !== null && mayConcern(activity, tokenId)) basis = after(basis, activity);
  }
  if (basis === null) return null;
  const differenceMicros = basis.sharesMicros - sharesMicros;
  const isSame = differenceMicros < ROUNDING_MICROS && -differenceMicros < ROUNDING_MICROS;
  return isSame ? basis.costMicros : null;
}

/** Older redemptions name no token. */
function mayConcern({ tokenId, conditionId }: IndexedActivity, own: string): boolean {
  return tokenId === own || (tokenId === null && conditionId !== null);
}

/** Null: what the row did to the cost is not known. */
function after({ sharesMicros, costMicros }: Basis, activity: IndexedActivity): Basis | null {
  if (activity.tokenId === null) return null;
  const isBuy = activity.type === 'TRADE' && activity.side === 'BUY';
  if (isBuy) {
    return {
      sharesMicros: sharesMicros + activity.sharesMicros,
      costMicros: costMicros + activity.cashMicros,
    };
  }
  const isSell = activity.type === 'TRADE' && activity.side === 'SELL';
  const isGone = isSell || activity.type === 'MERGE' || activity.type === 'REDEEM';
  // A split pays for both outcomes. More than is held cannot go: rows are missing.
  if (!isGone || activity.sharesMicros > sharesMicros) return null;
  if (activity.sharesMicros === 0n) return { sharesMicros, costMicros };
  const leftMicros = sharesMicros - activity.sharesMicros;
  return { sharesMicros: leftMicros, costMicros: mulDivRound(costMicros, leftMicros, sharesMicros) };
}
