import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createHandler } from '#functions/discord.ts';
import { toEmbed } from '#lib/adapters/discord/discord-embed.ts';
import { type DiscordEmbed, EMBED_LIMITS, embedLength } from '#lib/adapters/discord/discord-limits.ts';
import { encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import { decodeNoticeMessage } from '#lib/contracts/notice-message.ts';
import { stateChangeOf } from '#lib/domain/news/domain-event.ts';
import { POSITION_STATES } from '#lib/domain/position/position.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { anyGarbageText, anyJunk, assertDoor, damaged, expectNoSecret, mutated } from '#test/fixtures/bad-input.ts';
import { type DoorWorld, startDoorWorld } from '#test/fixtures/bad-input-world.ts';

const alert = anAlert({ kind: 'needs-human', cause: 'missing-approval', venueText: 'not enough allowance' });
const events = [
  encodeDomainEvent({ type: 'position-alert', positionId: alert.positionId, version: alert.version, alert }),
  ...POSITION_STATES.map((state) => encodeDomainEvent(stateChangeOf(null, aPosition({ state }))!)),
].map((detail) => ({ version: '0', source: 'tminus', 'detail-type': 'x', detail: JSON.parse(detail) as unknown }));

const ALARM = {
  AlarmName: 'dead letters',
  AlarmDescription: 'Something is in the dead-letter queue',
  NewStateValue: 'ALARM',
  NewStateReason: 'Threshold crossed',
  StateChangeTime: '2026-11-22T12:00:00.000+0000',
};

const toEnvelope = (message: string) => ({
  Type: 'Notification',
  MessageId: 'sns-1',
  Subject: 'Hello',
  Message: message,
});
const anyContent = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...events).chain((event) => mutated(event).map(({ value }) => value)) },
  fc.constantFrom(...events),
  mutated(ALARM).map(({ value }) => value),
  anyJunk,
);
const anyMessage = anyContent.map((content) => JSON.stringify(content));
const anyBody: fc.Arbitrary<string> = fc.oneof(
  anyMessage,
  anyMessage.map((message) => JSON.stringify(toEnvelope(message))),
  fc
    .oneof(anyMessage, anyGarbageText)
    .chain((text) => mutated(toEnvelope(text)).map(({ value }) => JSON.stringify(value))),
  anyGarbageText.map((text) => JSON.stringify(toEnvelope(text))),
  damaged(JSON.stringify(toEnvelope(JSON.stringify(events[0])))),
  anyGarbageText,
);

/** Discord refuses an embed that breaks one of these as a whole. */
const EmbedSchema = z.object({
  title: z.string().min(1).max(EMBED_LIMITS.title),
  description: z.string().min(1).max(EMBED_LIMITS.description),
  fields: z
    .array(z.object({ name: z.string().min(1).max(256), value: z.string().min(1).max(EMBED_LIMITS.fieldValue) }))
    .max(EMBED_LIMITS.fieldCount),
  footer: z.object({ text: z.string().min(1).max(EMBED_LIMITS.footer) }),
});

let world: DoorWorld;
let tell: ReturnType<typeof createHandler>;

beforeAll(async () => {
  world = await startDoorWorld();
  world.server.answer(() => ({ status: 200, body: '{}' }));
  // As on AWS, it knows no venue. With one of the same address its calls would be counted in a line of their own.
  const { CLOB_HOST, GAMMA_HOST, BINANCE_HOST, ...env } = world.env;
  tell = createHandler(env);
});

afterAll(async () => {
  await world.stop();
});

describe('the door of the discord queue', () => {
  it('reads a message as a notice that Discord takes, or refuses it with the one named error', async () => {
    await assertDoor(
      'discord queue (reading)',
      110,
      fc.property(anyBody, (body) => {
        try {
          const { notice, noticeKey } = decodeNoticeMessage(body, 'message-1');
          expect(noticeKey).toMatch(/^[a-z-]+#/);
          const embed: DiscordEmbed = toEmbed(notice);
          EmbedSchema.parse(embed);
          expect(embedLength(embed)).toBeLessThanOrEqual(EMBED_LIMITS.total);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError);
          expect(String(error).length).toBeLessThan(1_500);
          expectNoSecret(String(error));
        }
      }),
    );
  });

  it('tells every message or sets it aside, and logs each once', async () => {
    let deadCount = 0;
    // SQS carries text of one character or more, and no control characters.
    const anyCarried = anyBody.filter((body) => body !== '' && !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/.test(body));
    const anyBatch = fc.array(anyCarried, { minLength: 1, maxLength: 3 });
    await assertDoor(
      'discord queue (telling)',
      30,
      fc.asyncProperty(anyBatch, async (bodies) => {
        const Records = bodies.map((body, index) => ({ messageId: `${deadCount}-${index}`, body }) as SQSRecord);
        const { batchItemFailures } = await tell({ Records });
        const { lines, text } = world.takeLog();
        const failures = lines.filter(({ message }) => message === 'A record failed');
        const dead = failures.filter(({ facts }) => facts.queue === 'dead-letter');
        const retried = failures.filter(({ facts }) => facts.queue === 'retry');
        deadCount += dead.length;
        // These records come from no queue, so that one which has to wait cannot be put off there, and says so.
        const unplaced = lines.filter(({ message }) => message.startsWith('The delay of a record could not be set'));
        expect(unplaced.length).toBeLessThanOrEqual(retried.length);
        expect(lines).toHaveLength(bodies.length + unplaced.length);
        for (const { facts } of dead) expect(facts.errorName).toBe('InvalidInputError');
        // Two copies in one batch: the second comes again until the first one has been told.
        for (const { facts } of retried) expect(facts.errorName).toBe('RateLimitedError');
        expect(batchItemFailures).toHaveLength(retried.length);
        expect(text).not.toContain('/api/webhooks/');
      }),
    );
    expect(await world.countDeadLetters()).toBe(deadCount);
  });
});
