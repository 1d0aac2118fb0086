import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '#lib/cli/cli-error.ts';
import { main } from '#lib/cli/main.ts';
import { plainPaint, printable, type Terminal } from '#lib/cli/terminal.ts';
import { assertDoor, expectNoSecret, SECRET, TREACHEROUS_NAMES } from '#test/fixtures/bad-input.ts';

const VALID = {
  open: ['--asset', 'BTC', '--side', 'UP', '--usd', '5'],
  positions: ['--state', 'holding'],
  show: ['id-1'],
  exit: ['id-1', '--wait'],
  halt: ['--mode', 'paper'],
  resume: [],
  // Never whole here: it would start a stack.
  start: ['--markets', '21'],
} as const satisfies Record<string, readonly string[]>;

const anyWord = fc.oneof(
  fc.constantFrom(
    ...TREACHEROUS_NAMES,
    '-',
    '--',
    '--x',
    '-abc',
    '--json',
    '--usd',
    '--state=',
    '--mode',
    'LIVE',
    '-1',
    '\n',
  ),
  fc.constantFrom('--window', '--seed', '--request-id', '--wait=5', '--asset=BTC', '--asset=', '\u001b[31mred', '🙈'),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constant('x'.repeat(3_000)),
);

/** A command that is nearly right, or one that never was. */
const anyArgs: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...(Object.keys(VALID) as (keyof typeof VALID)[])),
      fc.array(anyWord, { maxLength: 3 }),
      fc.nat(6),
    )
    .map(([name, words, place]) => [name, ...(VALID[name] as readonly string[]).toSpliced(place, 0, ...words)]),
  fc.array(anyWord, { maxLength: 5 }),
);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tminus-door-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function run(args: readonly string[]) {
  const heard = { out: '', errLines: [] as string[] };
  const terminal: Terminal = {
    out: (text) => {
      heard.out += text;
    },
    err: (text) => void heard.errLines.push(text),
    paint: plainPaint,
    screen: null,
    ask: null,
    env: { SOME_KEY: SECRET },
    nowMs: Date.now,
  };
  return { ...heard, exitCode: await main(args, terminal) };
}

describe('the door of the command line', () => {
  it('answers garbage with code 2 and one line, and a command nobody can serve with code 5', async () => {
    await assertDoor(
      'command line',
      20,
      fc.asyncProperty(anyArgs, async (words) => {
        // A folder without a stack: the one of this checkout may hold somebody's own.
        const [name = '', ...rest] = words;
        const isCommand = Object.hasOwn(VALID, name);
        const args = isCommand ? [name, '--state-dir', folder, ...rest] : words;
        const { exitCode, errLines, out } = await run(args);
        expectNoSecret(out, ...errLines);
        if (exitCode === EXIT_CODES.ok) {
          expect(errLines).toEqual([]);
          return;
        }
        expect([EXIT_CODES.usage, EXIT_CODES.notRunning]).toContain(exitCode);
        expect(errLines).toHaveLength(1);
        expect(printable(errLines[0] ?? '')).toBe(errLines[0]);
      }),
    );
  });
});
