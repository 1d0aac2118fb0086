import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { createFaultDice, isAnyOn } from '#lib/simulation/fault-dice.ts';
import { FAULT_KINDS } from '#lib/simulation/fault-kinds.ts';
import { DEFAULT_FAULT_PLAN, type FaultPlan, parseFaultPlan } from '#lib/simulation/fault-plan.ts';

const failureOf = (text: string): unknown => {
  try {
    return parseFaultPlan(text);
  } catch (error) {
    return error;
  }
};

describe('a fault plan file', () => {
  it('is read as it was written', () => {
    expect(parseFaultPlan(JSON.stringify(DEFAULT_FAULT_PLAN))).toEqual(DEFAULT_FAULT_PLAN);
  });

  it('needs no more than kinds', () => {
    const plan = parseFaultPlan('{"v":1,"faults":[{"kind":"ghost-fill"}]}');
    expect(plan).toEqual({ v: 1, calmAfterEndMs: 60_000, faults: [{ kind: 'ghost-fill' }] });
  });

  it('with an unknown kind is refused, and the error names the known ones', () => {
    const error = failureOf('{"v":1,"faults":[{"kind":"gost-fill"}]}');
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(String(error)).toContain('"gost-fill" is no fault');
    expect(String(error)).toContain('ghost-fill');
    expect(String(error)).toContain('faults.0.kind');
  });

  it.each([
    ['not JSON', 'faults: all', 'not JSON'],
    ['a list', '[]', 'plan'],
    ['a probability above one', '{"v":1,"faults":[{"kind":"death","probability":2}]}', 'faults.0.probability'],
    ['a misspelt field', '{"v":1,"faults":[{"kind":"death","probabilty":1}]}', 'probabilty'],
    ['a crash point there is none of', '{"v":1,"faults":[{"kind":"death","sites":["store.eat:after"]}]}', 'sites'],
    ['another version', '{"v":2,"faults":[]}', 'v:'],
    [
      'a site of a fault that has none',
      '{"v":1,"faults":[{"kind":"unsettled","sites":["store.save:after"]}]}',
      'sites',
    ],
    ['a time that ends before it begins', '{"v":1,"faults":[{"kind":"death","fromMs":5,"untilMs":5}]}', 'untilMs'],
    ['no number', '{"v":1,"faults":[{"kind":"death","probability":"1"}]}', 'faults.0.probability'],
    ['half a file', '{"v":1,"faults":[', 'not JSON (end of JSON input)'],
    ['a slip of the pen', '{"v":1;"faults":[]}', 'not JSON (at position 6'],
    ['nothing', ' ', 'is empty'],
  ])('that is %s is refused with what is wrong', (_what, text, part) => {
    const error = failureOf(text);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(String(error)).toContain(part);
  });
});

describe('a fault plan with many mistakes', () => {
  const error = () => failureOf(JSON.stringify({ v: 1, faults: Array.from({ length: 30 }, () => ({ kind: 'x' })) }));

  it('is refused with the first of them, how many more there are, and the known faults once', () => {
    expect(String(error())).toContain('faults.9.kind: "x" is no fault; and 20 more. Known faults: death, ');
    expect(String(error()).split('ghost-fill')).toHaveLength(2);
  });
});

describe('a fault plan that begins with a byte order mark', () => {
  it('is read all the same', () => {
    expect(parseFaultPlan('\uFEFF{"v":1,"faults":[]}').faults).toEqual([]);
  });
});

describe('the random sequences of faults', () => {
  it('are one for each kind, so that taking a kind away changes no other', () => {
    const streams = Object.values(FAULT_KINDS).map(({ stream }) => stream);
    expect(new Set(streams).size).toBe(streams.length);
  });
});

describe('the table of faults in the README', () => {
  const readme = readFileSync(new URL('../../../lib/simulation/README.md', import.meta.url), 'utf8');

  it.each(Object.entries(FAULT_KINDS))('describes %s with scope, default and words', (kind, facts) => {
    const { scope, duration, probability, words } = facts;
    const per = duration === null ? 'call' : 'life';
    expect(readme).toContain(`| \`${kind}\` | ${scope} | ${per} | ${probability} | ${words} |`);
  });
});

