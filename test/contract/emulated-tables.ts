import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createTableInput } from '#lib/adapters/dynamodb/table-schema.ts';

export type EmulatedTables = {
  readonly client: DynamoDBDocumentClient;
  /** Makes an empty table and gives its name. */
  makeTable(): Promise<string>;
  stop(): Promise<void>;
};

const EMULATOR = fileURLToPath(new URL('../../node_modules/@dynoxide/linux-x64/dynoxide', import.meta.url));

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port was given');
  return address.port;
}

/** Starts the DynamoDB emulator, in memory, on a free loopback port. */
export async function startEmulatedTables(): Promise<EmulatedTables> {
  const port = await findFreePort();
  const emulator = spawn(EMULATOR, ['--host', '127.0.0.1', '--port', String(port)], { stdio: 'ignore', env: {} });
  const exited = once(emulator, 'exit');
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      // The first calls may come before the emulator listens: the client tries again until it does.
      maxAttempts: 20,
    }),
  );
  let tableCount = 0;
  return {
    client,
    makeTable: async () => {
      tableCount += 1;
      const tableName = `table-${tableCount}`;
      await client.send(new CreateTableCommand(createTableInput(tableName)));
      return tableName;
    },
    stop: async () => {
      client.destroy();
      emulator.kill();
      await exited;
    },
  };
}
