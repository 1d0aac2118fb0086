import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import {
  isSameName,
  type Market,
  type MarketVersion,
  OTHER_OUTCOME,
  OUTCOMES,
  type Outcome,
  UP_DOWN_NAMES,
} from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { UntradableMarket } from '#lib/domain/refusal/opening-refusal.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import { arePositionIds, findBytes31, toClobConditionId, versionOfToken } from './market-ids.ts';
import type { ClobMarketReply, GammaMarketReply } from './market-schemas.ts';
import { timesOf } from './market-times.ts';
import { untradable } from './untradable-market.ts';

/** What a market trades by: its condition, of 31 bytes in version 2, and its ids in the order of its outcomes. */
export type MarketIdentity = Pick<Market, 'version' | 'conditionId'> & { readonly ids: readonly string[] };

/** The version names the field that holds the ids: a field of the other version may be filled too (venue §8.3). */
export function identifyMarket(gamma: GammaMarketReply): MarketIdentity | UntradableMarket {
  const { slug } = gamma;
  const version = findVersion(gamma.version);
  if (version === undefined) {
    const name = String(gamma.version).slice(0, 20);
    return untradable(slug, 'market-version-unsupported', `is of version "${name}", which this release does not know`);
  }
  const ids = version === 'v1' ? gamma.clobTokenIds : gamma.positionIds;
  if (ids.length < 2) return untradable(slug, 'market-not-ready', 'has no token ids at the venue yet');
  if (ids.length !== 2 || !ids.every((id) => /^\d{1,78}$/.test(id)))
    throw unexpected('The market does not have two tokens');
  const conditionId = version === 'v1' ? (gamma.conditionId ?? undefined) : findBytes31(gamma.conditionId ?? '');
  if (conditionId !== undefined && areIdsOf(version, conditionId, ids)) return { version, conditionId, ids };
  return untradable(
    slug,
    'market-version-unsupported',
    `is called ${version}, but its ids are not those of ${version}`,
  );
}

/** A market without a version is one of version 1, if its ids are. */
function findVersion(version: GammaMarketReply['version']): MarketVersion | undefined {
  const digit = /^v?([12])$/i.exec(String(version ?? 'v1'))?.[1];
  return digit === undefined ? undefined : digit === '1' ? 'v1' : 'v2';
}

/** Orders of another version's ids would be signed for the wrong exchange. */
function areIdsOf(version: MarketVersion, conditionId: string, ids: readonly string[]): boolean {
  if (version === 'v2') return arePositionIds(ids, conditionId);
  return toClobConditionId(conditionId) === conditionId && ids.every((id) => versionOfToken(id) === 'v1');
}

/** Why nothing can be bought in a market that Gamma lists; null for one that may be traded. */
export function findFlaw({ slug, closed, ...gamma }: GammaMarketReply): UntradableMarket | undefined {
  const { outcomes, conditionId, endDate, enableOrderBook } = gamma;
  if (outcomes?.length !== 2) {
    const count = outcomes?.length ?? 0;
    return untradable(slug, 'market-unsupported', `has ${count} outcomes, and T-minus trades markets with two`);
  }
  if (isSameName(outcomes[0] ?? '', outcomes[1] ?? ''))
    return untradable(slug, 'market-unsupported', 'gives both outcomes the same name');
  if (!endDate) return untradable(slug, 'market-unsupported', 'has no end at the venue, which an exit needs');
  if (enableOrderBook === false && closed !== true)
    return untradable(slug, 'market-unsupported', 'is not traded in an order book');
  if (!conditionId) return untradable(slug, 'market-not-ready', 'has no condition id at the venue yet');
  return undefined;
}

/** A market without a CLOB side (not listed yet, or no longer) keeps Gamma's terms and accepts no orders. */
export function toMarket(
  { version, conditionId, ids }: MarketIdentity,
  gamma: GammaMarketReply,
  clob: ClobMarketReply | undefined,
): Market | UntradableMarket {
  const times = timesOf(gamma, gamma.endDate ?? missing('end'));
  if ('refusal' in times) return times;
  if (times.endsAtMs <= times.startsAtMs) throw unexpected('The market ends before it starts');
  const outcomeNames = times.asset === null ? namesInOrder(gamma) : UP_DOWN_NAMES;
  if (!OUTCOMES.every((outcome) => gamma.outcomes?.some((name) => isSameOutcome(name, outcomeNames[outcome]))))
    return untradable(gamma.slug, 'market-unsupported', 'does not call its outcomes Up and Down');
  const tokenIds = tokenIdsOf(gamma, outcomeNames, ids);
  if (clob !== undefined) {
    const clobVersion = clob.v ?? version;
    if (findVersion(clobVersion) !== version) {
      const why = `is of version ${version} by Gamma and of version "${clobVersion.slice(0, 20)}" by the CLOB`;
      return untradable(gamma.slug, 'market-version-unsupported', why);
    }
    checkSameMarket({ conditionId, outcomeNames }, tokenIds, clob);
  }
  const feeRateMicros = feeRateOf(gamma, clob);
  if (feeRateMicros === 'unknown-formula')
    return untradable(gamma.slug, 'market-unsupported', 'has a fee formula that this release does not know');
  return {
    slug: gamma.slug,
    conditionId,
    ...times,
    version,
    tokenIds,
    outcomeNames,
    negRisk: clob?.nr ?? gamma.negRisk ?? false,
    acceptingOrders: clob !== undefined && gamma.acceptingOrders !== false && clob.ao !== false,
    closed: gamma.closed === true || /^resolved$/i.test(gamma.resolutionStatus ?? ''),
    tickMicros: clob?.mts ?? gamma.orderPriceMinTickSize ?? missing('tick size'),
    minOrderSharesMicros: clob?.mos ?? gamma.orderMinSize ?? missing('minimum order size'),
    feeRateMicros,
    ...takerDelayOf(clob),
  };
}

