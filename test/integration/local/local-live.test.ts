import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { parseApiCredentials } from '#lib/adapters/polymarket/api-credentials.ts';
import { createSecretsManagerVault } from '#lib/adapters/secrets/secrets-manager-vault.ts';
import { ledgerCommand } from '#lib/cli/commands/ledger-command.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { MARKET_VERSIONS, type MarketVersion } from '#lib/domain/market/market.ts';
import { boughtTotals, soldTotals } from '#lib/domain/position/fill-totals.ts';
import type { Mode, Position } from '#lib/domain/position/position.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { createVaultClients } from '#lib/runtime/vault-clients.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { liveUntilRedeemed, openInNewMarket, untilState } from '#test/fixtures/live-end.ts';
import { LIFE_ENV } from '#test/fixtures/quick-life.ts';
import { eventually, makeStateDir, removeStateDir } from './local-test-stack.ts';

const CASH_MICROS = 1_000_000_000n;
const KEY_SECRET = 'tminus/local/stack/key';
const CREDENTIALS_SECRET = 'tminus/local/stack/credentials';
const cards: string[] = [];

let stateDir: string;
let stack: LocalStack;
let aws: AwsClients;
let store: PositionStore;

beforeAll(async () => {
  stateDir = makeStateDir();
  stack = await startLocalStack({
    stateDir,
    seed: 11,
    timerGrainMs: 1_000,
    timerJitterMs: 500,
    sweepPeriodMs: 1_000,
    env: { ...LIFE_ENV, LOG_FILE: `${stateDir}/functions.log` },
    live: { signatureType: 3, cashMicros: CASH_MICROS },
  });
  stack.onDiscordMessage((message) => cards.push(JSON.stringify(message)));
  aws = createAwsClients(stack.env);
  const { TABLE_NAME: tableName = '', STAGE: stage = '' } = stack.env;
  store = createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids: countingIds('test') });
});

afterAll(async () => {
  aws?.destroy();
  await stack?.stop();
  removeStateDir(stateDir);
});

async function openUntilExited(mode: Mode, version: MarketVersion): Promise<Position> {
  const { positionId } = await openInNewMarket({ stack, aws, version }, { requestId: `${mode}-${version}`, mode });
  return untilState(store, positionId, 'exited');
}

async function readSecrets(): Promise<readonly string[]> {
  const { secretsManager, destroy } = createVaultClients(stack.env);
  const vault = createSecretsManagerVault({ client: secretsManager });
  const key = await vault.getSecret(KEY_SECRET);
  const credentials = parseApiCredentials(await vault.getSecret(CREDENTIALS_SECRET));
  destroy();
  return [key.slice(2), ...Object.values(credentials)];
}

const LedgerSchema = z.looseObject({ entries: z.array(z.looseObject({ transactionHash: z.string().nullable() })) });

async function readLedger(mode: Mode) {
  const terminal = createFakeTerminal();
  await ledgerCommand(terminal, { stateDir, mode, json: true });
  return LedgerSchema.parse(JSON.parse(terminal.outLines.join('\n')));
}

describe('a local stack in live mode', () => {
  it('tells nobody a secret that there is not', async () => {
    const { secretsManager, destroy } = createVaultClients(stack.env);
    const vault = createSecretsManagerVault({ client: secretsManager });
    await expect(vault.getSecret('tminus/local/nobody/key')).rejects.toMatchObject({ name: 'ConfigError' });
    destroy();
  });

  // One story: secrets are asked for once per process, so that paper proves something only before live has asked for
  // them.
  it('lets paper live without a key; then opens, sells and settles on the chain to the micro, redeems what found no bid, and writes no secret', async () => {
    const { chain, account } = stack.live!;
    const { listSecretsRead } = stack;
    await openUntilExited('paper', 'v1');
    expect(await openUntilExited('paper', 'v2')).toMatchObject({ marketVersion: 'v2' });
    for (const name of [KEY_SECRET, CREDENTIALS_SECRET]) expect(listSecretsRead()).not.toContain(name);

    let cashMicros = CASH_MICROS;
    for (const version of MARKET_VERSIONS) {
      const position = await openUntilExited('live', version);
      expect(listSecretsRead()).toEqual(expect.arrayContaining([KEY_SECRET, CREDENTIALS_SECRET]));
      expect(position).toMatchObject({ mode: 'live', marketVersion: version, exitReason: 'emergency:timeout' });
      expect(position.wallet).toBe(account.wallet);
      const bought = boughtTotals(position);
      const sold = soldTotals(position);
      cashMicros += sold.valueMicros - sold.feesMicros - bought.valueMicros - bought.feesMicros;
      expect(sold.sharesMicros).toBeGreaterThan(0n);
      expect(await chain.sharesOf(account.wallet, position.tokenId)).toBe(bought.sharesMicros - sold.sharesMicros);
      expect(await chain.collateralOf(account.wallet)).toBe(cashMicros);
    }

    // The account is a deposit wallet, which the venue's relayer redeems for.
    const redeemed = await liveUntilRedeemed({ stack, aws, store, version: 'v2', cards });
    expect(redeemed.state === 'redeemed' && redeemed.gasWei).toBeNull();
    expect(stack.live?.relayer.submissionCount).toBe(1);

    // Law 8, as its owner sees it. The newest blocks are not final yet.
    const ledger = await eventually(async () => {
      const answer = await readLedger('live');
      expect(answer).toMatchObject({ isReconciled: true, findings: [], unexplainedMicros: '0', positionCount: 3 });
      return answer;
    });
    const heldMicros = await chain.collateralOf(account.wallet);
    expect(ledger).toMatchObject({ wallet: account.wallet, closing: { cashMicros: heldMicros.toString() } });
    const hashes = ledger.entries.map(({ transactionHash }) => transactionHash ?? '');
    for (const hash of hashes) expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(await readLedger('paper')).toMatchObject({ isReconciled: true, findings: [], positionCount: 2 });

    const secrets = await readSecrets();
    const files = readdirSync(stateDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(3);
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(join(parentPath, name));
      expect(secrets.filter((secret) => bytes.includes(secret))).toEqual([]);
    }
  });
});
