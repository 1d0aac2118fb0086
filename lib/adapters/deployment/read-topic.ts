import { GetSubscriptionAttributesCommand, ListSubscriptionsByTopicCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { PartState } from '#lib/ports/deployment.ts';
import { seePart } from './part-failure.ts';

export type TopicClients = { readonly sns: SNSClient };

const PENDING: PartState = { kind: 'failing', reason: 'waits to be confirmed and delivers nothing until then' };
const ONE_CLICK: PartState = {
  kind: 'failing',
  reason: 'ends when the link in one of its e-mails is opened, also by a mail filter',
};
const isArn = (text: string | undefined): boolean => text?.startsWith('arn:') === true;

/** A topic with nothing but pending subscriptions drops what is published to it. */
export function readTopic({ sns }: TopicClients, TopicArn: string, abortSignal: AbortSignal): Promise<PartState> {
  return seePart(
    'sns:ListSubscriptionsByTopic',
    () => sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }), { abortSignal }),
    ({ Subscriptions = [] }) => {
      // In place of its ARN, a pending one has the text PendingConfirmation.
      const confirmed = Subscriptions.filter(({ SubscriptionArn }) => isArn(SubscriptionArn));
      if (confirmed.length > 0) return { kind: 'in-order', remark: null };
      return { kind: 'failing', reason: 'has no confirmed subscription: what is published to it reaches no one' };
    },
  );
}

export async function readSubscription(
  { sns }: TopicClients,
  SubscriptionArn: string,
  abortSignal: AbortSignal,
): Promise<PartState> {
  if (!isArn(SubscriptionArn)) return PENDING;
  return seePart(
    'sns:GetSubscriptionAttributes',
    () => sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }), { abortSignal }),
    ({ Attributes = {} }) => {
      if (Attributes.PendingConfirmation === 'true') return PENDING;
      const isMailbox = Attributes.Endpoint?.includes('@') === true;
      // A subscriber who confirmed by the link alone can unsubscribe by a link alone (AuthenticateOnUnsubscribe).
      if (isMailbox && Attributes.ConfirmationWasAuthenticated !== 'true') return ONE_CLICK;
      return { kind: 'in-order', remark: isMailbox ? 'confirmed by a log-in' : null };
    },
  );
}
