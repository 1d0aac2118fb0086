import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAlertRow, toAlertRow } from '#lib/adapters/dynamodb/positions/alert-row.ts';
import { parseAttemptRow, toAttemptRow } from '#lib/adapters/dynamodb/positions/attempt-row.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { parsePositionRow, toPositionRow } from '#lib/adapters/dynamodb/positions/position-row.ts';
import { parseTimelineRow, toTimelineRow } from '#lib/adapters/dynamodb/positions/timeline-row.ts';
import type { RawRow } from '#lib/adapters/dynamodb/row-codec.ts';
import { accountKey } from '#lib/adapters/dynamodb/table-schema.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { planNextStep } from '#lib/domain/plan/plan-next-step.ts';
import { minSellPriceMicros } from '#lib/domain/plan/sell-price.ts';
import { BrokenLawError } from '#lib/domain/position/broken-law.ts';
import { isClosed, type OpenPosition, POSITION_STATES, type Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { CorruptRowError } from '#lib/errors/errors.ts';
import { wakePosition } from '#lib/lifecycle/wake-position.ts';
import { sweepOverdue } from '#lib/lifecycle/watch/sweep-overdue.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { aLiveAttempt, anAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { assertDoor, expectNoSecret, mutated } from '#test/fixtures/bad-input.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';

let dynoxide: Dynoxide;
let tableName: string;
let store: PositionStore;

beforeAll(async () => {
  dynoxide = await startDynoxide();
  tableName = await dynoxide.createTable();
  const { client } = dynoxide;
  store = createDynamodbPositionStore({ client, tableName, stage: 'test', ids: countingIds() });
});

afterAll(async () => {
  await dynoxide.stop();
});

const positions = [
  ...POSITION_STATES.map((state) => aPosition({ state })),
  aPosition({ state: 'exiting', attempts: [aLiveAttempt()], refusals: { 'stale-balance': 2 } }),
  aPosition({ state: 'holding', asset: null, outcomeName: 'Yes', givenExitAtMs: 1_773_307_300_000 }),
];
const anyMutatedRow = fc
  .constantFrom(...positions)
  .chain((position) => mutated(toPositionRow(position, 'change-1')).map((mutation) => ({ ...mutation, position })))
  // Keys are text in every table.
  .filter(({ value }) => hasTextKeys(value));

/** What the table keeps for itself; a wrong value there says nothing about the position. */
const isStorageAttribute = (path: string): boolean =>
  /^(dueQueue|dueMinute|changeId|figures|movedFrom)(\.|$)/.test(path);

/** Undefined when the row is called corrupt, by key and field and without a value. */
function readOrNamed<Value>(read: (row: RawRow) => Value, row: RawRow): Value | undefined {
  try {
    return read(row);
  } catch (error) {
    expect(error).toBeInstanceOf(CorruptRowError);
    const { context } = error as CorruptRowError;
    expect(context.key).toMatch(/ \/ /);
    expect(context.fields).not.toBe('');
    expectNoSecret(JSON.stringify(context.fields), String(error));
    return undefined;
  }
}

/** A row that passes is one that everything after it can bear. */
function expectBearable(position: Position, nowMs: number): void {
  describePosition(position);
  toPositionRow(position, 'change-2');
  if (isClosed(position)) return;
  planNextStep(position, nowMs);
  minSellPriceMicros({
    policy: position.policy,
    book: null,
    tickMicros: position.tickMicros,
    entryPriceMicros: 500_000n,
    leadMs: 60_000,
    noBuyerCount: 0,
  });
  try {
    evolvePosition(position, anEvent({ type: 'deadline-reached', atMs: nowMs }));
  } catch (error) {
    // Tampered with in a way that breaks a law: found, and nothing is written.
    expect(error).toBeInstanceOf(BrokenLawError);
  }
}

describe('a stored row that was changed', () => {
  it('is either a position that everything can bear, or corrupt by key and field', async () => {
    await assertDoor(
      'stored rows (position)',
      110,
      fc.property(anyMutatedRow, ({ value, position }) => {
        const read = readOrNamed(parsePositionRow, value as RawRow);
        if (read !== undefined) expectBearable(read, position.marketEndsAtMs);
      }),
    );
  });

  /** Fields that came later: a row from before them is whole without them. */
  const LATER_FIELDS = new Set([
    'origin',
    'otherTokenId',
    'marketVersion',
    'lastBid',
    'outcomeName',
    'givenExitAtMs',
    'postAgainAtMs',
    'isPostOnly',
    'isOverdueTold',
    'isFailingTold',
    'settlement',
  ]);

  it.each(positions.map((position) => [position.state, position] as const))(
    'is never taken for %s with a field missing',
    (_, position) => {
      const row: Record<string, unknown> = toPositionRow(position, 'c');
      for (const name of Object.keys(row).filter((each) => !isStorageAttribute(each) && !LATER_FIELDS.has(each))) {
        const { [name]: _gone, ...rest } = row;
        expect(() => parsePositionRow(rest), name).toThrow(CorruptRowError);
      }
    },
  );

  it('is corrupt when it speaks of another position than its key: the next step would overwrite that one', () => {
    const row = toPositionRow(aPosition({ state: 'holding' }), 'c');
    const read = () => parsePositionRow({ ...row, positionId: 'position-2' });
    expect(read).toThrow(CorruptRowError);
    expect(readOrNamed(parsePositionRow, { ...row, tickMicros: '0' })).toBeUndefined();
    expect(readOrNamed(parsePositionRow, { ...row, openedAtMs: 8_640_000_000_000_001 })).toBeUndefined();
  });

  it('breaks a law, and no more than that, when a state nobody knows gets past its schema', () => {
    const tampered = { ...aPosition({ state: 'holding' }), state: 'nonsense' } as unknown as OpenPosition;
    expect(() => planNextStep(tampered, tampered.openedAtMs)).toThrow(BrokenLawError);
  });

  it('holds for attempts, timeline and alerts too', async () => {
    const entry = { version: 7, event: anEvent({ type: 'order-refused' }), evidence: { seen: [1] } };
    const kinds = [
      { row: toAttemptRow(anAttempt()), read: (row: RawRow): unknown => parseAttemptRow(row) },
      { row: toTimelineRow('position-1', entry, 'c'), read: (row: RawRow): unknown => parseTimelineRow(row) },
      { row: toAlertRow(anAlert()), read: (row: RawRow): unknown => parseAlertRow(row) },
    ];
    const anyMutated = fc
      .constantFrom(...kinds)
      .chain(({ row, read }) => mutated(row).map(({ value }) => ({ value: value as RawRow, read })))
      .filter(({ value }) => hasTextKeys(value));
    await assertDoor(
      'stored rows (attempt, timeline, alert)',
      50,
      fc.property(anyMutated, ({ value, read }) => void readOrNamed(read, value)),
    );
  });
});

const NOW_MS = aPosition({ state: 'holding' }).marketEndsAtMs;
const clock = { nowMs: () => NOW_MS, sleepUntil: async () => {} };

/** Every effect of a step but reading is forbidden: a corrupt row is acted upon by nobody. */
const forbidden = (): never => {
  throw new Error('A corrupt row was acted upon');
};

describe('a corrupt row in the table', () => {
  it('is named, never acted upon and never overwritten, and the others are found beside it', async () => {
    const whole = aPosition({ state: 'holding', positionId: 'whole' });
    const putRow = (row: Record<string, unknown>) =>
      dynoxide.client.send(new PutCommand({ TableName: tableName, Item: row }));
    await putRow(toPositionRow(whole, 'c'));
    const holding = toPositionRow(aPosition({ state: 'holding', positionId: 'broken' }), 'c');
    const { pk, sk, dueQueue, dueMinute, ...content } = { dueQueue: 'OPEN', dueMinute: 1, ...holding };
    const getRow = async () =>
      (await dynoxide.client.send(new GetCommand({ TableName: tableName, Key: { pk, sk } }))).Item;
    const anyCorrupt = mutated(content)
      .map(({ value }): Record<string, unknown> => ({ ...(value as object), pk, sk, dueQueue, dueMinute }))
      .filter(isCorrupt);

    await assertDoor(
      'stored rows (table, sweep, list)',
      8,
      fc.asyncProperty(anyCorrupt, async (row) => {
        // A row that no table would take is nobody's worry.
        fc.pre(
          await putRow(row).then(
            () => true,
            () => false,
          ),
        );
        const stored = await getRow();
        // The table writes minus zero as zero, which may mend a row.
        fc.pre(isCorrupt(stored ?? {}));
        await expect(store.find('broken')).rejects.toBeInstanceOf(CorruptRowError);
        expect((await store.list()).map(({ positionId }) => positionId)).toEqual(['whole']);
        expect(await store.listCorrupt()).toEqual(['broken']);
        const sent: string[] = [];
        const queue = { send: async ({ positionId }: { positionId: string }) => void sent.push(positionId) };
        const report = await sweepOverdue({ store, clock, queue });
        expect(report).toMatchObject({ corruptIds: ['broken'], overdueIds: ['whole'] });
        expect(sent).toEqual(['whole']);
        const deps = {
          store: { find: store.find, save: forbidden },
          clock,
          queue: { send: forbidden },
        } as unknown as Parameters<typeof wakePosition>[0];
        const message = { positionId: 'broken', wakeUpId: 'exit', source: 'timer' } as const;
        await expect(wakePosition(deps, message)).rejects.toBeInstanceOf(CorruptRowError);
        expect(await getRow()).toEqual(stored);
      }),
    );
  });

  it('does not keep the sweep from its work when it is the row of the counters', async () => {
    const other = await dynoxide.createTable();
    const { client } = dynoxide;
    const swept = createDynamodbPositionStore({ client, tableName: other, stage: 'test', ids: countingIds() });
    await swept.create(aPosition({ state: 'buying' }), DEFAULT_RISK_LIMITS);
    await client.send(
      new PutCommand({ TableName: other, Item: { ...accountKey('test', 'paper'), openCount: 'many' } }),
    );
    const sent: string[] = [];
    const queue = { send: async ({ positionId }: { positionId: string }) => void sent.push(positionId) };
    expect(await sweepOverdue({ store: swept, clock, queue })).toMatchObject({ openCount: null, corruptIds: [] });
    expect(sent).toEqual(['position-1']);
  });
});

function isCorrupt(row: RawRow): boolean {
  try {
    parsePositionRow(row);
    return false;
  } catch {
    return true;
  }
}

function hasTextKeys(row: unknown): boolean {
  const { pk, sk } = row as Record<string, unknown>;
  return ['string', 'undefined'].includes(typeof pk) && ['string', 'undefined'].includes(typeof sk);
}
