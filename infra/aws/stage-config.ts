import { DEFAULT_PRESETS } from '#lib/contracts/default-presets.ts';
import type { PresetFields } from '#lib/contracts/exit-presets.ts';
import { DEFAULT_OPENING_GATE, type OpeningGatePolicy } from '#lib/domain/plan/opening-gate.ts';
import { DEFAULT_OPENING_POLICY } from '#lib/domain/plan/plan-opening.ts';
import { NO_PRESET } from '#lib/domain/plan/plan-rules.ts';
import { DEFAULT_EXIT_POLICY, type ExitTerms } from '#lib/domain/position/exit-policy.ts';
import { DEFAULT_RISK_LIMITS, type RiskLimits } from '#lib/domain/position/risk-limits.ts';

/** What differs between the stages, except for secrets and stack parameters: webhook, keys, wallet, e-mail address. */
export const STAGE_NAMES = ['paper', 'live'] as const;
export type StageName = (typeof STAGE_NAMES)[number];

/**
 * How Lambda polls the exit queue (DECISIONS, 'What a default account can promise to exits of one second'). `standard`:
 * five batches at once at first, more by the minute, free of charge. `provisioned`: permanent pollers with up to ten
 * invocations each, billed by the hour.
 */
export type ExitPolling =
  | { readonly kind: 'standard'; readonly concurrencyMax: number }
  | { readonly kind: 'provisioned'; readonly pollerCountMin: number; readonly pollerCountMax: number };

export type LiveTrading = {
  /** `kms`: a key that never leaves KMS. `secret`: the private key of an existing wallet, in Secrets Manager. */
  readonly signer: 'kms' | 'secret';
  /** Whether an exit may set a missing approval on the chain. It costs gas and works for signature type 0 only. */
  readonly mayApprove: boolean;
  /**
   * A node without an API key as its URL; `parameter`: the stack parameter `PolygonRpcUrl`, which keeps a key out of
   * the template. Neither has a default, because public nodes come and go.
   */
  readonly polygonRpcUrl: 'parameter' | `https://${string}`;
  /** Of another venue. Default: `RELAYER_HOST`. */
  readonly relayerHost?: string;
};

/** How positions are exited where their request says nothing else. `checkStageConfig` has the bounds. */
export type StageExits = ExitTerms & {
  /** Announced maintenance of the venue, as `2026-11-24T12:00:00Z/2026-11-24T12:04:00Z`. */
  readonly maintenance: readonly string[];
  /** Named rules and terms, in the fields of a request. Requests choose one with `preset`. */
  readonly presets: Readonly<Record<string, PresetFields>>;
  /** The preset of requests that name none; `none` for no rules. */
  readonly defaultPreset: string;
};

/**
 * Buttons and slash commands in Discord (OPERATE.md, Act from Discord). Ids and the public key are no secrets. No bot
 * token is needed where the functions run.
 */
export type DiscordInteractions = {
  readonly applicationId: string;
  /** Of the application, 64 hexadecimal digits: it proves that a request is Discord's. */
  readonly publicKey: string;
  /** The server. Whatever comes from another one, or from a direct message, is refused. */
  readonly guildId: string;
  /** The only channel to act from. Absent: any of the server. */
  readonly channelId?: string;
  readonly allowedUserIds: readonly string[];
  readonly allowedRoleIds: readonly string[];
  /**
   * Runs at once, which are kept for it and are its most: a flood of its URL takes none of an exit's. Null reserves
   * none, for an account that cannot (`sellConcurrencyReserved`): then a flood competes with the exits.
   */
  readonly concurrencyReserved: number | null;
};

export type VenueHosts = {
  readonly CLOB_HOST: string;
  readonly GAMMA_HOST: string;
  readonly BINANCE_HOST: string;
  /** The venue's index of wallets (venue §10). */
  readonly DATA_HOST: string;
};

export type StageConfig = {
  readonly name: StageName;
  readonly region: string;
  /**
   * The twelve digits of the only AWS account this stage may be deployed to. Null pins none: `live` is then
   * synthesised, and not deployed.
   */
  readonly account: string | null;
  readonly hosts: VenueHosts;
  readonly limits: RiskLimits;
  readonly exits: StageExits;
  /** What `open` refuses because it could not be got back. */
  readonly openingGate: OpeningGatePolicy;
  /** Null: the deployment has no live mode, no key, and no permission to use one. */
  readonly live: LiveTrading | null;
  /**
   * Shares in the live wallet that no position manages, such as another bot's: `tell` sends one message for each
   * market, `guard` makes a position of them that exits by this stage's rules. Without live trading there is nothing to
   * watch.
   */
  readonly walletWatch: 'tell' | 'guard' | 'off';
  /**
   * Whether winnings of resolved markets that no position manages are redeemed. It may cost gas, as every redemption.
   */
  readonly redeemForeign: boolean;
  readonly walletWatchPeriodMinutes: number;
  /** Without Discord no webhook secret is needed; other subscribers can use the topics. */
  readonly hasDiscord: boolean;
  /** Null: nothing can be done from Discord, and there is no function and no URL for it. */
  readonly discordInteractions: DiscordInteractions | null;
  readonly exitPolling: ExitPolling;
  /**
   * Runs of `sell` at once that no other function of the account can take away, and its most. Null reserves none: AWS
   * lets an account reserve only what it has beyond 100.
   */
  readonly sellConcurrencyReserved: number | null;
  /** One page for an incident, for $3 a month beyond the three of an account that are free. */
  readonly hasDashboard: boolean;
  /** Must divide 60: the canary opens at the start of a market's window. */
  readonly canaryPeriodMinutes: number;
  readonly logRetentionDays: 30 | 90;
  /**
   * A table restored from a backup, which has a name of its own: every function, right and alarm follows, and the
   * command line with them. Null: the table of the state stack, which stays as it is (OPERATE.md, Restore).
   */
  readonly restoredTable: { readonly name: string; readonly streamArn: string } | null;
};

