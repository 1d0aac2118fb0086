import * as z from 'zod/mini';
import { DEFAULT_OPENING_POLICY, type MaintenanceWindow } from '#lib/domain/plan/plan-opening.ts';
import { DEFAULT_TIMER_SETTINGS, type TimerSettings } from '#lib/domain/plan/plan-timer.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import type { OpeningSettings } from '#lib/lifecycle/buy/open-position.ts';
import type { SignatureType } from '#lib/ports/venue-account.ts';
import { count, MillisSchema, micros, millis, positiveMillis, WebUrlSchema, WholeSchema } from './setting-schemas.ts';

// Settings of trading. The defaults are the production values; tests and demonstrations shorten them.

/** `2026-11-24T12:00:00Z/2026-11-24T12:04:00Z`, several separated by commas. */
const MaintenanceSchema = z.pipe(
  z._default(z.string(), ''),
  z.transform((text, context): readonly MaintenanceWindow[] =>
    text.split(',').flatMap((interval) => {
      if (interval.trim() === '') return [];
      const [startsAtMs = Number.NaN, endsAtMs = Number.NaN] = interval
        .split('/')
        .map((time) => Date.parse(time.trim()));
      if (startsAtMs < endsAtMs) return [{ startsAtMs, endsAtMs }];
      context.issues.push({
        code: 'custom',
        input: text,
        message: 'must be intervals such as 2026-11-24T12:00:00Z/2026-11-24T12:04:00Z',
      });
      return z.NEVER;
    }),
  ),
);

/** The function ends after 15 s, and the order's answer is waited for up to 6 s. */
const PREPARE_LEAD_MS_MAX = 9_000;
const MIN_PRICE_MICROS_MAX = 900_000n;

export const ExitSettingsSchema = z.object({
  EXIT_LEAD_MS: millis(DEFAULT_EXIT_POLICY.exitLeadMs),
  EXIT_DEADLINE_LEAD_MS: millis(DEFAULT_EXIT_POLICY.deadlineLeadMs),
  EXIT_LAST_ORDER_LEAD_MS: millis(DEFAULT_EXIT_POLICY.lastOrderLeadMs),
  EXIT_PREPARE_LEAD_MS: z.pipe(
    millis(DEFAULT_EXIT_POLICY.prepareLeadMs),
    z
      .number()
      .check(z.lte(PREPARE_LEAD_MS_MAX, `must be at most ${PREPARE_LEAD_MS_MAX}: it is waited for in the function`)),
  ),
  EXIT_BOOK_LEAD_MS: millis(DEFAULT_EXIT_POLICY.bookLeadMs),
  EXIT_MIN_PRICE_MICROS: micros(DEFAULT_EXIT_POLICY.minPriceMicros).check(
    z.lte(
      MIN_PRICE_MICROS_MAX,
      `must be at most ${MIN_PRICE_MICROS_MAX}: markets with ticks of a dime know no higher price`,
    ),
  ),
  OPEN_TIME_TO_EXIT_MS_MIN: millis(DEFAULT_OPENING_POLICY.timeToExitMsMin),
  OPEN_SLACK_TICKS: z._default(z.pipe(WholeSchema, z.int().check(z.lte(20))), DEFAULT_OPENING_POLICY.slackTicks),
  MAINTENANCE_WINDOWS: MaintenanceSchema,
  LIMIT_OPEN_COUNT: count(DEFAULT_RISK_LIMITS.openCountMax),
  LIMIT_EXPOSURE_MICROS: micros(DEFAULT_RISK_LIMITS.exposureMicrosMax),
  LIMIT_BUDGET_MICROS: micros(DEFAULT_RISK_LIMITS.budgetMicrosMax),
  LIMIT_DAY_LOSS_MICROS: micros(DEFAULT_RISK_LIMITS.dayLossMicrosMax),
  TIMER_GRAIN_MS: positiveMillis(DEFAULT_TIMER_SETTINGS.grainMs),
  TIMER_LEAD_MS: millis(DEFAULT_TIMER_SETTINGS.leadMs),
  TIMER_MARGIN_MS: millis(DEFAULT_TIMER_SETTINGS.marginMs),
});
/** Exit, last order and deadline come in this order, or a position would be called unsold without ever being offered. */
export function areExitTimesInOrder(
  settings: Pick<ExitSettings, 'EXIT_LEAD_MS' | 'EXIT_LAST_ORDER_LEAD_MS' | 'EXIT_DEADLINE_LEAD_MS'>,
): boolean {
  const { EXIT_LEAD_MS: exitMs, EXIT_LAST_ORDER_LEAD_MS: lastOrderMs, EXIT_DEADLINE_LEAD_MS: deadlineMs } = settings;
  return exitMs > lastOrderMs && lastOrderMs >= deadlineMs;
}

export type ExitSettings = z.output<typeof ExitSettingsSchema>;

/** How long paper trades take to become final. */
export const PaperSettingsSchema = z.object({
  PAPER_SETTLEMENT_FIXED_MS: z.optional(MillisSchema),
  /** The same for sells alone; that of the buys unless set. */
  PAPER_SELL_SETTLEMENT_FIXED_MS: z.optional(MillisSchema),
});

export const CanarySettingsSchema = z.object({
  /** How often the rule runs the function. The canaries are named by it, so that each run finds the one before it. */
  CANARY_PERIOD_MS: positiveMillis(300_000),
  /**
   * From the opening to the exit. A timer fires on a whole minute at least 5 s ahead, up to a minute late: 125 s at most. With
   * 25 s to spare, a canary that was woken by anything else than its timer is late.
   */
  CANARY_TIME_TO_EXIT_MS: positiveMillis(150_000),
  /** From the exit to the market's end, at least: the slowest settlement on paper takes 50 s and is no failure. */
  CANARY_ROOM_MS: positiveMillis(60_000),
  /** False where no discord function reads the topic: the canary is then judged by its position alone. */
  CANARY_SEES_NOTICES: z._default(z.stringbool({ truthy: ['true'], falsy: ['false'] }), true),
});

