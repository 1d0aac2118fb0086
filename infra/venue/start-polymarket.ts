import type { LiveAccountRequest, LocalLive, LocalVenue } from '#infra/shared/local-venue.ts';
import type { PutSecret } from './live-account.ts';
import { type LocalVenueOptions, startLocalVenue } from './start-local-venue.ts';

const RELAYER_SECRET = 'tminus/local/relayer-key';

export type LocalPolymarketOptions = Omit<LocalVenueOptions, 'chain'> & {
  /** Trades settle on a chain of this machine, and the suite gets an account there. The chain is in memory only. */
  readonly live?: Omit<LiveAccountRequest, 'name'>;
  /** Receives the keys and credentials of live accounts. */
  readonly putSecret: PutSecret;
};

export type LocalPolymarket = {
  readonly venue: LocalVenue;
  /** Null where the venue keeps balances itself, for paper trading. */
  readonly live: LocalLive | null;
  /** What the suite's functions need to trade live; empty for paper. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

/**
 * Starts the local venue and, for live trading, the chain it settles on.
 * @throws ConfigError without a chain node for this platform
 */
export async function startPolymarket(options: LocalPolymarketOptions): Promise<LocalPolymarket> {
  const { live: request, putSecret, ...venueOptions } = options;
  if (request === undefined) {
    const venue = await startLocalVenue(venueOptions);
    return { venue, live: null, env: {}, stop: venue.stop };
  }
  // Loaded on demand: paper trading needs no chain and no keys.
  const [{ startLocalChain }, { startRelayer }, { openLiveAccount }] = await Promise.all([
    import('./chain/start-local-chain.ts'),
    import('./relayer/start-relayer.ts'),
    import('./live-account.ts'),
  ]);
  // Blocks go on without transactions, so that a result becomes final.
  const chain = await startLocalChain({ blockEveryS: 1 });
  try {
    const venue = await startLocalVenue({ ...venueOptions, chain });
    const relayer = await startRelayer({
      chain,
      ...(venueOptions.seed !== undefined && { seed: venueOptions.seed }),
      onCreated: (account) => venue.registerAccount({ ...account, signatureType: 3 }),
    });
    putSecret(RELAYER_SECRET, JSON.stringify(relayer.key));
    const stop = async (): Promise<void> => {
      await relayer.stop();
      await venue.stop();
      await chain.stop();
    };
    const createAccount: LocalLive['createAccount'] = (each) => openLiveAccount({ chain, venue, putSecret }, each);
    try {
      const account = await createAccount({ ...request, name: 'stack' });
      const hosts = { POLYMARKET_HOST: venue.polymarketHost, RELAYER_HOST: relayer.host };
      const env = { POLYGON_RPC_URL: chain.rpcUrl, ...hosts, LIVE_RELAYER_SECRET: RELAYER_SECRET, ...account.env };
      return { venue, live: { chain, relayer, account, createAccount }, env, stop };
    } catch (error) {
      await relayer.stop();
      await venue.stop();
      throw error;
    }
  } catch (error) {
    await chain.stop();
    throw error;
  }
}
