import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DEPLOY_SESSION_HOURS, GITHUB_JOBS, githubRoleName } from '#infra/aws/github-roles.ts';
import { STAGE_NAMES, STAGES } from '#infra/aws/stage-config.ts';
import { PROJECT_ROOT } from '#infra/shared/bundling.ts';
import { createProgram } from '#lib/cli/program.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';

const { resolve } = createRequire(import.meta.url);
/** CDK's own reader of YAML. */
const { parse } = createRequire(resolve('aws-cdk-lib/package.json'))('yaml');

const StepSchema = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
});
const PermissionsSchema = z.record(z.string(), z.string());
const JobSchema = z.object({
  if: z.string().optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  environment: z.string().optional(),
  concurrency: z.string().optional(),
  permissions: PermissionsSchema.optional(),
  'timeout-minutes': z.number().positive(),
  steps: z.array(StepSchema),
});
const WorkflowSchema = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: PermissionsSchema,
  defaults: z.object({ run: z.object({ shell: z.string() }) }).optional(),
  jobs: z.record(z.string(), JobSchema),
});
const PackageSchema = z.object({ scripts: z.record(z.string(), z.string()) });
const OptionsSchema = z.record(z.string(), z.unknown());
const CdkSchema = z.object({
  globalOptions: OptionsSchema,
  commands: z.record(z.string(), z.object({ options: OptionsSchema.optional() })),
});

const readJson = (...path: readonly string[]): unknown => JSON.parse(readFileSync(join(PROJECT_ROOT, ...path), 'utf8'));
const FOLDER = join(PROJECT_ROOT, '.github/workflows');
const TEXTS = Object.fromEntries(
  readdirSync(FOLDER).map((file) => [file.replace(/\.yml$/, ''), readFileSync(join(FOLDER, file), 'utf8')]),
);
const NAMES = Object.keys(TEXTS);
const workflowOf = (name: string) => WorkflowSchema.parse(parse(TEXTS[name] ?? ''));
const JOBS = NAMES.flatMap((name) =>
  Object.entries(workflowOf(name).jobs).map(([id, job]) => ({ name: `${name}.${id}`, workflow: name, ...job })),
);
const jobOf = (name: string) => {
  const job = JOBS.find((each) => each.name === name);
  if (job === undefined) throw new Error(`There is no job ${name}`);
  return job;
};
const stepsUsing = (action: string, { steps } = { steps: JOBS.flatMap((job) => job.steps) }) =>
  steps.filter(({ uses }) => uses?.startsWith(`${action}@`));

/** Commands, each in one line. */
const linesOf = (run: string) => run.replace(/\\\n\s*/g, '').split('\n');

/** All that the token of a job may do. A new permission has to be added here on purpose. */
const READ = { contents: 'read' };
const TAKES_ROLE = { contents: 'read', 'id-token': 'write' };
const PERMISSIONS: Readonly<Record<string, object>> = {
  'check.test': READ,
  'check.synth': READ,
  'check.all': READ,
  'long.mutants': READ,
  'long.test': READ,
  'diff.diff': TAKES_ROLE,
  'drift.drift': TAKES_ROLE,
  'deploy.checked': { actions: 'read' },
  'deploy.paper': TAKES_ROLE,
  'deploy.live': TAKES_ROLE,
};

