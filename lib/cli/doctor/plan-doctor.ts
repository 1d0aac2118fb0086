import * as z from 'zod';
import { createLiveChecks } from '#functions/wiring/live-checks.ts';
import { createLiveDeps } from '#functions/wiring/live-deps.ts';
import {
  CanarySettingsSchema,
  ExitSettingsSchema,
  LiveSettingsSchema,
  toLiveSettings,
} from '#functions/wiring/trading-settings.ts';
import { createAwsDeployment } from '#lib/adapters/deployment/aws-deployment.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import type { PlannedCheck } from '#lib/lifecycle/check/check.ts';
import { planDeploymentChecks } from '#lib/lifecycle/check/deployment-checks.ts';
import { planMarketChecks } from '#lib/lifecycle/check/market-checks.ts';
import { findLastTimerMs } from '#lib/lifecycle/watch/judge-canary.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import type { AwsClients } from '#lib/runtime/aws-clients.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';

const clock = systemClock;

const VenueEnvSchema = z
  .object({ CLOB_HOST: z.url(), GAMMA_HOST: z.url() })
  .extend(LiveSettingsSchema.shape)
  .extend({ MAINTENANCE_WINDOWS: ExitSettingsSchema.shape.MAINTENANCE_WINDOWS });

const PartsEnvSchema = z
  .object({
    TABLE_NAME: z.string().min(3),
    EXIT_QUEUE_URL: z.url(),
    EXIT_DEAD_LETTER_URL: z.url(),
    SCHEDULER_GROUP_NAME: z.string().min(1),
    OPEN_FUNCTION_NAME: z.string().min(1),
  })
  .extend({ CANARY_PERIOD_MS: CanarySettingsSchema.shape.CANARY_PERIOD_MS });

/** What the doctor looks at, and whether live trading is part of it. */
export type DoctorPlan = { readonly checks: readonly PlannedCheck[]; readonly isLive: boolean };

/** The running suite, when there is one to check. */
type Deployed = { readonly store: PositionStore; readonly aws: AwsClients };

/** @throws ConfigError when a variable is missing, or live trading is half configured */
export function planDoctor(env: Env, deployed: Deployed | undefined): DoctorPlan {
  const config = parseEnv(VenueEnvSchema, env);
  const { CLOB_HOST: clobHost, GAMMA_HOST: gammaHost, MAINTENANCE_WINDOWS: maintenance } = config;
  const marketData = createPolymarketMarketData({ clobHost, gammaHost, clock });
  const settings = toLiveSettings(config);
  const wiring = { clobHost, clock, env, ids: createSystemIdSource(clock), maintenance };
  const live =
    settings === undefined ? [] : createLiveChecks(settings, createLiveDeps(settings, wiring), wiring).checks;
  const parts = deployed === undefined ? [] : planParts(env, deployed);
  return { isLive: settings !== undefined, checks: [...planMarketChecks({ clock, marketData }), ...live, ...parts] };
}

function planParts(env: Env, { aws, store }: Deployed): readonly PlannedCheck[] {
  const config = parseEnv(PartsEnvSchema, env);
  const { dynamodb, sqs, scheduler, lambda } = aws;
  const deployment = createAwsDeployment({
    clock,
    dynamodb,
    sqs,
    scheduler,
    lambda,
    names: {
      tableName: config.TABLE_NAME,
      queueUrls: [config.EXIT_QUEUE_URL, config.EXIT_DEAD_LETTER_URL],
      timerGroupName: config.SCHEDULER_GROUP_NAME,
      functionNames: [config.OPEN_FUNCTION_NAME],
    },
  });
  const findLast = () => findLastTimerMs({ clock, store }, config.CANARY_PERIOD_MS);
  return planDeploymentChecks({ clock, deployment, findLastTimerMs: findLast });
}
