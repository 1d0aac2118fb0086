import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler as createAnnounce } from '#functions/announce.ts';
import { createHandler as createCanary } from '#functions/canary.ts';
import { createHandler as createDiscord } from '#functions/discord.ts';
import { createHandler as createOpen } from '#functions/open.ts';
import { createHandler as createSell } from '#functions/sell.ts';
import { createHandler as createSettle } from '#functions/settle.ts';
import { createHandler as createSummary } from '#functions/summary.ts';
import { createHandler as createSweep } from '#functions/sweep.ts';
import { createHandler as createWatch } from '#functions/watch.ts';
import { CanarySettingsSchema, ExitSettingsSchema, PaperSettingsSchema } from '#functions/wiring/trading-settings.ts';
import { assertDoor, expectNoSecret, SECRET } from '#test/fixtures/bad-input.ts';

const VENUE = ['CLOB_HOST', 'GAMMA_HOST', 'BINANCE_HOST'];
const PAPER = Object.keys(PaperSettingsSchema.shape);
const EXIT = Object.keys(ExitSettingsSchema.shape);
const OPEN_ONLY = ['EXIT_QUEUE_ARN', 'SCHEDULER_GROUP_NAME', 'SCHEDULER_ROLE_ARN', 'SCHEDULER_DEAD_LETTER_ARN'];
const STORE = ['STAGE', 'TABLE_NAME', 'EXIT_QUEUE_URL', 'SETTLE_QUEUE_URL'];
const CANARY = Object.keys(CanarySettingsSchema.shape);
const OPTIONAL = new Set([...PAPER, ...EXIT, ...CANARY, 'RELAYER_HOST', 'DATA_HOST', 'WALLET_WATCH', 'REDEEM_FOREIGN']);

const WATCH = [
  ...STORE,
  ...OPEN_ONLY,
  ...EXIT,
  'EVENT_BUS_NAME',
  'CLOB_HOST',
  'GAMMA_HOST',
  'DATA_HOST',
  'WALLET_WATCH',
  'REDEEM_FOREIGN',
];

type Env = Record<string, string>;

/** A valid first event, so that only the environment can be what is wrong. */
const records = (body: unknown) => ({ Records: [{ messageId: 'm', body: JSON.stringify(body) } as SQSRecord] });
const REQUEST = { requestId: 'r', asset: 'BTC', side: 'UP', usd: 5, mode: 'paper' };

const FUNCTIONS = [
  {
    name: 'open',
    variables: [...STORE, ...VENUE, ...OPEN_ONLY, ...PAPER, ...EXIT],
    call: (env: Env) =>
      createOpen(env)({ requestContext: { http: { method: 'POST' } }, body: JSON.stringify(REQUEST) }),
  },
  {
    name: 'sell',
    variables: [...STORE, ...VENUE, 'EXIT_DEAD_LETTER_URL', ...PAPER],
    call: (env: Env) => createSell(env)(records({ v: 1, positionId: 'p', wakeUpId: 'w', source: 'timer' })),
  },
  {
    name: 'settle',
    variables: [...STORE, ...VENUE, 'SETTLE_DEAD_LETTER_URL', 'RELAYER_HOST', 'DATA_HOST', ...PAPER],
    call: (env: Env) => createSettle(env)(records({ v: 1, positionId: 'p', wakeUpId: 'w', source: 'timer' })),
  },
  { name: 'sweep', variables: [...STORE, 'EVENT_BUS_NAME'], call: (env: Env) => createSweep(env)() },
  {
    name: 'announce',
    variables: ['STAGE', 'EVENT_BUS_NAME'],
    call: (env: Env) => createAnnounce(env)({ Records: [{ dynamodb: { SequenceNumber: '1' } }] }),
  },
  {
    name: 'discord',
    variables: ['STAGE', 'TABLE_NAME', 'DISCORD_QUEUE_URL', 'DISCORD_WEBHOOK_URL', 'DISCORD_DEAD_LETTER_URL'],
    call: (env: Env) => createDiscord(env)(records({ hello: 'there' })),
  },
  {
    name: 'canary',
    variables: [...STORE, 'CLOB_HOST', 'GAMMA_HOST', ...OPEN_ONLY, ...PAPER, ...EXIT, ...CANARY],
    call: (env: Env) => createCanary(env)({}),
  },
  {
    name: 'watch',
    variables: WATCH,
    call: (env: Env) => createWatch(env)(),
  },
  {
    name: 'summary',
    variables: ['STAGE', 'TABLE_NAME', 'EVENT_BUS_NAME'],
    call: (env: Env) => createSummary(env)({}),
  },
] as const;

/** Nothing listens there: an environment that is whole gets no further than this. */
const NOWHERE = 'http://127.0.0.1:9';

function wholeEnv(variables: readonly string[]): Env {
  const values = variables
    .filter((name) => !OPTIONAL.has(name))
    .map((name) => [name, /_(URL|HOST)$/.test(name) ? `${NOWHERE}/${SECRET}` : `text-${SECRET}`]);
  return Object.fromEntries(values) as Env;
}

function wrongValues(name: string): fc.Arbitrary<string> {
  if (/_(URL|HOST)$/.test(name)) {
    return fc.constantFrom(
      `not a url ${SECRET}`,
      `ftp://h/${SECRET}`,
      `file:///${SECRET}`,
      `${SECRET}`,
      '//h',
      'http://',
    );
  }
  if (name === 'MAINTENANCE_WINDOWS') return fc.constantFrom(SECRET, '2026-11-24/2026-11-23', '/', 'a/b,c/d');
  if (OPTIONAL.has(name)) {
    return fc.constantFrom(
      SECRET,
      ' ',
      '-1',
      '1.5',
      '1e3',
      '0x10',
      'NaN',
      'Infinity',
      '9'.repeat(30),
      '12 ',
      '\t',
      '٣',
    );
  }
  return fc.constant('');
}

