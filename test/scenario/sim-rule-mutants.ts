import type { OrderBook } from '#lib/domain/market/market.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { NO_FAULTS } from '#lib/simulation/fault-plan.ts';
import type { FunctionDeps } from '#lib/simulation/world/function-deps.ts';
import type { Mutant } from './sim-mutants.ts';

type FindBook = FunctionDeps['marketData']['findBook'];

const withBooks =
  (change: (findBook: FindBook, deps: FunctionDeps) => FindBook) =>
  (deps: FunctionDeps): FunctionDeps => ({
    ...deps,
    marketData: { ...deps.marketData, findBook: change(deps.marketData.findBook, deps) },
  });

const withSave =
  (change: (save: FunctionDeps['store']['save']) => FunctionDeps['store']['save']) =>
  (deps: FunctionDeps): FunctionDeps => ({ ...deps, store: { ...deps.store, save: change(deps.store.save) } });

/** The best bid takes everything. */
function withDeepBid(book: OrderBook): OrderBook {
  return { ...book, bids: book.bids.slice(0, 1).map((bid) => ({ ...bid, sharesMicros: 10n ** 12n })) };
}

/** Bugs in exits by rule. Their laws are looked for in a calm world, where nothing excuses them. */
export const RULE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a rule that fires on a single look',
    laws: [13],
    plan: NO_FAULTS,
    plant: withBooks((findBook, { clock }) => {
      let kept: { readonly book: OrderBook; readonly atMs: number } | undefined;
      return async (tokenId, deadlineAtMs) => {
        const isKept = kept?.book.tokenId === tokenId && clock.nowMs() - kept.atMs < 3_000;
        if (isKept) return kept?.book;
        const book = await findBook(tokenId, deadlineAtMs);
        kept = book && { book, atMs: clock.nowMs() };
        return book;
      };
    }),
  },
  {
    name: 'a rule that follows a stray bid',
    laws: [13],
    plan: NO_FAULTS,
    plant: withBooks((findBook) => async (tokenId, deadlineAtMs) => {
      const book = await findBook(tokenId, deadlineAtMs);
      return book && withDeepBid(book);
    }),
  },
  {
    name: 'a rule that is never saved',
    laws: [13],
    plan: NO_FAULTS,
    plant: withSave((save) => async (change) => {
      if (change.event.type === 'rule-fired') throw new UpstreamUnavailableError('not now');
      await save(change);
    }),
  },
  {
    name: 'a take-profit that follows the bids down',
    laws: [13],
    plan: NO_FAULTS,
    plant: withSave((save) => async (change) => {
      const { firedRule, exitRequest } = change.after;
      const isProfit = firedRule?.rule === 'take-profit' && exitRequest !== undefined;
      const after = isProfit ? { ...change.after, exitRequest: { ...exitRequest, minPriceMicros: 1n } } : change.after;
      await save({ ...change, after });
    }),
  },
  {
    name: 'a take-profit that makes the exit due',
    laws: [13],
    plan: NO_FAULTS,
    plant: withSave((save) => async (change) => {
      const { event, after } = change;
      const isProfit = event.type === 'rule-fired' && event.rule === 'take-profit';
      const due = isProfit ? { exitRequest: undefined, exitDueAtMs: event.atMs } : {};
      await save({ ...change, after: { ...after, ...due } });
    }),
  },
  {
    name: 'a rule that fires again while its order is under way',
    laws: [13],
    plan: NO_FAULTS,
    plant: withSave((save) => async (change) => {
      const { firedRule } = change.after;
      const isLater = firedRule !== undefined && change.event.type !== 'rule-fired';
      const again = isLater ? { firedRule: { ...firedRule, atMs: firedRule.atMs + 1_000 } } : {};
      await save({ ...change, after: { ...change.after, ...again } as Position });
    }),
  },
];
