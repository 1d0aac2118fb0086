import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler } from '#functions/sell.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anyGarbageText, anyJunk, assertDoor, damaged, expectNoSecret, mutated } from '#test/fixtures/bad-input.ts';
import { type DoorWorld, startDoorWorld } from '#test/fixtures/bad-input-world.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';

const GOOD = { v: 1, positionId: 'position-1', wakeUpId: 'not-the-row', source: 'timer' };
const UNKNOWN = { ...GOOD, positionId: 'nobody' };

let world: DoorWorld;
let sell: ReturnType<typeof createHandler>;
let store: PositionStore;

const HOUR_MS = 3_600_000;
const opening = aPosition({
  state: 'buying',
  openedAtMs: Date.now(),
  marketEndsAtMs: Date.now() + 24 * HOUR_MS,
  wakeUp: { id: 'v1', atMs: Date.now() + 12 * HOUR_MS },
});

beforeAll(async () => {
  world = await startDoorWorld();
  sell = createHandler(world.env);
  const { client } = world.dynoxide;
  store = createDynamodbPositionStore({ client, tableName: world.tableName, stage: 'test', ids: countingIds() });
  await store.create(opening, DEFAULT_RISK_LIMITS);
});

afterAll(async () => {
  await world.stop();
});

/** SQS carries text of one character or more, and no control characters. */
const isCarried = (body: string): boolean => body !== '' && !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/.test(body);

const isStillGood = (body: string): boolean => {
  try {
    const { v, positionId, wakeUpId, source, ...rest } = JSON.parse(body) as Record<string, unknown>;
    const isId = (id: unknown) => typeof id === 'string' && /^[\w.:#-]{1,64}$/.test(id);
    const isSource = ['timer', 'delay', 'retry', 'sweep', 'by-hand'].includes(String(source));
    return v === 1 && positionId === 'position-1' && isId(wakeUpId) && isSource && Object.keys(rest).length === 0;
  } catch {
    return false;
  }
};

/** Anything but a message for a position that is there. */
const anyBadBody = fc
  .oneof(
    mutated(GOOD).map(({ value }) => JSON.stringify(value)),
    damaged(JSON.stringify(GOOD)),
    anyGarbageText,
    anyJunk.map((junk) => JSON.stringify(junk)),
    fc.constantFrom(
      JSON.stringify({ ...GOOD, v: 2 }),
      JSON.stringify(UNKNOWN),
      JSON.stringify({ ...GOOD, positionId: 'x'.repeat(200_000) }),
    ),
  )
  .filter((body) => isCarried(body) && !isStillGood(body));

const toRecord = (body: string, index: number) => ({ messageId: `m${index}`, body }) as SQSRecord;

describe('the door of the exit queue', () => {
  it('handles the good message of a batch and sets every bad one aside, each named once', async () => {
    let badCount = 0;
    await assertDoor(
      'exit queue (sell)',
      40,
      fc.asyncProperty(fc.array(anyBadBody, { minLength: 1, maxLength: 4 }), fc.nat(4), async (bodies, place) => {
        const batch = bodies.toSpliced(place, 0, JSON.stringify(GOOD));
        const response = await sell({ Records: batch.map(toRecord) });
        const { lines, text } = world.takeLog();
        badCount += bodies.length;
        expect(response).toEqual({ batchItemFailures: [] });
        expect(lines.filter(({ message }) => message === 'Wake-up ended')).toEqual([
          expect.objectContaining({ facts: expect.objectContaining({ outcome: 'dropped', reason: 'not-the-row' }) }),
        ]);
        const failures = lines.filter(({ message }) => message === 'A record failed');
        expect(failures).toHaveLength(bodies.length);
        for (const { facts } of failures) {
          expect(facts.queue).toBe('dead-letter');
          expect(facts.errorName).toMatch(/^(InvalidInputError|PositionNotFoundError)$/);
          expect(String(facts.errorMessage).length).toBeGreaterThan(15);
        }
        expect(lines).toHaveLength(bodies.length + 1);
        expectNoSecret(text);
      }),
    );
    expect(await world.countDeadLetters()).toBe(badCount);
    expect(await store.find('position-1')).toEqual(opening);
  });
});
