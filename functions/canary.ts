/**
 * Every five minutes: opens one paper position that takes the whole path (timer, exit queue, `sell`, table, stream,
 * bus, topic, discord queue) and reports the result of the previous one. A blocked opening is a metric, and a missing
 * metric raises an alarm.
 */
import type { ScheduledEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { createDynamodbNoticeLedger } from '#lib/adapters/dynamodb/dynamodb-notice-ledger.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { createPolymarketVenueFacts } from '#lib/adapters/polymarket/market-data/polymarket-venue-facts.ts';
import { marketSlug } from '#lib/domain/market/up-down-markets.ts';
import type { OpenPositionDeps } from '#lib/lifecycle/buy/open-position.ts';
import {
  type CanaryVerdict,
  canaryRequestId,
  canarySlotMs,
  type JudgeCanaryDeps,
  judgeCanary,
} from '#lib/lifecycle/watch/judge-canary.ts';
import { type SendCanaryOutcome, sendCanary } from '#lib/lifecycle/watch/send-canary.ts';
import type { VenueFacts } from '#lib/ports/venue/venue-facts.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import { type InvocationContext, inInvocation } from '#lib/runtime/invocation.ts';
import type { Log } from '#lib/runtime/log.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics, type Meter } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { createExitTimer, TimerEnvSchema } from './wiring/exit-timer.ts';
import { createPaperDeps, PaperEnvSchema } from './wiring/paper-deps.ts';
import { CanarySettingsSchema, ExitSettingsSchema, toOpeningSettings } from './wiring/trading-settings.ts';

/** Paper trading alone: the canary has no key, no account and no reference price. */
export const EnvSchema = z.object({
  ...PaperEnvSchema.shape,
  ...TimerEnvSchema.shape,
  ...CanarySettingsSchema.shape,
  ...ExitSettingsSchema.shape,
});

type CanaryDeps = OpenPositionDeps &
  JudgeCanaryDeps & {
    readonly facts: VenueFacts;
    readonly config: z.output<typeof EnvSchema>;
  };

async function createDeps(env: Env): Promise<CanaryDeps> {
  const config = parseEnv(EnvSchema, env);
  const { paper, ...shared } = createPaperDeps(config, env, `canary-${config.STAGE}`, createPolymarketMarketData);
  const { dynamodb: client, clock } = shared;
  return {
    ...shared,
    config,
    facts: createPolymarketVenueFacts({ clobHost: config.CLOB_HOST, gammaHost: config.GAMMA_HOST, clock }),
    ...(config.CANARY_SEES_NOTICES && {
      ledger: createDynamodbNoticeLedger({ client, clock, tableName: config.TABLE_NAME }),
    }),
    accounts: { paper },
    referencePrice: { findPriceMicros: async () => null },
    timer: createExitTimer(config, env, clock),
    settings: toOpeningSettings(config),
  };
}

export function createHandler(
  env: Env,
): (event: Partial<ScheduledEvent>, context?: InvocationContext) => Promise<void> {
  const log = createLogger({ env, service: 'canary' });
  const meter = createMetrics({ env, service: 'canary' });
  const deps = once(() => createDeps(env));
  return inInvocation({ log, env }, async (event: Partial<ScheduledEvent>) => {
    try {
      const wired = await deps();
      const { CANARY_PERIOD_MS: periodMs, CANARY_TIME_TO_EXIT_MS: timeToExitMs, CANARY_ROOM_MS: roomMs } = wired.config;
      const slotMs = canarySlotMs(runAtMs(event, wired.clock.nowMs()), periodMs);
      reportVerdict(log, meter, await judgeCanary(wired, canaryRequestId(slotMs - periodMs)));
      await reportDrifts(log, meter, wired);
      reportSent(log, await sendCanary(wired, { requestId: canaryRequestId(slotMs), timeToExitMs, roomMs }));
    } catch (error) {
      log.error('The canary failed; the next run of the rule sends another one', { ...describeError(error) });
      throw error;
    } finally {
      meter.flush();
    }
  });
}

const DRIFT_DEADLINE_MS = 2_000;

/** The rule's own time, even when the event is late: it identifies the previous canary. */
function runAtMs(event: Partial<ScheduledEvent>, nowMs: number): number {
  const atMs = Date.parse(event?.time ?? '');
  return Number.isNaN(atMs) ? nowMs : atMs;
}

function reportVerdict(log: Log, meter: Meter, verdict: CanaryVerdict): void {
  if (verdict.outcome === 'none') {
    log.warn('The previous run left no canary to judge');
    return;
  }
  const hasEnded = verdict.isSold && verdict.isAnnounced;
  log[hasEnded ? 'info' : 'error'](
    hasEnded ? 'The last canary was sold and announced' : 'The last canary was not sold or not announced',
    verdict,
  );
  if (hasEnded) meter.millis('CanaryLateness', verdict.latenessMs);
}

/** Best effort: whether the venue can be read at all, the canary's own opening tells. */
async function reportDrifts(log: Log, meter: Meter, { clock, facts }: CanaryDeps): Promise<void> {
  const nowMs = clock.nowMs();
  const drifts = await facts.listDrifts(marketSlug('BTC', '5m', nowMs), nowMs + DRIFT_DEADLINE_MS).catch(() => []);
  if (drifts.length === 0) return;
  log.warn('The venue differs from what this release assumes', { drifts });
  meter.count('VenueDrift', drifts.length);
}

function reportSent(log: Log, sent: SendCanaryOutcome): void {
  if (sent.outcome === 'sent') log.info('A canary was opened', sent);
  else log.error('No canary could be opened; a trader’s opening would fail for the same reason', sent);
}

export const handler = createHandler(process.env);
