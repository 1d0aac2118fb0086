import type { Position } from '#lib/domain/position/position.ts';
import type { WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';
import { NO_FAULTS } from '#lib/simulation/fault-plan.ts';
import type { FunctionDeps } from '#lib/simulation/world/function-deps.ts';
import { type Mutant, patchSave } from './sim-mutants.ts';

const withReadings =
  (change: (readings: WalletReadings) => Partial<WalletReadings>) =>
  (deps: FunctionDeps): FunctionDeps => {
    const { live } = deps.accounts;
    if (live?.readings === undefined) return deps;
    const readings = { ...live.readings, ...change(live.readings) };
    return { ...deps, accounts: { ...deps.accounts, live: { ...live, readings } } };
  };

const withRow = (change: (after: Position) => Partial<Record<keyof Position | 'left', unknown>>) =>
  patchSave((save) => (step) => save({ ...step, after: { ...step.after, ...change(step.after) } as Position }));

/** Bugs around shares that came, and left, without an order of the suite. */
export const GUARD_MUTANTS: readonly Mutant[] = [
  {
    name: 'shares that are found twice',
    laws: [12],
    plan: NO_FAULTS,
    plant: withReadings(({ readShares }) => ({
      readShares: async (terms, deadlineAtMs) => {
        const reading = await readShares(terms, deadlineAtMs);
        return { ...reading, sharesMicros: 2n * reading.sharesMicros };
      },
    })),
  },
  {
    name: 'an unknown cost that is read as nothing',
    laws: [8],
    fromSeed: 325,
    plant: withRow(({ found }) => (found?.costMicros === null ? { found: { ...found, costMicros: 0n } } : {})),
  },
  {
    name: 'shares that left and are not subtracted',
    laws: [5],
    fromSeed: 443,
    plan: NO_FAULTS,
    plant: withRow(({ left }) => (left === undefined ? {} : { left: undefined })),
  },
  {
    name: 'a wallet that is taken for empty',
    laws: [12],
    plan: NO_FAULTS,
    plant: (deps) => {
      const blind = withReadings(({ readShares }) => ({
        readShares: async (terms, deadlineAtMs) => ({ ...(await readShares(terms, deadlineAtMs)), sharesMicros: 0n }),
      }))(deps);
      const { live } = blind.accounts;
      if (live?.wallet == null) return blind;
      const { wallet } = live;
      const getHoldings: typeof wallet.getHoldings = async (terms, deadlineAtMs) => ({
        ...(await wallet.getHoldings(terms, deadlineAtMs)),
        sharesMicros: 0n,
      });
      return { ...blind, accounts: { ...blind.accounts, live: { ...live, wallet: { ...wallet, getHoldings } } } };
    },
  },
];
