import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHandler } from '#functions/discord.ts';
import { encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { startAwsWire } from '#test/integration/aws/aws-wire.ts';

type Wire = Awaited<ReturnType<typeof startAwsWire>>;

let wire: Wire;
let folder: string;
let secret = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tminus-discord-'));
  wire = await startAwsWire(({ target }) => ({
    status: 200,
    body: target === 'secretsmanager.GetSecretValue' ? { SecretString: secret } : {},
  }));
});
afterAll(async () => {
  await wire.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As a new deployment has it: the secret is there, and nobody has put a webhook in. */
const UNFILLED = 'vB7Kx2Qn9TzLw4Rd';
beforeEach(() => {
  secret = UNFILLED;
});

const start = () =>
  createHandler({
    ...wire.env,
    STAGE: 'test',
    TABLE_NAME: 'table',
    DISCORD_QUEUE_URL: 'http://127.0.0.1/discord',
    DISCORD_DEAD_LETTER_URL: 'http://127.0.0.1/dead',
    DISCORD_WEBHOOK_SECRET: 'tminus/test/discord-webhook',
    LOG_FILE: join(folder, 'log'),
  });

const alert = anAlert({ kind: 'needs-human', cause: 'missing-approval', venueText: 'not enough allowance' });

function aRecord(messageId: string, origin: 'request' | 'canary'): SQSRecord {
  const { positionId, version } = alert;
  const told = { ...alert, position: { ...alert.position, origin } };
  const detail = JSON.parse(encodeDomainEvent({ type: 'position-alert', positionId, version, alert: told })) as unknown;
  const body = JSON.stringify({ version: '0', source: 'tminus', 'detail-type': 'Position Alert', detail });
  return { messageId, body, receiptHandle: 'r', attributes: { ApproximateReceiveCount: '1' } } as SQSRecord;
}

const failuresOf = async (tell: ReturnType<typeof createHandler>, record: SQSRecord) =>
  (await tell({ Records: [record] })).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

const secretReads = () => wire.requests.filter(({ target }) => target === 'secretsmanager.GetSecretValue').length;

describe('discord, where nobody has put the webhook in yet', () => {
  it("takes a canary's notice all the way and asks for no secret", async () => {
    const before = secretReads();
    expect(await failuresOf(start(), aRecord('canary', 'canary'))).toEqual([]);
    expect(secretReads()).toBe(before);
  });

  it('has a notice for people come again, and tells it once the webhook is there', async () => {
    const tell = start();
    expect(await failuresOf(tell, aRecord('alert', 'request'))).toEqual(['alert']);
    secret = `${wire.env.AWS_ENDPOINT_URL}/api/webhooks/1/x`;
    expect(await failuresOf(tell, aRecord('alert', 'request'))).toEqual([]);
    expect(wire.requests.filter(({ path }) => path.startsWith('/api/v10/webhooks/1/x'))).toHaveLength(1);
  });
});
