import type { MarketVersion } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { payoutMicrosOf, payoutOfOther, type TokenPayout } from '#lib/domain/market/payout.ts';
import { joinedSharesMicros } from '#lib/domain/plan/plan-take-in.ts';
import { DUST_SHARES_MICROS, isSettled, remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { isClosed } from '#lib/domain/position/position.ts';

/** Shares in the live wallet that no position of the suite manages, of one market. Amounts are micro-units as text. */
export type ForeignHolding = {
  readonly wallet: string;
  readonly conditionId: string;
  readonly marketVersion: MarketVersion;
  /** Null where the venue's index does not name the market. */
  readonly marketSlug: string | null;
  readonly marketEndsAtMs: number | null;
  /** False where the end is only announced: trading may stop at another time. */
  readonly isEndCertain: boolean;
  /** By the chain. */
  readonly isResolved: boolean;
  /** The suite's open position of the market's other outcome. */
  readonly besidePositionId: string | null;
  /** The suite's open position of these shares' own side, which bought others and can take these in. */
  readonly ownPositionId: string | null;
  /** The suite's last position of these shares' token, which had ended before they came. Null: there was none. */
  readonly afterPositionId: string | null;
  readonly atMs: number;
  readonly outcomes: readonly ForeignOutcome[];
  /** Why a stage that takes shares in did not take these: a code, and what to do. Null: it only tells. */
  readonly refusal: HoldingRefusal | null;
};

export type HoldingRefusal = { readonly code: string; readonly message: string };

export type ForeignOutcome = {
  readonly tokenId: string;
  /** As the venue names it; null where it does not. */
  readonly name: string | null;
  readonly sharesMicros: string;
  /** What the chain pays for them, or what selling all of them at once would bring after fees; null: unknown. */
  readonly worthMicros: string | null;
};

/** Shares by token. */
export type SharesByToken = ReadonlyMap<string, bigint>;

/** What was told of a market. */
export type ToldMarket = {
  readonly shares: SharesByToken;
  /** The market's result was known then: losers are not looked at again, and winnings were told as such. */
  readonly isResolved: boolean;
  /** The stage's settings then (`verdictKeyOf`): other settings may take in what was only told. */
  readonly by: string;
  /** When its shares were told last. 0: by a release that did not note it. */
  readonly atMs: number;
};

/** What a stage does with shares that no position manages, beyond telling of them. */
export type WatchPolicy = { readonly isGuarding: boolean; readonly isRedeeming: boolean };

export function verdictKeyOf({ isGuarding, isRedeeming }: WatchPolicy): string {
  return `${isGuarding ? 'guard' : 'tell'}${isRedeeming ? '+redeem' : ''}`;
}

/** Growth that is told again: a tenth of what was told, and at least one share. */
const GROWTH_DIVISOR = 10n;

/**
 * What was told, without the shares that a position has managed and brought to an end since: those that come afterwards
 * are others, however few. Null where nothing is left.
 */
export function forgetEnded(told: ToldMarket | null, positions: readonly Position[]): ToldMarket | null {
  if (told === null) return null;
  const isPast = (tokenId: string) =>
    positions.some((each) => isClosed(each) && each.tokenId === tokenId && each.closedAtMs > told.atMs);
  const shares = [...told.shares].filter(([tokenId]) => !isPast(tokenId));
  if (shares.length === told.shares.size) return told;
  return shares.length === 0 ? null : { ...told, shares: new Map(shares) };
}

/** Whether to tell of this holding, when `told` was told of its market before; null: nothing was. */
export function isWorthTelling(held: SharesByToken, told: SharesByToken | null): boolean {
  return [...held].some(([tokenId, sharesMicros]) => {
    if (told === null) return sharesMicros >= DUST_SHARES_MICROS;
    const before = told.get(tokenId) ?? 0n;
    const tenth = before / GROWTH_DIVISOR;
    return sharesMicros - before >= (tenth > ONE_MICROS ? tenth : ONE_MICROS);
  });
}

/**
 * Whether a market has to be looked at: it is new, has grown, was told before its result, or under other settings. One
 * that is still traded is looked at: a position may have sold what was told, and fewer shares may be others.
 */
export function isToJudge(
  held: SharesByToken,
  told: ToldMarket | null,
  now: {
    readonly isRedeemable: boolean;
    readonly endsAtMs: number | null;
    readonly policy: WatchPolicy;
    readonly nowMs: number;
  },
): boolean {
  if (held.size === 0) return false;
  if (told === null) return isWorthTelling(held, null);
  if (told.by !== verdictKeyOf(now.policy) || (now.isRedeemable && !told.isResolved)) return true;
  const mayBeTraded = now.policy.isGuarding || now.endsAtMs === null || now.endsAtMs > now.nowMs;
  return (mayBeTraded && !told.isResolved) || isWorthTelling(held, told.shares);
}

/** The larger amounts: shares that come and go are not told each time. */
export function mergeTold(held: SharesByToken, told: SharesByToken | null): SharesByToken {
  const merged = new Map(told ?? []);
  for (const [tokenId, micros] of held) if (micros > (merged.get(tokenId) ?? -1n)) merged.set(tokenId, micros);
  return merged;
}

/** The tokens of a resolved market that pay something. `tokenId` is the one that `payout` calls its own. */
export function payingTokens(held: SharesByToken, tokenId: string, payout: TokenPayout): SharesByToken {
  const paid = [...held].map(([id, shares]): [string, bigint] => {
    return [id, payoutMicrosOf(id === tokenId ? payout : payoutOfOther(payout), shares)];
  });
  return new Map(paid.filter(([, micros]) => micros > 0n));
}

/**
 * - `foreign`: nothing of the suite explains these shares. - `managed`: an open position has this token, or bought it
 *   to make pairs.
 * - `beside`: an open position has the market's other token.
 * - `settling`: a position of the market ended so shortly before the block that the block may still show its shares.
 * - `reported`: a position ended `stranded`, and its alert told of the shares.
 */
export type Explanation =
  | { readonly kind: 'foreign' | 'managed' | 'settling' | 'reported' }
  | { readonly kind: 'beside'; readonly positionId: string };

/**
 * How long before the block an end must be, so that the block shows it: sales are final before, clocks differ by
 * seconds. What an exit at T − 2:00 leaves in the wallet must still be found before T.
 */
export const SETTLING_MS = 20_000;

/** What the suite's positions say of a token in the wallet at a block of that time. */
export function explainToken(tokenId: string, positionsOfMarket: readonly Position[], blockAtMs: number): Explanation {
  const open = positionsOfMarket.find((position) => !isClosed(position));
  if (open?.tokenId === tokenId || open?.hedge !== undefined) return { kind: 'managed' };
  const ended = positionsOfMarket.filter(isClosed);
  // Of both outcomes: a redemption or a merge takes both.
  if (ended.some(({ closedAtMs }) => closedAtMs > blockAtMs - SETTLING_MS)) return { kind: 'settling' };
  if (open !== undefined) return { kind: 'beside', positionId: open.positionId };
  const isReported = ended.some((position) => position.tokenId === tokenId && position.state === 'stranded');
  return { kind: isReported ? 'reported' : 'foreign' };
}

/** Shares of an open position's own token that it does not manage. `canJoin`: it can take them in. */
export type Excess = { readonly positionId: string; readonly sharesMicros: bigint; readonly canJoin: boolean };

/**
 * Shares that came to a token beside those of a position that takes none in: one that bought its own, or one that took
 * in the rest of a pair and manages those that were not paired then. Null where no such position holds the token.
 */
export function findExcess(
  tokenId: string,
  held: SharesByToken,
  { positions, block }: { readonly positions: readonly Position[]; readonly block: { number: bigint; atMs: number } },
): Excess | null {
  const position = positions.find((each) => !isClosed(each) && each.tokenId === tokenId);
  if (position?.state !== 'holding') return null;
  const { positionId, otherTokenId } = position;
  const heldMicros = held.get(tokenId) ?? 0n;
  const pairedMicros = held.get(otherTokenId) ?? 0n;
  const joinedMicros = joinedSharesMicros(position, {
    ...{ blockNumber: block.number, blockAtMs: block.atMs, sharesMicros: heldMicros },
  });
  const isPartOfPair = position.origin === 'watch' && position.guardedSharesMicros !== undefined && isSettled(position);
  const canJoin = joinedMicros !== null && position.origin === 'request';
  const moreMicros = canJoin ? joinedMicros : isPartOfPair ? heldMicros - remainingSharesMicros(position) : 0n;
  const sharesMicros = moreMicros - pairedMicros;
  if (sharesMicros < DUST_SHARES_MICROS) return null;
  return { positionId, sharesMicros, canJoin: canJoin && pairedMicros < DUST_SHARES_MICROS };
}

/** The same for all copies of this news. As many shares are told again after a position, and after the result. */
export function holdingKeyOf(holding: ForeignHolding): string {
  const { wallet, conditionId, outcomes, isResolved, afterPositionId } = holding;
  const amounts = outcomes.map(({ tokenId, sharesMicros }) => `${tokenId.slice(-6)}:${sharesMicros}`);
  const after = `${afterPositionId === null ? '' : `#${afterPositionId}`}${isResolved ? '#resolved' : ''}`;
  return `${wallet.toLowerCase()}#${conditionId}#${amounts.join('+')}${after}`;
}
