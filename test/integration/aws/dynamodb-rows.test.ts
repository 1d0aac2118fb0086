import { randomUUID } from 'node:crypto';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { parseAlertRow, toAlertRow } from '#lib/adapters/dynamodb/positions/alert-row.ts';
import { parseAttemptRow, toAttemptRow } from '#lib/adapters/dynamodb/positions/attempt-row.ts';
import type { EndedAttemptSchema } from '#lib/adapters/dynamodb/positions/order-schema.ts';
import { parsePositionRow, toPositionRow } from '#lib/adapters/dynamodb/positions/position-row.ts';
import type { PositionSchema } from '#lib/adapters/dynamodb/positions/position-schema.ts';
import {
  parseTimelineRow,
  type TimelineEntrySchema,
  toTimelineRow,
} from '#lib/adapters/dynamodb/positions/timeline-row.ts';
import type { RawRow } from '#lib/adapters/dynamodb/row-codec.ts';
import { attemptKey, eventKey, type RowKey } from '#lib/adapters/dynamodb/table-schema.ts';
import type { AlertSchema } from '#lib/contracts/alert.ts';
import type { Alert } from '#lib/domain/news/alert.ts';
import type { AttemptResult, EndedAttempt } from '#lib/domain/position/order-attempt.ts';
import { POSITION_STATES, type Position } from '#lib/domain/position/position.ts';
import { EVENT_TYPES } from '#lib/domain/position/position-event.ts';
import { NOTHING_SETTLED } from '#lib/domain/position/settlement-progress.ts';
import { CorruptRowError, InvariantError } from '#lib/errors/errors.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { aLiveAttempt, anAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent } from '#test/factories/an-intent.ts';
import { anyPositionIn } from '#test/factories/any-position.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';
import { ROW_BEFORE_MARKET_VERSIONS, ROW_BEFORE_MERGES, ROW_BEFORE_SETTLEMENT } from '#test/fixtures/older-rows.ts';

let dynoxide: Dynoxide;
let tableName: string;

beforeAll(async () => {
  dynoxide = await startDynoxide();
  tableName = await dynoxide.createTable();
});

afterAll(async () => {
  await dynoxide.stop();
});

/** The row as the table gives it back. */
async function throughTable(row: RowKey & Record<string, unknown>): Promise<RawRow> {
  await dynoxide.client.send(new PutCommand({ TableName: tableName, Item: row }));
  const key = { pk: row.pk, sk: row.sk };
  const { Item } = await dynoxide.client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }));
  return Item ?? {};
}

function corruptionOf(parse: () => unknown): CorruptRowError {
  try {
    parse();
  } catch (error) {
    if (error instanceof CorruptRowError) return error;
    throw error;
  }
  throw new Error('The row was read as if it were whole');
}

