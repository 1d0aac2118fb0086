import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { REPLAY_COUNT, type ReplayTargets } from '#lib/ports/dead-letters.ts';

export type ReplayTargetsDeps = {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly lambda: LambdaClient;
  readonly queueUrls: Readonly<Partial<Record<'exits' | 'settlements' | 'discord', string>>>;
  readonly newsTopicArn: string;
  readonly functionNames: Readonly<Record<'open' | 'summary', string>>;
};

/** Where replayed letters go: the suite's own queues, topic and functions. */
export function createAwsReplayTargets(deps: ReplayTargetsDeps): ReplayTargets {
  const { newsTopicArn: TopicArn } = deps;
  return {
    newsTopicArn: TopicArn,
    sendToQueue: async (queue, MessageBody, replayCount) => {
      const QueueUrl = deps.queueUrls[queue];
      const MessageAttributes = { [REPLAY_COUNT]: { DataType: 'Number', StringValue: String(replayCount) } };
      await orUnavailable('queue', deps.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes })));
    },
    publishNews: async (Message) => {
      await orUnavailable('topic', deps.sns.send(new PublishCommand({ TopicArn, Message })));
    },
    invoke: async (name, payload) => {
      const request = { FunctionName: deps.functionNames[name], Payload: JSON.stringify(payload) };
      const reply = await orUnavailable('function', deps.lambda.send(new InvokeCommand(request)));
      if (reply.FunctionError !== undefined) {
        throw new UpstreamUnavailableError(`The function ${name} failed; its log says why`);
      }
      return jsonOrUndefined(Buffer.from(reply.Payload ?? []).toString('utf8')) ?? null;
    },
  };
}

async function orUnavailable<Answer>(what: string, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : typeof cause;
    throw new UpstreamUnavailableError(`The ${what} may not have accepted it (${reason})`, {}, { cause });
  }
}
