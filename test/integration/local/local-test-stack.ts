import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord, DynamoDBStreamEvent, SQSEvent, SQSRecord } from 'aws-lambda';
import { vi } from 'vitest';
import type { FunctionHandler } from '#infra/shared/function-runtime.ts';
import type { LocalStackOptions } from '#infra/shared/local-stack.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';

export type FunctionCall = { readonly name: FunctionName; readonly event: unknown };

export type TestStack = {
  readonly stack: LocalStack;
  readonly aws: AwsClients;
  readonly stateDir: string;
  readonly calls: FunctionCall[];
  /** Replaces what a function does from now on. */
  answer(name: FunctionName, handler: FunctionHandler): void;
  /** Bodies of the messages the function has been given so far. */
  bodies(name: 'sell' | 'discord'): string[];
  messages(name: 'sell' | 'discord'): SQSRecord[];
  changes(): DynamoDBRecord[];
  send(queueUrl: string, body: string, delaySeconds?: number): Promise<void>;
  /** Makes redelivery quick: a test cannot wait for 20 s of visibility. */
  shortenRedelivery(queueUrl: string, deadLetterArn: string, receiveCountMax: number): Promise<void>;
  stop(): Promise<void>;
};

const NOTHING_FAILED = { batchItemFailures: [] };

export const makeStateDir = (): string => mkdtempSync(join(tmpdir(), 'tminus-local-'));
export const removeStateDir = (stateDir: string): void => rmSync(stateDir, { recursive: true, force: true });

/** A stack whose functions only write down what they are given. */
export async function startTestStack(stateDir: string, options: Partial<LocalStackOptions> = {}): Promise<TestStack> {
  const calls: FunctionCall[] = [];
  const answers = new Map<FunctionName, FunctionHandler>();
  const recording =
    (name: FunctionName): FunctionHandler =>
    async (event, context) => {
      calls.push({ name, event });
      return (await answers.get(name)?.(event, context)) ?? NOTHING_FAILED;
    };
  const stack = await startLocalStack({
    stateDir,
    timerGrainMs: 1_000,
    timerJitterMs: 0,
    functions: {
      open: recording('open'),
      sell: recording('sell'),
      sweep: recording('sweep'),
      announce: recording('announce'),
      discord: recording('discord'),
      canary: recording('canary'),
      summary: recording('summary'),
    },
    ...options,
  });
  const aws = createAwsClients(stack.env);
  const messages = (name: FunctionName): SQSRecord[] =>
    calls.filter((call) => call.name === name).flatMap((call) => (call.event as SQSEvent).Records);
  return {
    stack,
    aws,
    stateDir,
    calls,
    answer: (name, handler) => void answers.set(name, handler),
    messages,
    bodies: (name) => messages(name).map((message) => message.body),
    changes: () =>
      calls.filter((call) => call.name === 'announce').flatMap((call) => (call.event as DynamoDBStreamEvent).Records),
    send: async (QueueUrl, MessageBody, DelaySeconds = 0) => {
      await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
    },
    shortenRedelivery: async (QueueUrl, deadLetterTargetArn, maxReceiveCount) => {
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
      await aws.sqs.send(
        new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '1', RedrivePolicy } }),
      );
    },
    stop: async () => {
      aws.destroy();
      await stack.stop();
    },
  };
}

/** `at(…)` of a moment from now, cut to the second as the service writes it. */
export const atExpression = (atMs: number): string => `at(${new Date(atMs).toISOString().slice(0, 19)})`;

/**
 * Waits until the assertion holds. The limit guards against a wait without end; no test depends on its length. Asking
 * for the whole table every 60 ms took a third of a file's processor time.
 */
export const eventually = <Value>(assertion: () => Value | Promise<Value>): Promise<Value> =>
  vi.waitFor(assertion, { timeout: 120_000, interval: 250 });