describe('every workflow', () => {
  it('pins each action by its digest, the same everywhere, with the version beside it', () => {
    const uses = NAMES.flatMap((name) => [...(TEXTS[name] ?? '').matchAll(/^ *(?:- )?uses: (.+)$/gm)]);
    expect(uses.length).toBeGreaterThan(10);
    for (const [, use] of uses) expect(use).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    const pins = new Set(uses.map(([, use]) => use));
    expect(pins.size).toBe(new Set([...pins].map((pin) => pin?.split('@')[0])).size);
  });

  it('gives each job the listed permissions', () => {
    expect(
      Object.fromEntries(JOBS.map((job) => [job.name, job.permissions ?? workflowOf(job.workflow).permissions])),
    ).toEqual(PERMISSIONS);
  });

  it('holds no secret, runs no code of a fork with one, and leaves no token in the checkout', () => {
    for (const name of NAMES) {
      expect(TEXTS[name]).not.toMatch(/\bsecrets\.|aws-(?:secret-)?access-key/);
      expect(Object.keys(workflowOf(name).on)).not.toContain('pull_request_target');
    }
    for (const checkout of stepsUsing('actions/checkout')) expect(checkout.with['persist-credentials']).toBe(false);
  });

  it('writes nothing from outside into a script', () => {
    const scripts = JOBS.flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    for (const script of scripts) expect(script).not.toMatch(/\$\{\{ *(?:github\.(?:event|head_ref)|inputs)/);
  });

  it('fails where the first part of a pipe fails', () => {
    for (const { workflow, steps } of JOBS) {
      if (!steps.some(({ run }) => /(?<!\|)\|(?!\|)/.test(run ?? ''))) continue;
      expect(workflowOf(workflow).defaults?.run.shell, workflow).toBe('bash');
    }
  });

  it('runs commands and options that there are', () => {
    const { scripts } = PackageSchema.parse(readJson('package.json'));
    const cdk = CdkSchema.parse(readJson('node_modules/aws-cdk/lib/cli/cli-type-registry.json'));
    const program = createProgram(createFakeTerminal(), () => undefined);
    let count = 0;
    for (const line of JOBS.flatMap(({ steps }) => steps.flatMap(({ run }) => linesOf(run ?? '')))) {
      const [, script] = /\bnpm run ([\w:-]+)/.exec(line) ?? [];
      if (script !== undefined) expect(scripts, line).toHaveProperty([script]);
      const [, file] = /^(\.ci\/\w+)/.exec(line) ?? [];
      if (file !== undefined) expect(() => accessSync(join(PROJECT_ROOT, file), constants.X_OK)).not.toThrow();
      for (const [path] of line.matchAll(/\b(?:infra|lib)\/[\w/.-]+/g)) accessSync(join(PROJECT_ROOT, path));
      const [, cdkName = '', cdkArgs = ''] = /\bnpx cdk (\w+)([^|>]*)/.exec(line) ?? [];
      const tminus = /node lib\/cli\/tminus\.mjs ([\w-]+)([^|>]*)/.exec(line);
      const known = [cdk.globalOptions, cdk.commands[cdkName]?.options ?? {}].flatMap(Object.keys);
      if (cdkName !== '') expect(cdk.commands, line).toHaveProperty([cdkName]);
      for (const [, option] of cdkArgs.matchAll(/ --([a-z-]+)/g)) expect(known, line).toContain(option);
      const command = program.commands.find((each) => each.name() === tminus?.[1]);
      if (tminus !== null) expect(command, line).toBeDefined();
      const options = command?.options.map(({ long }) => long);
      for (const [, option] of (tminus?.[2] ?? '').matchAll(/ (--[a-z-]+)/g)) expect(options, line).toContain(option);
      count += [script, file, cdkName, tminus].filter(Boolean).length;
    }
    expect(count).toBeGreaterThan(5);
  });

  it('is started by what it is for', () => {
    expect(workflowOf('diff').on).toHaveProperty('pull_request');
    expect(workflowOf('check').on).toHaveProperty('pull_request');
    expect(workflowOf('drift').on.schedule).toEqual([{ cron: expect.stringMatching(/^\d+ \d+ \* \* \d$/) }]);
    const [daily, weekly] = z.array(z.object({ cron: z.string() })).parse(workflowOf('long').on.schedule);
    expect(daily?.cron).toMatch(/^\d+ \d+ \* \* \*$/);
    expect(weekly?.cron).toMatch(/^\d+ \d+ \* \* \d$/);
    expect(jobOf('long.test').if).toBe(`github.event.schedule != '${weekly?.cron}'`);
    expect(jobOf('long.mutants').if).toBe(`github.event.schedule != '${daily?.cron}'`);
    // Openings are halted for some half an hour: a person chooses when.
    expect(Object.keys(workflowOf('deploy').on)).toEqual(['workflow_dispatch']);
  });
});

describe('a role of AWS', () => {
  const taken = JOBS.flatMap((job) =>
    stepsUsing('aws-actions/configure-aws-credentials', job).map((step) => ({ job, ...step.with })),
  );
  const named = z.object({ 'role-to-assume': z.string(), 'aws-region': z.string() });
  const roles = taken.map((each) => ({ job: each.job, ...named.parse(each) }));

  it('is that of its workflow, or CDK’s for look-ups in the weekly look, in the region of the stages', () => {
    expect(GITHUB_JOBS).toEqual(expect.arrayContaining(roles.map(({ job }) => job.workflow)));
    for (const { job, 'role-to-assume': arn, 'aws-region': region } of roles) {
      const stage = STAGE_NAMES.find((name) => name === job.environment);
      const known = (stage === undefined ? STAGE_NAMES : [stage]).flatMap((name) =>
        GITHUB_JOBS.filter((each) => each === job.workflow).map((each) => githubRoleName(name, each)),
      );
      const lookUp = `cdk-hnb659fds-lookup-role-\${{ env.ACCOUNT }}-${region}`;
      for (const name of STAGE_NAMES) {
        expect(region).toBe(STAGES[name].region);
        const role = arn.split(':role/')[1]?.replace(/\$\{\{ env\.STAGE \}\}/, name);
        expect(job.workflow === 'drift' ? [...known, lookUp] : known, job.name).toContain(role);
      }
    }
  });

  it.each(STAGE_NAMES)('that deploys %s is taken by the job of that GitHub environment alone', (stage) => {
    const takers = roles.filter(({ 'role-to-assume': arn }) => arn.endsWith(`/${githubRoleName(stage, 'deploy')}`));
    expect(takers.map(({ job }) => job.name)).toEqual([`deploy.${stage}`]);
    expect(jobOf(`deploy.${stage}`).environment).toBe(stage);
  });
});

describe('the deployment', () => {
  it('goes to paper once the commit has passed its checks, and to live after paper', () => {
    expect(jobOf('deploy.checked').if).toBe("github.ref == 'refs/heads/main'");
    expect(jobOf('deploy.paper')).toMatchObject({ needs: 'checked', concurrency: 'deploy-paper' });
    expect(jobOf('deploy.live')).toMatchObject({ needs: 'paper', concurrency: 'deploy-live' });
  });

  it('asks for an approval before live, also where none is set up', () => {
    const [{ run = '' } = {}] = jobOf('deploy.checked').steps.filter((step) => step.run?.includes('environments/live'));
    expect(run).toContain('required_reviewers');
    expect(run).toContain('exit 1');
  });

  it('does the same to both stages', () => {
    const [paper = '', live] = ['paper', 'live'].map((stage) => JSON.stringify(jobOf(`deploy.${stage}`).steps));
    expect(live).toBe(paper.replaceAll('paper', 'live').replaceAll('PAPER', 'LIVE'));
    expect(paper).toContain('node lib/cli/tminus.mjs deploy --stage paper --yes --json');
  });

  it.each(STAGE_NAMES)(
    'has the history of %s for the release before, and credentials to the end of its job',
    (stage) => {
      const job = jobOf(`deploy.${stage}`);
      expect(stepsUsing('actions/checkout', job)[0]?.with['fetch-depth']).toBe(0);
      const [credentials] = stepsUsing('aws-actions/configure-aws-credentials', job);
      expect(credentials?.with['role-duration-seconds']).toBe(DEPLOY_SESSION_HOURS * 3_600);
      expect(job['timeout-minutes']).toBeLessThan(DEPLOY_SESSION_HOURS * 60);
    },
  );
});
