import { AssetType } from '@polymarket/clob-client-v2';
import * as z from 'zod/mini';
import { getJson, joinUrl } from '#lib/adapters/http/request-json.ts';
import { type ClobAccessDeps, createClobAccess } from '#lib/adapters/polymarket/clob-access.ts';
import { parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import { TimeSchema } from '#lib/adapters/polymarket/venue-clock.ts';
import { RejectedByUpstreamError, UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { VenueAccount } from '#lib/ports/venue/venue-account.ts';
import { BalanceSchema } from './balance-schema.ts';

export type PolymarketAccountDeps = ClobAccessDeps & {
  /** Base URL of the website, such as https://polymarket.com: only it answers about countries. */
  readonly polymarketHost: string;
};

/** The venue's own client assumes this version when the answer names none. */
const DEFAULT_VERSION = 2;
const VersionSchema = z.looseObject({
  version: z.nullish(z.union([z.int(), z.pipe(z.string().check(z.regex(/^\d{1,9}$/)), z.transform(Number))])),
});

const GeoblockSchema = z.looseObject({
  blocked: z.boolean(),
  country: z.pipe(
    z.nullish(z.string()),
    z.transform((country) => country || 'an unnamed country'),
  ),
});
const ClosedOnlySchema = z.looseObject({ closed_only: z.boolean() });

/** What Polymarket says about our account, and about the country of this machine (venue §2.8, §6). */
export function createPolymarketAccount(deps: PolymarketAccountDeps): VenueAccount {
  const { clobHost, polymarketHost } = deps;
  const access = createClobAccess(deps);
  const readPublic = async <Schema extends z.ZodMiniType>(
    schema: Schema,
    url: string,
    what: string,
    deadlineAtMs: number,
  ) => {
    const { status, body } = await getJson(deps, { url, what, deadlineAtMs });
    if (status >= 400) throw new UnexpectedReplyError(`The venue refused to return ${what}`, { status });
    return parseReply(schema, body, what);
  };
  const readOwn = async (path: string, query: Readonly<Record<string, string>>, what: string, deadlineAtMs: number) => {
    const { status, body } = await access.ask({ method: 'GET', path, query, what, deadlineAtMs, mayBeAbsent: true });
    if (status < 400) return body;
    // 401 and 403 reject the account; another status rejects the request.
    const isRejected = status === 401 || status === 403;
    const Refusal = isRejected ? RejectedByUpstreamError : UnexpectedReplyError;
    throw new Refusal(`The venue refused to return ${what}`, { status });
  };
  return {
    getTimeMs: async (untilMs) =>
      (await readPublic(TimeSchema, joinUrl(clobHost, '/time'), "the venue's time", untilMs)) * 1_000,
    getProtocolVersion: async (untilMs) =>
      (await readPublic(VersionSchema, joinUrl(clobHost, '/version'), "the venue's protocol version", untilMs))
        .version ?? DEFAULT_VERSION,
    getGeoblock: (untilMs) =>
      readPublic(GeoblockSchema, joinUrl(polymarketHost, '/api/geoblock'), 'the countries it serves', untilMs),
    async isClosedOnly(untilMs) {
      const what = 'whether the account may open';
      const body = await readOwn('/auth/ban-status/closed-only', {}, what, untilMs);
      return parseReply(ClosedOnlySchema, body, what).closed_only;
    },
    async getCollateral(signatureType, untilMs) {
      const query = { asset_type: AssetType.COLLATERAL, signature_type: String(signatureType) };
      const body = await readOwn('/balance-allowance', query, 'our cash', untilMs);
      const { balance, allowances } = parseReply(BalanceSchema, body, 'our cash');
      const lowered = Object.entries(allowances ?? {}).flatMap(([spender, micros]) =>
        micros === undefined ? [] : [[spender.toLowerCase(), micros] as const],
      );
      return { balanceMicros: balance, allowancesMicros: new Map(lowered) };
    },
  };
}
