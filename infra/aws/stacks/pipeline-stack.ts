import {
  type App,
  CfnCondition,
  CfnParameter,
  Duration,
  Fn,
  RemovalPolicy,
  Stack,
  type StackProps,
  Validations,
} from 'aws-cdk-lib';
import {
  CfnOIDCProvider,
  type IManagedPolicy,
  ManagedPolicy,
  PolicyDocument,
  PolicyStatement,
  Role,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { shownAccount } from '../constructs/shown-account.ts';
import { DEPLOY_SESSION_HOURS, type GithubJob, githubRoleName } from '../github-roles.ts';
import { type StageConfig, stackEnvOf } from '../stage-config.ts';

export type PipelineStackProps = StackProps & { readonly config: StageConfig; readonly repository: string };

const ISSUER = 'token.actions.githubusercontent.com';
/** The branch that is deployed. */
const BRANCH = 'refs/heads/main';
/** Of `cdk bootstrap`, unless it was run with another one. */
const BOOTSTRAP_QUALIFIER = 'hnb659fds';
/** With the numbers of owner and repository where GitHub's tokens have them: no other repository gets these again. */
const REPOSITORY = /^(?:[\w.-]+\/[\w.-]+|[\w.-]+@\d+\/[\w.-]+@\d+)$/;

/** @throws Error without a repository */
export function addPipeline(app: App, config: StageConfig, repository: unknown): PipelineStack {
  if (typeof repository !== 'string' || !REPOSITORY.test(repository)) {
    throw new Error(
      'Which repository may deploy this stage? Add -c repository=OWNER/NAME, or OWNER@ID/NAME@ID for one made since 15 July 2026',
    );
  }
  return new PipelineStack(app, `tminus-${config.name}-pipeline`, {
    env: stackEnvOf(config),
    description: `T-minus ${config.name}: what GitHub's workflows may do`,
    terminationProtection: config.name === 'live',
    tags: { 'tminus:stage': config.name },
    config,
    repository,
  });
}

/**
 * Three roles that are assumed by a token of the job, without a stored key: `diff` of pull requests reads the
 * templates, `drift` of the main branch reads what CDK's look-ups may, `deploy` is for jobs of the stage's GitHub
 * environment.
 */
export class PipelineStack extends Stack {
  private readonly props: PipelineStackProps;
  private readonly providerArn: string;

  constructor(scope: App, id: string, props: PipelineStackProps) {
    super(scope, id, props);
    this.props = props;
    this.providerArn = this.createProvider();
    this.createDiff();
    this.createRole('drift', {
      subject: `ref:${BRANCH}`,
      description: 'compares what exists with the templates',
      statements: [this.mayAssume('lookup')],
    });
    const operators = new CfnParameter(this, 'OperatorPolicyArn', {
      description: 'Output OperatorPolicyArn of the trading stack: what halt and smoke test need',
      allowedPattern: '^arn:aws:iam::[0-9]{12}:policy/.+$',
    });
    this.createRole('deploy', {
      subject: `environment:${props.config.name}`,
      description: 'deploys this stage',
      statements: [this.mayAssume('deploy', 'file-publishing', 'lookup')],
      managedPolicies: [ManagedPolicy.fromManagedPolicyArn(this, 'Operators', operators.valueAsString)],
      // An unprotected environment is open to every branch.
      branch: BRANCH,
      maxSessionDuration: Duration.hours(DEPLOY_SESSION_HOURS),
    });
  }

  /** One of an account. The roles of other stages and repositories need it, so that it stays. */
  private createProvider(): string {
    const isNew = new CfnParameter(this, 'CreateProvider', {
      description: 'no where the account knows GitHub as an identity provider already',
      allowedValues: ['yes', 'no'],
      default: 'yes',
    });
    const provider = new CfnOIDCProvider(this, 'GitHub', {
      url: `https://${ISSUER}`,
      clientIdList: ['sts.amazonaws.com'],
    });
    provider.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const isAbsent = new CfnCondition(this, 'HasNoProvider', {
      expression: Fn.conditionEquals(isNew.valueAsString, 'yes'),
    });
    provider.cfnOptions.condition = isAbsent;
    const known = `arn:aws:iam::${this.account}:oidc-provider/${ISSUER}`;
    return Fn.conditionIf(isAbsent.logicalId, provider.ref, known).toString();
  }

  /** Not CDK's role for look-ups, which reads the whole account: a pull request runs code that was not reviewed. */
  private createDiff(): void {
    const stacksOf = (account: string): string =>
      `arn:aws:cloudformation:${this.region}:${account}:stack/tminus-${this.props.config.name}-*/*`;
    const role = this.createRole('diff', {
      subject: 'pull_request',
      description: 'compares templates with the deployed ones',
      statements: [
        new PolicyStatement({
          actions: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
          resources: [stacksOf(this.account)],
        }),
      ],
    });
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${stacksOf(shownAccount(this))}]`,
      reason: 'The stacks of this stage, by the beginning of their names; CloudFormation adds an id to each.',
    });
  }

  private createRole(
    job: GithubJob,
    {
      subject,
      branch,
      description,
      statements,
      ...more
    }: {
      readonly subject: string;
      readonly branch?: string;
      readonly description: string;
      readonly statements: PolicyStatement[];
      readonly managedPolicies?: IManagedPolicy[];
      readonly maxSessionDuration?: Duration;
    },
  ): Role {
    const { config, repository } = this.props;
    const role = new Role(this, job, {
      ...more,
      roleName: githubRoleName(config.name, job),
      description: `GitHub: ${description}`,
      inlinePolicies: { Job: new PolicyDocument({ statements }) },
      assumedBy: new WebIdentityPrincipal(this.providerArn, {
        StringEquals: {
          [`${ISSUER}:aud`]: 'sts.amazonaws.com',
          // A whole subject: a pattern also fits branches and environments that anyone with write access may make.
          [`${ISSUER}:sub`]: `repo:${repository}:${subject}`,
          ...(branch !== undefined && { [`${ISSUER}:ref`]: branch }),
        },
      }),
    });
    return role;
  }

  private mayAssume(...roles: readonly string[]): PolicyStatement {
    const arnOf = (role: string): string =>
      `arn:aws:iam::${this.account}:role/cdk-${BOOTSTRAP_QUALIFIER}-${role}-role-${this.account}-${this.region}`;
    return new PolicyStatement({ actions: ['sts:AssumeRole'], resources: roles.map(arnOf) });
  }
}
