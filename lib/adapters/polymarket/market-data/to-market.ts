import { type Market, OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { SlugParts } from '#lib/domain/market/up-down-markets.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { ClobMarketReply, GammaMarketReply } from './market-schemas.ts';

const OUTCOME_NAMES = { UP: 'UP', DOWN: 'DOWN' } as const satisfies Record<Outcome, string>;

/** A market without a CLOB side (not listed yet, or no longer) keeps Gamma's terms and accepts no orders. */
export function toMarket(
  slug: string,
  parts: SlugParts,
  gamma: GammaMarketReply,
  clob: ClobMarketReply | undefined,
): Market {
  if (gamma.slug !== slug) throw unexpected('Gamma answered with another market');
  const startsAtMs = gamma.eventStartTime ?? parts.spans[0]?.startsAtMs ?? 0;
  if (gamma.endDate <= startsAtMs) throw unexpected('The market ends before it starts');
  const tokenIds = tokenIdsOf(gamma);
  const version = versionOf(gamma, tokenIds);
  if (clob !== undefined) checkSameMarket(gamma, tokenIds, clob);
  return {
    slug,
    conditionId: gamma.conditionId,
    asset: parts.asset,
    version,
    startsAtMs,
    endsAtMs: gamma.endDate,
    tokenIds,
    negRisk: clob?.nr ?? gamma.negRisk ?? false,
    acceptingOrders: clob !== undefined && gamma.acceptingOrders !== false && clob.ao !== false,
    closed: gamma.closed === true,
    tickMicros: clob?.mts ?? gamma.orderPriceMinTickSize ?? missing('tick size'),
    minOrderSharesMicros: clob?.mos ?? gamma.orderMinSize ?? missing('minimum order size'),
    feeRateMicros: feeRateOf(gamma, clob),
  };
}

/** Token ids by outcome name: the venue does not document their order. */
function tokenIdsOf(gamma: GammaMarketReply): Record<Outcome, string> {
  const ids = (gamma.clobTokenIds ?? []).length > 0 ? gamma.clobTokenIds : gamma.positionIds;
  if (gamma.outcomes.length !== 2 || ids?.length !== 2)
    throw unexpected('The market does not have two outcomes and tokens');
  const names = gamma.outcomes.map((name) => name.trim().toUpperCase());
  const idOf = (outcome: Outcome): string => {
    const id = ids[names.indexOf(OUTCOME_NAMES[outcome])];
    if (id === undefined || !/^\d{1,78}$/.test(id)) throw unexpected('An outcome has no token id');
    return id;
  };
  const tokenIds = { UP: idOf('UP'), DOWN: idOf('DOWN') };
  if (tokenIds.UP === tokenIds.DOWN) throw unexpected('Both outcomes have the same token id');
  return tokenIds;
}

/**
 * Version 1 requires the version's name (or none) and ids of Conditional Tokens: orders of other markets would be
 * signed for the wrong exchange.
 */
function versionOf(gamma: GammaMarketReply, tokenIds: Record<Outcome, string>): Market['version'] {
  const isVersion1 = /^v?1$/i.test(String(gamma.version ?? 'v1'));
  return isVersion1 && isConditionalToken(tokenIds.UP) && isConditionalToken(tokenIds.DOWN) ? 'v1' : 'unsupported';
}

/** In ids of protocol version 2, bits 40 to 103 are all zero (venue §1.3). */
export function isConditionalToken(tokenId: string): boolean {
  return ((BigInt(tokenId) >> 40n) & ((1n << 64n) - 1n)) !== 0n;
}

/** Gamma and CLOB must name the same tokens, so that the token sold is the token bought. */
function checkSameMarket(gamma: GammaMarketReply, tokenIds: Record<Outcome, string>, clob: ClobMarketReply): void {
  if ((clob.c ?? gamma.conditionId).toLowerCase() !== gamma.conditionId.toLowerCase())
    throw unexpected('The CLOB answered with another market');
  for (const token of clob.t) {
    if (token === null || token.t === '') continue;
    // A token without an outcome has Gamma's.
    const name = token.o?.trim().toUpperCase() || undefined;
    const isKnown = OUTCOMES.some(
      (outcome) => token.t === tokenIds[outcome] && (name ?? OUTCOME_NAMES[outcome]) === OUTCOME_NAMES[outcome],
    );
    if (!isKnown) throw unexpected('Gamma and CLOB name different tokens');
  }
}

/** Our fee formula is valid for exponent 1 only, the only one seen (venue §4). */
function feeRateOf(gamma: GammaMarketReply, clob: ClobMarketReply | undefined): bigint {
  const { feeSchedule } = gamma;
  // Gamma completes a partial fee of the CLOB. A rate without an exponent is rejected.
  const rateMicros = clob?.fd?.r ?? feeSchedule?.rate;
  const exponentMicros = clob?.fd?.e ?? feeSchedule?.exponent;
  if (rateMicros === undefined || rateMicros === null) return gamma.feesEnabled === true ? missing('fee rate') : 0n;
  if (rateMicros === 0n) return 0n;
  if (exponentMicros !== ONE_MICROS) throw unexpected('The market has an unknown fee formula');
  if (rateMicros >= 1_000_000n) throw unexpected('The fee rate of the market is not below 1');
  return rateMicros;
}

function missing(what: string): never {
  throw unexpected(`The market has no ${what}`);
}

function unexpected(message: string): UnexpectedReplyError {
  return new UnexpectedReplyError(message);
}