const SIGNATURE_TYPES = { '0': 0, '1': 1, '2': 2, '3': 3 } as const satisfies Record<string, SignatureType>;
const PRIVATE_KEY = /^(?:0x)?[0-9a-fA-F]{64}$/;
/** Names where something secret is kept, which is never in the environment itself. */
const SecretNameSchema = z.string().check(
  z.maxLength(512),
  z.refine((name) => !PRIVATE_KEY.test(name) && !name.trim().startsWith('{'), {
    message:
      'must be the name of a secret in the vault, never the secret itself: change the secret, it has been exposed',
  }),
);

/** Live trading: all of these, with one of the two keys, or none of them. */
export const LiveSettingsSchema = z.object({
  POLYGON_RPC_URL: z.optional(WebUrlSchema),
  /** The venue's website, which tells whether it takes orders from a country. Without it, it follows from `CLOB_HOST`. */
  POLYMARKET_HOST: z.optional(WebUrlSchema),
  /** Holds cash and shares: the maker of every order. */
  LIVE_WALLET_ADDRESS: z.optional(
    z.string().check(z.regex(/^0x[0-9a-fA-F]{40}$/, 'must be an address: 0x and 40 hexadecimal digits')),
  ),
  /** 0 the key's own address, 1 proxy, 2 safe, 3 deposit wallet (venue §2.3). */
  LIVE_SIGNATURE_TYPE: z.optional(
    z.pipe(
      z.enum(['0', '1', '2', '3'], 'must be 0, 1, 2 or 3'),
      z.transform((digit) => SIGNATURE_TYPES[digit]),
    ),
  ),
  LIVE_KEY_SECRET: z.optional(SecretNameSchema),
  LIVE_KMS_KEY_ID: z.optional(SecretNameSchema),
  LIVE_CREDENTIALS_SECRET: z.optional(SecretNameSchema),
  /** May an exit set a missing approval by itself? */
  LIVE_MAY_APPROVE: z._default(z.enum(['true', 'false'], 'must be true or false'), 'false'),
});

export type LiveSettings = {
  readonly rpcUrl: string;
  /** Undefined for the one that belongs to the venue traded at. */
  readonly polymarketHost: string | undefined;
  readonly walletAddress: string;
  readonly signatureType: SignatureType;
  readonly key: { readonly secretName: string } | { readonly kmsKeyId: string };
  readonly credentialsSecretName: string;
  readonly mayApprove: boolean;
};

/**
 * Undefined where live trading is not configured at all.
 * @throws ConfigError for a half of it, naming what is missing: a deployment that was meant to trade must not fall silent
 */
export function toLiveSettings(settings: z.output<typeof LiveSettingsSchema>): LiveSettings | undefined {
  const {
    POLYGON_RPC_URL: rpcUrl,
    LIVE_WALLET_ADDRESS: walletAddress,
    LIVE_SIGNATURE_TYPE: signatureType,
    LIVE_KEY_SECRET: secretName,
    LIVE_KMS_KEY_ID: kmsKeyId,
    LIVE_CREDENTIALS_SECRET: credentialsSecretName,
  } = settings;
  const given = [walletAddress, signatureType, secretName, kmsKeyId, credentialsSecretName];
  // The chain may also be read without trading: its address alone asks for nothing.
  if (given.every((value) => value === undefined)) return undefined;
  if (secretName !== undefined && kmsKeyId !== undefined) {
    throw new ConfigError('The environment cannot be used: set LIVE_KEY_SECRET or LIVE_KMS_KEY_ID, not both');
  }
  const key = secretName !== undefined ? { secretName } : kmsKeyId !== undefined ? { kmsKeyId } : undefined;
  if (rpcUrl !== undefined && walletAddress !== undefined && signatureType !== undefined && key !== undefined) {
    const { LIVE_MAY_APPROVE, POLYMARKET_HOST: polymarketHost } = settings;
    const mayApprove = LIVE_MAY_APPROVE === 'true';
    if (credentialsSecretName !== undefined) {
      return { rpcUrl, polymarketHost, walletAddress, signatureType, key, credentialsSecretName, mayApprove };
    }
  }
  const missing = Object.entries({
    POLYGON_RPC_URL: rpcUrl,
    LIVE_WALLET_ADDRESS: walletAddress,
    LIVE_SIGNATURE_TYPE: signatureType,
    'LIVE_KEY_SECRET or LIVE_KMS_KEY_ID': key,
    LIVE_CREDENTIALS_SECRET: credentialsSecretName,
  }).flatMap(([name, value]) => (value === undefined ? [name] : []));
  throw new ConfigError(
    `The environment cannot be used: live trading is half configured. Missing: ${missing.join(', ')}. Set them, or none of LIVE_*.`,
  );
}

/** What `open` may do, and the rules it saves with each position. */
export function toOpeningSettings(settings: ExitSettings): OpeningSettings {
  return {
    exitPolicy: {
      ...DEFAULT_EXIT_POLICY,
      exitLeadMs: settings.EXIT_LEAD_MS,
      deadlineLeadMs: settings.EXIT_DEADLINE_LEAD_MS,
      lastOrderLeadMs: settings.EXIT_LAST_ORDER_LEAD_MS,
      prepareLeadMs: settings.EXIT_PREPARE_LEAD_MS,
      bookLeadMs: settings.EXIT_BOOK_LEAD_MS,
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
