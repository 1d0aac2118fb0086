import { type Item, PRICES, SERVICE_OF } from './price-table.ts';

/** How much of what was used; what is missing was not. */
export type Usage = Readonly<Partial<Record<Item, number>>>;

export type BillLine = {
  readonly service: string;
  readonly usd: number;
  /** What the line is for, the dearest first. */
  readonly items: readonly {
    readonly item: Item;
    readonly count: number;
    readonly unit: string;
    readonly usd: number;
  }[];
};

export type Bill = { readonly usd: number; readonly lines: readonly BillLine[] };

export const ITEMS: readonly Item[] = Object.keys(PRICES).filter((name): name is Item => Object.hasOwn(PRICES, name));

export function addUsage(...usages: readonly Usage[]): Usage {
  return collect((item) => usages.reduce((sum, usage) => sum + (usage[item] ?? 0), 0));
}

/** @param factor e.g. 1,000 positions instead of the 20 that were counted */
export function scaleUsage(usage: Usage, factor: number): Usage {
  return collect((item) => (usage[item] ?? 0) * factor);
}

function collect(countOf: (item: Item) => number): Usage {
  return Object.fromEntries(ITEMS.map((item) => [item, countOf(item)] as const).filter(([, count]) => count !== 0));
}

export function dollarsFor(item: Item, count: number): number {
  const { usd, per } = PRICES[item];
  return (count * usd) / per;
}

/** By service, the dearest first. */
export function toBill(usage: Usage): Bill {
  const items = ITEMS.flatMap((item) => {
    const count = usage[item];
    return count === undefined ? [] : [{ item, count, unit: PRICES[item].unit, usd: dollarsFor(item, count) }];
  });
  const lines = [...Map.groupBy(items, ({ item }) => SERVICE_OF[item])].map(([service, own]) => ({
    service,
    usd: sumOf(own),
    items: own.toSorted(dearestFirst),
  }));
  return { usd: sumOf(lines), lines: lines.sort(dearestFirst) };
}

type Dollars = { readonly usd: number };
const sumOf = (parts: readonly Dollars[]): number => parts.reduce((sum, { usd }) => sum + usd, 0);
const dearestFirst = (a: Dollars, b: Dollars): number => b.usd - a.usd;
