import * as z from 'zod/mini';
import { DecimalMicrosSchema } from '#lib/adapters/polymarket/decimal-schema.ts';
import { findBytes31, versionOfToken } from '#lib/adapters/polymarket/market-data/market-ids.ts';
import { TimeMsSchema } from '#lib/adapters/polymarket/time-schema.ts';
import { IN_ENGLISH, orElse } from '#lib/contracts/parse-input.ts';
import { mulDivRound, ONE_MICROS } from '#lib/domain/market/money.ts';
import { ACTIVITY_TYPES, type KnownActivityType } from '#lib/ports/wallet/wallet-positions.ts';

/** One row of a wallet's history, of any list of the Data API and of both its versions (venue §10.5). */
export type HistoryRow = {
  readonly atMs: number;
  /** Rows of `/trades` have no type: they are trades. */
  readonly type: KnownActivityType | 'OTHER';
  /** Lower case; null where the row does not say. */
  readonly wallet: string | null;
  /** Lower case; of version 2 with 31 bytes. Null for what concerns cash alone. */
  readonly conditionId: string | null;
  readonly tokenId: string | null;
  readonly side: 'BUY' | 'SELL' | null;
  readonly sharesMicros: bigint;
  readonly cashMicros: bigint;
  /** False: the row says a price only, and `cashMicros` leaves out the fee. */
  readonly hasFee: boolean;
  readonly slug: string | null;
  readonly outcomeName: string | null;
  readonly outcomeIndex: 0 | 1 | null;
};

export type RowFault = {
  /** Number of the row in its list, from 1. */
  readonly row: number;
  readonly fault: string;
};

const NAME_LENGTH_MAX = 128;
const TextSchema = orElse(z.nullish(z.string().check(z.maxLength(NAME_LENGTH_MAX))), null);
const TokenIdSchema = z.string().check(z.regex(/^\d{1,78}$/, 'has to be a token id in decimal digits'));
const ConditionIdSchema = z
  .string()
  .check(z.regex(/^0x(?:[0-9a-f]{62}|[0-9a-f]{64})$/i, 'has to be a condition id of 31 or 32 bytes'));
const AddressSchema = orElse(z.nullish(z.string().check(z.regex(/^0x[0-9a-f]{40}$/i))), null);
const PriceSchema = DecimalMicrosSchema.check(
  z.refine((micros) => micros <= ONE_MICROS, { message: 'has to be a price from 0 to 1' }),
);
const SideSchema = z.pipe(
  z.string(),
  z.transform((side, context): 'BUY' | 'SELL' => {
    const upper = side.toUpperCase();
    if (upper === 'BUY' || upper === 'SELL') return upper;
    context.issues.push({ code: 'custom', input: side, message: 'has to be BUY or SELL' });
    return z.NEVER;
  }),
);

const common = { timestamp: TimeMsSchema, wallet: AddressSchema, slug: TextSchema, outcome: TextSchema };

/** What a position is counted from has to be there. */
const TradeSchema = z.object({
  ...common,
  token: TokenIdSchema,
  condition: ConditionIdSchema,
  side: SideSchema,
  size: DecimalMicrosSchema,
  cash: z.optional(DecimalMicrosSchema),
  price: z.optional(PriceSchema),
  index: orElse(z.nullish(z.union([z.literal(0), z.literal(1)])), null),
});

const OtherSchema = z.object({
  ...common,
  type: z.string(),
  token: orElse(z.nullish(TokenIdSchema), null),
  condition: orElse(z.nullish(ConditionIdSchema), null),
  size: orElse(DecimalMicrosSchema, 0n),
  cash: orElse(DecimalMicrosSchema, 0n),
  index: orElse(z.nullish(z.union([z.literal(0), z.literal(1)])), null),
});

/** Both spellings: version 2 writes `token_id`, version 1 `asset`. */
const SPELLINGS = {
  timestamp: ['timestamp'],
  type: ['type'],
  wallet: ['proxy_wallet', 'proxyWallet'],
  token: ['token_id', 'tokenId', 'asset'],
  condition: ['condition_id', 'conditionId'],
  side: ['side'],
  size: ['size'],
  cash: ['usdc_size', 'usdcSize'],
  price: ['price'],
  slug: ['slug'],
  outcome: ['outcome'],
  index: ['outcome_index', 'outcomeIndex'],
} as const;

