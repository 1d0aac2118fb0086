import type { MarketVersion } from '#lib/domain/market/market.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Wallet, WalletTerms } from '#lib/ports/wallet/wallet.ts';
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
  readonly cashMicros: bigint;
};

export type SimWalletDeps = {
  readonly engine: VenueEngine;
  /** Of the market. */
  readonly version: MarketVersion;
  readonly view: ChainView;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly call: ServiceCall;
  readonly onRead: (terms: WalletTerms) => void;
};

/** The wallet's reads of the chain, from the venue's ledger: mined trades count, matched ones do not. */
export function createSimWallet(world: World, deps: SimWalletDeps): Wallet {
  const { engine, version, view, clock, call } = deps;
  const { time, dice } = world;
  const patienceOf = (deadlineAtMs: number): number => Math.max(deadlineAtMs - clock.nowMs(), 0);
  const getHoldings: Wallet['getHoldings'] = (position, deadlineAtMs) => {
    deps.onRead(position);
    const patienceMs = patienceOf(deadlineAtMs);
    const slowMs = dice.roll('chain-slow') ? dice.between('chain-slow', 300, 4_000) : 0;
    const neededMs = 30 + world.draw(80) + slowMs;
    const travel = (): number => Math.min(neededMs, patienceMs);
    return call('wallet.getHoldings', travel, () => {
      if (neededMs > patienceMs || dice.roll('chain-down'))
        throw new UpstreamUnavailableError('The chain did not answer');
      const atMs = time.nowMs() - view.lagMs();
      engine.advanceTo(time.nowMs());
      // The contract of the other version holds no such shares.
      if (position.marketVersion !== version) return { sharesMicros: 0n, otherSharesMicros: 0n, approved: false };
      return {
        sharesMicros: sharesAt(engine, position, position.tokenId, atMs),
        otherSharesMicros: sharesAt(engine, position, position.otherTokenId, atMs),
        approved: engine.isApproved(position.wallet, atMs),
      };
    });
  };
  const approveShares: Wallet['approveShares'] = (position, deadlineAtMs) => {
    deps.onRead(position);
    const patienceMs = patienceOf(deadlineAtMs);
    const neededMs = 2_000 + world.draw(4_000);
    return call(
      'wallet.approveShares',
      () => Math.min(neededMs, patienceMs),
      () => {
        if (neededMs > patienceMs || dice.roll('chain-down'))
          throw new UpstreamUnavailableError('Nothing was mined in time');
        if (position.marketVersion === version) engine.approve(position.wallet);
      },
    );
  };
  return {
    getHoldings,
    // The model keeps no cash: some lives are short of it.
    getCash: (position, deadlineAtMs) => {
      deps.onRead(position);
      const patienceMs = patienceOf(deadlineAtMs);
      const neededMs = 30 + world.draw(80);
      return call(
        'wallet.getHoldings',
        () => Math.min(neededMs, patienceMs),
        () => {
          if (dice.roll('chain-down')) throw new UpstreamUnavailableError('The chain did not answer');
          return view.cashMicros;
        },
      );
    },
    listCashMovements: async () => [],
    approveShares: view.canApprove ? approveShares : null,
  };
}

function sharesAt({ ledger }: VenueEngine, { wallet }: WalletTerms, tokenId: string, atMs: number): bigint {
  const sharesMicros = chainShares(ledger, wallet, tokenId, atMs);
  return sharesMicros > 0n ? sharesMicros : 0n;
}
