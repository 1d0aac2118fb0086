import { OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import type { ChainResolution, ConditionChain } from '#lib/venue/engine/condition-chain.ts';
import type { World } from './world/world.ts';

/** Results were on chain 52 to 172 s after the end of their market (venue §5.3). */
const USUAL_LAG_MS = { min: 52_000, max: 172_000 } as const;

const SPLITS = [
  { own: 1n, total: 2n },
  { own: 300_000n, total: 1_000_000n },
  { own: 1n, total: 3n },
] as const;

/** When and how the market of this life resolves on chain; null for never. */
export function drawResolution({ dice, draw }: World, playing: PlayingMarket): ChainResolution | null {
  const lagMs = USUAL_LAG_MS.min + draw(USUAL_LAG_MS.max - USUAL_LAG_MS.min);
  if (dice.rollLife('resolution-never').length > 0) return null;
  const isLate = dice.rollLife('resolution-late').length > 0;
  const atMs = playing.market.endsAtMs + (isLate ? dice.between('resolution-late', 600_000, 780_000) : lagMs);
  const { winner } = playing;
  if (dice.rollLife('resolution-split').length === 0) return { atMs, total: 1n, pays: paysOf(winner, 1n, 0n) };
  const { own, total } = SPLITS[dice.between('resolution-split', 0, SPLITS.length - 1)] ?? SPLITS[0];
  return { atMs, total, pays: paysOf(winner, own, total - own) };
}

function paysOf(winner: Outcome, won: bigint, lost: bigint): Record<Outcome, bigint> {
  return winner === 'UP' ? { UP: won, DOWN: lost } : { UP: lost, DOWN: won };
}

/** Redemptions that the suite does not send: by the venue, and by the owner. */
export function planOutsideRedemptions(world: World, chain: ConditionChain, wallet: string, outcome: Outcome): void {
  const { dice, time, note } = world;
  const { resolution } = chain;
  if (resolution === null) return;
  const redeemAt = (atMs: number, who: string): void => {
    time.atInBackground(atMs, () => {
      note('chain', () => `${who} redeems`);
      const paid = OUTCOMES.filter((each) => resolution.pays[each] > 0n);
      const isPaid = paid.some((each) => chain.sharesAt(wallet, each, atMs) > 0n);
      chain.redeem(wallet, isPaid ? paid : [outcome], atMs);
    });
  };
  if (dice.rollLife('auto-redeem').length > 0) {
    redeemAt(resolution.atMs + dice.between('auto-redeem', 0, 300_000), 'the venue');
  }
  if (dice.rollLife('redeemed-by-hand').length > 0) {
    redeemAt(resolution.atMs + dice.between('redeemed-by-hand', 2_000, 180_000), 'the owner');
  }
}
