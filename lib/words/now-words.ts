/** As the sweep judges: a wake-up that is this late did not come. */
export const OVERDUE_MS = 5_000;

/** A minute before its exit a position is worth a look. */
export const SOON_MS = 60_000;

export type ModeSum = {
  readonly mode: string;
  /** What selling all shares now would leave; null where no row has a price. */
  readonly sumMicros: bigint | null;
  readonly missingCount: number;
};

type Priced = { readonly mode: string; readonly resultMicros: string | null };

/** Paper and real money are never added up. */
export function sumByMode(rows: readonly Priced[]): readonly ModeSum[] {
  return [...Map.groupBy(rows, ({ mode }) => mode)].map(([mode, ofMode]) => {
    const known = ofMode.flatMap(({ resultMicros }) => (resultMicros === null ? [] : [BigInt(resultMicros)]));
    const sumMicros = known.length === 0 ? null : known.reduce((total, micros) => total + micros, 0n);
    return { mode, sumMicros, missingCount: ofMode.length - known.length };
  });
}

type Used = {
  readonly mode: string;
  readonly openCount: number;
  readonly exposure: string;
  readonly dayLoss: string;
};

/** What counts towards the limits, for each mode that uses any of them. */
export function usedTexts(accounts: readonly Used[]): readonly string[] {
  return accounts
    .filter(({ openCount, dayLoss }) => openCount > 0 || dayLoss !== '$0.00')
    .map(({ mode, exposure, dayLoss }) => `${mode}: ${exposure} at risk, ${dayLoss} lost today`);
}

/** What pages at night: the names of the checks, and what people call them. */
const PAGING_CHECKS: readonly (readonly [string, string])[] = [
  ['alarms', 'alarms'],
  ['dead letters', 'dead letters'],
  ['timer', 'canary'],
];

type Judged = { readonly name: string; readonly status: 'ok' | 'warning' | 'red' };

export function pagingChecks(checks: readonly Judged[]): readonly Judged[] {
  return PAGING_CHECKS.flatMap(([check, name]) => {
    const found = checks.find((each) => each.name === check);
    return found === undefined ? [] : [{ name, status: found.status }];
  });
}
