import { describe, expect, it } from 'vitest';
import { addUsage, dollarsFor, ITEMS, scaleUsage, toBill } from '#infra/proof/cost/bill.ts';
import { type FixedParts, logGbKept, toReport, usageOfIdleMonth } from '#infra/proof/cost/cost-report.ts';
import { countLine } from '#infra/proof/cost/log-meter.ts';
import { usageOfCall, usageOfInvocation } from '#infra/proof/cost/metered-functions.ts';
import { PRICES } from '#infra/proof/cost/price-table.ts';
import { renderReport } from '#infra/proof/cost/render-cost.ts';
import type { CostRun } from '#infra/proof/cost/run-cost.ts';
import { createTally, PAPER_LEDGER } from '#infra/proof/cost/tally.ts';

describe('what a call costs', () => {
  const call = { body: '{}', answer: '{}' };
  const tableCall = (operation: string, answer: object, body: object = {}) =>
    usageOfCall({ service: 'dynamodb', operation, body: JSON.stringify(body), answer: JSON.stringify(answer) });

  it('bills a table call by the capacity that its answer names', () => {
    expect(tableCall('Query', { ConsumedCapacity: { CapacityUnits: 2.5 } })).toEqual({ readUnits: 2.5 });
    expect(tableCall('PutItem', { ConsumedCapacity: { CapacityUnits: 3 } })).toEqual({ writeUnits: 3 });
    const tables = [{ CapacityUnits: 6 }, { CapacityUnits: 2 }];
    expect(tableCall('TransactWriteItems', { ConsumedCapacity: tables })).toEqual({ writeUnits: 8 });
  });

  it('bills a write whose condition failed, twice for each item of a transaction', () => {
    expect(tableCall('PutItem', { message: 'The conditional request failed' })).toEqual({ writeUnits: 1 });
    expect(tableCall('TransactWriteItems', {}, { TransactItems: [{}, {}, {}] })).toEqual({ writeUnits: 6 });
  });

  it('rejects a call without a known price', () => {
    expect(() => tableCall('BatchWriteItem', {})).toThrow(/price of BatchWriteItem/);
  });

  it('bills events one by one, and a timer with the message it sends', () => {
    const events = { ...call, service: 'eventbridge', operation: 'PutEvents', body: '{"Entries":[1,2]}' } as const;
    expect(usageOfCall(events)).toEqual({ busEvents: 2 });
    const timer = { ...call, service: 'scheduler', operation: 'CreateSchedule' } as const;
    expect(usageOfCall(timer)).toEqual({ timers: 1, queueRequests: 1 });
  });

  it('bills time by the started millisecond and by memory', () => {
    const run = { event: {}, durationMs: 1_000.2, memoryMb: 512 };
    expect(usageOfInvocation('sweep', run)).toEqual({ invocations: 1, gbSeconds: 0.5005 });
  });

  it('bills a repeated message for its receive only', () => {
    const record = (count: string) => ({ attributes: { ApproximateReceiveCount: count } });
    const event = { Records: [record('1'), record('2')] };
    expect(usageOfInvocation('discord', { event, durationMs: 0, memoryMb: 512 })).toMatchObject({
      publishes: 1,
      queueRequests: 3,
    });
  });

  it('counts log lines of functions, with the overhead of CloudWatch, and their metrics', () => {
    const tally = createTally();
    const numbers = {
      _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: 'PositionOverdue' }] }] },
      service: 'sweep',
      PositionOverdue: 1,
    };
    const line = JSON.stringify(numbers);
    expect(countLine(line, tally)).toBe(true);
    expect(countLine('npm notice', tally)).toBe(false);
    expect(tally.usageOf('sweep')).toEqual({ logBytes: line.length + 26 });
    expect([...tally.metrics]).toEqual(['sweep/PositionOverdue']);
  });
});

