import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvSchema } from '#functions/interactions.ts';
import { checkStageConfig } from '#infra/aws/check-stage-config.ts';
import { type DiscordInteractions, STAGE_NAMES, STAGES } from '#infra/aws/stage-config.ts';
import { addSuite, createApp, TEMPLATES_ONLY } from '#infra/aws/suite.ts';
import { resourceOf, resourcesOf, statementsOf } from './read-template.ts';
import { STAGE_FUNCTIONS, STUB_COMMIT, stubCode, synthSuite } from './stub-suite.ts';
import { synthUnderRules } from './under-rules.ts';

const SETTINGS: DiscordInteractions = {
  applicationId: '100000000000000001',
  publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  guildId: '100000000000000002',
  channelId: '100000000000000003',
  allowedUserIds: ['100000000000000004', '100000000000000005'],
  allowedRoleIds: [],
  concurrencyReserved: 5,
};
const on = { discordInteractions: SETTINGS } as const;

describe('a stage that takes interactions', () => {
  const { trading, watch } = synthSuite('paper', on);
  const { Properties } = resourceOf(trading, 'AWS::Lambda::Function', 'InteractionsFunction');

  it('has one function more, with runs of its own', () => {
    trading.resourceCountIs('AWS::Lambda::Function', STAGE_FUNCTIONS.length);
    expect(Properties).toMatchObject({ FunctionName: 'tminus-paper-interactions', ReservedConcurrentExecutions: 5 });
  });

  it('has its URL, which is public, and names it', () => {
    const urls = resourcesOf(trading, 'AWS::Lambda::Url');
    expect(urls.map((url) => url.Properties.AuthType).toSorted()).toEqual(['AWS_IAM', 'NONE']);
    const open = resourcesOf(trading, 'AWS::Lambda::Permission').filter((each) => each.Properties.Principal === '*');
    // A URL without both answers 403 since October 2025 (AWS Lambda, Control access to function URLs).
    const actions = open.map((each) => each.Properties.Action);
    expect(actions.toSorted()).toEqual(['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl']);
    // Whatever is invoked otherwise may be told to work on an ask.
    const direct = open.find((each) => each.Properties.Action === 'lambda:InvokeFunction');
    expect(direct?.Properties.InvokedViaFunctionUrl).toBe(true);
    for (const each of open) expect(JSON.stringify(each.Properties.FunctionName)).toContain('InteractionsFunction');
    expect(Object.keys(trading.toJSON().Outputs)).toContain('InteractionsUrl');
  });

  it('gives the function what its schema requires, and nothing else', () => {
    const variables = Object.entries(Properties.Environment.Variables).map(([key, value]) => [
      ...[key, typeof value === 'string' ? value : 'https://sqs.eu-west-1.amazonaws.com/123456789012/tminus'],
    ]);
    expect(EnvSchema.safeParse(Object.fromEntries(variables)).error?.issues ?? []).toEqual([]);
    expect(variables.map(([key]) => String(key)).filter((key) => !(key in EnvSchema.shape))).toEqual([]);
  });

  it('lets it invoke itself alone, read no secret and delete no row', () => {
    const statements = statementsOf(trading, 'InteractionsRole');
    const invoke = statements.filter(({ actions }) => actions.includes('lambda:InvokeFunction'));
    expect(invoke.flatMap(({ resources }) => resources)).toEqual([
      expect.stringContaining(':function:tminus-paper-interactions"'),
    ]);
    const actions = [...new Set(statements.flatMap((each) => each.actions))].toSorted();
    expect(actions).toEqual([
      ...['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      ...['lambda:InvokeFunction', 'logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'],
    ]);
  });

  it('repeats a run that failed, and keeps no event: it holds a token', () => {
    const config = resourceOf(trading, 'AWS::Lambda::EventInvokeConfig', 'InteractionsFunction').Properties;
    expect(config).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 300 });
    expect(config).not.toHaveProperty('DestinationConfig');
  });

  it('has buttons on its cards, and an alarm of its own', () => {
    const discord = resourceOf(trading, 'AWS::Lambda::Function', 'DiscordFunction').Properties;
    expect(discord.Environment.Variables.DISCORD_BUTTONS).toBe('true');
    expect(JSON.stringify(watch.toJSON())).toContain('tminus-paper-InteractionsFailing');
  });

  it('has nothing that the AWS Solutions rules do not allow', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'tminus-interactions-'));
    try {
      const app = createApp({ outdir, ...TEMPLATES_ONLY });
      addSuite(app, { ...STAGES.paper, ...on }, { codeOf: stubCode, commit: STUB_COMMIT, rollout: 'gradual' });
      expect(() => synthUnderRules(app)).not.toThrow();
    } finally {
      rmSync(outdir, { recursive: true, force: true });
    }
  });

  it('reserves nothing in an account that cannot', () => {
    const changed = synthSuite('paper', { discordInteractions: { ...SETTINGS, concurrencyReserved: null } }).trading;
    const { Properties: plain } = resourceOf(changed, 'AWS::Lambda::Function', 'InteractionsFunction');
    expect(plain).not.toHaveProperty('ReservedConcurrentExecutions');
  });
});

describe('a stage as it is delivered', () => {
  it.each(STAGE_NAMES)('%s takes nothing from Discord: no function, no open URL, no button', (stage) => {
    const { trading } = synthSuite(stage);
    expect(STAGES[stage].discordInteractions).toBeNull();
    expect(resourcesOf(trading, 'AWS::Lambda::Url').map((url) => url.Properties.AuthType)).toEqual(['AWS_IAM']);
    expect(JSON.stringify(trading.toJSON())).not.toMatch(/interactions|DISCORD_BUTTONS/i);
  });
});

describe('settings of interactions that cannot be deployed', () => {
  it.each<[Partial<DiscordInteractions>, string]>([
    [{ applicationId: 'x' }, 'discordInteractions.applicationId is "x"'],
    [{ publicKey: 'ab' }, 'discordInteractions.publicKey is no public key'],
    [{ channelId: '1' }, 'discordInteractions.channelId is "1"'],
    [{ allowedUserIds: [] }, 'discordInteractions allows no person'],
    [{ allowedUserIds: ['@everyone'] }, 'discordInteractions.allowedUserIds has "@everyone"'],
    [{ allowedRoleIds: [SETTINGS.guildId] }, 'that is the role of every member'],
    [{ concurrencyReserved: 1 }, 'use null, or 2 to 100 runs at once'],
  ])('%j', (change, text) => {
    const config = { ...STAGES.paper, discordInteractions: { ...SETTINGS, ...change } };
    expect(() => checkStageConfig(config)).toThrow(text);
  });

  it('need Discord', () => {
    expect(() => checkStageConfig({ ...STAGES.paper, ...on, hasDiscord: false })).toThrow(
      'no card would have a button',
    );
  });
});
