import { describe, expect, it } from 'vitest';
import { titleOf } from '#infra/aws/constructs/suite-function.ts';
import { STAGE_NAMES } from '#infra/aws/stage-config.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import { actionsOf, resourceOf, resourcesOf, statementsOf } from './read-template.ts';
import { STAGE_FUNCTIONS, synthSuite } from './stub-suite.ts';

const live = synthSuite('live').trading;
const roleOf = (name: FunctionName) => `${titleOf(name)}Role`;

/** All permissions of each function in a live stage. A new permission has to be added here on purpose. */
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const SEND = ['sqs:SendMessage'];
const FAIL = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];
const WORK = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:GetQueueUrl',
  'sqs:ReceiveMessage',
];
const table = (...names: readonly string[]) => names.map((name) => `dynamodb:${name}`);
const OPEN = table('BatchGetItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem');
const TIMER = ['iam:PassRole', 'scheduler:CreateSchedule'];
const SIGN = ['kms:GetPublicKey', 'kms:Sign', 'secretsmanager:GetSecretValue'];
const RIGHTS: Readonly<Record<FunctionName, readonly string[]>> = {
  open: [...LOG, ...OPEN, ...TIMER, ...FAIL, ...SIGN],
  sell: [...LOG, ...table('DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'), ...SEND, ...WORK, ...SIGN],
  settle: [...LOG, ...table('DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'), ...SEND, ...WORK, ...SIGN],
  sweep: [...LOG, ...table('GetItem', 'BatchGetItem', 'Query', 'Scan'), 'events:PutEvents', ...FAIL],
  announce: [
    ...LOG,
    ...table('DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'),
    'events:PutEvents',
    ...FAIL,
  ],
  discord: [...LOG, ...table('DeleteItem', 'PutItem'), ...SEND, ...WORK, 'secretsmanager:GetSecretValue'],
  canary: [...LOG, ...table('DeleteItem', 'GetItem', 'PutItem', 'Query'), ...TIMER, ...FAIL],
  summary: [...LOG, ...table('DeleteItem', 'GetItem', 'PutItem', 'Query'), 'events:PutEvents', ...FAIL],
  watch: [...LOG, ...table('BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query'), 'events:PutEvents', ...FAIL],
  interactions: [
    ...LOG,
    ...table('BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
    ...SEND,
    'lambda:InvokeFunction',
  ],
};

describe('a function', () => {
  it.each(STAGE_FUNCTIONS)('%s has exactly the listed permissions', (name) => {
    expect(actionsOf(live, roleOf(name))).toEqual([...new Set(RIGHTS[name])].toSorted());
  });

  it.each(STAGE_FUNCTIONS)('%s has its own role, without AWS managed policies', (name) => {
    expect(resourceOf(live, 'AWS::IAM::Role', roleOf(name)).Properties).not.toHaveProperty('ManagedPolicyArns');
  });

  it.each(['discord', 'summary', 'watch'] as const)(
    '%s, which only notifies, cannot write the rows of positions',
    (name) => {
      const writes = statementsOf(live, roleOf(name)).filter(({ actions }) => actions.includes('dynamodb:PutItem'));
      expect(writes).toHaveLength(1);
      expect(writes[0]?.conditions).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['NOTICE#*'] } });
    },
  );

  it.each([
    { walletWatch: 'guard', redeemForeign: false },
    { walletWatch: 'tell', redeemForeign: true },
  ] as const)('that watches may make positions and their wake-ups where the stage says so: %o', (settings) => {
    const rights = actionsOf(synthSuite('live', settings).trading, roleOf('watch'));
    expect(rights).toEqual([...new Set([...RIGHTS.watch, ...OPEN, ...TIMER, ...SEND])].toSorted());
    expect(rights.filter((each) => SIGN.includes(each))).toEqual([]);
  });

  it('that answers the API reads the table and one index, and scans neither', () => {
    const reads = statementsOf(live, roleOf('open')).filter(({ actions }) => actions.includes('dynamodb:Query'));
    const indexes = reads.flatMap(({ resources }) => resources).filter((each) => each.includes('/index/'));
    expect(indexes).toHaveLength(1);
    expect(indexes[0]).toContain('/index/byDue');
    expect(actionsOf(live, roleOf('open'))).not.toContain('dynamodb:Scan');
  });

  it('that sweeps may query one index, not the whole table', () => {
    const query = statementsOf(live, roleOf('sweep')).find(({ actions }) => actions.includes('dynamodb:Query'));
    expect(query?.resources).toHaveLength(1);
    expect(query?.resources[0]).toContain('/index/byDue');
  });
});

