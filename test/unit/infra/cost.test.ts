import { describe, expect, it } from 'vitest';
import { addUsage, dollarsFor, ITEMS, scaleUsage, toBill } from '#infra/proof/cost/bill.ts';
import { toReport } from '#infra/proof/cost/cost-report.ts';
import { type FixedParts, logGbKept, usageOfIdleMonth } from '#infra/proof/cost/idle-month.ts';
import { countLine } from '#infra/proof/cost/log-meter.ts';
import { PRICES } from '#infra/proof/cost/price-table.ts';
import { renderReport } from '#infra/proof/cost/render-cost.ts';
import { createUnitCounter, rowBytes } from '#infra/proof/cost/request-units.ts';
import type { CostRun } from '#infra/proof/cost/run-cost.ts';
import { createTally, PAPER_LEDGER } from '#infra/proof/cost/tally.ts';
import { usageOfCall, usageOfInvocation } from '#infra/proof/cost/usage-of-call.ts';

const counter = () => createUnitCounter({ keys: ['queue', 'due'], tableKeys: ['pk', 'sk'] });
const row = (more: Record<string, Record<string, unknown>> = {}) => ({ pk: { S: 'a' }, sk: { S: 'b' }, ...more });
const put = (more: Record<string, Record<string, unknown>> = {}) => ({ Put: { Item: row(more) } });
const due = (atMs: number) => ({ queue: { S: 'OPEN' }, due: { N: String(atMs) } });
const letters = (count: number) => ({ text: { S: 'x'.repeat(count) } });

describe('the size of a row', () => {
  it.each([
    ['text in UTF-8, with its name', { naïve: { S: 'é' } }, 8],
    ['a number at two digits a byte and one more', { n: { N: '-1234.5' } }, 5],
    ['flags and nothing as a byte', { a: { BOOL: true }, b: { NULL: true } }, 4],
    ['a map with its names', { m: { M: { a: { S: 'bc' } } } }, 1 + 3 + 1 + 3],
    ['a list with its entries', { l: { L: [{ S: 'ab' }, { N: '1' }] } }, 1 + 3 + 2 + 2 + 2],
    ['a set of texts', { s: { SS: ['ab', 'c'] } }, 4],
  ])('counts %s', (_name, given, bytes) => {
    expect(rowBytes(given)).toBe(bytes);
  });
});

describe('request units', () => {
  it('rounds a write up to whole kilobytes', () => {
    expect(counter().unitsOf('PutItem', { Item: row(letters(1_014)) }, {}).writeUnits).toBe(1);
    expect(counter().unitsOf('PutItem', { Item: row(letters(1_015)) }, {}).writeUnits).toBe(2);
  });

  it('counts everything in a transaction twice, also what is only looked at', () => {
    const actions = [put(), { Update: { Key: row() } }, { Delete: { Key: row() } }, { ConditionCheck: { Key: row() } }];
    expect(counter().unitsOf('TransactWriteItems', { TransactItems: actions }, {})).toEqual({
      writeUnits: 8,
      readUnits: 0,
    });
  });

  it('writes the index once to add or remove a row, twice to move it, and not when nothing changes', () => {
    const { unitsOf } = counter();
    const units = (more: Record<string, Record<string, unknown>>) =>
      unitsOf('TransactWriteItems', { TransactItems: [put(more)] }, {}).writeUnits;
    expect([units(due(1)), units(due(1)), units(due(2)), units({}), units({})]).toEqual([3, 2, 4, 3, 2]);
  });

  it('reads four kilobytes at a time, half price when they may be old', () => {
    const { unitsOf } = counter();
    const answer = { Items: [row(letters(3_000)), row(letters(3_000))] };
    expect(unitsOf('Query', { ConsistentRead: true }, answer).readUnits).toBe(2);
    expect(unitsOf('Query', {}, answer).readUnits).toBe(1);
    expect(unitsOf('GetItem', { ConsistentRead: true }, {}).readUnits).toBe(1);
    expect(unitsOf('Query', {}, { Items: [] }).readUnits).toBe(0.5);
  });

  it('remembers how large the rows are that stay', () => {
    const { unitsOf, storedBytes } = counter();
    unitsOf('PutItem', { Item: row(letters(10)) }, {});
    unitsOf('PutItem', { Item: row(letters(20)) }, {});
    expect(storedBytes()).toBe(6 + 4 + 20);
  });

  it('does not guess what an unknown call costs', () => {
    expect(() => counter().unitsOf('BatchWriteItem', {}, {})).toThrow(/price of BatchWriteItem/);
  });
});

