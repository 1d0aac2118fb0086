import * as z from 'zod';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/exit-policy.ts';
import { DEFAULT_OPENING_POLICY, type MaintenanceWindow } from '#lib/domain/plan-opening.ts';
import { DEFAULT_TIMER_SETTINGS, type TimerSettings } from '#lib/domain/plan-timer.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/risk-limits.ts';
import { DEFAULT_SETTLEMENT_LAG, type SettlementLag } from '#lib/domain/settlement-lag.ts';
import type { OpeningSettings } from '#lib/lifecycle/buy/open-position.ts';

/** Settings of trading. The defaults are the production values; tests and demonstrations shorten them. */
const millis = (fallback: number) => z.coerce.number().int().min(0).max(86_400_000).default(fallback);
const micros = (fallback: bigint) => z.coerce.bigint().min(0n).default(fallback);

/** `2026-11-24T12:00:00Z/2026-11-24T12:04:00Z`, several separated by commas. */
const MaintenanceSchema = z
  .string()
  .default('')
  .transform((text, context): readonly MaintenanceWindow[] =>
    text.split(',').flatMap((interval) => {
      if (interval.trim() === '') return [];
      const [startsAtMs = Number.NaN, endsAtMs = Number.NaN] = interval
        .split('/')
        .map((time) => Date.parse(time.trim()));
      if (startsAtMs < endsAtMs) return [{ startsAtMs, endsAtMs }];
      context.addIssue({
        code: 'custom',
        message: 'must be intervals such as 2026-11-24T12:00:00Z/2026-11-24T12:04:00Z',
      });
      return z.NEVER;
    }),
  );

export const ExitSettingsSchema = z.object({
  EXIT_LEAD_MS: millis(DEFAULT_EXIT_POLICY.exitLeadMs),
  EXIT_DEADLINE_LEAD_MS: millis(DEFAULT_EXIT_POLICY.deadlineLeadMs),
  EXIT_LAST_ORDER_LEAD_MS: millis(DEFAULT_EXIT_POLICY.lastOrderLeadMs),
  EXIT_MIN_PRICE_MICROS: micros(DEFAULT_EXIT_POLICY.minPriceMicros),
  OPEN_TIME_TO_EXIT_MS_MIN: millis(DEFAULT_OPENING_POLICY.timeToExitMsMin),
  OPEN_SLACK_TICKS: z.coerce.number().int().min(0).max(20).default(DEFAULT_OPENING_POLICY.slackTicks),
  MAINTENANCE_WINDOWS: MaintenanceSchema,
  LIMIT_OPEN_COUNT: z.coerce.number().int().min(0).default(DEFAULT_RISK_LIMITS.openCountMax),
  LIMIT_EXPOSURE_MICROS: micros(DEFAULT_RISK_LIMITS.exposureMicrosMax),
  LIMIT_BUDGET_MICROS: micros(DEFAULT_RISK_LIMITS.budgetMicrosMax),
  LIMIT_DAY_LOSS_MICROS: micros(DEFAULT_RISK_LIMITS.dayLossMicrosMax),
  TIMER_GRAIN_MS: millis(DEFAULT_TIMER_SETTINGS.grainMs).pipe(z.number().min(1)),
  TIMER_LEAD_MS: millis(DEFAULT_TIMER_SETTINGS.leadMs),
  TIMER_MARGIN_MS: millis(DEFAULT_TIMER_SETTINGS.marginMs),
});
export type ExitSettings = z.output<typeof ExitSettingsSchema>;

export const PaperSettingsSchema = z.object({
  PAPER_SETTLEMENT_FIXED_MS: z.coerce.number().int().min(0).optional(),
  /** The same for sells alone; as the buys' unless set. */
  PAPER_SELL_SETTLEMENT_FIXED_MS: z.coerce.number().int().min(0).optional(),
});

/** What `open` may do, and the rules it saves with each position. */
export function toOpeningSettings(settings: ExitSettings, wallets: OpeningSettings['wallets']): OpeningSettings {
  return {
    wallets,
    exitPolicy: {
      ...DEFAULT_EXIT_POLICY,
      exitLeadMs: settings.EXIT_LEAD_MS,
      deadlineLeadMs: settings.EXIT_DEADLINE_LEAD_MS,
      lastOrderLeadMs: settings.EXIT_LAST_ORDER_LEAD_MS,
      minPriceMicros: settings.EXIT_MIN_PRICE_MICROS,
    },
    openingPolicy: {
      timeToExitMsMin: settings.OPEN_TIME_TO_EXIT_MS_MIN,
      slackTicks: settings.OPEN_SLACK_TICKS,
      maintenance: settings.MAINTENANCE_WINDOWS,
    },
    limits: {
      openCountMax: settings.LIMIT_OPEN_COUNT,
      exposureMicrosMax: settings.LIMIT_EXPOSURE_MICROS,
      budgetMicrosMax: settings.LIMIT_BUDGET_MICROS,
      dayLossMicrosMax: settings.LIMIT_DAY_LOSS_MICROS,
    },
  };
}

export function toTimerSettings(settings: ExitSettings): TimerSettings {
  return {
    grainMs: settings.TIMER_GRAIN_MS,
    leadMs: settings.TIMER_LEAD_MS,
    marginMs: settings.TIMER_MARGIN_MS,
    deadlineLeadMs: settings.EXIT_DEADLINE_LEAD_MS,
  };
}

/** How long paper trades take to become final, for each side. */
export function toSettlementLags(settings: z.output<typeof PaperSettingsSchema>): {
  readonly settlement: SettlementLag;
  readonly sellSettlement: SettlementLag;
} {
  const { PAPER_SETTLEMENT_FIXED_MS: buyMs, PAPER_SELL_SETTLEMENT_FIXED_MS: sellMs = buyMs } = settings;
  const lagOf = (fixedMs: number | undefined) => (fixedMs === undefined ? DEFAULT_SETTLEMENT_LAG : { fixedMs });
  return { settlement: lagOf(buyMs), sellSettlement: lagOf(sellMs) };
}
