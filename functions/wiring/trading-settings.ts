import * as z from 'zod/mini';
import { type MaintenanceWindow, parseMaintenanceWindow } from '#lib/domain/plan/maintenance-window.ts';
import { DEFAULT_OPENING_POLICY } from '#lib/domain/plan/plan-opening.ts';
import { DEFAULT_TIMER_SETTINGS, type TimerSettings } from '#lib/domain/plan/plan-timer.ts';
import { DEFAULT_EXIT_POLICY, EXIT_TERM_BOUNDS, withExitTerms } from '#lib/domain/position/exit-policy.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import type { OpeningSettings } from '#lib/lifecycle/buy/open-position.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';
import { count, MillisSchema, micros, millis, positiveMillis, WebUrlSchema, WholeSchema } from './setting-schemas.ts';

// The defaults are the production values; tests and demonstrations shorten them.

/** `2026-11-24T12:00:00Z/2026-11-24T12:04:00Z`; several are separated by commas. */
const MaintenanceSchema = z.pipe(
  z._default(z.string(), ''),
  z.transform((text, context): readonly MaintenanceWindow[] =>
    text.split(',').flatMap((interval) => {
      if (interval.trim() === '') return [];
      const window = parseMaintenanceWindow(interval);
      if (window !== undefined) return [window];
      context.issues.push({
        code: 'custom',
        input: text,
        message: 'must be intervals such as 2026-11-24T12:00:00Z/2026-11-24T12:04:00Z',
      });
      return z.NEVER;
    }),
  ),
);

/** `sell` ends after 15 s and waits up to 6 s for the order's answer. */
const PREPARE_LEAD_MS_MAX = 9_000;

const SlackSchema = z.pipe(WholeSchema, z.int().check(z.lte(EXIT_TERM_BOUNDS.slackTicksMax)));

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
      EXIT_TERM_BOUNDS.minPriceMicrosMax,
      `must be at most ${EXIT_TERM_BOUNDS.minPriceMicrosMax}: the highest price of a market with ticks of 0.1`,
    ),
  ),
  EXIT_MAY_MERGE: z._default(z.enum(['true', 'false'], 'must be true or false'), 'false'),
  OPEN_TIME_TO_EXIT_MS_MIN: millis(DEFAULT_OPENING_POLICY.timeToExitMsMin),
  OPEN_SLACK_TICKS: z._default(SlackSchema, DEFAULT_OPENING_POLICY.slackTicks),
  EXIT_SLACK_TICKS: z.optional(SlackSchema),
  OPEN_ROUND_TRIP_PERCENT_MIN: z._default(
    z.pipe(
      WholeSchema,
      z.int().check(z.lte(100, 'must be a percentage, 0 to 100: selling at once returns less than all')),
    ),
    DEFAULT_OPENING_POLICY.roundTripPercentMin,
  ),
  OPEN_BOOK_AGE_MS_MAX: positiveMillis(DEFAULT_OPENING_POLICY.bookAgeMsMax),
  MAINTENANCE_WINDOWS: MaintenanceSchema,
  LIMIT_OPEN_COUNT: count(DEFAULT_RISK_LIMITS.openCountMax),
  LIMIT_EXPOSURE_MICROS: micros(DEFAULT_RISK_LIMITS.exposureMicrosMax),
  LIMIT_BUDGET_MICROS: micros(DEFAULT_RISK_LIMITS.budgetMicrosMax),
  LIMIT_DAY_LOSS_MICROS: micros(DEFAULT_RISK_LIMITS.dayLossMicrosMax),
  TIMER_GRAIN_MS: positiveMillis(DEFAULT_TIMER_SETTINGS.grainMs),
  TIMER_LEAD_MS: millis(DEFAULT_TIMER_SETTINGS.leadMs),
  TIMER_MARGIN_MS: millis(DEFAULT_TIMER_SETTINGS.marginMs),
});
/** Exit, last order and deadline must come in this order, or a position could end unsold without being offered. */
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
  /** For sells; by default the same as for buys. */
  PAPER_SELL_SETTLEMENT_FIXED_MS: z.optional(MillisSchema),
});

export const CanarySettingsSchema = z.object({
  /** How often the rule runs the function. The canaries are named by it, so that each run finds the one before it. */
  CANARY_PERIOD_MS: positiveMillis(300_000),
  /**
   * From the opening to the exit. A timer fires on a whole minute at least 5 s ahead, up to a minute late: 125 s at
   * most, and 25 s of reserve. A canary that its timer does not wake is late.
   */
  CANARY_TIME_TO_EXIT_MS: positiveMillis(150_000),
  /** From the exit to the market's end, at least: the slowest settlement on paper takes 50 s and is no failure. */
  CANARY_ROOM_MS: positiveMillis(60_000),
  /** False where no discord function reads the topic: the canary is then judged by its position alone. */
  CANARY_SEES_NOTICES: z._default(z.stringbool({ truthy: ['true'], falsy: ['false'] }), true),
});

