import type * as z from 'zod/mini';
import { createReadiness } from '#lib/lifecycle/check/create-readiness.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Readiness } from '#lib/ports/readiness.ts';
import type { LiveDeps } from './live-deps.ts';
import type { TradingEnvSchema } from './trading-deps.ts';
import { toLiveSettings } from './trading-settings.ts';

/** Undefined where live trading is not configured: then there is nothing that could be red. */
export async function createLiveReadiness(
  config: z.output<typeof TradingEnvSchema>,
  { clock, live }: { readonly clock: Clock; readonly live?: LiveDeps },
): Promise<Readiness | undefined> {
  const settings = toLiveSettings(config);
  if (settings === undefined || live === undefined) return undefined;
  const { createLiveChecks } = await import('./live-checks.ts');
  const { checks } = createLiveChecks(settings, live, { clobHost: config.CLOB_HOST, clock });
  return createReadiness({ clock, checks });
}
