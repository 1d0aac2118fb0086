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
  /** Answers all waiting long polls at once. */
  releasePollers(): void;
  stop(): Promise<void>;
};

/**
 * Starts SQS and SNS in this process on a free loopback port, with all messages in `queueDir`, and creates missing
 * queues, topic and subscription. fauxqs's own start with a data directory listens on every interface, so this does the
 * same with its parts on loopback only.
 * @throws ConfigError when the files in `queueDir` cannot be read
 */
export async function startFauxqs(queueDir: string): Promise<Fauxqs> {
  const { stores, close } = await restoreStores(queueDir).catch((error: unknown) => {
    throw damagedFile(queueDir, error);
  });
  const app = buildApp({ logger: false, defaultRegion: REGION, stores });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  // The emulator's own queue URLs contain a host name that does not resolve everywhere.
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
  const file = fixMakingVisible(persistence, queueDir);
  writeWithoutWaiting(persistence);
  // Before the stores write through, because writing a queue deletes its stored messages.
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
 * The default waits for the disk several times per message, half a millisecond each. With NORMAL, writes still survive
 * the death of this process; only a crash of the machine may lose the last ones.
 */
function writeWithoutWaiting(persistence: Persistence): void {
  const db: unknown = Reflect.get(persistence, 'db');
  if (db instanceof DatabaseSync) db.exec('PRAGMA synchronous = NORMAL');
}

/**
 * Works around fauxqs, which writes NULL into a NOT NULL column when a message is made visible at once: the call fails
 * and the message stays hidden until a restart. The receive count stays, because the redrive policy needs it.
 */
function fixMakingVisible(persistence: Persistence, queueDir: string): DatabaseSync {
  const file = new DatabaseSync(join(queueDir, 'fauxqs.db'));
  const clearReceipt = file.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => void clearReceipt.run(messageId);
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
