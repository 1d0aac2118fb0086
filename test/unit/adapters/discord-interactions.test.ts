import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toAnswer } from '#lib/adapters/discord/interactions/answer-message.ts';
import { cardButtons } from '#lib/adapters/discord/interactions/card-buttons.ts';
import { COMMANDS } from '#lib/adapters/discord/interactions/commands.ts';
import { rowOf, toMessage } from '#lib/adapters/discord/interactions/control-message.ts';
import { parseInteraction } from '#lib/adapters/discord/interactions/interaction.ts';
import { findDenial, type InteractionRules } from '#lib/adapters/discord/interactions/permission.ts';
import { customIdOf, toRemoteAction } from '#lib/adapters/discord/interactions/remote-action.ts';
import {
  parsePublicKey,
  REQUEST_AGE_MS_MAX,
  verifyRequest,
} from '#lib/adapters/discord/interactions/verify-request.ts';
import { stateChangeOf } from '#lib/domain/news/domain-event.ts';
import type { PositionState } from '#lib/domain/position/position.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';

const NOW_MS = 1_773_307_380_000;

/** RFC 8032, 7.1: public key, message and signature of its first tests. */
const RFC_8032 = [
  {
    name: 'TEST 1',
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    name: 'TEST 2',
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    name: 'TEST 3',
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
] as const;

/** The order of the curve: S + L is another encoding of the same signature, and RFC 8032 refuses it. */
const ORDER = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;

function keyOf(hex: string): KeyObject {
  const key = parsePublicKey(hex);
  if (key === undefined) throw new Error('no key');
  return key;
}

function aSigner() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const hex = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex');
  const signed = (body: string, timestamp: string) => ({
    signature: sign(null, Buffer.from(timestamp + body), privateKey).toString('hex'),
    timestamp,
    body: Buffer.from(body),
  });
  return { key: keyOf(hex), signed };
}

const SECONDS = String(NOW_MS / 1_000);

describe('the signature of an interaction', () => {
  // The clock's part of the message is digits; the vectors have none, and are about the mathematics alone.
  it.each(RFC_8032)('is that of RFC 8032: $name', async ({ key, message, signature }) => {
    const { verify } = await import('node:crypto');
    expect(verify(null, Buffer.from(message, 'hex'), keyOf(key), Buffer.from(signature, 'hex'))).toBe(true);
    const other = Buffer.from(`${message}00`, 'hex');
    expect(verify(null, other, keyOf(key), Buffer.from(signature, 'hex'))).toBe(false);
  });

  it('is valid over the timestamp and the very bytes of the body', () => {
    const { key, signed } = aSigner();
    // The example of Discord's own library (discord-interactions-js).
    const body = '{"id":"787053080478613555","token":"ThisIsATokenFromDiscordThatIsVeryLong","type":1,"version":1}';
    const request = signed(body, SECONDS);
    expect(verifyRequest(key, request, NOW_MS)).toBe('valid');
    expect(verifyRequest(key, { ...request, body: Buffer.from(`${body} `) }, NOW_MS)).toBe('bad-signature');
    expect(verifyRequest(key, { ...request, timestamp: String(NOW_MS / 1_000 + 1) }, NOW_MS)).toBe('bad-signature');
    expect(verifyRequest(aSigner().key, request, NOW_MS)).toBe('bad-signature');
  });

  it.each([
    ['none', { signature: undefined }, 'unsigned'],
    ['no timestamp', { timestamp: undefined }, 'unsigned'],
    ['another length', { signature: 'ab'.repeat(63) }, 'bad-signature'],
    ['other signs', { signature: 'example invalid signature' }, 'bad-signature'],
    ['zeros', { signature: '00'.repeat(64) }, 'bad-signature'],
    ['a timestamp that is no number', { timestamp: '1e9' }, 'bad-signature'],
  ] as const)('is refused: %s', (_, change, verdict) => {
    const { key, signed } = aSigner();
    expect(verifyRequest(key, { ...signed('{}', SECONDS), ...change }, NOW_MS)).toBe(verdict);
  });

  it('has no second encoding', () => {
    const { key, signed } = aSigner();
    const request = signed('{}', SECONDS);
    const s = BigInt(`0x${Buffer.from(request.signature.slice(64), 'hex').reverse().toString('hex')}`) + ORDER;
    const bytes = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
    const signature = request.signature.slice(0, 64) + bytes.toString('hex');
    expect(verifyRequest(key, { ...request, signature }, NOW_MS)).toBe('bad-signature');
  });

  // Under the neutral point R = 1 and S = 0 fit every message: OpenSSL before 3.5 took them (RFC 8032, 5.1.7).
  it('is none under a key of small order, such as a placeholder', () => {
    const neutral = `01${'00'.repeat(31)}`;
    const request = { signature: `${neutral}${'00'.repeat(32)}`, timestamp: SECONDS, body: Buffer.from('{}') };
    expect(verifyRequest(keyOf(neutral), request, NOW_MS)).toBe('bad-signature');
    expect(verifyRequest(keyOf('00'.repeat(32)), request, NOW_MS)).toBe('bad-signature');
  });

  it('is of its minute', () => {
    const { key, signed } = aSigner();
    const request = signed('{}', SECONDS);
    const at = (ms: number) => verifyRequest(key, request, NOW_MS + ms);
    expect([at(REQUEST_AGE_MS_MAX), at(-REQUEST_AGE_MS_MAX)]).toEqual(['valid', 'valid']);
    expect([at(REQUEST_AGE_MS_MAX + 1), at(-REQUEST_AGE_MS_MAX - 1)]).toEqual(['out-of-time', 'out-of-time']);
  });

  it.each(['', 'ab'.repeat(31), 'zz'.repeat(32)])('needs a public key: %j is none', (hex) => {
    expect(parsePublicKey(hex)).toBeUndefined();
  });
});

