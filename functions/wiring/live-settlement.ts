import type * as z from 'zod/mini';
import { createPolygonSettlement } from '#lib/adapters/polygon/settlement/polygon-settlement.ts';
import { createPolymarketRelayer } from '#lib/adapters/polymarket/relayer/polymarket-relayer.ts';
import { parseRelayerKey } from '#lib/adapters/polymarket/relayer/relayer-key.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Settlement } from '#lib/ports/settlement.ts';
import { once } from '#lib/runtime/once.ts';
import type { LiveDeps } from './live-deps.ts';
import type { RelayerSettings } from './relayer-settings.ts';
import type { LiveSettings } from './trading-settings.ts';

export type CreateLiveSettlement = {
  readonly clock: Clock;
  readonly live: Pick<LiveDeps, 'loadAccount' | 'vault' | 'walletAddress'>;
  readonly relayer: z.output<typeof RelayerSettings>;
};

/** Settlement of live positions. This file is loaded only where live trading is configured (law 7). */
export function createLiveSettlement(
  { rpcUrl, signatureType }: LiveSettings,
  { clock, live, relayer }: CreateLiveSettlement,
): Settlement {
  const { RELAYER_HOST: relayerHost, LIVE_RELAYER_SECRET: secretName } = relayer;
  const { loadAccount, vault, walletAddress } = live;
  const loadRelayerKey = once(async () => parseRelayerKey(await vault.getSecret(secretName ?? '')));
  return createPolygonSettlement({
    ...{ clock, rpcUrl, signatureType, walletAddress, loadAccount },
    relayer: secretName === undefined ? null : createPolymarketRelayer({ clock, relayerHost, loadRelayerKey }),
  });
}
