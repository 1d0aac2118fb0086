import * as z from 'zod/mini';
import { getJson, joinUrl } from '#lib/adapters/http/request-json.ts';
import { DecimalMicrosSchema } from '#lib/adapters/polymarket/decimal-schema.ts';
import { orElse } from '#lib/contracts/parse-input.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import {
  TAKER_DELAY_MS,
  toDecimalText,
  USUAL_FEE_RATE_MICROS,
  USUAL_MIN_ORDER_SHARES_MICROS,
} from '#lib/domain/market/venue-rules.ts';
import type { VenueFacts } from '#lib/ports/venue/venue-facts.ts';
import type { PolymarketMarketDataDeps } from './polymarket-market-data.ts';

/**
 * Everything that has been seen in these answers, read or not (venue §2.4, and NautilusTrader's and py-sdk's models of
 * November 2026). Gamma's rows have a hundred fields and grow often: of them only words are compared.
 */
const KNOWN_FIELDS = {
  'the CLOB market': new Set('c v r t mos mts mbf tbf nr fd ao aot sd gst cbos rfqe itode ibce oas'.split(' ')),
  'its fee': new Set(['r', 'e', 'to']),
  'the book': new Set(
    'market asset_id timestamp hash bids asks min_order_size tick_size neg_risk last_trade_price version'.split(' '),
  ),
} as const;

/** Market versions whose orders are signed, and the words of their resolution. */
const VERSIONS: ReadonlySet<string> = new Set(['v1', 'v2']);
const RESOLUTION_STATUSES: ReadonlySet<string> = new Set(['inactive', 'active', 'resolved']);
/** `GET /version` says this for markets of either version. */
const PROTOCOL_VERSION = '2';

const WordSchema = orElse(z.nullish(z.union([z.string(), z.number()])), null);
const FigureSchema = orElse(z.nullish(DecimalMicrosSchema), null);
const GammaSchema = z.looseObject({ conditionId: z.string(), version: WordSchema, resolutionStatus: WordSchema });
const FeeSchema = z.looseObject({ r: FigureSchema, e: FigureSchema });
const ClobSchema = z.looseObject({
  t: z.array(z.nullish(z.looseObject({ t: z.string() }))),
  v: WordSchema,
  mos: FigureSchema,
  itode: orElse(z.nullish(z.boolean()), null),
  fd: orElse(z.nullish(FeeSchema), null),
});
const BookSchema = z.looseObject({ min_order_size: FigureSchema, version: WordSchema });
const VersionSchema = z.looseObject({ version: WordSchema });

type Clob = z.output<typeof ClobSchema>;

/** Fields that are missing, or of another form than documented, are the market data's own business and no drift. */
export function createPolymarketVenueFacts(deps: PolymarketMarketDataDeps): VenueFacts {
  const { clobHost, gammaHost } = deps;
  return {
    async listDrifts(marketSlug, deadlineAtMs) {
      const read = async <Schema extends z.ZodMiniType>(schema: Schema, url: string, what: string) => {
        const { status, body } = await getJson(deps, { url, what, deadlineAtMs, mayBeAbsent: true });
        return status < 400 ? schema.safeParse(Array.isArray(body) ? body[0] : body).data : undefined;
      };
      const gammaUrl = joinUrl(gammaHost, '/markets', { slug: marketSlug });
      const [version, gamma] = await Promise.all([
        read(VersionSchema, joinUrl(clobHost, '/version'), "the venue's protocol version"),
        read(GammaSchema, gammaUrl, 'the Gamma market'),
      ]);
      const clobUrl = gamma && joinUrl(clobHost, `/clob-markets/${clobIdOf(gamma.conditionId)}`);
      const clob = clobUrl === undefined ? undefined : await read(ClobSchema, clobUrl, 'the CLOB market');
      const tokenId = clob?.t[0]?.t;
      const bookUrl = tokenId && joinUrl(clobHost, '/book', { token_id: tokenId });
      const book = bookUrl ? await read(BookSchema, bookUrl, 'the book') : undefined;
      return [
        ...wordDrifts('the order protocol', [version?.version], new Set([PROTOCOL_VERSION])),
        ...wordDrifts('the market version', [gamma?.version, clob?.v, book?.version], VERSIONS),
        ...wordDrifts('the resolution status', [gamma?.resolutionStatus], RESOLUTION_STATUSES),
        ...(clob === undefined ? [] : marketDrifts(clob)),
        ...figureDrift('the minimum size on the book', book?.min_order_size, USUAL_MIN_ORDER_SHARES_MICROS),
        ...unknownFields('the CLOB market', clob),
        ...unknownFields('its fee', clob?.fd),
        ...unknownFields('the book', book),
      ];
    },
  };
}

/** Gamma may write a condition of version 2 with 31 bytes; the CLOB knows all by 32. */
const clobIdOf = (conditionId: string): string => conditionId.padEnd(66, '0');

function marketDrifts({ mos, fd, itode }: Clob): readonly string[] {
  return [
    ...figureDrift('the minimum size', mos, USUAL_MIN_ORDER_SHARES_MICROS),
    ...figureDrift('the fee rate', fd?.r, USUAL_FEE_RATE_MICROS),
    ...figureDrift('the exponent of the fee', fd?.e, ONE_MICROS),
    ...(itode === false ? [`marketable orders are not held; ${TAKER_DELAY_MS} ms are assumed`] : []),
  ];
}

function figureDrift(what: string, seen: bigint | null | undefined, assumed: bigint): readonly string[] {
  if (seen === null || seen === undefined || seen === assumed) return [];
  return [`${what} is ${toDecimalText(seen)}; ${toDecimalText(assumed)} is assumed`];
}

const WORD_LENGTH_MAX = 40;
const FIELD_COUNT_MAX = 5;

function wordDrifts(
  what: string,
  seen: readonly (string | number | null | undefined)[],
  known: ReadonlySet<string>,
): readonly string[] {
  const words = seen.flatMap((word) => (word === null || word === undefined ? [] : [String(word).toLowerCase()]));
  const strange = [...new Set(words)].filter((word) => word !== '' && !known.has(word));
  return strange.map(
    (word) => `${what} is "${clip(word)}"; ${[...known].join(', ')} ${known.size === 1 ? 'is' : 'are'} known`,
  );
}

function unknownFields(what: keyof typeof KNOWN_FIELDS, row: object | null | undefined): readonly string[] {
  const strange = Object.keys(row ?? {}).filter((name) => !KNOWN_FIELDS[what].has(name));
  if (strange.length === 0) return [];
  return [`${what} has unknown fields: ${strange.slice(0, FIELD_COUNT_MAX).map(clip).join(', ')}`];
}

const clip = (word: string): string => word.slice(0, WORD_LENGTH_MAX).toWellFormed();