/** `itode: false` says that orders are not held; `true` says no length (venue §2.6). */
function takerDelayOf(clob: ClobMarketReply | undefined): Pick<Market, 'takerDelayMs'> {
  const sportsMs = 1_000 * Math.max(clob?.sd ?? 0, 0);
  if (sportsMs > 0) return { takerDelayMs: sportsMs };
  return clob?.itode === false ? { takerDelayMs: 0 } : {};
}

const NAME_LENGTH_MAX = 60;

/** Names go to terminals and chats: without control characters, and not endless. */
function namesInOrder({ outcomes }: GammaMarketReply): Market['outcomeNames'] {
  const [first = '', second = ''] = (outcomes ?? []).map(cleanName);
  return { UP: first, DOWN: second };
}

function cleanName(name: string): string {
  return name
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, NAME_LENGTH_MAX)
    .toWellFormed();
}

function isSameOutcome(name: string, cleaned: string): boolean {
  return isSameName(cleanName(name), cleaned);
}

/** Token ids by the name of the outcome, as the venue does not document the order of up and down. */
function tokenIdsOf(
  { outcomes }: GammaMarketReply,
  outcomeNames: Market['outcomeNames'],
  ids: readonly string[],
): Record<Outcome, string> {
  const isInOrder = outcomeNames !== UP_DOWN_NAMES;
  const idOf = (outcome: Outcome): string => {
    const place = isInOrder
      ? OUTCOMES.indexOf(outcome)
      : (outcomes ?? []).findIndex((name) => isSameName(name, outcomeNames[outcome]));
    return ids[place] ?? missing(`token of ${outcomeNames[outcome]}`);
  };
  const tokenIds = { UP: idOf('UP'), DOWN: idOf('DOWN') };
  if (tokenIds.UP === tokenIds.DOWN) throw unexpected('Both outcomes have the same token id');
  return tokenIds;
}

/** Gamma and CLOB must name the same tokens, so that the token sold is the token bought. */
function checkSameMarket(
  { conditionId, outcomeNames }: Pick<Market, 'conditionId' | 'outcomeNames'>,
  tokenIds: Record<Outcome, string>,
  clob: ClobMarketReply,
): void {
  if (!isSameHex(toClobConditionId(clob.c ?? conditionId), toClobConditionId(conditionId)))
    throw unexpected('The CLOB answered with another market');
  for (const token of clob.t) {
    if (token === null || token.t === '') continue;
    // A token without an outcome has Gamma's.
    const isKnown = OUTCOMES.some(
      (outcome) =>
        token.t === tokenIds[outcome] && isSameOutcome(token.o || outcomeNames[outcome], outcomeNames[outcome]),
    );
    if (!isKnown) throw unexpected('Gamma and CLOB name different tokens');
  }
}

/** Our fee formula is valid for exponent 1 only, the only one seen (venue §4). */
function feeRateOf(gamma: GammaMarketReply, clob: ClobMarketReply | undefined): bigint | 'unknown-formula' {
  const { feeSchedule } = gamma;
  // Gamma completes a partial fee of the CLOB. A rate without an exponent is rejected.
  const rateMicros = clob?.fd?.r ?? feeSchedule?.rate;
  const exponentMicros = clob?.fd?.e ?? feeSchedule?.exponent;
  if (rateMicros === undefined || rateMicros === null) return gamma.feesEnabled === true ? missing('fee rate') : 0n;
  if (rateMicros === 0n) return 0n;
  if (exponentMicros !== ONE_MICROS) return 'unknown-formula';
  if (rateMicros >= 1_000_000n) throw unexpected('The fee rate of the market is not below 1');
  return rateMicros;
}

/** Only prices of exactly 1 and 0 are a result: closed markets with `["0","0"]` and with halves exist (venue §5.3). */
export function toWinner({ closed, outcomes, outcomePrices }: GammaMarketReply): Outcome | null {
  if (closed !== true || outcomes?.length !== 2 || outcomePrices?.length !== 2) return null;
  // Outcomes with other names than Up and Down count in their order.
  const isDownFirst = isSameName(outcomes[0] ?? '', OUTCOMES[1]);
  const priceOf = (outcome: Outcome) => outcomePrices[(outcome === 'UP') === isDownFirst ? 1 : 0];
  return OUTCOMES.find((outcome) => priceOf(outcome) === '1' && priceOf(OTHER_OUTCOME[outcome]) === '0') ?? null;
}

function missing(what: string): never {
  throw unexpected(`The market has no ${what}`);
}

function unexpected(message: string): UnexpectedReplyError {
  return new UnexpectedReplyError(message);
}
