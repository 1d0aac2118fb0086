import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RUNBOOK_SECTIONS, runbookLine } from '#infra/aws/runbook.ts';
import { DEPLOYMENT_RIGHTS } from '#lib/adapters/deployment/part-failure.ts';
import { DEPLOY_TABLE_RIGHTS } from '#lib/cli/delivery/deploy-command.ts';
import { SMOKE_RIGHTS } from '#lib/cli/delivery/wire-smoke.ts';
import { createProgram } from '#lib/cli/program.ts';
import { LETTER_RIGHTS } from '#lib/cli/suite/open-letters.ts';
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

  it('allows everything that a deployment does to the table, and that dead letters need', () => {
    const [, release = ''] = PAGE.split('## Deploy a new version\n');
    for (const right of DEPLOY_TABLE_RIGHTS) expect(release.split(/^## /m)[0]).toContain(`\`${right}\``);
    const [, reading = ''] = PAGE.split('## What doctor reads\n');
    for (const right of LETTER_RIGHTS) expect(reading.split(/^## /m)[0]).toContain(`\`${right}\``);
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

type Template = {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>
  >;
};

/** A snapshot is what a stage is deployed from (test/infra/templates.cases.ts). */
function templateOf(stage: string, part: string): Template {
  const file = new URL(`../../infra/snapshots/${stage}-${part}.template.snap`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

const INFRA_PAGE = readFileSync(new URL('../../../infra/aws/README.md', import.meta.url), 'utf8');
/** CDK's own. */
const ADDED = ['BootstrapVersion'];
const STAGES_OF = (stage: string): readonly string[] => (stage === '<stage>' ? ['paper', 'live'] : [stage]);
const namesOf = (stage: string, type: string, property: string) =>
  ['state', 'trading', 'watch'].flatMap((part) =>
    Object.values(templateOf(stage, part).Resources).flatMap(({ Type, Properties }) =>
      Type === type ? [String(Properties?.[property])] : [],
    ),
  );

describe('what the page names of a deployment', () => {
  it('are parameters that its stacks have', () => {
    const uses = [...`${PAGE}${INFRA_PAGE}`.matchAll(/--parameters tminus-(<stage>|[a-z]+)-([a-z]+):(\w+)=/g)];
    expect(uses.length).toBeGreaterThan(5);
    for (const [text, stage = '', part = '', name = ''] of uses)
      for (const each of STAGES_OF(stage)) expect(templateOf(each, part).Parameters, text).toHaveProperty(name);
  });

  it('are all parameters without which the live stage cannot be deployed', () => {
    const [, command = ''] = /```\n +(npx cdk deploy -c stage=live --all[^`]+)```/.exec(PAGE) ?? [];
    for (const part of ['state', 'trading', 'watch']) {
      for (const [name, { Default }] of Object.entries(templateOf('live', part).Parameters ?? {})) {
        if (Default === undefined && !ADDED.includes(name)) expect(command).toContain(`tminus-live-${part}:${name}=`);
      }
    }
  });

  it('are outputs of its trading stack', () => {
    const uses = [...PAGE.matchAll(/outputs? `(\w+)`/g)];
    expect(uses.length).toBeGreaterThan(2);
    for (const [, name = ''] of uses) expect(templateOf('live', 'trading').Outputs).toHaveProperty(name);
  });

  it('are checks of doctor', () => {
    const [, table = ''] = PAGE.split('| check | proves |\n');
    const rows = [...(table.split('\n\n')[0] ?? '').matchAll(/^ +\| ([a-z0-9, ]+) \|/gm)];
    const names = rows.flatMap(([, text = '']) => text.split(', '));
    expect(names.length).toBeGreaterThan(20);
    const folder = new URL('../../../lib/lifecycle/check/', import.meta.url);
    const files = [...readdirSync(folder), '../../cli/suite/suite-checks.ts'];
    const code = files.map((file) => readFileSync(new URL(file, folder), 'utf8'));
    for (const name of names) expect(code.join('\n'), name).toMatch(new RegExp(`['"\`]${name}['"\`]`));
  });

  it('are keys by their id where KMS takes no alias', () => {
    const uses = [...PAGE.matchAll(/aws kms ([a-z-]+) --key-id ([\w/]+)/g)];
    expect(uses.length).toBeGreaterThan(2);
    for (const [text, command = '', id = ''] of uses)
      if (!['describe-key', 'get-public-key', 'sign'].includes(command)) expect(id, text).toBe('ID');
  });

  it('are alarms and secrets under their names at AWS', () => {
    for (const [, stage = '', name = ''] of PAGE.matchAll(/--alarm-name tminus-(<stage>|[a-z]+)-(\w+)/g))
      for (const each of STAGES_OF(stage))
        expect(namesOf(each, 'AWS::CloudWatch::Alarm', 'AlarmName')).toContain(`tminus-${each}-${name}`);
    const secrets = [...PAGE.matchAll(/--secret-id tminus\/(\w+)\/([\w-]+)/g)];
    expect(secrets.length).toBeGreaterThan(2);
    // With a key of KMS, as the snapshots have it, there is no secret for one.
    for (const [, stage = '', name = ''] of secrets)
      if (name !== 'wallet-key')
        expect(namesOf(stage, 'AWS::SecretsManager::Secret', 'Name')).toContain(`tminus/${stage}/${name}`);
  });
});
