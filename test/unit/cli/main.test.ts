import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '#lib/cli/cli-error.ts';
import { describeEnd, planExitByHand } from '#lib/cli/commands/exit-command.ts';
import { main } from '#lib/cli/main.ts';
import { createSuite, findSuite } from '#lib/cli/suite/find-suite.ts';
import { TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { ROUTES } from '#lib/contracts/api/routes.ts';
import { POSITION_STATES } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { centsOf, dollars, shares, signedDollars } from '#lib/words/money-text.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';

const OPEN = ['open', '--asset', 'BTC', '--side', 'UP', '--usd', '25'];

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'tminus-cli-'));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

async function run(...args: string[]) {
  const terminal = createFakeTerminal();
  const code = await main(args, terminal);
  return { code, out: terminal.outLines.join('\n'), err: terminal.errLines };
}

describe('help', () => {
  it('documents every exit code and every command', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const exitCode of Object.values(EXIT_CODES)) expect(out).toMatch(new RegExp(`^ {2}${exitCode} {2}\\w`, 'm'));
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TERMINAL_WIDTH);
    for (const command of ['start', 'stop', 'status', 'open', 'positions', 'show', 'exit', 'halt', 'resume'])
      expect(out).toContain(command);
  });

  it('describes the API, with every route', async () => {
    const { code, out } = await run('openapi', '--url', 'https://example.org/');
    expect(code).toBe(0);
    const document = JSON.parse(out);
    expect([document.openapi, document.servers]).toEqual(['3.1.0', [{ url: 'https://example.org' }]]);
    const operations = Object.values<Record<string, { operationId: string; summary: string }>>(document.paths)
      .flatMap((item) => Object.values(item))
      .map(({ operationId }) => operationId);
    expect(operations.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
  });

  it('lists the options of the story', async () => {
    const { out } = await run('start', '--help');
    for (const option of ['--recordings', '--seed', '--markets', '--keep-running', '--state-dir', '--json']) {
      expect(out).toContain(option);
    }
  });
});

describe('a report', () => {
  it('replaces no file that is none of its own, and needs one that can be written', async () => {
    const notes = join(stateDir, 'notes.html');
    writeFileSync(notes, '<!doctype html><title>Notes</title>');
    const report = (file: string) => run('report', '--out', file, '--state-dir', stateDir);
    const { code, err } = await report(notes);
    expect([code, err]).toEqual([
      2,
      [`tminus: ${notes} exists and is no page of T-minus. Name another file, or remove it.`],
    ]);
    expect(readFileSync(notes, 'utf8')).toContain('Notes');
    expect(await report(stateDir)).toMatchObject({ code: 2, err: [expect.stringContaining('is no page of T-minus')] });
    const nowhere = await report(join(stateDir, 'no', 'r.html'));
    expect(nowhere).toMatchObject({ code: 2, err: [expect.stringContaining('Name a file in a folder that exists')] });
  });
});

describe('wrong usage', () => {
  it.each([
    ['an unknown command', ['bogus']],
    ['no command', []],
    ['an unknown option', ['positions', '--bogus']],
    ['a missing argument', ['show']],
    ['a missing option', ['open', '--asset', 'BTC', '--usd', '25']],
    ['an unknown asset', ['open', '--asset', 'PEPE', '--side', 'UP', '--usd', '25']],
    ['an unknown state', ['positions', '--state', 'lost']],
    ['too many markets', ['start', '--markets', '21']],
    ['an unknown cause', ['incident', '--cause', 'bad-luck']],
    ['a market count that is no number', ['start', '--markets', '2e9']],
    ['an exit lead that is no time', [...OPEN, '--exit-lead', 'soon']],
    ['an exit lead that is too short', [...OPEN, '--exit-lead', '5s']],
    ['a floor above every price', [...OPEN, '--floor', '1.2']],
    ['a slack that is no number of ticks', [...OPEN, '--slack-ticks', '2.5']],
    ['an amount that is no number', ['open', '--asset', 'BTC', '--side', 'UP', '--usd', '2a5']],
    ['an amount of nothing', ['open', '--asset', 'BTC', '--side', 'UP', '--usd', '0']],
    ['a request id with spaces', [...OPEN, '--request-id', 'a b']],
    ['a stage nobody has described', ['positions', '--stage', 'staging']],
    ['a report without a file', ['report']],
    ['a report of a time that is none', ['report', '--csv', '--since', 'yesterday']],
    ['a report of no time', ['report', '--csv', '--since', '2026-11-02', '--until', '2026-11-02']],
    ['a table that is no name', ['positions', '--table', 'a b']],
    ['exits by the rows of another table', ['halt', '--table', 'restored', '--flatten', '--yes']],
    ['two suites at once', ['halt', '--stage', 'paper', '--state-dir', '.tminus']],
  ])('answers %s with one line and code 2', async (_name, args) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(/^tminus: \S/);
    expect(err[0]).not.toContain('\n');
    expect(out).toBe('');
  });

  it.each([
    [['open'], 'Missing: --side <outcome>, --usd <amount>. See `tminus open --help`.'],
    [['show'], "Missing required argument 'id'. See `tminus show --help`."],
    [
      ['sim', '--lives', 'many'],
      /many' is invalid\. It must be a whole number from 1 to .*\. See `tminus sim --help`\.$/,
    ],
    [['openn'], /^tminus: Unknown command 'openn' \(Did you mean open\?\)\. See `tminus --help`\.$/],
    [[], /Name a command: `tminus --help` lists them\.$/],
  ])('names everything that is missing, and the help of the command itself: %j', async (args, message) => {
    expect((await run(...args)).err).toEqual([
      typeof message === 'string' ? `tminus: ${message}` : expect.stringMatching(message),
    ]);
  });

  it('takes the values of an option in any case', async () => {
    const { code, err } = await run(
      'open',
      '--asset',
      'btc',
      '--side',
      'Up',
      '--mode',
      'PAPER',
      '--window',
      '5M',
      '--usd',
      '25',
      '--state-dir',
      stateDir,
    );
    expect(code).toBe(EXIT_CODES.notRunning);
    expect(err).toEqual([expect.stringContaining('No local stack runs')]);
  });

  it('is told as JSON where JSON was asked for', async () => {
    const { err } = await run('positions', '--state', 'lost', '--json');
    expect(JSON.parse(err[0] ?? '')).toEqual({ code: 'usage', message: expect.stringContaining('--state') });
  });

  it('does not repeat escape sequences of its input', async () => {
    const { err } = await run('\u001b[2Jbogus');
    expect(err[0]).not.toContain('\u001b');
  });
});