type Damage = { readonly variable: string; readonly value: string | undefined };

const anyDamageOf = (variable: string): fc.Arbitrary<Damage> =>
  (OPTIONAL.has(variable)
    ? wrongValues(variable)
    : fc.oneof(fc.constant(undefined), fc.constant(''), wrongValues(variable))
  ).map((value) => ({ variable, value }));

let folder: string;
let logFile: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tminus-door-'));
  logFile = join(folder, 'log');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Everything the function said: what it logged, answered or threw. */
async function listenTo(call: (env: Env) => Promise<unknown>, env: Env): Promise<string> {
  writeFileSync(logFile, '');
  const heard: string[] = [];
  try {
    heard.push(JSON.stringify(await call({ ...env, LOG_FILE: logFile })) ?? '');
  } catch (error) {
    heard.push(String(error));
  }
  return `${heard.join('\n')}\n${readFileSync(logFile, 'utf8')}`;
}

describe.each(FUNCTIONS)('the environment of $name', ({ name, variables, call }) => {
  it('is refused with every wrong variable named at once, and never a value', async () => {
    const anyDamages = fc
      .subarray([...variables], { minLength: 1 })
      .chain((damaged) => fc.tuple(...damaged.map(anyDamageOf)));
    await assertDoor(
      `environment (${name})`,
      6,
      fc.asyncProperty(anyDamages, async (damages) => {
        const env = wholeEnv(variables);
        for (const { variable, value } of damages) {
          if (value === undefined) delete env[variable];
          else env[variable] = value;
        }
        const heard = await listenTo(call, env);
        expect(heard).toContain('ConfigError');
        for (const { variable } of damages) expect(heard).toMatch(new RegExp(`\\b${variable} is (missing|wrong)`));
        expectNoSecret(heard);
      }),
    );
  });
});

describe('the environment of open', () => {
  it.each([
    ['an exit after the last order', { EXIT_LEAD_MS: '4000' }],
    ['a last order after the deadline', { EXIT_LAST_ORDER_LEAD_MS: '1000' }],
  ])('is refused with %s: the position would never be offered', async (_, settings) => {
    const [open] = FUNCTIONS;
    const heard = await listenTo(open.call, { ...wholeEnv(open.variables), ...settings });
    expect(heard).toMatch(/EXIT_LEAD_MS is wrong \(must be more than EXIT_LAST_ORDER_LEAD_MS/);
  });
});

const LIVE: Env = {
  POLYGON_RPC_URL: NOWHERE,
  LIVE_WALLET_ADDRESS: `0x${'1'.repeat(40)}`,
  LIVE_SIGNATURE_TYPE: '3',
  LIVE_KEY_SECRET: 'wallet-key',
  LIVE_CREDENTIALS_SECRET: 'api-credentials',
};
const { LIVE_KEY_SECRET: _, ...WITHOUT_KEY } = LIVE;

describe.each(FUNCTIONS)('live settings that contradict each other, of $name', ({ name, variables, call }) => {
  const isTrading = ['open', 'sell', 'settle'].includes(name);

  it.each<readonly [string, Env, readonly string[]]>([
    ['two keys', { ...LIVE, LIVE_KMS_KEY_ID: 'alias/key' }, ['LIVE_KEY_SECRET', 'LIVE_KMS_KEY_ID', 'not both']],
    ['no key', WITHOUT_KEY, ['Missing: LIVE_KEY_SECRET or LIVE_KMS_KEY_ID']],
    ['a paper stage with a key', { ...LIVE, STAGE: 'paper' }, ['STAGE is paper', 'LIVE_KEY_SECRET', 'LIVE_WALLET']],
    ['approvals without a wallet', { LIVE_MAY_APPROVE: 'true' }, ['Missing: POLYGON_RPC_URL, LIVE_WALLET_ADDRESS']],
  ])('are refused by name where a key is used, and not read elsewhere: %s', async (_case, settings, named) => {
    const heard = await listenTo(call, { ...wholeEnv(variables), ...settings });
    if (!isTrading) return expect(heard).not.toContain('LIVE_');
    expect(heard).toContain('ConfigError');
    for (const text of named) expect(heard).toContain(text);
    expectNoSecret(heard);
  });
});

describe('a key of the relayer without a wallet', () => {
  it('is refused by the function that settles', async () => {
    const [, , settle] = FUNCTIONS;
    const heard = await listenTo(settle.call, { ...wholeEnv(settle.variables), LIVE_RELAYER_SECRET: 'relayer-key' });
    expect(heard).toMatch(/ConfigError.*Missing: POLYGON_RPC_URL, LIVE_WALLET_ADDRESS/);
  });
});

describe("AWS's own addresses", () => {
  it('are named when they are wrong, and count as missing when they are empty', async () => {
    const sweep = FUNCTIONS[3];
    const env = { ...wholeEnv(sweep.variables), AWS_REGION: 'us-east-1' };
    const heard = await listenTo(sweep.call, { ...env, AWS_ENDPOINT_URL_DYNAMODB: SECRET });
    expect(heard).toMatch(/ConfigError.*AWS_ENDPOINT_URL_DYNAMODB is wrong/);
    expectNoSecret(heard);
    const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: SECRET };
    const general = { AWS_ENDPOINT_URL_DYNAMODB: '', AWS_ENDPOINT_URL: NOWHERE };
    expect(await listenTo(sweep.call, { ...env, ...keys, ...general })).toContain('StoreUnavailableError');
  });
});