type Field = keyof typeof SPELLINGS;

export function parseHistoryRows(rows: readonly unknown[]): {
  readonly rows: readonly HistoryRow[];
  readonly faults: readonly RowFault[];
} {
  const parsed = rows.map(parseRow);
  return {
    rows: parsed.flatMap((each) => ('fault' in each ? [] : [each])),
    faults: parsed.flatMap((each, index) => ('fault' in each ? [{ row: index + 1, fault: each.fault }] : [])),
  };
}

function parseRow(row: unknown): HistoryRow | { readonly fault: string } {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return { fault: 'it has to be an object' };
  const given = new Map<string, unknown>(Object.entries(row));
  const fields = Object.fromEntries(Object.entries(SPELLINGS).map(([field, names]) => [field, firstOf(given, names)]));
  const { type } = fields;
  const isTrade = typeof type !== 'string' || type.toUpperCase() === 'TRADE';
  return isTrade ? toTrade(fields) : toOther(fields);
}

/** An absent, null or empty field is not given. */
function firstOf(given: ReadonlyMap<string, unknown>, names: readonly string[]): unknown {
  return names.map((name) => given.get(name)).find((value) => value !== undefined && value !== null && value !== '');
}

function toTrade(fields: Readonly<Record<string, unknown>>): HistoryRow | { readonly fault: string } {
  const parsed = TradeSchema.safeParse(fields, IN_ENGLISH);
  if (!parsed.success) return { fault: faultOf(parsed.error) };
  const { token, condition, cash, price, size, side, timestamp, ...rest } = parsed.data;
  if (cash === undefined && price === undefined) return { fault: `${namesOf('price')}: is missing` };
  return {
    atMs: timestamp,
    type: 'TRADE',
    conditionId: toMarketConditionId(token, condition),
    tokenId: token,
    side,
    sharesMicros: size,
    cashMicros: cash ?? mulDivRound(size, price ?? 0n, ONE_MICROS),
    hasFee: cash !== undefined,
    ...namesIn(rest),
  };
}

function toOther(fields: Readonly<Record<string, unknown>>): HistoryRow | { readonly fault: string } {
  const parsed = OtherSchema.safeParse(fields, IN_ENGLISH);
  if (!parsed.success) return { fault: faultOf(parsed.error) };
  const { token, condition, cash, size, timestamp, type, ...rest } = parsed.data;
  const tokenId = token ?? null;
  return {
    atMs: timestamp,
    type: ACTIVITY_TYPES.find((each) => each === type.toUpperCase()) ?? 'OTHER',
    conditionId: condition ? toMarketConditionId(tokenId ?? '', condition) : null,
    tokenId,
    side: null,
    sharesMicros: size,
    cashMicros: cash,
    hasFee: true,
    ...namesIn(rest),
  };
}

type Named = {
  readonly wallet?: string | null | undefined;
  readonly slug?: string | null | undefined;
  readonly outcome?: string | null | undefined;
  readonly index?: 0 | 1 | null | undefined;
};

function namesIn({ wallet, slug, outcome, index }: Named) {
  return {
    wallet: wallet?.toLowerCase() ?? null,
    slug: slug?.toLowerCase() ?? null,
    outcomeName: outcome ?? null,
    outcomeIndex: index ?? null,
  };
}

/** One of 256 ids of version 1 ends in a zero byte, too: the token says which version it is. */
function toMarketConditionId(tokenId: string, conditionId: string): string {
  const isV2 = tokenId !== '' && versionOfToken(tokenId) === 'v2';
  return (isV2 ? findBytes31(conditionId) : undefined) ?? conditionId.toLowerCase();
}

function faultOf({ issues: [issue] }: z.core.$ZodError): string {
  const field = String(issue?.path[0] ?? '');
  const message = issue?.message ?? 'is wrong';
  const text = message.endsWith('received undefined') ? 'is missing' : message;
  return `${isField(field) ? namesOf(field) : field}: ${text}`;
}

function isField(name: string): name is Field {
  return Object.hasOwn(SPELLINGS, name);
}

function namesOf(field: Field): string {
  return SPELLINGS[field].join(' or ');
}
