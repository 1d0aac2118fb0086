import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildApp } from 'fauxqs';
import { damagedFile } from '../state-dir.ts';
import {
  ACCOUNT_ID,
  ALERT_TOPIC_ARN,
  ALERT_TOPIC_NAME,
  DISCORD_QUEUE,
  QUEUES,
  type QueueDescription,
  queueArn,
  REGION,
} from '../topology.ts';

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>;
type SqsStore = Stores['sqsStore'];
type Persistence = NonNullable<SqsStore['persistence']>;

export type Fauxqs = {
  readonly url: string;
  queueUrl(name: string): string;
  /** Ends all long polls at once, with whatever is there. */
  releasePollers(): void;
  stop(): Promise<void>;
};

/**
 * Starts SQS and SNS in this process on a free loopback port, keeping every message in `queueDir`, and creates the queues,
 * the topic and its subscription that are not there yet.
 *
 * The package's own start with a data directory listens on every interface. So we do what it does, with its own parts, and
 * listen on the loopback only.
 * @throws ConfigError when what is kept in `queueDir` cannot be read
 */
export async function startFauxqs(queueDir: string): Promise<Fauxqs> {
  const { stores, close } = await restoreStores(queueDir).catch((error: unknown) => {
    throw damagedFile(queueDir, error);
  });
  const app = buildApp({ logger: false, defaultRegion: REGION, stores });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  // The emulator's own queue URLs hold a host name that does not resolve everywhere.
  const queueUrl = (name: string): string => `${url}/${ACCOUNT_ID}/${name}`;
  for (const queue of QUEUES) ensureQueue(stores.sqsStore, queue, queueUrl(queue.name));
  ensureTopic(stores);
  return {
    url,
    queueUrl,
    releasePollers: () => stores.sqsStore.shutdown(),
    stop: async () => {
      await app.close();
      close();
    },
  };
}

async function restoreStores(queueDir: string): Promise<{ readonly stores: Stores; readonly close: () => void }> {
  const load = (path: string) => import(new URL(path, import.meta.resolve('fauxqs')).href);
  const [sqs, sns, s3, files]: [
    { SqsStore: new () => SqsStore },
    { SnsStore: new () => Stores['snsStore'] },
    { S3Store: new () => Stores['s3Store'] },
    { PersistenceManager: new (dataDir: string) => Persistence },
  ] = await Promise.all([
    load('./sqs/sqsStore.js'),
    load('./sns/snsStore.js'),
    load('./s3/s3Store.js'),
    load('./persistence.js'),
  ]);
  const stores = { sqsStore: new sqs.SqsStore(), snsStore: new sns.SnsStore(), s3Store: new s3.S3Store() };
  const persistence = new files.PersistenceManager(queueDir);
  const file = mendMakingVisible(persistence, queueDir);
  writeWithoutWaiting(persistence);
  // Loaded before the stores write through: a queue that is written anew takes its messages with it.
  persistence.loadSqsAndSns(stores.sqsStore, stores.snsStore);
  stores.sqsStore.persistence = persistence;
  stores.snsStore.persistence = persistence;
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = persistence;
  return {
    stores,
    close: () => {
      file.close();
      persistence.close();
    },
  };
}

/**
 * By default each message waits until the disk has it: half a millisecond of this process, several times per message. What was
 * written survives our death either way; only the machine's own may take the last moments with it.
 */
function writeWithoutWaiting(persistence: Persistence): void {
  const db: unknown = Reflect.get(persistence, 'db');
  if (db instanceof DatabaseSync) db.exec('PRAGMA synchronous = NORMAL');
}

/**
 * Making a message visible at once writes NULL into a column that forbids it: the call fails and the message is hidden until
 * a restart. Only the hand-over has to be cleared; the receive count stays, because the redrive counts on it.
 */
function mendMakingVisible(persistence: Persistence, queueDir: string): DatabaseSync {
  const file = new DatabaseSync(join(queueDir, 'fauxqs.db'));
  const clearHandOver = file.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => void clearHandOver.run(messageId);
  return file;
}

function ensureQueue(sqsStore: SqsStore, queue: QueueDescription, url: string): void {
  const attributes = {
    VisibilityTimeout: String(queue.visibilitySeconds),
    ...(queue.redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: queueArn(queue.redrive.deadLetterQueue),
        maxReceiveCount: queue.redrive.receiveCountMax,
      }),
    }),
  };
  const existing = sqsStore.getQueueByName(queue.name);
  if (existing !== undefined) existing.setAttributes(attributes);
  else sqsStore.createQueue(queue.name, url, queueArn(queue.name), attributes);
}

function ensureTopic({ snsStore }: Stores): void {
  snsStore.createTopic(ALERT_TOPIC_NAME, undefined, undefined, REGION);
  if (snsStore.listSubscriptionsByTopic(ALERT_TOPIC_ARN).subscriptions.length > 0) return;
  snsStore.subscribe(ALERT_TOPIC_ARN, 'sqs', queueArn(DISCORD_QUEUE));
}
