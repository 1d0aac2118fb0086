import type { SNSClient } from '@aws-sdk/client-sns';
import { expect, it } from 'vitest';
import { readSubscription } from '#lib/adapters/deployment/read-topic.ts';

const ARN = 'arn:aws:sns:eu-west-1:123456789012:tminus-live-page:1';
const MAILBOX = { Endpoint: 'you@example.org', PendingConfirmation: 'false' };

it.each([
  ['confirmed by a signed call', { ...MAILBOX, ConfirmationWasAuthenticated: 'true' }, 'in-order'],
  ['confirmed by its link alone', { ...MAILBOX, ConfirmationWasAuthenticated: 'false' }, 'failing'],
  ['not confirmed', { ...MAILBOX, PendingConfirmation: 'true', ConfirmationWasAuthenticated: 'false' }, 'failing'],
  ['that is a queue', { Endpoint: 'arn:aws:sqs:eu-west-1:1:q', ConfirmationWasAuthenticated: 'false' }, 'in-order'],
] as const)('a subscription %s is seen as such', async (_, Attributes, kind) => {
  const sns = { send: async () => ({ Attributes }) } as unknown as SNSClient;
  expect(await readSubscription({ sns }, ARN, AbortSignal.timeout(1_000))).toMatchObject({ kind });
});