const USER = '111111111111111111';
const ROLE = '222222222222222222';
const GUILD = '333333333333333333';
const CHANNEL = '444444444444444444';
const APPLICATION = '555555555555555555';

const anInteraction = (overrides: Record<string, unknown> = {}) =>
  JSON.stringify({
    ...{ id: '666666666666666666', application_id: APPLICATION, type: 2, token: 't', guild_id: GUILD },
    ...{ channel_id: CHANNEL, member: { user: { id: USER, username: 'alice' }, roles: [ROLE] } },
    data: { name: 'exit', options: [{ name: 'position', value: 'all' }] },
    ...overrides,
  });

function parsed(overrides: Record<string, unknown> = {}) {
  const interaction = parseInteraction(anInteraction(overrides));
  if (interaction === undefined || interaction.kind === 'ping') throw new Error('not an interaction');
  return interaction;
}

describe('who may act', () => {
  const rules: InteractionRules = {
    ...{ applicationId: APPLICATION, guildId: GUILD, channelId: CHANNEL },
    ...{ allowedUserIds: [USER], allowedRoleIds: [ROLE] },
  };
  const stranger = { user: { id: '777777777777777777' }, roles: [] };

  it.each([
    ['a user of the list', {}, null],
    ['a member with a role of the list', { member: { ...stranger, roles: [ROLE] } }, null],
    ['no other member', { member: stranger }, 'not-allowed'],
    ['no member of another server', { guild_id: '1' }, 'other-server'],
    ['no person in a direct message', { guild_id: undefined, member: undefined, user: { id: USER } }, 'other-server'],
    ['no member in another channel', { channel_id: '1' }, 'other-channel'],
    ['no person through another application', { application_id: '1' }, 'other-application'],
  ] as const)('%s', (_, overrides, denial) => {
    expect(findDenial(rules, parsed(overrides))).toBe(denial);
  });

  it('is no person where the lists are empty', () => {
    expect(findDenial({ ...rules, allowedUserIds: [], allowedRoleIds: [] }, parsed())).toBe('not-allowed');
  });
});

describe('what is asked for', () => {
  it.each([
    [{ name: 'positions' }, { kind: 'positions' }],
    [{ name: 'exit', options: [{ name: 'position', value: ' ALL ' }] }, { kind: 'exit-all' }],
    [
      { name: 'exit', options: [{ name: 'position', value: '01abc' }] },
      { kind: 'exit', target: '01abc' },
    ],
    [{ name: 'exit', options: [{ name: 'position', value: '../x' }] }, undefined],
    [{ name: 'exit' }, undefined],
    [
      { name: 'halt', options: [{ name: 'reason', value: 'bad' }] },
      { kind: 'halt', mode: null, reason: 'bad' },
    ],
    [
      { name: 'halt', options: [{ name: 'mode', value: 'live' }] },
      { kind: 'halt', mode: 'live', reason: null },
    ],
    [
      { name: 'halt', options: [{ name: 'reason', value: ' a\n\u001b[31mb ' }] },
      { kind: 'halt', mode: null, reason: 'a [31mb' },
    ],
    [{ name: 'resume' }, undefined],
  ])('by %j', (data, action) => {
    expect(toRemoteAction(parsed({ data }))).toEqual(action);
  });

  it.each([
    { kind: 'exit', target: '01k' },
    { kind: 'hold', target: '01k' },
    { kind: 'confirm', askId: '12' },
    { kind: 'cancel', askId: '12' },
    { kind: 'halt', mode: 'live', reason: null },
    { kind: 'halt', mode: null, reason: null },
  ] as const)('by the button of %j', (action) => {
    const custom_id = customIdOf(action);
    expect(custom_id.length).toBeLessThanOrEqual(100);
    expect(toRemoteAction(parsed({ type: 3, data: { custom_id, component_type: 2 } }))).toEqual(action);
  });

  it.each(['', 't1', 't1:exit', 't1:exit:', 't2:exit:1', 't1:resume:1', 't1:exit:1:2', 't1:exit:a b'])(
    'not by a button of %j',
    (custom_id) => expect(toRemoteAction(parsed({ type: 3, data: { custom_id } }))).toBeUndefined(),
  );

  it.each(['', '[]', '{"type":1}', 'null', anInteraction({ id: 'x' }), anInteraction({ token: '' })])(
    'is no interaction: %s',
    (body) => expect(parseInteraction(body)).toBeUndefined(),
  );
});

