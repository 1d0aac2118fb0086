import { describe, expect, it } from 'vitest';
import type { CauseReport, IncidentReport } from '#infra/proof/incident/incident-report.ts';
import { INCIDENT_CAUSE_NAMES } from '#infra/proof/incident/incident-report.ts';
import { type IncidentOptions, incidentCommand } from '#lib/cli/commands/proof/incident-command.ts';
import { plainPaint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';

const aCause = (overrides: Partial<CauseReport> = {}): CauseReport => ({
  cause: 'stuck-matched-counter',
  words: "the venue's matched-orders counter reserves shares",
  marketSlug: 'btc-updown-5m-1',
  marketVersion: 'v2',
  fees: { feeRounding: 'floor', feePer: 'order' },
  worker: {
    believes: 'open',
    tries: [{ afterDueMs: 6_000, answer: 'not enough balance / allowance' }],
    resultMicros: -24_994_900n,
    leftMicros: 37_600_000n,
    claimedMicros: 0n,
  },
  tminus: {
    positionId: '01m82r98s1ck2prnh986xv7jc2',
    state: 'exited',
    exitReason: 'emergency:timeout',
    refusals: [{ cause: 'stuck-matched-counter', count: 3 }],
    sellCount: 4,
    alerts: ['needs-human', 'forced-exit'],
    soldAfterDueMs: 21_000,
    feeDriftMicros: '-30',
    resultMicros: -1_234_900n,
    leftMicros: 0n,
    claimedMicros: 0n,
  },
  differenceMicros: 23_760_000n,
  faults: [],
  ...overrides,
});
const aReport = (causes: readonly CauseReport[]): IncidentReport => ({
  causes,
  seed: 1,
  stakeMicros: 25_000_000n,
  durationMs: 61_000,
});

async function run(options: Partial<IncidentOptions>, report: IncidentReport) {
  const lines: string[] = [];
  const played: unknown[] = [];
  const out = (text: string) => void lines.push(text);
  const terminal = { out, err: out, paint: plainPaint, screen: null, ask: null, env: {}, nowMs: () => 0 };
  const exitCode = await incidentCommand(
    terminal,
    { cause: 'all', marketVersion: 'both', seed: 1, ...options },
    async (request, say) => {
      played.push(request);
      say('Half a minute passes.');
      return report;
    },
  );
  return { text: lines.join('\n'), exitCode, played };
}

describe('tminus incident', () => {
  it('plays every cause in both market versions unless told which', async () => {
    expect((await run({}, aReport([aCause()]))).played).toEqual([
      { causes: INCIDENT_CAUSE_NAMES, versions: ['v1', 'v2'], seed: 1 },
    ]);
    const options = { cause: 'wrong-token', marketVersion: 'v2', seed: 7 } as const;
    expect((await run(options, aReport([]))).played).toEqual([{ causes: ['wrong-token'], versions: ['v2'], seed: 7 }]);
  });

  it('prints the report as JSON and nothing else, micros as text', async () => {
    const { text, exitCode } = await run({ json: true }, aReport([aCause()]));
    expect(JSON.parse(text)).toMatchObject({
      stakeMicros: '25000000',
      causes: [{ differenceMicros: '23760000', worker: { resultMicros: '-24994900' }, tminus: { state: 'exited' } }],
    });
    expect(exitCode).toBe(0);
  });

  it('shows what both sides did within 80 columns', async () => {
    const long = aCause({ cause: 'missing-approval-paged' });
    const { text } = await run({}, aReport([aCause(), long]));
    for (const part of [
      'record: open',
      '-$24.99',
      '37.60 left → $0.00',
      'exited, 21 s after due',
      '-$1.23',
      '+$23.76',
    ]) {
      expect(text).toContain(part);
    }
    expect(Math.max(...text.split('\n').map((each) => each.length))).toBeLessThanOrEqual(TERMINAL_WIDTH);
    expect(text).not.toContain('…');
  });

  it('says what the worker left unclaimed, and how each position of T-minus ended', async () => {
    const { worker, tminus } = aCause();
    const won = { leftMicros: 37_600_000n, claimedMicros: 37_600_000n, resultMicros: 12_605_100n };
    const redeemed = tminus && { ...tminus, ...won, state: 'redeemed' };
    const { text } = await run({}, aReport([aCause({ worker: { ...worker, ...won }, tminus: redeemed }), aCause()]));
    expect(text).toContain('$37.60 unclaimed');
    expect(text).toContain('37.60 left → $37.60');
    const sums = text.replaceAll(/\s+/g, ' ');
    expect(sums).toContain('with $37.60 that it left unclaimed.');
    expect(sums).toContain("T-minus: left shares at the market's end in 1, 1 exited, 1 redeemed, each with reason");
  });

  it('shows sums and differences of the cents it shows', async () => {
    const money = { resultMicros: 4_900n, leftMicros: 0n, claimedMicros: 0n };
    const { worker, tminus } = aCause();
    const cause = aCause({ worker: { ...worker, ...money }, tminus: tminus && { ...tminus, ...money } });
    const { text } = await run({}, aReport([cause, cause, cause]));
    expect(text.replaceAll('\n', ' ')).toContain("T-minus: left shares at the market's end in 0");
    expect(text).not.toContain('$0.01');
  });

  it('shows fees that differ from the estimate by a cent or more', async () => {
    const { tminus } = aCause();
    const drifting = (feeDriftMicros: string) => aCause({ tminus: tminus && { ...tminus, feeDriftMicros } });
    expect((await run({}, aReport([drifting('-9999')]))).text).not.toContain('fee drift');
    expect((await run({}, aReport([drifting('-609620')]))).text).toContain('fee drift -$0.61');
  });

  it('reports the interruption, whatever error it caused', async () => {
    const listenerCount = process.listenerCount('SIGINT');
    const out = () => undefined;
    const terminal = { out, err: out, paint: plainPaint, screen: null, ask: null, env: {}, nowMs: () => 0 };
    const play = async (_request: unknown, _say: unknown, signal: AbortSignal): Promise<IncidentReport> => {
      process.emit('SIGINT');
      await Promise.resolve();
      throw new Error(signal.aborted ? 'a socket was closed' : 'nobody was told');
    };
    await expect(incidentCommand(terminal, { cause: 'all', marketVersion: 'v1', seed: 1 }, play)).rejects.toMatchObject(
      {
        exitCode: 1,
        message: expect.stringContaining('Interrupted'),
      },
    );
    expect(process.listenerCount('SIGINT')).toBe(listenerCount);
  });

  it('shows the loss of the real incident with its own number of stakes', async () => {
    const { text } = await run({}, aReport([aCause()]));
    expect(text.replaceAll('\n', ' ')).toContain('three stakes of $25.00, $75.00 in all, $57.82 claimable');
  });

  it('fails on a deviation, and shows it', async () => {
    const { text, exitCode } = await run({}, aReport([aCause({ faults: ['cash on the chain: 1 micros'] }), aCause()]));
    expect(exitCode).toBe(1);
    expect(text).toContain('stuck-matched-counter v2: cash on the chain: 1 micros');
    expect(text).not.toContain('All causes ended as expected');
  });

  it('shows that nothing was opened', async () => {
    const { text } = await run({}, aReport([aCause({ tminus: null, faults: ['A position was not opened'] })]));
    expect(text).toContain('nothing was opened');
  });
});
