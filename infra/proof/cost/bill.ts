import { type Item, PRICES } from './price-table.ts';

/** Used amounts, in the units of the price table. */
export type Usage = Readonly<Partial<Record<Item, number>>>;

type BillItem = { readonly item: Item; readonly count: number; readonly unit: string; readonly usd: number };

/** Lines and their items are sorted by cost, the most expensive first. */
export type Bill = {
  readonly usd: number;
  readonly lines: readonly { readonly service: string; readonly usd: number; readonly items: readonly BillItem[] }[];
};

export const ITEMS: readonly Item[] = Object.keys(PRICES).filter((name): name is Item => Object.hasOwn(PRICES, name));

export function addUsage(...usages: readonly Usage[]): Usage {
  return collect((item) => usages.reduce((sum, usage) => sum + (usage[item] ?? 0), 0));
}

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

export function toBill(usage: Usage): Bill {
  const items = ITEMS.flatMap((item) => {
    const count = usage[item];
    return count === undefined ? [] : [{ item, count, unit: PRICES[item].unit, usd: dollarsFor(item, count) }];
  });
  const lines = [...Map.groupBy(items, ({ item }) => PRICES[item].service)].map(([service, own]) => ({
    service,
    usd: sumOf(own),
    items: own.toSorted(byUsdDescending),
  }));
  return { usd: sumOf(lines), lines: lines.sort(byUsdDescending) };
}

type Dollars = { readonly usd: number };
const sumOf = (parts: readonly Dollars[]): number => parts.reduce((sum, { usd }) => sum + usd, 0);
const byUsdDescending = (a: Dollars, b: Dollars): number => b.usd - a.usd;