describe('the row of a position', () => {
  it.each(POSITION_STATES)('gives back any %s position as it was', async (state) => {
    await fc.assert(
      fc.asyncProperty(anyPositionIn(state), async (position) => {
        expect(parsePositionRow(await throughTable(toPositionRow(position, 'change-1')))).toEqual(position);
      }),
      { numRuns: 25 },
    );
  });

  it('is in the due index while a next step is due, and only then', () => {
    for (const open of [aPosition({ state: 'holding' }), aPosition({ state: 'awaiting-resolution' })]) {
      expect(toPositionRow(open, 'c')).toMatchObject({
        dueQueue: 'OPEN',
        dueMinute: Math.floor(open.wakeUp.atMs / 60_000),
      });
    }
    const row = toPositionRow(aPosition({ state: 'exited' }), 'c');
    expect(row).not.toHaveProperty('dueQueue');
    expect(row).not.toHaveProperty('dueMinute');
  });

  it('shows people what was paid, what came back and how long it took', () => {
    expect(toPositionRow(aPosition({ state: 'exited' }), 'c')).toMatchObject({
      exitReason: 'emergency:timeout',
      figures: { entryPrice: '0.650000', exitPrice: '0.600000', sharesMicros: '36000000', durationSeconds: 151 },
    });
  });

  it('shows no figures before the first order: there are none', () => {
    expect(toPositionRow(aPosition({ state: 'buying' }), 'c')).not.toHaveProperty('figures');
  });

  it('tells where a step came from when it moved the position to another state, and only then', () => {
    const buying = aPosition({ state: 'buying' });
    expect(toPositionRow(buying, 'c')).toMatchObject({ movedFrom: 'nothing' });
    expect(toPositionRow(buying, 'c', 'buying')).not.toHaveProperty('movedFrom');
    expect(toPositionRow(aPosition({ state: 'holding' }), 'c', 'buying')).toMatchObject({ movedFrom: 'buying' });
  });

  it('stays within the kilobytes a write is billed by: one at the opening, two with both orders on it', async () => {
    const terms = { requestId: randomUUID(), positionId: 'p'.repeat(26), tickMicros: 10_000n };
    /** Write units of the table alone: one for each kilobyte of the larger of old and new row. */
    const unitsOf = async (position: Position) => {
      const Item = toPositionRow(position, 'c'.repeat(26));
      const put = new PutCommand({ TableName: tableName, Item, ReturnConsumedCapacity: 'INDEXES' });
      return (await dynoxide.client.send(put)).ConsumedCapacity?.Table?.CapacityUnits;
    };
    const buyHash = `0x${'b'.repeat(64)}`;
    const sellHash = `0x${'5'.repeat(64)}`;
    const bought = aBuyTrade({ tradeId: randomUUID(), orderHash: buyHash });
    const attempt = aLiveAttempt({
      intent: anIntent({ orderHash: sellHash }),
      phase: { phase: 'matched', reported: { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 1n } },
    });
    const exiting = aPosition({ state: 'exiting', ...terms, attempts: [attempt], trades: [bought] });
    const sold = aSellTrade({ tradeId: randomUUID(), orderHash: sellHash });
    expect(await unitsOf(aPosition({ state: 'buying', ...terms }))).toBe(1);
    expect(await unitsOf(exiting)).toBeLessThanOrEqual(2);
    expect(await unitsOf(aPosition({ state: 'exited', ...terms, trades: [bought, sold] }))).toBeLessThanOrEqual(2);
  });

  it('keeps a token id of 77 digits as text', () => {
    expect(toPositionRow(aPosition({ state: 'buying' }), 'c').tokenId).toMatch(/^\d{77}$/);
  });

  it.each([
    ['a missing field', { wallet: undefined }, 'wallet'],
    ['a field nobody knows', { surprise: 'hush-hush' }, 'surprise'],
    ['a state nobody knows', { state: 'hush-hush' }, 'state'],
    ['a field of another state', { closedAtMs: 1 }, 'closedAtMs'],
    ['money as a float', { budgetMicros: 12.5 }, 'budgetMicros'],
    ['money as text that is no number', { budgetMicros: 'hush-hush' }, 'budgetMicros'],
    ['a fault deep inside', { wakeUp: { id: 'exit', atMs: 'hush-hush' } }, 'wakeUp.atMs'],
  ])('is corrupt with %s, named without its value', (_, damage, field) => {
    const row = { ...toPositionRow(aPosition({ state: 'holding' }), 'c'), ...damage };
    const { message, context } = corruptionOf(() => parsePositionRow(row));
    expect(context).toEqual({ key: 'POSITION#position-1 / STATE', fields: field });
    expect(`${message} ${JSON.stringify(context)}`).not.toContain('hush-hush');
  });

  it('of a release without market versions is one of version 1, and so is its order', async () => {
    const read = parsePositionRow(await throughTable(ROW_BEFORE_MARKET_VERSIONS));
    expect(read).toMatchObject({ marketVersion: 'v1', attempts: [{ intent: { marketVersion: 'v1' } }] });
    expect(parsePositionRow(await throughTable(toPositionRow(read, 'change-2')))).toEqual(read);
  });

  it('of a release before settlement is long overdue, and is written with a due time again', async () => {
    const read = parsePositionRow(await throughTable(ROW_BEFORE_SETTLEMENT));
    expect(read).toMatchObject({ state: 'awaiting-resolution', wakeUp: { atMs: 0 }, settlement: NOTHING_SETTLED });
    expect(toPositionRow(read, 'change-2')).toMatchObject({ dueQueue: 'OPEN', dueMinute: 0 });
  });

  it('of a release before merges may not merge, and is written as it was', async () => {
    const read = parsePositionRow(await throughTable(ROW_BEFORE_MERGES));
    expect(read).toMatchObject({ policy: { mayMerge: false }, settlement: { redemptionFailureCount: 1 } });
    expect(read).toMatchObject({ settlement: { mergeFailureCount: 0, mergeAgainAtMs: null } });
    expect(toPositionRow(read, 'change-2').policy).toEqual(ROW_BEFORE_MERGES.policy);
  });

  it('is never written in a form that could not be read again', () => {
    const position = aPosition({ state: 'holding', openedAtMs: 1.5 });
    expect(() => toPositionRow(position, 'c')).toThrow(InvariantError);
  });
});