describe('fault dice', () => {
  const rolls = (faults: FaultPlan['faults'], count: number, atMs = (_index: number) => -1, seed = 1) => {
    let index = 0;
    const plan = { v: 1 as const, calmAfterEndMs: 60_000, faults };
    const dice = createFaultDice({ seed, plan, sinceEndMs: () => atMs(index), onFault: () => undefined });
    const hits: number[] = [];
    for (index = 1; index <= count; index += 1) if (dice.roll('ghost-fill')) hits.push(index);
    return hits;
  };

  it('hit as often as the plan says', () => {
    const hits = rolls([{ kind: 'ghost-fill', probability: 0.2 }], 20_000);
    expect(hits.length).toBeGreaterThan(3_700);
    expect(hits.length).toBeLessThan(4_300);
  });

  it('hit always, never, and exactly where a plan says so', () => {
    expect(rolls([{ kind: 'ghost-fill', probability: 1 }], 3)).toEqual([1, 2, 3]);
    expect(rolls([{ kind: 'ghost-fill', probability: 0 }], 100)).toEqual([]);
    expect(rolls([{ kind: 'ghost-fill', at: [2, 5] }], 10)).toEqual([2, 5]);
    expect(rolls([{ kind: 'ghost-fill', probability: 1, countMax: 2 }], 10)).toEqual([1, 2]);
  });

  it('hit only between the times of the plan, and never after the calm begins', () => {
    const secondsToEnd = (index: number) => (index - 10) * 10_000;
    expect(rolls([{ kind: 'ghost-fill', probability: 1, fromMs: -20_000, untilMs: 0 }], 30, secondsToEnd)).toEqual([
      8, 9,
    ]);
    expect(rolls([{ kind: 'ghost-fill', probability: 1 }], 30, secondsToEnd).at(-1)).toBe(15);
  });

  it('count every opportunity for every fault of a kind, so that numbers mean the same in each', () => {
    const faults = [2, 5, 6].map((number) => ({ kind: 'ghost-fill' as const, at: [number] }));
    expect(rolls(faults, 10)).toEqual([2, 5, 6]);
  });

  it('differ for seeds that differ in their high bits only', () => {
    const fault = { kind: 'ghost-fill' as const, probability: 0.3 };
    const [low, high] = [7, 7 + 2 ** 40].map((seed) => rolls([fault], 100, () => -1, seed));
    expect(high).not.toEqual(low);
  });

  it('give each condition its own times, and none after the calm begins', () => {
    const faults = [
      { kind: 'store-outage' as const, probability: 1, fromMs: -120_000, untilMs: -100_000 },
      { kind: 'store-outage' as const, probability: 1, fromMs: -5_000, untilMs: 1_000_000_000 },
      { kind: 'store-outage' as const, probability: 0, fromMs: -50_000 },
    ];
    const plan = { v: 1 as const, calmAfterEndMs: 60_000, faults };
    const dice = createFaultDice({ seed: 1, plan, sinceEndMs: () => -200_000, onFault: () => undefined });
    const periods = dice.rollLife('store-outage');
    expect([-110_000, -50_000, 0, 59_999, 60_000].map((atMs) => isAnyOn(periods, atMs))).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
    expect(dice.counts.get('store-outage')).toBe(2);
  });

  it('decide each kind independently of the others in the plan', () => {
    const alone = rolls([{ kind: 'ghost-fill', probability: 0.3 }], 100);
    const among = rolls([{ kind: 'death' }, { kind: 'ghost-fill', probability: 0.3 }, { kind: 'unsettled' }], 100);
    expect(among).toEqual(alone);
    expect(rolls([{ kind: 'ghost-fill', probability: 0.3 }], 100, () => -1, 2)).not.toEqual(alone);
  });
});
