import { DEFAULT_RISK_LIMITS, type RiskLimits } from '#lib/domain/position/risk-limits.ts';

/**
 * The stages a suite can be deployed as, and everything that differs between them. A change here is a reviewed commit; what no
 * commit should hold (a webhook, a key, a wallet, an e-mail address) is a secret or a parameter of a stack instead.
 */
export const STAGE_NAMES = ['paper', 'live'] as const;
export type StageName = (typeof STAGE_NAMES)[number];

/**
 * How the exit queue is polled (DECISIONS, 'What a default account can promise to exits of one second').
 * `standard`: five batches at once and more by the minute, free. `provisioned`: pollers that are always there, paid by the hour;
 * each calls up to ten functions at once.
 */
export type ExitPolling =
  | { readonly kind: 'standard'; readonly concurrencyMax: number }
  | { readonly kind: 'provisioned'; readonly pollerCountMin: number; readonly pollerCountMax: number };

/** Where the key that signs orders is kept. */
export type LiveTrading = {
  /** `kms`: a key that never leaves KMS. `secret`: a wallet's private key in the vault, for a wallet that exists already. */
  readonly signer: 'kms' | 'secret';
  /** May an exit set a missing approval on the chain by itself? It costs gas, and the wallet has to be the key's own address. */
  readonly mayApprove: boolean;
};

export type VenueHosts = {
  readonly CLOB_HOST: string;
  readonly GAMMA_HOST: string;
  readonly BINANCE_HOST: string;
};

export type StageConfig = {
  readonly name: StageName;
  readonly region: string;
  readonly hosts: VenueHosts;
  readonly limits: RiskLimits;
  /** Null: the deployment has no live mode, no key, and no right to any. */
  readonly live: LiveTrading | null;
  /** Without it nothing is sent to Discord, and no secret is needed; the topics are there for other subscribers. */
  readonly hasDiscord: boolean;
  readonly exitPolling: ExitPolling;
  /** Must divide an hour: the canary opens at the beginning of a market's window. */
  readonly canaryPeriodMinutes: number;
  readonly logRetentionDays: 30 | 90;
};

/**
 * Ireland. The venue's servers are in London, where it restricts trading; Ireland is the nearest region of AWS it does not restrict (venue
 * §6). What counts is the country of the function's own address, and the list changes: `tminus doctor` asks the venue before going live.
 */
export const DEFAULT_REGION = 'eu-west-1';

/** Public production hosts. Of Binance's two, the one for public data alone: the other refuses whole countries (venue §7). */
const PRODUCTION_HOSTS: VenueHosts = {
  CLOB_HOST: 'https://clob.polymarket.com',
  GAMMA_HOST: 'https://gamma-api.polymarket.com',
  BINANCE_HOST: 'https://data-api.binance.vision',
};

const DOLLAR_MICROS = 1_000_000n;

export const STAGES: Readonly<Record<StageName, StageConfig>> = {
  paper: {
    name: 'paper',
    region: DEFAULT_REGION,
    hosts: PRODUCTION_HOSTS,
    limits: DEFAULT_RISK_LIMITS,
    live: null,
    hasDiscord: true,
    // As many as positions may be open: no exit waits for another one once the pollers have grown.
    exitPolling: { kind: 'standard', concurrencyMax: DEFAULT_RISK_LIMITS.openCountMax },
    canaryPeriodMinutes: 5,
    logRetentionDays: 30,
  },
  live: {
    name: 'live',
    region: DEFAULT_REGION,
    hosts: PRODUCTION_HOSTS,
    // A first live day: five positions of at most two dollars. Raise it by a commit when the first exits have been watched (OPERATE.md, Go live).
    limits: {
      openCountMax: 5,
      exposureMicrosMax: 10n * DOLLAR_MICROS,
      budgetMicrosMax: 2n * DOLLAR_MICROS,
      dayLossMicrosMax: 10n * DOLLAR_MICROS,
    },
    live: { signer: 'kms', mayApprove: false },
    hasDiscord: true,
    // Five batches are taken at once from the start: enough for five positions, one message each.
    exitPolling: { kind: 'standard', concurrencyMax: 20 },
    canaryPeriodMinutes: 5,
    logRetentionDays: 90,
  },
};

/** @throws Error that names the stages there are, for a stage that is missing or unknown */
export function stageConfigOf(name: unknown): StageConfig {
  const known = STAGE_NAMES.find((each) => each === name);
  if (known !== undefined) return STAGES[known];
  const asked = typeof name === 'string' && name !== '' ? `There is no stage "${name}".` : 'Which stage?';
  throw new Error(`${asked} Add one of: ${STAGE_NAMES.map((each) => `-c stage=${each}`).join(', ')}`);
}

/** `tminus-paper-trading`: the command line finds a deployment by it. */
export function stackNameOf(stage: StageName, part: 'state' | 'trading' | 'watch'): string {
  return `tminus-${stage}-${part}`;
}