describe('the bill', () => {
  it('is the sum of its lines, the most expensive first', () => {
    const bill = toBill({ writeUnits: 1_000_000, readUnits: 1_000_000, invocations: 1_000_000 });
    expect(bill.lines.map(({ service }) => service)).toEqual(['DynamoDB', 'Lambda']);
    expect(bill.usd).toBeCloseTo(0.705 + 0.1415 + 0.2);
  });

  it('adds and scales item by item', () => {
    expect(scaleUsage(addUsage({ timers: 1 }, { timers: 2, publishes: 1 }), 10)).toEqual({ timers: 30, publishes: 10 });
  });

  it('has a source and a date for each price', () => {
    for (const item of ITEMS) {
      expect(PRICES[item].source).toMatch(/^https:\/\/(pricing\.us-east-1\.amazonaws\.com|aws\.amazon\.com)\//);
      expect(PRICES[item].date).toMatch(/^2026-\d\d-\d\d$/);
      expect(dollarsFor(item, 1)).toBeGreaterThan(0);
    }
  });
});

const PARTS: FixedParts = {
  alarmMetrics: 40,
  dashboards: 1,
  secrets: 1,
  signingKeys: 0,
  canaryPeriodMinutes: 5,
  logRetentionDays: 30,
};

describe('a month without positions', () => {
  const counts = {
    ...{ sweepRun: { invocations: 1 }, canaryLife: { invocations: 10 }, summaryRun: {}, metricCount: 3 },
    watchRun: {},
  };

  it('has a sweep every minute, a canary every five, and a poll of empty queues every twenty seconds', () => {
    const usage = usageOfIdleMonth(counts, PARTS);
    expect(usage).toMatchObject({ invocations: 43_800 + 87_600, customMetrics: 3, alarmMetrics: 40 });
    expect(usage.queueRequests).toBe(3 * 5 * 730 * 180);
  });

  it('has a look at the wallet every minute where one is counted', () => {
    const usage = usageOfIdleMonth({ ...counts, watchRun: { readUnits: 2 } }, PARTS);
    expect(usage.readUnits).toBe(87_600);
  });

  it('stores the logs of the retention period', () => {
    expect(logGbKept({ logBytes: 2e9 }, 365 / 12)).toBeCloseTo(2);
  });
});

describe('the report', () => {
  const run: CostRun = {
    positions: { writeUnits: 200, gbSeconds: 10 },
    paperOnly: { writeUnits: 20 },
    byFunction: { open: { writeUnits: 50 }, sell: { writeUnits: 150 }, [PAPER_LEDGER]: {} },
    settlement: { positionCount: 2, stepCount: 12, usage: { writeUnits: 100 }, unfinishedCount: 0 },
    watch: { quietRun: { invocations: 1, logBytes: 1_000 }, openRun: { invocations: 1, readUnits: 3 } },
    orderCount: 4,
    keptBytes: 20_000,
    idle: { sweepRun: {}, canaryLife: {}, summaryRun: {}, metricCount: 0 },
    unfinishedCount: 0,
    faults: [],
  };
  const report = toReport(run, { positions: 2, stage: 'paper' }, PARTS);

  it('prices 1,000 positions: on paper with the ledger, live with a signature for each order', () => {
    expect(report.perThousand.paper.usd).toBeCloseTo((100_000 * 0.705 + 5_000 * 13.3334) / 1e6);
    expect(report.perThousand.live.usd).toBeCloseTo((90_000 * 0.705 + 5_000 * 13.3334) / 1e6 + 2_000 * 15e-6);
    expect(report.perThousand.byFunction.map(({ name }) => name)).toEqual(['sell', 'open', PAPER_LEDGER]);
  });

  it('prices the settlement of 1,000 positions apart, with its share', () => {
    const { settlement, live } = report.perThousand;
    expect(settlement.usd).toBeCloseTo((50_000 * 0.705) / 1e6);
    expect(settlement.stepsPerPosition).toBe(6);
    expect(settlement.shareOfLive).toBeCloseTo(settlement.usd / (settlement.usd + live.usd));
    expect(renderReport(report)).toMatch(/held into the result: \$0\.035 more, 6 steps/);
  });

  it('prints the goal beside the price', () => {
    expect(renderReport(report)).toMatch(/1,000 positions: \$0\.160 live, \$0\.137 on paper \(goal: \$0\.150\)/);
  });

  it('prices 1,000 looks at the wallet, and a live month with one every minute', () => {
    const logs = (1_000 * 1_000 * 0.57) / 1e9 + ((1_000 * 1_000) / 1e9) * (30 / (365 / 12)) * 0.03;
    expect(report.watch?.quiet.usd).toBeCloseTo(0.0002 + logs, 9);
    expect(report.watch?.open.usd).toBeCloseTo(0.0002 + (3_000 * 0.1415) / 1e6, 9);
    expect(renderReport(report)).toMatch(/1,000 looks at the wallet, one a minute: \$0\.0008, and \$0\.0006 while/);
    const monthOf = (stage: string) => toReport(run, { positions: 2, stage }, PARTS).idleMonth.usd;
    expect(monthOf('live') - monthOf('paper')).toBeCloseTo(43.8 * (report.watch?.quiet.usd ?? 0), 6);
    expect(renderReport(toReport({ ...run, watch: null }, { positions: 2, stage: 'live' }, PARTS))).not.toContain(
      'looks',
    );
  });

  it('lists unfinished positions and unknown calls as faults', () => {
    const faults = toReport(
      { ...run, unfinishedCount: 1, faults: ['x', 'x'] },
      { positions: 2, stage: 'paper' },
      PARTS,
    );
    expect(faults.faults).toEqual(['x', expect.stringContaining('1 positions did not end')]);
  });
});
