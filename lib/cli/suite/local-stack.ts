import type { VenueHosts } from '#infra/aws/stage-config.ts';
import { type LocalAws, startLocalAws } from '#infra/local/start-local-aws.ts';
import type { LocalStackOptions, LocalStack as SharedLocalStack } from '#infra/shared/local-stack.ts';
import { type LocalPolymarket, startPolymarket } from '#infra/venue/start-polymarket.ts';
import { InvariantError } from '#lib/errors/errors.ts';

/** The whole suite on one machine: its AWS, and the venue it trades at. */
export type LocalStack = SharedLocalStack & LocalAws;

/** The suite's AWS on one machine, trading on paper by the public data of a venue elsewhere. */
export function startPublicStack(options: Omit<LocalStackOptions, 'live' | 'recordingsDir'>, hosts: VenueHosts) {
  const { CLOB_HOST: clobHost, GAMMA_HOST: gammaHost, BINANCE_HOST: binanceHost, DATA_HOST: dataHost } = hosts;
  const venue = { hosts: { clobHost, gammaHost, binanceHost, dataHost }, env: {}, stop: async () => undefined };
  return startLocalAws({ ...options, startVenue: async () => venue });
}

/**
 * Starts AWS and venue on loopback, all state in `stateDir`.
 * @throws ConfigError when this platform lacks something or another stack runs on the directory
 */
export async function startLocalStack(stackOptions: LocalStackOptions): Promise<LocalStack> {
  const { live, recordingsDir, marketVersions, ...options } = stackOptions;
  let polymarket: LocalPolymarket | undefined;
  const aws = await startLocalAws({
    ...options,
    startVenue: async ({ marketsFile, putSecret }) => {
      polymarket = await startPolymarket({
        seed: String(options.seed ?? 1),
        stateFile: marketsFile,
        putSecret,
        ...(recordingsDir !== undefined && { recordingsFolder: recordingsDir }),
        ...(marketVersions !== undefined && { versions: marketVersions }),
        ...(live !== undefined && { live }),
      });
      return { hosts: polymarket.venue, env: polymarket.env, stop: polymarket.stop };
    },
  });
  if (polymarket === undefined) throw new InvariantError('The stack was started without a venue');
  return { ...aws, venue: polymarket.venue, live: polymarket.live };
}
