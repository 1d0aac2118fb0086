import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CauseReport } from '#infra/proof/incident/incident-report.ts';
import { runIncident, SETTLEMENT_TEXT } from '#infra/proof/incident/run-incident.ts';
import type { StartLocalStack } from '#infra/shared/local-stack.ts';
import { startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { MARKET_VERSIONS, type MarketVersion } from '#lib/domain/market/market.ts';
import { connectSuite } from '#lib/suite-client/connect-suite.ts';
import { skipIdleTime } from '#test/fixtures/quick-life.ts';
import { IS_LONG } from '#test/fixtures/test-length.ts';

/**
 * A run takes its minute of real time up to the markets' end, however many causes are in it; `tminus incident` plays
 * all.
 */
const CAUSES = [
  'stale-balance',
  'own-resting-orders',
  'missing-approval',
  'fewer-shares',
  'already-sold',
  'wrong-wallet',
  'shares-gone',
  'market-over',
] as const;
const DEADLINE_MS = 300_000;
const POLL_MS = 250;
/** The live contract suites cover v1 in every run. */
const VERSIONS: readonly MarketVersion[] = IS_LONG ? MARKET_VERSIONS : ['v2'];

let causes: readonly CauseReport[];

beforeAll(async () => {
  const settlement = Promise.withResolvers<void>();
  const ended = new AbortController();
  const startSkipping: StartLocalStack = async (options) => {
    const stack = await startLocalStack(options);
    void settlement.promise.then(() => skipUntil(ended.signal, stack.env));
    return stack;
  };
  const say = (text: string): void => (text === SETTLEMENT_TEXT ? settlement.resolve() : undefined);
  const request = { causes: CAUSES, versions: VERSIONS, seed: 2 };
  ({ causes } = await runIncident({ startLocalStack: startSkipping }, request, say).finally(() => ended.abort()));
}, DEADLINE_MS);

/** Moves the clock past the minutes in which a settlement waits. */
async function skipUntil(ended: AbortSignal, env: Readonly<Record<string, string>>): Promise<void> {
  const suite = connectSuite(env);
  while (!ended.aborted) {
    // The incident stops its stack before the signal, so that the last reading may find no table.
    const positions = await suite.store.list().catch(() => undefined);
    if (positions !== undefined) skipIdleTime(positions);
    await pause(POLL_MS);
  }
  suite.close();
}

const of = (name: (typeof CAUSES)[number]): CauseReport => causes.find(({ cause }) => cause === name)!;

describe('the night of the loss, live on this machine', () => {
  it.each(CAUSES)('ends as it has to, ledger and chain alike: %s', (name) => {
    const played = causes.filter(({ cause }) => cause === name);
    expect(played.map(({ marketVersion, faults }) => ({ marketVersion, faults }))).toEqual(
      VERSIONS.map((marketVersion) => ({ marketVersion, faults: [] })),
    );
  });

  it('leaves the worker with an open record after three refused tries', () => {
    for (const name of [
      'stale-balance',
      'own-resting-orders',
      'missing-approval',
      'fewer-shares',
      'wrong-wallet',
    ] as const) {
      const { believes, tries } = of(name).worker;
      expect({ name, believes, count: tries.length }).toEqual({ name, believes: 'open', count: 3 });
      expect(tries.every(({ answer }) => answer.startsWith('not enough balance / allowance'))).toBe(true);
    }
  });

  it('does not sell twice what the worker believes unsold: the answer alone was lost', () => {
    const { worker, tminus } = of('already-sold');
    expect(worker.believes).toBe('open');
    // All but dust was sold by the first of the three tries.
    expect(worker.claimedMicros).toBeLessThan(10_000n);
    expect(tminus).toMatchObject({ state: 'exited', sellCount: 1 });
  });

  it('claims what won by a transaction of the key, and books what is gone as lost', () => {
    const { worker, tminus } = of('market-over');
    expect(tminus).toMatchObject({ state: 'redeemed', claimedMicros: tminus?.leftMicros });
    expect(worker.claimedMicros).toBe(worker.leftMicros);
    expect(of('shares-gone').tminus?.state).toBe('worthless');
  });

  it('pages for what only a human can mend', () => {
    expect(of('wrong-wallet').tminus?.alerts).toEqual(expect.arrayContaining(['needs-human', 'sell-failed']));
  });
});
