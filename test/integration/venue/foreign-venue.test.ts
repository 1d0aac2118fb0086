import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { deriveApiCredentials } from '#lib/adapters/polymarket/account/derive-api-credentials.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { main } from '#lib/cli/main.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { boughtTotals, feeDriftMicros, soldTotals } from '#lib/domain/position/fill-totals.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { BY_THE_BOOK, EASY_GOING } from '#test/fixtures/foreign-venue/dialect.ts';
import { type ForeignVenue, startForeignVenue } from '#test/fixtures/foreign-venue/start-foreign-venue.ts';
import { moveClockTo } from '#test/fixtures/movable-clock.ts';
import { LIFE_ENV, LIFE_MS, skipIdleTime } from '#test/fixtures/quick-life.ts';
import { IS_LONG } from '#test/fixtures/test-length.ts';
import { eventually, makeStateDir, removeStateDir } from '#test/integration/local/local-test-stack.ts';

const CASH_MICROS = 200_000_000n;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** The suite as it is, with the four addresses and an account of the other venue. */
async function startSuite(venue: ForeignVenue) {
  const stateDir = makeStateDir();
  stops.push(() => removeStateDir(stateDir));
  const stack = await startLocalStack({
    stateDir,
    timerGrainMs: 1_000,
    timerJitterMs: 500,
    sweepPeriodMs: 1_000,
    env: { ...LIFE_ENV, LOG_FILE: `${stateDir}/functions.log`, ...venue.hosts, ...venue.account },
  });
  stops.push(() => stack.stop());
  const aws = createAwsClients(stack.env);
  stops.push(aws.destroy);
  const { TABLE_NAME: tableName = '', STAGE: stage = '' } = stack.env;
  const store = createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids: countingIds('test') });
  return { stack, aws, store, stateDir };
}

async function doctor(stateDir: string) {
  const terminal = createFakeTerminal({ env: {} });
  const code = await main(['doctor', '--json', '--state-dir', stateDir], terminal);
  const { checks }: { checks: { name: string; status: string; found: string }[] } = JSON.parse(
    terminal.outLines.join('\n'),
  );
  // Of a suite this young no timer has fired yet, wherever it trades.
  return { code, notGreen: checks.filter(({ name, status }) => name !== 'timer' && status !== 'ok') };
}

/** A market of the window that begins now, so that its whole length is left. */
function addFreshMarket(venue: ForeignVenue, version: 'v1' | 'v2') {
  moveClockTo((Math.floor(Date.now() / LIFE_MS) + 1) * LIFE_MS + 500);
  return venue.addMarket({ version });
}

async function open(stack: LocalStack, marketSlug: string): Promise<{ positionId: string }> {
  const aws = createAwsClients(stack.env);
  try {
    const request = { requestId: 'foreign-1', asset: 'BTC', side: 'UP', usd: '25', mode: 'live', marketSlug };
    const reply = await aws.lambda.send(new InvokeCommand({ FunctionName: 'open', Payload: JSON.stringify(request) }));
    const answer = JSON.parse(Buffer.from(reply.Payload ?? []).toString('utf8'));
    expect(answer).toMatchObject({ outcome: 'opened' });
    return answer.position;
  } finally {
    aws.destroy();
  }
}

const NO_COUNTRY = 'country: warning';
const SHORT = [
  { dialect: BY_THE_BOOK, signatureType: 0, version: 'v2', lostSide: 'SELL', notGreen: [NO_COUNTRY] },
  { dialect: EASY_GOING, signatureType: 3, version: 'v1', lostSide: 'BUY', notGreen: [] },
] as const;
/** Every pair of a dialect, an account and a version, with one of them or the other. */
const LONG = [
  { dialect: EASY_GOING, signatureType: 3, version: 'v2', lostSide: 'BUY', notGreen: [] },
  { dialect: BY_THE_BOOK, signatureType: 3, version: 'v1', lostSide: 'BUY', notGreen: [NO_COUNTRY] },
  { dialect: EASY_GOING, signatureType: 0, version: 'v1', lostSide: 'SELL', notGreen: [] },
] as const;

describe.each(IS_LONG ? [...SHORT, ...LONG] : SHORT)(
  'a market of $version at another venue ($dialect.name), type $signatureType',
  (story) => {
    it('derives credentials, is ready, buys, heals a refusal, finds lost orders and has sold all, to the micro', async () => {
      const { dialect, signatureType, version, lostSide } = story;
      const venue = await startForeignVenue({ dialect, signatureType, cashMicros: CASH_MICROS });
      stops.push(venue.stop);
      const account = createKeySigningAccount(venue.privateKey);
      const { CLOB_HOST: clobHost } = venue.hosts;
      const derived = await deriveApiCredentials({ clock: systemClock, clobHost, account }, Date.now() + 60_000);
      expect(derived).toEqual(venue.credentials);

      const { stack, store, stateDir } = await startSuite(venue);
      venue.ledger.approvals.grantV2();
      // The market of the running window, which the doctor looks for.
      addFreshMarket(venue, version);
      // Its reads have deadlines, which a busy machine misses.
      await eventually(async () => {
        const { code, notGreen } = await doctor(stateDir);
        expect(notGreen.map(({ name, status }) => `${name}: ${status}`)).toEqual(story.notGreen);
        expect(code).toBe(0);
      });

      const market = addFreshMarket(venue, version);
      venue.loseAnswer(lostSide);
      // A repeated request acts once; a busy machine may answer first that it is not ready.
      const { positionId } = await eventually(() => open(stack, market.slug));
      const position = await eventually(async () => {
        const found = await store.find(positionId);
        skipIdleTime(found === undefined ? [] : [found]);
        expect(found).toMatchObject({ state: 'exited' });
        return found!;
      });

      expect(position).toMatchObject({ wallet: expect.stringMatching(new RegExp(venue.wallet, 'i')), mode: 'live' });
      const bought = boughtTotals(position);
      const sold = soldTotals(position);
      expect(bought.sharesMicros).toBeGreaterThan(30_000_000n);
      expect(venue.ledger.shares(market.tokenIds[0])).toBe(bought.sharesMicros - sold.sharesMicros);
      const cashMicros = CASH_MICROS - bought.valueMicros - bought.feesMicros + sold.valueMicros - sold.feesMicros;
      // A busy machine may miss the read of the true fees; an estimate is off by a micro of each trade at most.
      const offMicrosMax = feeDriftMicros(position) === null ? position.trades.length : 0;
      expect(Math.abs(Number(venue.ledger.cash() - cashMicros))).toBeLessThanOrEqual(offMicrosMax);
      expect(new Set(position.trades.map(({ status }) => status))).toEqual(new Set(['confirmed']));
      const attempts = await store.listAttempts(positionId);
      const refusals = attempts.flatMap(({ result }) => (result.phase === 'refused' ? [result] : []));
      expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['balance-or-allowance']));
      expect(refusals.map(({ cause }) => cause)).not.toContain('wrong-wallet');
      const timeline = await store.listTimeline(positionId);
      expect(timeline.map(({ event }) => event.type)).toContain('order-unknown');
      expect(venue.ledger.orders.size).toBe(2);
    });
  },
);
