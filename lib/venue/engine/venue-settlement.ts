import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import { type BookLevel, OTHER_OUTCOME } from '#lib/domain/market/market.ts';
import { floorTo, mulDivFloor, mulDivRound, ONE_MICROS } from '#lib/domain/market/money.ts';
import { outcomeOfToken } from '#lib/venue/books/playing-market.ts';
import type { VenueEngineDeps } from './venue-engine.ts';
import type { VenueOrder, VenueTrade } from './venue-ledger.ts';

const FEE_STEP_MICROS = 10n;
const USUAL_SETTLEMENT_MS = { min: 2_000, spread: 2_000 } as const;

type TradeTimes = Pick<VenueTrade, 'retryingAtMs' | 'minedAtMs' | 'finalAtMs'>;

/** Makes one trade per level that an order took, with the times of its settlement. */
export function planTrades(
  deps: VenueEngineDeps,
  order: VenueOrder,
  slices: readonly BookLevel[],
  { atMs, countBefore, isMaker }: { readonly atMs: number; readonly countBefore: number; readonly isMaker: boolean },
): readonly VenueTrade[] {
  const { conditions, playing } = deps;
  const outcome = outcomeOfToken(playing.market, order.tokenId) ?? 'UP';
  const isWrongToken = order.side === 'BUY' && conditions.isOn('wrong-token', atMs);
  const times = planTimes(deps, atMs);
  const fees = isMaker ? [] : feesOf(deps, slices);
  return slices.map((slice, index) => {
    const feesMicros = fees[index] ?? 0n;
    const isFeeInShares = order.side === 'BUY' && conditions.isOn('buy-fee-in-shares', atMs);
    const feeSharesMicros = isFeeInShares ? mulDivFloor(feesMicros, ONE_MICROS, slice.priceMicros) : 0n;
    const isShort = order.side === 'BUY' && conditions.isOn('short-shares', atMs);
    const missingMicros = isShort
      ? (slice.sharesMicros * BigInt(deps.dice.between('short-shares', 1, 300))) / 1_000n
      : 0n;
    const keptMicros = feeSharesMicros + missingMicros;
    return {
      tradeId: `${order.orderHash}-${countBefore + index + 1}`,
      orderHash: order.orderHash,
      wallet: order.wallet,
      tokenId: order.tokenId,
      side: order.side,
      isMaker,
      priceMicros: slice.priceMicros,
      sharesMicros: slice.sharesMicros,
      valueMicros: mulDivRound(slice.sharesMicros, slice.priceMicros, ONE_MICROS),
      isFeeInShares,
      feesMicros: isFeeInShares ? 0n : feesMicros,
      deliveredMicros: slice.sharesMicros - keptMicros,
      deliveredTokenId: isWrongToken ? playing.market.tokenIds[OTHER_OUTCOME[outcome]] : order.tokenId,
      matchedAtMs: atMs,
      ...times,
    };
  });
}

/** Usually 2 to 4 s to the block and up to 3.5 s more to finality; the tails by fault (venue §3.5). */
function planTimes({ dice, draw, settlementMs = USUAL_SETTLEMENT_MS }: VenueEngineDeps, atMs: number): TradeTimes {
  const usualMs = settlementMs.min + draw(settlementMs.spread);
  const retryingAtMs = dice.roll('retrying') ? atMs + usualMs : null;
  if (dice.roll('ghost-fill')) {
    return { retryingAtMs, minedAtMs: null, finalAtMs: atMs + dice.between('ghost-fill', 2_000, 60_000) };
  }
  const extraMs = dice.roll('unsettled') ? dice.between('unsettled', 20_000, 200_000) : 0;
  const retryMs = retryingAtMs === null ? 0 : 2_000 + draw(10_000);
  const minedAtMs = atMs + usualMs + extraMs + retryMs;
  return { retryingAtMs, minedAtMs, finalAtMs: minedAtMs + 500 + draw(3_000) };
}

/** The venue's own fees: rounded down or to the nearest, by level or by order. */
function feesOf({ conditions, playing }: VenueEngineDeps, slices: readonly BookLevel[]): readonly bigint[] {
  const { feeRateMicros } = playing.market;
  const exact = slices.map(
    ({ sharesMicros, priceMicros }) =>
      (sharesMicros * feeRateMicros * priceMicros * (ONE_MICROS - priceMicros)) / ONE_MICROS ** 3n,
  );
  if (conditions.feePer === 'order') {
    const total = exact.reduce((sum, fee) => sum + fee, 0n);
    return exact.map((_fee, index) => (index === 0 ? floorTo(total, FEE_STEP_MICROS) : 0n));
  }
  if (conditions.feeRounding === 'floor') return exact.map((fee) => floorTo(fee, FEE_STEP_MICROS));
  return slices.map((slice) => takerFeeMicros({ ...slice, feeRateMicros }));
}