describe('the other rows of a position', () => {
  it.each(EVENT_TYPES)('the timeline gives back a "%s" as it was', async (type) => {
    const entry: TimelineEntry = {
      version: 7,
      event: anEvent({ type }),
      evidence: { seen: [1, 'two', null, { x: true }] },
    };
    expect(parseTimelineRow(await throughTable(toTimelineRow('position-1', entry, 'change-1')))).toEqual(entry);
  });

  it.each<AttemptResult>([
    { phase: 'settled' },
    { phase: 'refused', code: 'balance-or-allowance', cause: 'stale-balance', text: '' },
    { phase: 'not-sent', code: 'rate-limited', text: 'slow down' },
  ])('an attempt keeps its result %o', async (result) => {
    const attempt = anAttempt({ result });
    expect(parseAttemptRow(await throughTable(toAttemptRow(attempt)))).toEqual(attempt);
  });

  it('an alert keeps the position as it stood', async () => {
    const alert = anAlert({ kind: 'needs-human', cause: 'missing-approval', venueText: 'not enough allowance' });
    expect(parseAlertRow(await throughTable(toAlertRow(alert)))).toEqual(alert);
  });

  const storedEvidenceOf = async (evidence: Record<string, unknown>) => {
    const entry: TimelineEntry = { version: 2, event: anEvent({ type: 'exit-requested' }), evidence };
    return parseTimelineRow(await throughTable(toTimelineRow('position-1', entry, 'c'))).evidence;
  };

  it('evidence may hold amounts and gaps', async () => {
    const evidence = { bestBidMicros: 580_000n, missing: undefined, nested: { balanceMicros: 36_000_000n } };
    const expected = { bestBidMicros: '580000', nested: { balanceMicros: '36000000' } };
    expect(await storedEvidenceOf(evidence)).toEqual(expected);
  });

  it('evidence that cannot be kept never stands in the way of the step', async () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    expect(await storedEvidenceOf(circular)).toEqual({ dropped: 'not expressible as JSON' });
    expect(await storedEvidenceOf({ book: 'x'.repeat(500_000) })).toMatchObject({ dropped: 'too long' });
  });

  it('keys sort as their numbers do', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 1, max: 999_999 }), (a, b) => {
        expect(eventKey('p', a).sk < eventKey('p', b).sk).toBe(a < b);
        expect(attemptKey('p', a).sk < attemptKey('p', b).sk).toBe(a < b);
      }),
    );
  });
});

describe('the schemas', () => {
  it('say exactly what the domain types say', () => {
    // Compile-time facts: each line stops compiling when schema and domain type drift apart.
    const position: SameType<z.output<typeof PositionSchema>, Position> = true;
    const attempt: SameType<z.output<typeof EndedAttemptSchema>, EndedAttempt> = true;
    const entry: SameType<z.output<typeof TimelineEntrySchema>, TimelineEntry> = true;
    const alert: SameType<z.output<typeof AlertSchema>, Alert> = true;
    expect([position, attempt, entry, alert]).toEqual([true, true, true, true]);
  });
});

type DeepReadonly<Type> = Type extends object ? { readonly [Key in keyof Type]: DeepReadonly<Type[Key]> } : Type;
type Exactly<A, B> = (<Type>() => Type extends A ? 1 : 2) extends <Type>() => Type extends B ? 1 : 2 ? true : false;
type SameType<A, B> = Exactly<DeepReadonly<A>, DeepReadonly<B>>;
