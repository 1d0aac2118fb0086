import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RUNBOOK_SECTIONS, runbookLine } from '#infra/aws/runbook.ts';
import { DEPLOYMENT_RIGHTS } from '#lib/adapters/deployment/part-failure.ts';
import { SMOKE_RIGHTS } from '#lib/cli/delivery/wire-smoke.ts';
import { createProgram } from '#lib/cli/program.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';

const PAGE = readFileSync(new URL('../../../OPERATE.md', import.meta.url), 'utf8');
const HEADINGS = [...PAGE.matchAll(/^#{2,3} (.+)$/gm)].map(([, heading]) => heading);

describe('the page an alarm points to', () => {
  it.each(Object.values(RUNBOOK_SECTIONS))(
    'has the section "%s", which says what is lost and what to do',
    (section) => {
      expect(HEADINGS).toContain(section);
      const [, text = ''] = PAGE.split(`### ${section}\n`);
      const [own = ''] = text.split(/^#/m);
      expect(own).toContain('**Lost:**');
      expect(own).toContain('**Do:**');
    },
  );

  it('is named at the end of every alarm', () => {
    expect(runbookLine('Sweep silent', 'paper')).toBe('What to do: OPERATE.md, "Sweep silent".');
    expect(runbookLine('Dead letters: exits', 'live')).toBe(
      'What to do: run "tminus dead-letters list --stage live"; OPERATE.md, "Dead letters: exits".',
    );
  });

  it('allows everything that doctor asks AWS for a deployment', () => {
    const [, text = ''] = PAGE.split('## What doctor reads\n');
    const policy = JSON.parse(/```json\n([^`]+)```/.exec(text)?.[1] ?? '');
    expect(policy.Statement[0].Action).toEqual(expect.arrayContaining([...DEPLOYMENT_RIGHTS]));
  });

  it('allows everything that a smoke test does to a deployment', () => {
    const [, text = ''] = PAGE.split('## Prove a deployment\n');
    const policy = JSON.parse(/```json\n([^`]+)```/.exec(text)?.[1] ?? '');
    expect(policy.Statement[0].Action.toSorted()).toEqual(SMOKE_RIGHTS.toSorted());
  });

  it('names no command and no option that there is not', () => {
    const program = createProgram(createFakeTerminal(), () => undefined);
    const uses = [...PAGE.matchAll(/`[^`]*?\btminus ([a-z-]+)\b([^`]*)`/g)];
    expect(uses.length).toBeGreaterThan(20);
    for (const [, name = '', rest = ''] of uses) {
      const parent = program.commands.find((each) => each.name() === name);
      expect(parent, `tminus ${name}`).toBeDefined();
      const [sub] = /^[a-z-]+/.exec(rest.trimStart()) ?? [];
      const command = parent?.commands.find((each) => each.name() === sub) ?? parent;
      // What follows `--` is another program's.
      for (const [option] of (rest.split(' -- ')[0] ?? '').matchAll(/--[a-z-]+/g))
        expect(
          [command, ...(command?.commands ?? [])].flatMap((each) => each?.options.map(({ long }) => long)),
          `tminus ${name}`,
        ).toContain(option);
    }
  });
});
