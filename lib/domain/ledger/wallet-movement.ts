import { minMicros } from '#lib/domain/market/money.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { EntryKind } from './ledger-entry.ts';

/** What one transaction moved in the wallet, net. Amounts are signed: positive into the wallet. */
export type WalletMovement = {
  readonly transactionHash: string;
  readonly atMs: number;
  readonly cashMicros: bigint;
  readonly shares: readonly TokenMovement[];
  /** Who moved the shares: an exchange of the venue, a contract that redeems and merges, or somebody else. */
  readonly movedBy: 'exchange' | 'redeemer' | 'other';
  /** Cash that redemptions in this transaction paid the wallet, by condition. */
  readonly payouts: readonly { readonly conditionId: string; readonly cashMicros: bigint }[];
  /** What the wallet's own key paid for it; 0 when another account paid, or when that is not known. */
  readonly gasWei: bigint;
};

export type TokenMovement = { readonly tokenId: string; readonly sharesMicros: bigint };

/** A market that a position traded. */
export type LedgerMarket = Pick<PositionTerms, 'conditionId' | 'tokenId' | 'otherTokenId'>;

/** The part of a movement that concerns one condition; null: no market of a position. */
export type MovementPart = Omit<WalletMovement, 'payouts'> & { readonly conditionId: string | null };

/**
 * One part for each market that the transaction touched: one batch of a wallet redeems and merges several. The cash of
 * a part is what its redemption paid, or a dollar for each pair that was merged; what is left belongs to no market.
 */
export function splitByMarket(movement: WalletMovement, markets: readonly LedgerMarket[]): readonly MovementPart[] {
  const { payouts, ...whole } = movement;
  const ofToken = new Map(
    markets.flatMap(({ conditionId, tokenId, otherTokenId }) => [
      [tokenId, conditionId] as const,
      [otherTokenId, conditionId] as const,
    ]),
  );
  const groups = Map.groupBy(movement.shares, ({ tokenId }) => ofToken.get(tokenId) ?? null);
  const [only] = groups.keys();
  if (groups.size <= 1) return [{ ...whole, conditionId: only ?? null }];
  const parts: MovementPart[] = [];
  let restMicros = movement.cashMicros;
  let gasWei = movement.gasWei;
  for (const [conditionId, shares] of groups) {
    if (conditionId === null) continue;
    const cashMicros = payoutOf(payouts, conditionId) ?? mergedMicros(shares);
    restMicros -= cashMicros;
    parts.push({ ...whole, conditionId, shares, cashMicros, gasWei });
    gasWei = 0n;
  }
  const foreign = groups.get(null) ?? [];
  if (restMicros === 0n && foreign.length === 0) return parts;
  return [...parts, { ...whole, conditionId: null, shares: foreign, cashMicros: restMicros, gasWei }];
}

function payoutOf(payouts: WalletMovement['payouts'], conditionId: string): bigint | undefined {
  return payouts.find((payout) => isSameCondition(payout.conditionId, conditionId))?.cashMicros;
}

/** Conditions of version 2 have 31 bytes, to which some services add a zero byte. */
function isSameCondition(one: string, other: string): boolean {
  return one.toLowerCase().slice(0, 64) === other.toLowerCase().slice(0, 64);
}

/** Pairs of both outcomes that left the wallet, each worth a dollar; negative where they arrived. */
function mergedMicros(shares: readonly TokenMovement[]): bigint {
  const [one, other] = shares;
  if (one === undefined || other === undefined) return 0n;
  if (one.sharesMicros < 0n && other.sharesMicros < 0n) return minMicros(-one.sharesMicros, -other.sharesMicros);
  if (one.sharesMicros > 0n && other.sharesMicros > 0n) return -minMicros(one.sharesMicros, other.sharesMicros);
  return 0n;
}

/** What a movement was, by its amounts and by who made it. */
export function kindOfMovement({ cashMicros, shares, movedBy }: MovementPart): EntryKind {
  const sharesMicros = shares.reduce((sum, each) => sum + each.sharesMicros, 0n);
  if (shares.length === 0) return cashMicros < 0n ? 'withdrawal' : 'deposit';
  if (movedBy === 'exchange') return sharesMicros < 0n ? 'sell' : 'buy';
  const pairsMicros = mergedMicros(shares);
  if (pairsMicros !== 0n && pairsMicros === cashMicros) return pairsMicros > 0n ? 'merge' : 'split';
  // Losing shares are redeemed for nothing.
  if (sharesMicros < 0n && (cashMicros > 0n || movedBy === 'redeemer')) return 'redeem';
  return sharesMicros < 0n ? 'shares-out' : 'shares-in';
}
