/**
 * Every minute: sends positions whose next step is overdue to the exit queue, a look at the price for each position
 * with exit rules, and a look at the wallet for each that is guarded. Every run writes a log line and metrics, so that
 * a sweep that does not run is noticed.
 */

import * as z from 'zod/mini';
import { createEventbridgeEventBus } from '#lib/adapters/eventbridge/eventbridge-event-bus.ts';
import type { Account } from '#lib/domain/position/risk-limits.ts';
import { haltDetails } from '#lib/domain/refusal/opening-refusal.ts';
import { listTightened } from '#lib/lifecycle/read/list-tightened.ts';
import { oldestUnknownOrderAgeMs, SURVEY_COUNT_MAX, sendLooks, surveyOpen } from '#lib/lifecycle/watch/survey-open.ts';
import { type SweepReport, sweepOverdue, wakeUnindexed } from '#lib/lifecycle/watch/sweep-overdue.ts';
import { tellStalled } from '#lib/lifecycle/watch/tell-stalled.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import { createEventbridgeClient } from '#lib/runtime/function-clients.ts';
import { type InvocationContext, inInvocation } from '#lib/runtime/invocation.ts';
import type { Log } from '#lib/runtime/log.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics, type Meter } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { NameSchema } from './wiring/setting-schemas.ts';
import { createStoreDeps, type StoreDeps, StoreEnvSchema } from './wiring/store-deps.ts';

export const EnvSchema = z.extend(StoreEnvSchema, { EVENT_BUS_NAME: NameSchema });

async function createDeps(env: Env) {
  const config = parseEnv(EnvSchema, env);
  const bus = createEventbridgeEventBus({ client: createEventbridgeClient(env), busName: config.EVENT_BUS_NAME });
  return { ...createStoreDeps(config, env), bus };
}

export function createHandler(env: Env): (event?: unknown, context?: InvocationContext) => Promise<void> {
  const log = createLogger({ env, service: 'sweep' });
  const meter = createMetrics({ env, service: 'sweep' });
  const deps = once(() => createDeps(env));
  return inInvocation({ log, env }, async () => {
    try {
      const wired = await deps();
      const found = await sweepOverdue(wired);
      report(log, meter, found);
      if (!(await tellStalled(wired, found.stalled)))
        log.error('Exits that stand still could not be announced; the next sweep tells them', {});
      const unindexedIds = await wakeUnindexed(wired, found.openCount);
      if (unindexedIds.length > 0)
        log.warn('Positions were missing in the index and are settled now', { unindexedIds });
      const open = await surveyOpen(wired);
      const looks = await sendLooks(wired, open);
      if (looks.failedIds.length > 0)
        log.error('Looks at price or wallet could not be sent; the next sweep sends them', {
          failedIds: looks.failedIds,
        });
      if (open.length >= SURVEY_COUNT_MAX)
        log.error(
          'More positions are open than a sweep surveys; the rules and wallets of the others are not watched',
          {},
        );
      // Last, because it is only a metric.
      const unknownAgeMs = oldestUnknownOrderAgeMs(open, wired.clock.nowMs());
      if (unknownAgeMs > 0) meter.millis('UnknownOrderAge', unknownAgeMs);
      await logAccounts(wired, log);
    } catch (error) {
      log.error('Sweep failed; the next one runs in a minute', { ...describeError(error) });
      throw error;
    } finally {
      meter.flush();
    }
  });
}

/**
 * For the dashboard: a line costs less than the metrics of these figures. Best effort, as the counters' own read is.
 */
export async function logAccounts({ store, clock }: Pick<StoreDeps, 'store' | 'clock'>, log: Log): Promise<void> {
  try {
    const nowMs = clock.nowMs();
    const [paper, live, tightened] = await Promise.all([
      store.getAccount('paper', nowMs),
      store.getAccount('live', nowMs),
      listTightened(store),
    ]);
    const modes = tightened.map(({ mode }) => mode).join(' ');
    log.info('Accounts', { paper: accountFacts(paper), live: accountFacts(live), tightened: modes });
  } catch (error) {
    log.warn('The accounts could not be read', { ...describeError(error) });
  }
}

function accountFacts({ openCount, exposureMicros, dayLossMicros, halt }: Account) {
  const usd = (micros: bigint): number => Number(micros) / 1e6;
  return {
    openCount,
    exposureUsd: usd(exposureMicros),
    dayLossUsd: usd(dayLossMicros),
    halt: halt === null ? '' : `halted${haltDetails(halt)}`,
  };
}

function report(log: Log, meter: Meter, { openCount, ...found }: SweepReport): void {
  const { overdueIds, unmanagedIds, corruptIds, failedIds } = found;
  log.info('Sweep checked every open position', {
    livePositionCount: openCount?.live ?? null,
    paperPositionCount: openCount?.paper ?? null,
    overdueIds,
  });
  if (openCount === null) log.error('The counters of open positions cannot be read', {});
  if (unmanagedIds.length > 0)
    log.error('Positions are unmanaged past their exit or the end of their market', { unmanagedIds });
  if (corruptIds.length > 0) log.error('Rows cannot be read as positions', { corruptIds });
  if (failedIds.length > 0) log.error('Positions could not be woken; the next sweep tries again', { failedIds });
  const corruptCount = corruptIds.length + (openCount === null ? 1 : 0);
  // What cannot be read is not managed.
  meter.count('PositionOverdue', unmanagedIds.length + corruptCount);
  if (overdueIds.length > 0) meter.count('WakeUpOverdue', overdueIds.length);
  if (failedIds.length > 0) meter.count('WakeUpFailed', failedIds.length);
  if (corruptCount > 0) meter.count('RowCorrupt', corruptCount);
}

export const handler = createHandler(process.env);
