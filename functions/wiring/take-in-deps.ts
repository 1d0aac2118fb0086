import type * as z from 'zod/mini';
import { createSqsExitQueue } from '#lib/adapters/sqs/sqs-exit-queue.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import type { GuardPositionDeps } from '#lib/lifecycle/guard/guard-position.ts';
import { createTakeIn, type TakeIn } from '#lib/lifecycle/watch/take-in-holding.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { createSqsClient } from '#lib/runtime/function-clients.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { toChecksumAddress } from './checksum-address.ts';
import { createExitTimer, type TimerEnvSchema } from './exit-timer.ts';
import { createLiveReadings } from './live-readings.ts';
import { type PresetSettings, toPresets } from './preset-settings.ts';
import { type ExitSettings, toOpeningSettings } from './trading-settings.ts';

export type TakeInConfig = z.output<typeof TimerEnvSchema> &
  ExitSettings &
  PresetSettings & {
    readonly EXIT_QUEUE_URL: string;
    readonly SETTLE_QUEUE_URL: string;
    readonly DATA_HOST: string;
    readonly rpcUrl: string;
    readonly walletAddress: string;
  };

type Shared = Pick<GuardPositionDeps, 'store' | 'marketData'> & { readonly clock: Clock };

/** Loaded only where the stage takes shares in. It makes positions and their wake-ups; it cannot sign or post. */
export function createTakeInDeps(config: TakeInConfig, env: Env, shared: Shared): TakeIn {
  const { clock } = shared;
  const { EXIT_QUEUE_URL: queueUrl, SETTLE_QUEUE_URL: settleQueueUrl, DATA_HOST: dataHost, rpcUrl } = config;
  const readings = createLiveReadings({ clock, rpcUrl, dataHost });
  return createTakeIn({
    ...shared,
    ids: createSystemIdSource(clock),
    queue: createSqsExitQueue({ client: createSqsClient(env), clock, queueUrl, settleQueueUrl }),
    timer: createExitTimer(config, env, clock),
    settings: { ...toOpeningSettings(config), ...toPresets(config) },
    accounts: { live: { address: toChecksumAddress(config.walletAddress), readings, wallet: null } },
  });
}