describe('what a call costs', () => {
  const call = { text: '', body: {}, answer: {} };
  it('bills events one by one, and a timer with the message it sends', () => {
    const events = { ...call, service: 'eventbridge', operation: 'PutEvents', body: { Entries: [1, 2] } } as const;
    expect(usageOfCall(counter(), events)).toEqual({ busEvents: 2 });
    const timer = { ...call, service: 'scheduler', operation: 'CreateSchedule' } as const;
    expect(usageOfCall(counter(), timer)).toEqual({ timers: 1, queueRequests: 1 });
  });

  it('bills time by the started millisecond and by memory', () => {
    const run = { event: {}, durationMs: 1_000.2, memoryMb: 512 };
    expect(usageOfInvocation('sweep', run)).toEqual({ invocations: 1, gbSeconds: 0.5005 });
  });

  it('bills a message that comes again only for being taken again', () => {
    const record = (count: string) => ({ attributes: { ApproximateReceiveCount: count } });
    const event = { Records: [record('1'), record('2')] };
    expect(usageOfInvocation('discord', { event, durationMs: 0, memoryMb: 512 })).toMatchObject({
      publishes: 1,
      queueRequests: 3,
    });
  });

  it('counts a line of a function, with what CloudWatch adds, and the numbers in it', () => {
    const tally = createTally();
    const numbers = {
      _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: 'SweepRan' }] }] },
      service: 'sweep',
      SweepRan: 1,
    };
    const line = JSON.stringify(numbers);
    expect(countLine(line, tally)).toBe(true);
    expect(countLine('npm notice', tally)).toBe(false);
    expect(tally.usageOf('sweep')).toEqual({ logBytes: line.length + 26 });
    expect([...tally.metrics]).toEqual(['sweep/SweepRan']);
  });
});

describe('the bill', () => {
  it('is the sum of its lines, the dearest first', () => {
    const bill = toBill({ writeUnits: 1_000_000, readUnits: 1_000_000, invocations: 1_000_000 });
    expect(bill.lines.map(({ service }) => service)).toEqual(['DynamoDB', 'Lambda']);
    expect(bill.usd).toBeCloseTo(0.705 + 0.1415 + 0.2);
  });

  it('adds and scales item by item', () => {
    expect(scaleUsage(addUsage({ timers: 1 }, { timers: 2, publishes: 1 }), 10)).toEqual({ timers: 30, publishes: 10 });
  });

  it('knows where each price is from, and when', () => {
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
  const counts = { sweepRun: { invocations: 1 }, canaryLife: { invocations: 10 }, summaryRun: {}, metricCount: 3 };

  it('sweeps every minute, sends a canary every five, and asks empty queues every twenty seconds', () => {
    const usage = usageOfIdleMonth(counts, PARTS);
    expect(usage).toMatchObject({ invocations: 43_800 + 87_600, customMetrics: 3, alarmMetrics: 40 });
    expect(usage.queueRequests).toBe(2 * 5 * 730 * 180);
  });

  it('keeps as much of the log as comes in while it is kept', () => {
    expect(logGbKept({ logBytes: 2e9 }, 365 / 12)).toBeCloseTo(2);
  });
});

describe('the report', () => {
  const run: CostRun = {
    positions: { writeUnits: 200, gbSeconds: 10 },
    paperOnly: { writeUnits: 20 },
    byFunction: { open: { writeUnits: 50 }, sell: { writeUnits: 150 }, [PAPER_LEDGER]: {} },
    orderCount: 4,
    keptBytes: 20_000,
    idle: { sweepRun: {}, canaryLife: {}, summaryRun: {}, metricCount: 0 },
    unfinishedCount: 0,
    faults: [],
  };
  const report = toReport(run, { positions: 2, stage: 'paper' }, PARTS);

  it('tells what a thousand cost: on paper with its ledger, live with a signature for each order', () => {
    expect(report.perThousand.paper.usd).toBeCloseTo((100_000 * 0.705 + 5_000 * 13.3334) / 1e6);
    expect(report.perThousand.live.usd).toBeCloseTo((90_000 * 0.705 + 5_000 * 13.3334) / 1e6 + 2_000 * 15e-6);
    expect(report.perThousand.byFunction.map(({ name }) => name)).toEqual(['sell', 'open', PAPER_LEDGER]);
  });

  it('is said with the goal beside it', () => {
    expect(renderReport(report)).toMatch(/1,000 positions: \$0\.160 live, \$0\.137 on paper \(goal: \$0\.150\)/);
  });

  it('does not pass for whole when something was not counted', () => {
    const faults = toReport(
      { ...run, unfinishedCount: 1, faults: ['x', 'x'] },
      { positions: 2, stage: 'paper' },
      PARTS,
    );
    expect(faults.faults).toEqual(['x', expect.stringContaining('1 positions did not come to their end')]);
  });
});
