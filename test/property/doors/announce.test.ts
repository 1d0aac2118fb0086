import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler } from '#functions/announce.ts';
import { toAlertRow } from '#lib/adapters/dynamodb/positions/alert-row.ts';
import { toPositionRow } from '#lib/adapters/dynamodb/positions/position-row.ts';
import { parseStreamImage } from '#lib/adapters/dynamodb/positions/stream-image.ts';
import { stateChangeOf } from '#lib/domain/news/domain-event.ts';
import { CorruptRowError } from '#lib/errors/errors.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { anyPosition } from '#test/factories/any-position.ts';
import { assertDoor, expectNoSecret, mutated } from '#test/fixtures/bad-input.ts';
import { type DoorWorld, startDoorWorld } from '#test/fixtures/bad-input-world.ts';

type Image = Record<string, AttributeValue>;

/** A plain value as the stream writes it. */
function toAttribute(value: unknown): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number' || typeof value === 'bigint') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  return { M: toImage(value as object) };
}

const toImage = (row: object): Image =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toAttribute(value)]));

const holding = toPositionRow(aPosition({ state: 'holding' }), 'change-1');
const exited = toPositionRow(aPosition({ state: 'exited' }), 'change-2');
const alertRow = toAlertRow(anAlert());
const rows = [holding, exited, toPositionRow(aPosition({ state: 'exiting' }), 'c'), alertRow];

/** A row with a fault in what it says, or an image with a fault in how it says it. */
const anyCorruptImage: fc.Arbitrary<Image> = fc.constantFrom(...rows).chain((row) => {
  const { pk, sk, ...content } = row;
  const keys = toImage({ pk, sk });
  const wrongType = fc.constantFrom({ B: 'AA==' }, { SS: ['a'] }, { NS: ['1'] }, {}, { N: 'NaN' }, { L: [{}] });
  return fc.oneof(
    mutated(content).map(({ value }) => ({ ...toImage(value as object), ...keys })),
    fc
      .tuple(fc.constantFrom(...Object.keys(content)), wrongType)
      .map(([name, attribute]) => ({ ...toImage(row), [name]: attribute as AttributeValue })),
    fc.constant({ ...toImage(row), pk: { S: 'POSITION#somebody-else' } }),
  );
});

const anyImage = fc.option(anyCorruptImage, { nil: undefined });
const anyChange = fc
  .record({ NewImage: anyImage, OldImage: anyImage, eventName: fc.constantFrom('INSERT', 'MODIFY', 'REMOVE') })
  .map(({ NewImage, OldImage, eventName }): DynamoDBRecord => {
    const isRemoval = eventName === 'REMOVE';
    const images = { ...(NewImage && !isRemoval && { NewImage }), ...(OldImage && { OldImage }) };
    return { eventName: eventName as 'INSERT', dynamodb: images };
  });

let world: DoorWorld;
let announce: ReturnType<typeof createHandler>;

beforeAll(async () => {
  world = await startDoorWorld();
  world.server.answer(() => ({ status: 200, body: '{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}' }));
  announce = createHandler(world.env);
});

afterAll(async () => {
  await world.stop();
});

describe('the door of announce', () => {
  it('reads an image or calls it corrupt by key and field', async () => {
    await assertDoor(
      'announce (reading)',
      90,
      fc.property(anyChange, (record) => {
        try {
          const image = parseStreamImage(record);
          if (image.kind === 'state') stateChangeOf(image.before, image.after);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptRowError);
          const { key, fields } = (error as CorruptRowError).context;
          expect(key).toMatch(/ \/ /);
          expect(fields).not.toBe('');
          expectNoSecret(String(error), JSON.stringify((error as CorruptRowError).context));
        }
      }),
    );
  });

  it('describes any position that its schema lets pass', async () => {
    await assertDoor(
      'announce (any position)',
      20,
      fc.property(anyPosition, (position) => {
        expect(stateChangeOf(null, position)?.positionId).toBe(position.positionId);
      }),
    );
  });

  it('announces the good record beside a corrupt one, and reports the corrupt one alone', async () => {
    const good: DynamoDBRecord = {
      eventName: 'INSERT',
      dynamodb: {
        Keys: toImage({ pk: holding.pk, sk: holding.sk }),
        NewImage: toImage(holding),
        SequenceNumber: '1',
      },
    };
    await assertDoor(
      'announce (publishing)',
      20,
      fc.asyncProperty(anyChange, async (record) => {
        const bad: DynamoDBRecord = {
          ...record,
          dynamodb: { ...record.dynamodb, Keys: toImage({ pk: 'POSITION#other', sk: 'STATE' }), SequenceNumber: '2' },
        };
        const { batchItemFailures } = await announce({ Records: [good, bad] });
        const { lines, text } = world.takeLog();
        expect(lines.filter(({ message }) => message === 'Announced')).not.toEqual([]);
        const failures = lines.filter(({ message }) => message === 'A record failed');
        expect(batchItemFailures).toEqual(failures.length === 0 ? [] : [{ itemIdentifier: '2' }]);
        for (const { facts } of failures) expect(facts.errorName).toBe('CorruptRowError');
        expectNoSecret(text);
      }),
    );
  });

  it('says nothing of a row that was removed', async () => {
    const OldImage = toImage({ ...holding, state: 'nonsense' });
    expect(await announce({ Records: [{ eventName: 'REMOVE', dynamodb: { OldImage, SequenceNumber: '1' } }] })).toEqual(
      {
        batchItemFailures: [],
      },
    );
    expect(world.takeLog().lines).toEqual([]);
  });
});