/**
 * Ireland. The venue's servers are in London, where it restricts trading; Ireland is the nearest region of AWS it does
 * not restrict (venue §6). What counts is the country of the function's own address, and the list changes: `tminus
 * doctor` asks the venue before going live.
 */
export const DEFAULT_REGION = 'eu-west-1';

/** Public production hosts. Binance's other host refuses whole countries (venue §7). */
export const PRODUCTION_HOSTS: VenueHosts = {
  CLOB_HOST: 'https://clob.polymarket.com',
  GAMMA_HOST: 'https://gamma-api.polymarket.com',
  BINANCE_HOST: 'https://data-api.binance.vision',
  DATA_HOST: 'https://data-api.polymarket.com',
};

/** Executes the batches of deposit wallets (venue §9.1). */
export const RELAYER_HOST = 'https://relayer-v2.polymarket.com';

const DOLLAR_MICROS = 1_000_000n;

const DEFAULT_EXITS: StageExits = {
  exitLeadMs: DEFAULT_EXIT_POLICY.exitLeadMs,
  minPriceMicros: DEFAULT_EXIT_POLICY.minPriceMicros,
  slackTicks: DEFAULT_OPENING_POLICY.slackTicks,
  mayMerge: DEFAULT_EXIT_POLICY.mayMerge,
  maintenance: [],
  presets: DEFAULT_PRESETS,
  defaultPreset: NO_PRESET,
};

export const STAGES: Readonly<Record<StageName, StageConfig>> = {
  paper: {
    name: 'paper',
    region: DEFAULT_REGION,
    account: null,
    hosts: PRODUCTION_HOSTS,
    limits: DEFAULT_RISK_LIMITS,
    exits: DEFAULT_EXITS,
    openingGate: DEFAULT_OPENING_GATE,
    live: null,
    walletWatch: 'off',
    redeemForeign: false,
    walletWatchPeriodMinutes: 1,
    hasDiscord: true,
    discordInteractions: null,
    hasDashboard: false,
    // One for each position that may be open, so that no exit waits for another once Lambda has added pollers.
    exitPolling: { kind: 'standard', concurrencyMax: DEFAULT_RISK_LIMITS.openCountMax },
    sellConcurrencyReserved: null,
    canaryPeriodMinutes: 5,
    logRetentionDays: 30,
    restoredTable: null,
  },
  live: {
    name: 'live',
    region: DEFAULT_REGION,
    // Write yours here before you deploy (OPERATE.md, Go live).
    account: null,
    hosts: PRODUCTION_HOSTS,
    // For a first live day. Raise the limits by commits after the first exits (OPERATE.md, Go live).
    limits: {
      openCountMax: 5,
      exposureMicrosMax: 30n * DOLLAR_MICROS,
      // The smallest position, five shares, costs up to $5.30: at 99 cents, with a fee of 7 %.
      budgetMicrosMax: 6n * DOLLAR_MICROS,
      dayLossMicrosMax: 10n * DOLLAR_MICROS,
    },
    exits: DEFAULT_EXITS,
    openingGate: DEFAULT_OPENING_GATE,
    live: { signer: 'kms', mayApprove: false, polygonRpcUrl: 'parameter' },
    walletWatch: 'tell',
    redeemForeign: false,
    walletWatchPeriodMinutes: 1,
    hasDiscord: true,
    discordInteractions: null,
    hasDashboard: false,
    // Lambda starts with five batches at once: enough for five positions.
    exitPolling: { kind: 'standard', concurrencyMax: 20 },
    sellConcurrencyReserved: null,
    canaryPeriodMinutes: 5,
    logRetentionDays: 90,
    restoredTable: null,
  },
};

/** @throws Error that lists the stages, for a missing or unknown one */
export function stageConfigOf(name: unknown): StageConfig {
  const known = STAGE_NAMES.find((each) => each === name);
  if (known !== undefined) return STAGES[known];
  const asked = typeof name === 'string' && name !== '' ? `There is no stage "${name}".` : 'Which stage?';
  throw new Error(`${asked} Add one of: ${STAGE_NAMES.map((each) => `-c stage=${each}`).join(', ')}`);
}

/**
 * Why credentials of this account must not deploy the stage, in one sentence; null where they may, or without any.
 * @param account that of the AWS credentials
 */
export function findAccountFault(config: Pick<StageConfig, 'name' | 'account'>, account: string | undefined) {
  const { name, account: pinned } = config;
  if (account === undefined || account === pinned || (pinned === null && name !== 'live')) return null;
  if (pinned === null)
    return `Stage ${name} is pinned to no AWS account, and nothing was deployed: write account: '${account}' into it (infra/aws/stage-config.ts) if it belongs to the account of these credentials.`;
  return `Stage ${name} belongs to AWS account ${pinned}, these credentials to ${account}, and nothing was deployed: set AWS_PROFILE.`;
}

/** Where the stacks of a stage are deployed to. */
export function stackEnvOf({ region, account }: Pick<StageConfig, 'region' | 'account'>) {
  return { region, ...(account !== null && { account }) };
}

export function stackNameOf(stage: StageName, part: 'state' | 'trading' | 'watch'): string {
  return `tminus-${stage}-${part}`;
}