describe('the buttons of a card', () => {
  const cardOf = (state: PositionState) => {
    const event = stateChangeOf(null, aPosition({ state }));
    if (event === null) throw new Error('no event');
    return { kind: 'event', event } as const;
  };

  it('are sell, hold and halt while it is held, and halt alone while it is sold', () => {
    expect(cardButtons(cardOf('holding'), true).map(({ label }) => label)).toEqual([
      'Sell now',
      'Hold to the end',
      'Halt openings',
    ]);
    expect(cardButtons(cardOf('exiting'), true).map(({ label }) => label)).toEqual(['Halt openings']);
  });

  it.each(['exited', 'redeemed', 'worthless', 'voided', 'stranded', 'awaiting-resolution', 'buying'] as const)(
    'are none when it is %s',
    (state) => expect(cardButtons(cardOf(state), true)).toEqual([]),
  );

  it('say which position they are of where a message has several', () => {
    expect(cardButtons(cardOf('holding'), false).map(({ label }) => label)).toEqual([
      'Sell now · BTC UP',
      'Hold to the end · BTC UP',
    ]);
  });

  it('are those of its alert, and none of a canary or an alarm', () => {
    const alert = anAlert({ position: { ...anAlert().position, state: 'exiting' } });
    const event = { type: 'position-alert', positionId: 'p', version: 1, alert } as const;
    expect(cardButtons({ kind: 'event', event }, true)).toHaveLength(1);
    const canary = stateChangeOf(null, aPosition({ state: 'holding', origin: 'canary' }));
    expect(canary && cardButtons({ kind: 'event', event: canary }, true)).toEqual([]);
    expect(cardButtons({ kind: 'alarm', title: 'x', text: 'y' }, true)).toEqual([]);
  });
});

describe('a message of ours', () => {
  it('stays within the limits of Discord, and mentions no one', () => {
    const buttons = Array.from({ length: 30 }, (_, index) => ({
      ...{ label: 'x'.repeat(100), customId: `t1:exit:${index}`, style: 'plain' as const },
    }));
    const message = toMessage('x'.repeat(3_000), buttons);
    expect(message.content).toHaveLength(2_000);
    expect(message.components.map(({ components }) => components.length)).toEqual([5, 5, 5, 5, 5]);
    expect(message.components[0]?.components[0]?.label).toHaveLength(80);
    expect(message.allowed_mentions).toEqual({ parse: [] });
    expect(rowOf(buttons).components).toHaveLength(5);
  });

  it('shows text from outside as text', () => {
    const outcomeName = '**[free](http://evil)** <@&1> `x`\n# big';
    const position = aPosition({ state: 'holding', asset: null, marketSlug: 'rain', outcomeName });
    const list = { kind: 'positions', nowMs: NOW_MS, accounts: [], corruptIds: [], positions: [position] } as const;
    const { content } = toAnswer(list, '1');
    expect(content).toContain('\\*\\*\\[free\\]\\(http://evil\\)\\*\\* <@&1\\> \\`x\\` \\# big');
    expect(content.split('\n')).toHaveLength(2);
  });

  it('lists as many positions as fit, and says how many more there are', () => {
    const positions = Array.from({ length: 40 }, (_, index) =>
      aPosition({ state: 'holding', positionId: `01k${String(index).padStart(23, '0')}` }),
    );
    const message = toAnswer({ kind: 'positions', nowMs: NOW_MS, accounts: [], corruptIds: [], positions }, '1');
    expect(message.content).toMatch(/\*\*40 positions open\*\*[\s\S]*and 28 more/);
    expect(message.components.flatMap(({ components }) => components)).toHaveLength(10);
  });
});

describe('the slash commands', () => {
  it.each(Object.values(COMMANDS))('/$name keeps to the limits of Discord', (command) => {
    expect(command.description.length).toBeLessThanOrEqual(100);
    const options = 'options' in command ? command.options : [];
    for (const { name, description } of options) {
      expect(name).toMatch(/^[-_a-z0-9]{1,32}$/);
      expect(description.length).toBeLessThanOrEqual(100);
    }
  });
});
