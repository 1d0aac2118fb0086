import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { DEPLOY_SESSION_HOURS, GITHUB_JOBS, type GithubJob } from '#infra/aws/github-roles.ts';
import { addPipeline } from '#infra/aws/stacks/pipeline-stack.ts';
import { STAGE_NAMES, STAGES, type StageName } from '#infra/aws/stage-config.ts';
import { createApp, TEMPLATES_ONLY } from '#infra/aws/suite.ts';
import { IS_LONG } from '#test/fixtures/test-length.ts';
import { resourceOf, resourcesOf } from './read-template.ts';
import { synthUnderRules } from './under-rules.ts';

const root = mkdtempSync(join(tmpdir(), 'tminus-pipeline-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const REPOSITORY = 'octo-org@123456/octo-repo@456789';
const ISSUER = 'token.actions.githubusercontent.com';

function makePipeline(stage: StageName, repository: unknown = REPOSITORY, account: string | null = null) {
  // CDK's own validation takes seconds; the workflow `check` has it too.
  const app = createApp({ outdir: mkdtempSync(join(root, `${stage}-`)), ...(!IS_LONG && TEMPLATES_ONLY) });
  return { app, stack: addPipeline(app, { ...STAGES[stage], account }, repository) };
}

/** Of a pinned stage, whose account is written out. */
const ACCOUNT = '111111111111';
const { stack } = makePipeline('live', REPOSITORY, ACCOUNT);
const template = Template.fromStack(stack);
const roleOf = (job: GithubJob, from = template) => resourceOf(from, 'AWS::IAM::Role', job).Properties;
const rightsOf = (job: GithubJob) =>
  roleOf(job).Policies.flatMap(
    ({ PolicyDocument }: { PolicyDocument: { Statement: object } }) => PolicyDocument.Statement,
  );
const bootstrapRole = (name: string) =>
  `arn:aws:iam::${ACCOUNT}:role/cdk-hnb659fds-${name}-role-${ACCOUNT}-${STAGES.live.region}`;

describe('the role of a GitHub job', () => {
  it.each([
    ['diff', 'pull_request', {}],
    ['drift', 'ref:refs/heads/main', {}],
    ['deploy', 'environment:live', { [`${ISSUER}:ref`]: 'refs/heads/main' }],
  ] as const)('%s is assumed by a token of this repository for %s, and by nothing else', (job, subject, more) => {
    expect(roleOf(job).AssumeRolePolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRoleWithWebIdentity',
        Principal: {
          Federated: {
            'Fn::If': ['HasNoProvider', { Ref: 'GitHub' }, `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`],
          },
        },
        Condition: {
          StringEquals: {
            [`${ISSUER}:aud`]: 'sts.amazonaws.com',
            [`${ISSUER}:sub`]: `repo:${REPOSITORY}:${subject}`,
            ...more,
          },
        },
      },
    ]);
  });

  it('diff reads the templates of its stage, and no more of the account', () => {
    expect(rightsOf('diff')).toEqual([
      {
        Effect: 'Allow',
        Action: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
        Resource: `arn:aws:cloudformation:${STAGES.live.region}:${ACCOUNT}:stack/tminus-live-*/*`,
      },
    ]);
    expect(roleOf('diff')).not.toHaveProperty('ManagedPolicyArns');
  });

  it('drift reads by the role of CDK for look-ups alone', () => {
    expect(rightsOf('drift')).toEqual([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: bootstrapRole('lookup') },
    ]);
    expect(roleOf('drift')).not.toHaveProperty('ManagedPolicyArns');
  });

  it('deploy assumes the roles of cdk bootstrap and has the policy of operators, for as long as two deployments', () => {
    expect(rightsOf('deploy')).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: ['deploy', 'file-publishing', 'lookup'].map(bootstrapRole),
      },
    ]);
    const { ManagedPolicyArns, MaxSessionDuration } = roleOf('deploy');
    expect(ManagedPolicyArns).toEqual([{ Ref: 'OperatorPolicyArn' }]);
    expect(MaxSessionDuration).toBe(DEPLOY_SESSION_HOURS * 3_600);
  });

  it('is of one stage: no role trusts or reads another', () => {
    const paper = Template.fromStack(makePipeline('paper').stack);
    for (const job of GITHUB_JOBS) expect(JSON.stringify(roleOf(job, paper))).not.toContain('live');
    expect(JSON.stringify(template.toJSON().Resources)).not.toContain('paper');
  });
});

describe('the stack of the roles', () => {
  it('adds GitHub to an account that does not know it, and leaves it there', () => {
    const [provider] = resourcesOf(template, 'AWS::IAM::OIDCProvider');
    expect(provider).toMatchObject({ Condition: 'HasNoProvider', DeletionPolicy: 'Retain' });
    expect(provider?.Properties).toEqual({ Url: `https://${ISSUER}`, ClientIdList: ['sts.amazonaws.com'] });
  });

  it('holds no user, key or secret, and is protected in live', () => {
    const types = new Set(Object.values(template.toJSON().Resources).map((each) => Reflect.get(Object(each), 'Type')));
    expect([...types].toSorted()).toEqual(['AWS::IAM::OIDCProvider', 'AWS::IAM::Role']);
    expect(stack.terminationProtection).toBe(true);
  });

  it.each([undefined, '', 'octo-org', 'octo-org/*', 'octo-org@1/octo-repo', 'a/b:environment:live'])(
    'is refused for the repository %s',
    (repository) => {
      expect(() => addPipeline(createApp(), STAGES.paper, repository)).toThrow('Add -c repository=OWNER/NAME');
    },
  );

  it.each(STAGE_NAMES)('passes the security rules in stage %s', (stage) => {
    expect(() => synthUnderRules(makePipeline(stage, 'octo-org/octo-repo').app)).not.toThrow();
    expect(() => synthUnderRules(makePipeline(stage, REPOSITORY, ACCOUNT).app)).not.toThrow();
  });
});
