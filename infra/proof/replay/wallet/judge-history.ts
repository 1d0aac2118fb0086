import { type Market, OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import { maxMicros, mulDivFloor, mulDivRound, ONE_MICROS } from '#lib/domain/market/money.ts';
import { planExitTime } from '#lib/domain/plan/exit-time.ts';
import { planTreatment } from '#lib/domain/plan/plan-watch.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import { heldOf } from '#lib/lifecycle/watch/group-holdings.ts';
import { listMarket } from '#lib/venue/books/list-market.ts';
import { balanceMicros, lastMoveAtMs, type MarketHistory, type Move, type TokenHistory } from './group-history.ts';

/**
 * What the suite would have done.
 * - `brought-home`: guarded, and its exit begun at T − exit lead
 * - `sold-earlier`: the owner had sold everything by then
 * - `left`: the suite leaves it to its owner, and says why
 * - `running`: the exit is still to come
 * - `incomplete`: more went out than the rows brought in, so that nothing is counted
 */
export type Verdict = 'brought-home' | 'sold-earlier' | 'left' | 'running' | 'incomplete';

/** One outcome of one market. Amounts in millionths; null: not known. */
export type JudgedPosition = {
  readonly slug: string | null;
  readonly market: Market | null;
  readonly conditionId: string;
  readonly tokenId: string;
  readonly outcome: string;
  readonly endsAtMs: number | null;
  readonly exitAtMs: number | null;
  readonly firstAtMs: number;
  readonly boughtMicros: bigint;
  readonly costMicros: bigint;
  readonly soldMicros: bigint;
  readonly proceedsMicros: bigint;
  readonly heldAtExitMicros: bigint;
  readonly heldAtEndMicros: bigint;
  /** The market is over, and something was held. */
  readonly isLeftToExpire: boolean;
  /** What a share pays by the market's result. */
  readonly payoutMicros: bigint | null;
  /** Cash of redemptions. Null where the list has none. */
  readonly redeemedMicros: bigint | null;
  /** What the result pays and was not redeemed. */
  readonly unclaimedMicros: bigint | null;
  /** Sales and what the result pays, redeemed or not, less the cost. */
  readonly resultMicros: bigint | null;
  /** Some of its rows say a price only: their fees are missing from cost and proceeds. */
  readonly isWithoutFees: boolean;
  readonly verdict: Verdict;
  readonly reason: { readonly code: string; readonly message: string } | null;
  /** What the suite would have sold. */
  readonly guardedMicros: bigint;
  /** What the owner had for these shares. */
  readonly guardedWorthMicros: bigint | null;
};

export type JudgeFacts = {
  readonly nowMs: number;
  readonly exitLeadMs: number;
  readonly isTradesOnly: boolean;
  /** What a share of each outcome pays, by condition. */
  readonly payouts: ReadonlyMap<string, readonly [bigint, bigint]>;
};

export function judgeHistory(markets: readonly MarketHistory[], facts: JudgeFacts): readonly JudgedPosition[] {
  return markets.flatMap((history) => {
    const market = toMarket(history);
    const treatment = treat(history, market, facts);
    return history.tokens
      .filter(({ moves }) => moves.length > 0)
      .map((token) => judgeToken(history, token, { market, treatment, facts }));
  });
}

/** With the terms that all up/down markets of 2026 had: the rows tell none. Null without a name. */
function toMarket({ slug, window, watched, tokens }: MarketHistory): Market | null {
  if (slug === null) return null;
  const first = tokens.find(({ outcomeIndex }) => outcomeIndex === 0) ?? tokens.find((each) => each.outcomeIndex !== 1);
  const second = tokens.find(({ tokenId }) => tokenId !== first?.tokenId);
  const tokenIds = { UP: first?.tokenId ?? '', DOWN: second?.tokenId ?? '' };
  const identity = { conditionId: watched.conditionId, tokenIds };
  const times = window ?? { asset: null, startsAtMs: 0, endsAtMs: Number.MAX_SAFE_INTEGER };
  return listMarket({ seed: '', slug, version: watched.marketVersion, identity, ...times });
}

type Treated =
  | { readonly kind: 'guard'; readonly tokenId: string; readonly sharesMicros: bigint }
  | { readonly kind: 'tell'; readonly reason: NonNullable<JudgedPosition['reason']> };

/** As the watch of the wallet treats what it finds, at the moment at which the exit is due. */
function treat(history: MarketHistory, listed: Market | null, { exitLeadMs }: JudgeFacts): Treated {
  const { window, watched } = history;
  const nowMs = window === null ? lastMoveAtMs(history) : window.endsAtMs - exitLeadMs;
  const sharesOf = new Map(history.tokens.map(({ tokenId, moves }) => [tokenId, heldAt(moves, nowMs)]));
  const unmanaged = heldOf(watched, { sharesOf, block: { number: 0n, atMs: nowMs } });
  const planned = planTreatment({
    policy: { isGuarding: true, isRedeeming: true },
    ...{ unmanaged, listed, negRisk: false, result: null, besidePositionId: null, ownPositionId: null, nowMs },
  });
  if (planned.kind !== 'guard') {
    const none = { code: 'nothing-held', message: 'Nothing was held when the exit was due.' };
    return { kind: 'tell', reason: (planned.kind === 'tell' ? planned.refusal : null) ?? none };
  }
  const tokenId = planned.market.tokenIds[planned.outcome];
  const exitPolicy = { ...DEFAULT_EXIT_POLICY, exitLeadMs };
  const openingPolicy = { timeToExitMsMin: Number.NEGATIVE_INFINITY, maintenance: [] };
  const due = planExitTime({ nowMs, exitPolicy, openingPolicy }, planned.market);
  if (typeof due !== 'number') return { kind: 'tell', reason: { code: due.code, message: due.message } };
  return { kind: 'guard', tokenId, sharesMicros: planned.sharesMicrosMax ?? unmanaged.get(tokenId) ?? 0n };
}

function heldAt(moves: readonly Move[], atMs: number): bigint {
  return maxMicros(balanceMicros(moves.filter((move) => move.atMs <= atMs)), 0n);
}

type Context = { readonly market: Market | null; readonly treatment: Treated; readonly facts: JudgeFacts };

function judgeToken(history: MarketHistory, token: TokenHistory, context: Context): JudgedPosition {
  const { market, facts } = context;
  const { moves } = token;
  const { window } = history;
  const endsAtMs = window?.endsAtMs ?? null;
  const exitAtMs = endsAtMs === null ? null : endsAtMs - facts.exitLeadMs;
  const ins = moves.filter(({ kind }) => kind === 'buy' || kind === 'split');
  // Trades are mined seconds after they match: one after the end was made before it.
  const isAfterEnd = ({ kind, atMs }: Move) => kind === 'redeem' || (kind === 'merge' && atMs > (endsAtMs ?? atMs));
  const outs = moves.filter((move) => !ins.includes(move) && !isAfterEnd(move));
  const claims = moves.filter(isAfterEnd);
  const heldAtEndMicros = maxMicros(sum(ins, shares) - sum(outs, shares), 0n);
  const heldAtExitMicros = exitAtMs === null ? heldAtEndMicros : heldAt(moves, exitAtMs);
  const payoutMicros = payoutOf(history, token, claims, facts);
  const worthAtEnd = worthOf(heldAtEndMicros, payoutMicros);
  const leftMicros = maxMicros(heldAtEndMicros - sum(claims, shares), 0n);
  const isOver = endsAtMs === null ? payoutMicros !== null : facts.nowMs >= endsAtMs;
  const [costMicros, proceedsMicros] = [sum(ins, cash), sum(outs, cash)];
  const verdict = verdictOf(history, token, { ...context, heldAtExitMicros, exitAtMs });
  const isCounted = verdict.verdict !== 'incomplete';
  const guardedMicros = verdict.verdict === 'brought-home' ? verdict.guardedMicros : 0n;
  return {
    slug: history.slug,
    market,
    conditionId: history.watched.conditionId,
    tokenId: token.tokenId,
    outcome: nameOf(token, market),
    ...{ endsAtMs, exitAtMs, firstAtMs: moves[0]?.atMs ?? 0 },
    ...{ boughtMicros: sum(ins, shares), costMicros, soldMicros: sum(outs, shares), proceedsMicros },
    ...{ heldAtExitMicros, heldAtEndMicros, payoutMicros },
    isLeftToExpire: isOver && isCounted && heldAtEndMicros >= DUST_SHARES_MICROS,
    redeemedMicros: facts.isTradesOnly ? null : sum(claims, cash),
    unclaimedMicros: isCounted && !(facts.isTradesOnly && leftMicros > 0n) ? worthOf(leftMicros, payoutMicros) : null,
    resultMicros: isCounted && worthAtEnd !== null ? proceedsMicros + worthAtEnd - costMicros : null,
    isWithoutFees: moves.some(({ hasFee }) => !hasFee),
    ...verdict,
    guardedMicros,
    guardedWorthMicros: guardedWorth({ outs, exitAtMs, heldAtExitMicros, guardedMicros, payoutMicros }),
  };
}

const shares = ({ sharesMicros }: Move): bigint => sharesMicros;
const cash = ({ cashMicros }: Move): bigint => cashMicros;
const sum = (moves: readonly Move[], figure: (move: Move) => bigint): bigint =>
  moves.reduce((total, move) => total + figure(move), 0n);

function worthOf(sharesMicros: bigint, payoutMicros: bigint | null): bigint | null {
  if (sharesMicros === 0n) return 0n;
  return payoutMicros === null ? null : mulDivFloor(sharesMicros, payoutMicros, ONE_MICROS);
}

/** By the venue's index; where that is silent, by what a redemption paid for this outcome. */
function payoutOf(
  { watched }: MarketHistory,
  { outcomeIndex }: TokenHistory,
  claims: readonly Move[],
  { payouts }: JudgeFacts,
): bigint | null {
  const known = outcomeIndex === null ? undefined : payouts.get(watched.conditionId)?.[outcomeIndex];
  if (known !== undefined) return known;
  const redeemed = claims.filter(({ kind, sharesMicros }) => kind === 'redeem' && sharesMicros > 0n);
  const sharesMicros = sum(redeemed, shares);
  return sharesMicros === 0n ? null : mulDivRound(sum(redeemed, cash), ONE_MICROS, sharesMicros);
}

type VerdictFacts = Context & { readonly heldAtExitMicros: bigint; readonly exitAtMs: number | null };
type VerdictPart = Pick<JudgedPosition, 'verdict' | 'reason'> & { readonly guardedMicros: bigint };

function verdictOf(history: MarketHistory, { tokenId, moves }: TokenHistory, facts: VerdictFacts): VerdictPart {
  const { treatment, heldAtExitMicros, exitAtMs } = facts;
  const say = (verdict: Verdict, code = '', message = ''): VerdictPart => ({
    ...{ verdict, guardedMicros: 0n },
    reason: code === '' ? null : { code, message },
  });
  if (moves.some((_, index) => balanceMicros(moves.slice(0, index + 1)) < -DUST_SHARES_MICROS)) {
    const message = 'More shares left the wallet than these rows brought in: older rows or transfers are missing.';
    return say('incomplete', 'rows-missing', message);
  }
  if (exitAtMs !== null && exitAtMs > facts.facts.nowMs) return say('running');
  if (heldAtExitMicros < DUST_SHARES_MICROS) {
    if (exitAtMs === null || !moves.some(({ kind, atMs }) => kind === 'buy' && atMs > exitAtMs)) {
      return heldAtExitMicros === 0n ? say('sold-earlier') : say('left', 'dust', 'Less than 0.01 share is not sold.');
    }
    const message = 'Bought after its exit was due: sold at once where it is seen in time, at a price not known here.';
    return say('left', 'bought-too-late', message);
  }
  if (treatment.kind === 'tell') return say('left', treatment.reason.code, treatment.reason.message);
  if (treatment.tokenId === tokenId) {
    return { verdict: 'brought-home', reason: null, guardedMicros: treatment.sharesMicros };
  }
  const names = history.tokens.length > 1 ? 'the other outcome, held as well' : 'the other outcome';
  return say('left', 'pairs', `With ${names}, these shares make pairs that pay a dollar each, whatever the result.`);
}

type Guarded = Pick<JudgedPosition, 'exitAtMs' | 'heldAtExitMicros' | 'guardedMicros' | 'payoutMicros'> & {
  readonly outs: readonly Move[];
};

/**
 * Later sales are those of the shares held at the exit, before any bought later; what is left has the result's worth.
 */
function guardedWorth({ outs, exitAtMs, heldAtExitMicros, guardedMicros, payoutMicros }: Guarded): bigint | null {
  if (guardedMicros === 0n || exitAtMs === null) return null;
  const later = outs.filter(({ atMs }) => atMs > exitAtMs);
  const laterMicros = sum(later, shares);
  const soldMicros = laterMicros < heldAtExitMicros ? laterMicros : heldAtExitMicros;
  const soldCash = laterMicros === 0n ? 0n : mulDivFloor(sum(later, cash), soldMicros, laterMicros);
  const rest = worthOf(heldAtExitMicros - soldMicros, payoutMicros);
  return rest === null ? null : mulDivFloor(soldCash + rest, guardedMicros, heldAtExitMicros);
}

function nameOf({ outcomeName, outcomeIndex, tokenId }: TokenHistory, market: Market | null): string {
  if (outcomeName !== null) return outcomeName;
  const outcome = OUTCOMES.find((each) => market?.tokenIds[each] === tokenId);
  if (market?.asset !== null && outcome !== undefined && market !== null) return market.outcomeNames[outcome];
  return outcomeIndex === null ? `…${tokenId.slice(-6)}` : `no. ${outcomeIndex + 1}`;
}

/** The side of a market as the suite calls it. */
export function sideOf({ market, tokenId }: JudgedPosition): Outcome {
  return market?.tokenIds.DOWN === tokenId ? 'DOWN' : 'UP';
}
