import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { simCommand } from '#lib/cli/commands/proof/sim-command.ts';
import { createProgram } from '#lib/cli/program.ts';
import { plainPaint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import type { Sabotage } from '#lib/simulation/life-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'tminus-sim-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function sim(...args: string[]) {
  const lines: string[] = [];
  let exitCode = -1;
  const out = (text: string) => void lines.push(text);
  const terminal = { out, err: out, paint: plainPaint, screen: null, ask: null, env: {}, nowMs: () => 0 };
  const program = createProgram(terminal, (code) => {
    exitCode = code;
  });
  await program.parseAsync(['sim', ...args], { from: 'user' });
  return { text: lines.join('\n'), exitCode };
}

describe('tminus sim', () => {
  it('names the crash points that were not reached only when they are few', async () => {
    const { text } = await sim('--seed', '4711', '--lives', '1');
    expect(text).toMatch(/^1 life, 0\.\d simulated hours/);
    expect(text).toContain('of 86; each life aims at one');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TERMINAL_WIDTH);
  });

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
        'livesByVersion',
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

  it('refuses a plan it cannot use and names its file', async () => {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'half.json');
    writeFileSync(file, '{"v":1,"faults":[');
    await expect(sim('--faults', file)).rejects.toThrow(`The fault plan "${file}" is not JSON`);
  });

  it('plays seeds of any size that a number can hold, and no other', async () => {
    const { text } = await sim('--seed', '9007199254740990', '--lives', '2', '--json');
    expect(JSON.parse(text)).toMatchObject({ lives: 2, violations: [] });
    await expect(sim('--seed', '9007199254740990', '--lives', '3')).rejects.toThrow('fewer lives');
    for (const seed of ['9007199254740993', '1.5', '1e3', '0x10']) {
      await expect(sim('--seed', seed)).rejects.toThrow('whole number from 0 to 9007199254740991');
    }
  });

  it('refuses a plan it cannot read, and numbers that are none', async () => {
    await expect(sim('--faults', join(folder, 'nowhere.json'))).rejects.toThrow(InvalidInputError);
    await expect(sim('--lives', 'many')).rejects.toThrow('whole number');
  });
});

describe('a long run', () => {
  it('is refused before it plays, when its files or options cannot be used', async () => {
    mkdirSync(folder, { recursive: true });
    const cut = join(folder, 'cut.json');
    writeFileSync(cut, '{"v":1,');
    await expect(sim('--lives', '5', '--state', cut)).rejects.toThrow(`The state file "${cut}" is not JSON`);
    await expect(sim('--lives', '5', '--state', folder)).rejects.toThrow('cannot be read. Name a file');
    await expect(sim('--lives', '5', '--out', folder)).rejects.toThrow('Name another file with --out');
    await expect(sim('--lives', '5', '--state', join(cut, 'below'))).rejects.toThrow(/cannot be (read|written)/);
    for (const workers of ['0', 'many', '1.5']) await expect(sim('--workers', workers)).rejects.toThrow('whole number');
  });
});

describe('tminus sim with a bug planted', () => {
  const losesAlerts: Sabotage = (deps) => ({ ...deps, bus: { publish: async () => undefined } });
  const planFile = join(folder, 'calm.json');
  const simBroken = async (options: { readonly json?: boolean; readonly faults?: string } = {}) => {
    const lines: string[] = [];
    const out = (text: string) => void lines.push(text);
    const terminal = { out, err: out, paint: plainPaint, screen: null, ask: null, env: {}, nowMs: () => 0 };
    const exitCode = await simCommand(terminal, { seed: 6, lives: 3, ...options }, { sabotage: losesAlerts });
    return { text: lines.join('\n'), exitCode };
  };

  it('ends with 1 and prints the law, the command that plays the life again, the shortest plan and what happens', async () => {
    const { text, exitCode } = await simBroken();
    expect(exitCode).toBe(1);
    const [, seed] = /Law 9 is broken by seed ([678]): the alert [a-z-]+ was never delivered/.exec(text) ?? [];
    expect(text).toContain(`Again: tminus sim --seed ${seed} --lives 1\n`);
    expect(text).toContain('{"v":1,"calmAfterEndMs":60000,"faults":[]}');
    expect(text).toMatch(/LAW +9 is broken/);
  });

  it('names the plan in the command that plays the life again', async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(planFile, '{"v":1,"faults":[]}');
    const { text, exitCode } = await simBroken({ faults: planFile });
    expect(exitCode).toBe(1);
    expect(text).toContain(`--lives 1 --faults ${planFile}\n`);
  });

  it('quotes the plan’s name where a shell needs it', async () => {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "somebody's plan.json");
    writeFileSync(file, '{"v":1,"faults":[]}');
    const { text } = await simBroken({ faults: file });
    expect(text).toContain(`--faults '${file.replace("'", "'\\''")}'\n`);
  });

  it('ends with 1 as JSON too, with the violations and nothing else', async () => {
    const { text, exitCode } = await simBroken({ json: true });
    expect(exitCode).toBe(1);
    const [first] = JSON.parse(text).violations;
    expect(first).toMatchObject({ law: 9, seed: expect.toSatisfy((seed: number) => seed >= 6 && seed <= 8) });
    expect(Object.keys(first)).toEqual(['law', 'seed', 'text', 'sinceEndMs']);
  });
});
