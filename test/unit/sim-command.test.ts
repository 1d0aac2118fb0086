import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, describe, expect, it } from 'vitest';
import { registerSim } from '#lib/cli/commands/sim-command.ts';
import { plainPaint } from '#lib/cli/terminal.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'tminus-sim-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function sim(...args: string[]) {
  const lines: string[] = [];
  let exitCode = -1;
  const out = (text: string) => void lines.push(text);
  const terminal = { out, err: out, paint: plainPaint, screen: null, env: {}, nowMs: () => 0 };
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerSim(program, terminal, (code) => {
    exitCode = code;
  });
  await program.parseAsync(['sim', ...args], { from: 'user' });
  return { text: lines.join('\n'), exitCode };
}

describe('tminus sim', () => {
  it('prints the report as JSON and nothing else', async () => {
    const { text, exitCode } = await sim('--seed', '5', '--lives', '20', '--json');
    const report = JSON.parse(text);
    expect(Object.keys(report).toSorted()).toEqual(
      [
        'lives',
        'simulatedMs',
        'wallMs',
        'faultsInjected',
        'crashPoints',
        'violations',
        'endsByState',
        'refusalsByCause',
      ].toSorted(),
    );
    expect(Object.keys(report.crashPoints)).toEqual(['covered', 'total', 'missed']);
    expect(report).toMatchObject({ lives: 20, violations: [] });
    expect(exitCode).toBe(0);
  });

  it('tells people the same in words', async () => {
    const { text, exitCode } = await sim('--lives', '20');
    expect(text).toContain('20 lives');
    expect(text).toContain('No law was broken.');
    expect(exitCode).toBe(0);
  });

  it('runs somebody else’s plan as it is', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tminus-sim-')), 'plan.json');
    writeFileSync(file, '{"v":1,"faults":[{"kind":"unsettled","probability":1}]}');
    const { text } = await sim('--lives', '20', '--faults', file, '--json');
    expect(Object.keys(JSON.parse(text).faultsInjected)).toEqual(['unsettled']);
    rmSync(join(file, '..'), { recursive: true, force: true });
  });

  it('refuses a plan it cannot read, and numbers that are none', async () => {
    await expect(sim('--faults', join(folder, 'nowhere.json'))).rejects.toThrow(InvalidInputError);
    await expect(sim('--lives', 'many')).rejects.toThrow('whole number');
  });
});