describe('a start that cannot be', () => {
  it('names what the system said, in its own word', async () => {
    const { code, err } = await run('start', '--json', '--state-dir', stateDir, '--recordings', join(stateDir, 'no'));
    expect(code).toBe(EXIT_CODES.usage);
    expect(JSON.parse(err[0] ?? '')).toMatchObject({ message: expect.stringMatching(/cannot be read \(ENOENT\)$/) });
  });

  it('has the code of a stack that does not run when a part of it does not come up, and deletes nothing', async () => {
    const table = join(stateDir, 'table.db');
    writeFileSync(table, 'no table');
    const { code, err } = await run('start', '--json', '--state-dir', stateDir);
    expect(code).toBe(EXIT_CODES.notRunning);
    expect(JSON.parse(err[0] ?? '')).toMatchObject({ message: expect.stringContaining(`if ${table} is damaged`) });
    expect(readFileSync(table, 'utf8')).toBe('no table');
  });
});

describe('without a stack', () => {
  it.each([
    ['open', [...OPEN]],
    ['positions', ['positions']],
    ['show', ['show', 'some-id']],
    ['exit', ['exit', 'some-id']],
    ['status', ['status']],
    ['halt', ['halt']],
    ['resume', ['resume']],
  ])('%s says how to start one, with code 5', async (_name, args) => {
    const { code, err } = await run(...args, '--state-dir', stateDir);
    expect(code).toBe(5);
    expect(err).toEqual([expect.stringContaining('npm start -- --keep-running')]);
  });

  it('does not believe the description a killed stack left behind', async () => {
    const env = { STAGE: 'local', TABLE_NAME: 'table' };
    writeFileSync(join(stateDir, 'stack.json'), JSON.stringify({ pid: 2 ** 22 + 1, startedAtMs: 1, env }));
    await expect(findSuite({ stateDir }, {})).rejects.toThrow(/No local stack runs/);
  });

  it('talks to what the environment names, unless a state directory was asked for', async () => {
    const env = {
      STAGE: 'prod',
      TABLE_NAME: 'tminus-prod',
      EXIT_QUEUE_URL: 'http://127.0.0.1:1/0/exit',
      OPEN_FUNCTION_NAME: 'open',
      AWS_REGION: 'us-east-1',
    };
    const suite = createSuite(await findSuite({}, env));
    expect(suite).toMatchObject({ place: 'stage prod (table tminus-prod)', flags: '' });
    suite.close();
    await expect(findSuite({ stateDir }, env)).rejects.toThrow(/No local stack runs/);
  });

  it('names everything the environment lacks at once', async () => {
    const place = await findSuite({}, { TABLE_NAME: 'tminus-prod' });
    expect(() => createSuite(place)).toThrow(
      /STAGE is missing.*EXIT_QUEUE_URL is missing.*OPEN_FUNCTION_NAME is missing/,
    );
  });
});

describe('exit by hand', () => {
  it.each(['buying', 'holding', 'exiting'] as const)('says what will happen to a position that is %s', (state) => {
    expect(planExitByHand(aPosition({ state }), 0)).not.toBe('');
  });

  it.each(POSITION_STATES.filter((state) => !['buying', 'holding', 'exiting'].includes(state)))(
    'refuses a position that is %s',
    (state) => {
      expect(() => planExitByHand(aPosition({ state }), 0)).toThrow(expect.objectContaining({ exitCode: 3 }));
    },
  );

  it('says after the wait how many shares were sold, at what price and with what result', () => {
    const sold = describePosition(aPosition({ state: 'exited' }));
    expect(describeEnd(aPosition({ state: 'exited' }))).toBe(
      `Sold ${shares(sold.soldMicros)} shares at ${centsOf(sold.exitPrice)} for ${dollars(sold.proceedsMicros)}. ` +
        `Result after fees: ${signedDollars(sold.pnlMicros ?? '')}.`,
    );
    expect(describeEnd(aPosition({ state: 'awaiting-resolution' }))).toMatch(/Not sold in time: 36\.00 shares/);
    expect(describeEnd(aPosition({ state: 'exiting' }))).toMatch(/still exiting/);
  });
});
