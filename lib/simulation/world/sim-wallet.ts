import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Wallet, WalletTerms } from '#lib/ports/wallet.ts';
import type { VenueEngine } from '#lib/venue/engine/venue-engine.ts';
import { chainShares } from '#lib/venue/engine/venue-ledger.ts';
import type { ServiceCall } from './function-instance.ts';
import type { World } from './world.ts';

/** How the wallet of one life reads the chain. */
export type ChainView = {
  /** How old its state is at the moment. */
  readonly lagMs: () => number;
  /** May the wallet send transactions by itself? */
  readonly canApprove: boolean;
};

export type SimWalletDeps = {
  readonly engine: VenueEngine;
  readonly view: ChainView;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly call: ServiceCall;
};

/** The wallet's reads of the chain, from the venue's ledger: mined trades count, matched ones do not. */
export function createSimWallet(world: World, { engine, view, clock, call }: SimWalletDeps): Wallet {
  const { time, dice } = world;
  const patienceOf = (deadlineAtMs: number): number => Math.max(deadlineAtMs - clock.nowMs(), 0);
  const getHoldings: Wallet['getHoldings'] = (position, deadlineAtMs) => {
    const patienceMs = patienceOf(deadlineAtMs);
    const slowMs = dice.roll('chain-slow') ? dice.between('chain-slow', 300, 4_000) : 0;
    const neededMs = 30 + world.draw(80) + slowMs;
    const travel = (): number => Math.min(neededMs, patienceMs);
    return call('wallet.getHoldings', travel, () => {
      if (neededMs > patienceMs || dice.roll('chain-down'))
        throw new UpstreamUnavailableError('The chain did not answer');
      const atMs = time.nowMs() - view.lagMs();
      engine.advanceTo(time.nowMs());
      return {
        sharesMicros: sharesAt(engine, position, position.tokenId, atMs),
        otherSharesMicros: sharesAt(engine, position, position.otherTokenId, atMs),
        approved: engine.isApproved(position.wallet, atMs),
      };
    });
  };
  const approveShares: Wallet['approveShares'] = (position, deadlineAtMs) => {
    const patienceMs = patienceOf(deadlineAtMs);
    const neededMs = 2_000 + world.draw(4_000);
    return call(
      'wallet.approveShares',
      () => Math.min(neededMs, patienceMs),
      () => {
        if (neededMs > patienceMs || dice.roll('chain-down'))
          throw new UpstreamUnavailableError('Nothing was mined in time');
        engine.approve(position.wallet);
      },
    );
  };
  return {
    getHoldings,
    listCashMovements: async () => [],
    approveShares: view.canApprove ? approveShares : null,
  };
}

function sharesAt({ ledger }: VenueEngine, { wallet }: WalletTerms, tokenId: string, atMs: number): bigint {
  const sharesMicros = chainShares(ledger, wallet, tokenId, atMs);
  return sharesMicros > 0n ? sharesMicros : 0n;
}
