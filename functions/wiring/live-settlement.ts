import type * as z from 'zod/mini';
import { createPolygonSettlement } from '#lib/adapters/polygon/settlement/polygon-settlement.ts';
import { createIndexedResults } from '#lib/adapters/polymarket/data-api/indexed-results.ts';
import { createPolymarketWalletPositions } from '#lib/adapters/polymarket/data-api/polymarket-wallet-positions.ts';
import { createPolymarketRelayer } from '#lib/adapters/polymarket/relayer/polymarket-relayer.ts';
import { parseRelayerKey } from '#lib/adapters/polymarket/relayer/relayer-key.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketResults } from '#lib/ports/venue/market-results.ts';
import type { Settlement } from '#lib/ports/wallet/settlement.ts';
import type { Meter } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { LiveDeps } from './live-deps.ts';
import type { RelayerSettings } from './relayer-settings.ts';
import type { LiveSettings } from './trading-settings.ts';

export type CreateLiveSettlement = {
  readonly clock: Clock;
  readonly live: Pick<LiveDeps, 'loadAccount' | 'vault' | 'walletAddress'>;
  readonly relayer: z.output<typeof RelayerSettings>;
  readonly dataHost: string;
  readonly meter: Pick<Meter, 'count'>;
};

export type LiveSettlement = {
  readonly settlement: Settlement;
  /** What the venue's index says of results, to compare with the chain. */
  readonly results: MarketResults;
};

/** Some ten redemptions at usual prices (settlement of one condition: 0.01 to 0.05 POL). */
const LOW_GAS_WEI = 300_000_000_000_000_000n;

/** Settlement of live positions. This file is loaded only where live trading is configured (law 7). */
export function createLiveSettlement(
  { rpcUrl, signatureType }: LiveSettings,
  { clock, live, relayer, dataHost, meter }: CreateLiveSettlement,
): LiveSettlement {
  const { RELAYER_HOST: relayerHost, LIVE_RELAYER_SECRET: secretName } = relayer;
  const { loadAccount, vault, walletAddress } = live;
  const loadRelayerKey = once(async () => parseRelayerKey(await vault.getSecret(secretName ?? '')));
  const settlement = createPolygonSettlement({
    onGasRead: (balanceWei) => meter.count('GasLow', balanceWei < LOW_GAS_WEI ? 1 : 0),
    ...{ clock, rpcUrl, signatureType, walletAddress, loadAccount },
    relayer: secretName === undefined ? null : createPolymarketRelayer({ clock, relayerHost, loadRelayerKey }),
  });
  return { settlement, results: createIndexedResults(createPolymarketWalletPositions({ clock, dataHost })) };
}
