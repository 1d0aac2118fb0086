/**
 * Imports what the functions need as the libraries' READMEs show it: whole clients, the venue's own client, a wallet
 * client. The difference to our bundles is what narrow imports save. Only its start is measured.
 */
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { SQS } from '@aws-sdk/client-sqs';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { ClobClient } from '@polymarket/clob-client-v2';
import { createWalletClient, http } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { polygon } from 'viem/chains';
import * as z from 'zod';

const region = 'eu-west-1';
const table = DynamoDBDocument.from(new DynamoDB({ region }));
const queue = new SQS({ region });
const bus = new EventBridge({ region });
const scheduler = new Scheduler({ region });
const signer = createWalletClient({
  account: privateKeyToAccount(generatePrivateKey()),
  chain: polygon,
  transport: http('http://127.0.0.1:1'),
});
const venue = new ClobClient({ host: 'http://127.0.0.1:1', chain: 137, signer });
const MessageSchema = z.object({ positionId: z.string() });

export const handler = async (event: unknown): Promise<number> =>
  [table, queue, bus, scheduler, venue, MessageSchema.safeParse(event)].length;
