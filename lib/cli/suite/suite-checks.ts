import * as z from 'zod';
import { CanarySettingsSchema } from '#functions/wiring/trading-settings.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { ok, type PlannedCheck, warning } from '#lib/lifecycle/check/check.ts';
import { planDeploymentChecks } from '#lib/lifecycle/check/deployment-checks.ts';
import { listTightened } from '#lib/lifecycle/read/list-tightened.ts';
import { findLastTimerMs } from '#lib/lifecycle/watch/judge-canary.ts';
import { listHalts } from '#lib/lifecycle/watch/publish-summary.ts';
import type { Deployment } from '#lib/ports/deployment.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { type Env, parseEnv } from '#lib/runtime/parse-env.ts';
import { haltLines, limitLines } from '#lib/words/halt-lines.ts';

const CanaryEnvSchema = z.object({ CANARY_PERIOD_MS: CanarySettingsSchema.shape.CANARY_PERIOD_MS });

/** What `doctor` checks of a suite itself: its parts in the cloud, its timers, and whether it opens anything. */
export function planSuiteChecks(
  env: Env,
  { store, flags }: { readonly store: PositionStore; readonly flags: string },
  deployment: Deployment,
): readonly PlannedCheck[] {
  const { CANARY_PERIOD_MS } = parseEnv(CanaryEnvSchema, env);
  const findLast = () => findLastTimerMs({ clock, store }, CANARY_PERIOD_MS);
  const openings: PlannedCheck = {
    name: 'openings',
    isHard: false,
    whenUnread: 'warning',
    adviceWhenUnread: 'Check that the credentials may read the table.',
    run: async () => {
      const [halts, tightened] = await Promise.all([listHalts({ store, clock }), listTightened(store)]);
      const lines = [...haltLines(halts), ...limitLines(tightened)];
      const advice = [
        ...(halts.length === 0 ? [] : [`\`tminus resume${flags}\` allows them again.`]),
        ...(tightened.length === 0 ? [] : [`\`tminus limits reset${flags}\` returns to the stage's own limits.`]),
      ];
      return lines.length === 0 ? ok('allowed') : warning(lines.join(' '), advice.join(' '));
    },
  };
  return [...planDeploymentChecks({ clock, deployment, findLastTimerMs: findLast }), openings];
}