const SIGNATURE_TYPES = { '0': 0, '1': 1, '2': 2, '3': 3 } as const satisfies Record<string, SignatureType>;
const PRIVATE_KEY = /^(?:0x)?[0-9a-fA-F]{64}$/;
/** The name of a secret. The secret itself is never in the environment. */
export const SecretNameSchema = z.string().check(
  z.maxLength(512),
  z.refine((name) => !PRIVATE_KEY.test(name) && !name.trim().startsWith('{'), {
    message: 'must be the name of a secret, never the secret itself: replace the secret, it has been exposed',
  }),
);

/** Live trading needs all of these, with one of the two keys, or none. */
export const LiveSettingsSchema = z.object({
  POLYGON_RPC_URL: z.optional(WebUrlSchema),
  /** The website that says which countries are served; by default it follows from `CLOB_HOST`. */
  POLYMARKET_HOST: z.optional(WebUrlSchema),
  /** Holds cash and shares; the maker of every order. */
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
  /** Whether an exit may set a missing approval. */
  LIVE_MAY_APPROVE: z._default(z.enum(['true', 'false'], 'must be true or false'), 'false'),
});

export type LiveSettings = {
  readonly rpcUrl: string;
  /** Undefined: follows from `CLOB_HOST`. */
  readonly polymarketHost: string | undefined;
  readonly walletAddress: string;
  readonly signatureType: SignatureType;
  readonly key: { readonly secretName: string } | { readonly kmsKeyId: string };
  readonly credentialsSecretName: string;
  readonly mayApprove: boolean;
};

type LiveInput = z.output<typeof LiveSettingsSchema> & {
  readonly STAGE?: string;
  readonly LIVE_RELAYER_SECRET?: string | undefined;
};

/**
 * Undefined where live trading is not configured.
 * @throws ConfigError that names the variables when they contradict each other, or are given in part
 */
export function toLiveSettings(settings: LiveInput): LiveSettings | undefined {
  const {
    POLYGON_RPC_URL: rpcUrl,
    LIVE_WALLET_ADDRESS: walletAddress,
    LIVE_SIGNATURE_TYPE: signatureType,
    LIVE_KEY_SECRET: secretName,
    LIVE_KMS_KEY_ID: kmsKeyId,
    LIVE_CREDENTIALS_SECRET: credentialsSecretName,
  } = settings;
  // The chain's address alone does not configure trading.
  const given = listGiven(settings);
  if (given.length === 0) return undefined;
  if (settings.STAGE === PAPER_STAGE) {
    throw new ConfigError(
      `The environment cannot be used: STAGE is ${PAPER_STAGE}, and a paper stage has no key. Remove ${given.join(', ')}, or use another stage.`,
    );
  }
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
    `The environment cannot be used: live trading is configured in part. Missing: ${missing.join(', ')}. Set them, or none of LIVE_*.`,
  );
}

/** As in `infra/aws/stage-config.ts`. Law 7: paper never loads a key. */
const PAPER_STAGE = 'paper';

function listGiven(settings: LiveInput): readonly string[] {
  const { LIVE_WALLET_ADDRESS, LIVE_SIGNATURE_TYPE, LIVE_KEY_SECRET, LIVE_KMS_KEY_ID, LIVE_CREDENTIALS_SECRET } =
    settings;
  const { LIVE_RELAYER_SECRET, LIVE_MAY_APPROVE } = settings;
  const values = {
    LIVE_WALLET_ADDRESS,
    LIVE_SIGNATURE_TYPE,
    LIVE_KEY_SECRET,
    LIVE_KMS_KEY_ID,
    LIVE_CREDENTIALS_SECRET,
    LIVE_RELAYER_SECRET,
    LIVE_MAY_APPROVE: LIVE_MAY_APPROVE === 'true' ? LIVE_MAY_APPROVE : undefined,
  };
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

export function toOpeningSettings(settings: ExitSettings): OpeningSettings {
  return {
    exitPolicy: withExitTerms(
      {
        ...DEFAULT_EXIT_POLICY,
        deadlineLeadMs: settings.EXIT_DEADLINE_LEAD_MS,
        lastOrderLeadMs: settings.EXIT_LAST_ORDER_LEAD_MS,
        prepareLeadMs: settings.EXIT_PREPARE_LEAD_MS,
        bookLeadMs: settings.EXIT_BOOK_LEAD_MS,
      },
      {
        exitLeadMs: settings.EXIT_LEAD_MS,
        minPriceMicros: settings.EXIT_MIN_PRICE_MICROS,
        mayMerge: settings.EXIT_MAY_MERGE === 'true',
        ...(settings.EXIT_SLACK_TICKS !== undefined && { slackTicks: settings.EXIT_SLACK_TICKS }),
      },
    ),
    openingPolicy: {
      timeToExitMsMin: settings.OPEN_TIME_TO_EXIT_MS_MIN,
      slackTicks: settings.OPEN_SLACK_TICKS,
      roundTripPercentMin: settings.OPEN_ROUND_TRIP_PERCENT_MIN,
      bookAgeMsMax: settings.OPEN_BOOK_AGE_MS_MAX,
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
