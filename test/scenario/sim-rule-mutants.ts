import type { OrderBook } from '#lib/domain/market/market.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { NO_FAULTS } from '#lib/simulation/fault-plan.ts';
import type { FunctionDeps } from '#lib/simulation/world/function-deps.ts';
import { type Mutant, patchSave } from './sim-mutants.ts';

type FindBook = FunctionDeps['marketData']['findBook'];

const withBooks =
  (change: (findBook: FindBook, deps: FunctionDeps) => FindBook) =>
  (deps: FunctionDeps): FunctionDeps => ({
    ...deps,
    marketData: { ...deps.marketData, findBook: change(deps.marketData.findBook, deps) },
  });

/** The best bid takes everything. */
function withDeepBid(book: OrderBook): OrderBook {
  return { ...book, bids: book.bids.slice(0, 1).map((bid) => ({ ...bid, sharesMicros: 10n ** 12n })) };
}

function withHold<Row extends Position>(row: Row, holdAboveMicros: bigint): Row {
  const { policy } = row;
  if (policy.rules?.holdAboveMicros === undefined) return row;
  return { ...row, policy: { ...policy, rules: { ...policy.rules, holdAboveMicros } } };
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
    fromSeed: 395,
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
    plant: patchSave((save) => async (change) => {
      if (change.event.type === 'rule-fired') throw new UpstreamUnavailableError('not now');
      await save(change);
    }),
  },
  {
    name: 'a take-profit that follows the bids down',
    laws: [13],
    fromSeed: 303,
    plan: NO_FAULTS,
    plant: patchSave((save) => async (change) => {
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
    plant: patchSave((save) => async (change) => {
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
    plant: patchSave((save) => async (change) => {
      const { firedRule } = change.after;
      const isLater = firedRule !== undefined && change.event.type !== 'rule-fired';
      const again = isLater ? { firedRule: { ...firedRule, atMs: firedRule.atMs + 1_000 } } : {};
      await save({ ...change, after: { ...change.after, ...again } as Position });
    }),
  },
  {
    name: 'a stop that does not fire while a take-profit waits',
    laws: [13],
    fromSeed: 367,
    text: /did not fire/,
    plan: NO_FAULTS,
    plant: patchSave((save) => async (change) => {
      const { event, before, after } = change;
      if (event.type !== 'rule-fired') return save(change);
      if (before.firedRule !== undefined) throw new UpstreamUnavailableError('not now');
      // It waits for a price that never comes.
      const { exitRequest } = after;
      const waiting = exitRequest && { exitRequest: { ...exitRequest, minPriceMicros: 990_000n } };
      return save({ ...change, after: { ...after, ...waiting } });
    }),
  },
  {
    name: 'a stop inside the spread that is taken',
    laws: [13],
    text: /would fire at once/,
    plan: NO_FAULTS,
    plant: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        create: (position, limits) => {
          const { rules } = position.policy;
          if (rules?.stopLossMicros === undefined) return deps.store.create(position, limits);
          const policy = { ...position.policy, rules: { ...rules, stopLossMicros: 990_000n } };
          return deps.store.create({ ...position, policy }, limits);
        },
      },
    }),
  },
  {
    name: 'a winner that the clock sells',
    laws: [13],
    fromSeed: 348,
    text: /sold by the clock/,
    plan: NO_FAULTS,
    plant: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        find: async (positionId) => {
          const found = await deps.store.find(positionId);
          return found && withHold(found, 1_000_000n);
        },
        save: async (change) => {
          const level = (await deps.store.find(change.after.positionId))?.policy.rules?.holdAboveMicros;
          const { after } = change;
          await deps.store.save(level === undefined ? change : { ...change, after: withHold(after, level) });
        },
      },
    }),
  },
  {
    name: 'a hold that records twice what selling would have brought',
    laws: [13],
    fromSeed: 353,
    text: /selling would have brought/,
    plan: NO_FAULTS,
    plant: patchSave((save) => async (change) => {
      const { holdDecision } = change.after;
      const isFirst = holdDecision !== undefined && change.before.holdDecision === undefined;
      if (!isFirst) return save(change);
      const doubled = { ...holdDecision, proceedsMicros: 2n * holdDecision.proceedsMicros };
      return save({ ...change, after: { ...change.after, holdDecision: doubled } });
    }),
  },
  {
    name: 'a hold of which half is told',
    laws: [13],
    fromSeed: 710,
    text: /holding brought/,
    plan: NO_FAULTS,
    plant: patchSave((save) => async (change) => {
      const { after } = change;
      if (after.state !== 'redeemed') return save(change);
      return save({ ...change, after: { ...after, payoutMicros: after.payoutMicros / 2n } });
    }),
  },
];