describe('the signing key', () => {
  const mayUseKey = (stage: 'paper' | 'live') =>
    STAGE_FUNCTIONS.filter((name) =>
      actionsOf(synthSuite(stage).trading, roleOf(name)).some((each) => /^kms:/.test(each)),
    );

  it('may be used by the functions that trade', () => {
    expect(mayUseKey('live')).toEqual(['open', 'sell', 'settle']);
  });

  it('may not be used by any function of a paper stage', () => {
    expect(mayUseKey('paper')).toEqual([]);
  });

  it('may be used to sign digests with one algorithm only', () => {
    for (const name of ['open', 'sell', 'settle'] as const) {
      const sign = statementsOf(live, roleOf(name)).find(({ actions }) => actions.includes('kms:Sign'));
      expect(sign?.actions).toEqual(['kms:Sign']);
      expect(sign?.conditions).toEqual({
        StringEquals: { 'kms:MessageType': 'DIGEST', 'kms:SigningAlgorithm': 'ECDSA_SHA_256' },
      });
    }
  });
});

describe('a secret', () => {
  const readersOf = (secret: string, signer: 'kms' | 'secret') => {
    const { trading } = synthSuite('live', { live: { signer, mayApprove: false, polygonRpcUrl: 'parameter' } });
    return STAGE_FUNCTIONS.filter((name) =>
      statementsOf(trading, roleOf(name)).some(
        ({ actions, resources }) =>
          actions.includes('secretsmanager:GetSecretValue') && resources.some((each) => each.includes(secret)),
      ),
    );
  };

  it.each([
    ['WalletKey', 'secret', ['open', 'sell', 'settle']],
    ['ApiCredentials', 'kms', ['open', 'sell', 'settle']],
    ['DiscordWebhook', 'kms', ['discord']],
  ] as const)('%s may be read by the functions that need it', (secret, signer, readers) => {
    expect(readersOf(secret, signer)).toEqual(readers);
  });
});

describe('the scheduler', () => {
  it('may send to the exit queue and to its dead-letter queue only', () => {
    const statements = statementsOf(live, 'TimersRole');
    expect(statements.flatMap(({ actions }) => actions)).toEqual(['sqs:SendMessage']);
    const resources = statements.flatMap((each) => each.resources).toSorted();
    expect(resources).toHaveLength(2);
    expect(resources[0]).toContain('ExitsQueue');
    expect(resources[1]).toContain('TimersDeadLettersQueue');
  });

  it('may assume its role for the schedules of this stage only', () => {
    const [trust] = resourceOf(live, 'AWS::IAM::Role', 'TimersRole').Properties.AssumeRolePolicyDocument.Statement;
    expect(trust.Principal).toEqual({ Service: 'scheduler.amazonaws.com' });
    expect(JSON.stringify(trust.Condition.ArnEquals)).toContain('TimersGroup');
  });

  it('receives its role from the functions that create schedules', () => {
    const passers = STAGE_FUNCTIONS.filter((name) => actionsOf(live, roleOf(name)).includes('iam:PassRole'));
    expect(passers).toEqual(['open', 'canary']);
  });
});

describe.each(STAGE_NAMES)('the policies of stage %s', (stage) => {
  it('contain one wildcard: the names of future schedules', () => {
    const { trading, state, watch } = synthSuite(stage);
    const statements = [trading, state, watch].flatMap((template) =>
      resourcesOf(template, 'AWS::IAM::Policy').flatMap(({ Properties }) => Properties.PolicyDocument.Statement),
    );
    const texts = statements
      .flatMap((statement) => [statement.Action, statement.Resource])
      .map((each) => JSON.stringify(each));
    const wild = new Set(texts.filter((text) => text.includes('*')));
    expect(wild.size).toBe(1);
    expect([...wild][0]).toContain(`:schedule/tminus-${stage}/exit-*`);
  });
});
