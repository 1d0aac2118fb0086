import Table from 'cli-table3';
import type { Bill } from './bill.ts';
import type { CostReport } from './cost-report.ts';
import { PRICES } from './price-table.ts';
import { ANSWER_MS } from './slow-hosts.ts';
import { COLD_SHARE, COLD_START_GB_SECONDS } from './tally.ts';

export function renderReport({ positions, stage, perThousand, watch, idleMonth }: CostReport): string {
  const { paper, live, goalUsd, settlement, keptUsdPerMonth, byFunction } = perThousand;
  const others = idleMonth.usd - idleMonth.watchUsd;
  const dates = Object.values(PRICES)
    .map(({ date }) => date)
    .toSorted();
  return [
    `1,000 positions: ${dollars(live.usd)} live, ${dollars(paper.usd)} on paper (goal: ${dollars(goalUsd)}).`,
    `Their rows and backups: ${dollars(keptUsdPerMonth)} a month.`,
    'Live:',
    renderBill(live),
    `Settlement of 1,000 positions that are held into the result: ${dollars(settlement.usd)} more, ${amount(settlement.stepsPerPosition)} steps`,
    `each; ${Math.round(100 * settlement.shareOfLive)} % of what such positions cost live. A redemption by KMS adds $0.015.`,
    renderBill(settlement),
    'By function, on paper, without settlement:',
    ...byFunction.filter(({ usd }) => usd > 0).map(({ name, usd }) => `  ${name.padEnd(14)}${dollars(usd)}`),
    '',
    ...renderWatch(watch),
    `A month without positions, stage ${stage}: ${dollars(idleMonth.usd)}`,
    `(alarms and dashboard ${dollars(idleMonth.watchUsd)}, all else ${dollars(others)}).`,
    renderBill(idleMonth),
    '',
    `Counted over ${positions} positions on the local stack. Durations include waiting and are`,
    "those of this machine; Lambda's processors and networks differ. Assumption: one",
    `call in ${Math.round(1 / COLD_SHARE)} starts cold and takes ${COLD_START_GB_SECONDS} GB-seconds more.`,
    `Prices of eu-west-1, ${dates[0]} to ${dates.at(-1)}, without tax and free`,
    'allowances (sources: infra/proof/cost/price-table.ts). Data transfer out of AWS',
    'is not counted: the first 100 GB a month are free.',
  ].join('\n');
}

function renderWatch(watch: CostReport['watch']): readonly string[] {
  if (watch === null) return [];
  return [
    `1,000 looks at the wallet, one a minute: ${dollars(watch.quiet.usd, 4)}, and ${dollars(watch.open.usd, 4)} while a position is open.`,
    `Assumption: an answer of the venue or of a node takes ${ANSWER_MS} ms more than here.`,
    renderBill(watch.quiet),
    '',
  ];
}

function renderBill({ lines }: Bill): string {
  const table = new Table({
    head: ['service', 'dollars', 'for'],
    colAligns: ['left', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { service, usd, items } of lines) {
    table.push([service, usd.toFixed(4), items.map(({ count, unit }) => `${amount(count)} ${unit}`).join('\n')]);
  }
  return table.toString();
}

const dollars = (usd: number, decimals = usd < 1 ? 3 : 2): string => `$${usd.toFixed(decimals)}`;
const amount = (count: number): string =>
  count.toLocaleString('en', {
    maximumSignificantDigits: count < 100 ? 2 : undefined,
    maximumFractionDigits: count < 100 ? 2 : 0,
  });
