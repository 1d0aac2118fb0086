import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toEmbed } from '#lib/adapters/discord/discord-embed.ts';
import { clip, EMBED_LIMITS, embedLength, fitEmbed } from '#lib/adapters/discord/discord-limits.ts';
import type { Alert } from '#lib/domain/news/alert.ts';
import { ALERT_KINDS } from '#lib/domain/news/alert.ts';
import { stateChangeOf } from '#lib/domain/news/domain-event.ts';
import { POSITION_STATES, type Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { REFUSAL_CAUSES } from '#lib/domain/refusal/refusal.ts';
import { REACTIONS } from '#lib/domain/refusal/refusal-reactions.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import { ADVICE } from '#lib/words/position-words.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { anAlert } from '#test/factories/an-alert.ts';

const noticeOf = (alert: Alert): Notice => ({
  kind: 'event',
  event: { type: 'position-alert', positionId: alert.positionId, version: alert.version, alert },
});
const embedOf = (notice: Notice) => toEmbed(notice);
const fieldOf = (notice: Notice, name: string) => embedOf(notice).fields.find((field) => field.name === name)?.value;

const VIEW = {
  ...describePosition(aPosition({ state: 'exited' })),
  mode: 'live',
  asset: 'BTC',
  outcome: 'UP',
  costMicros: '25000000',
  proceedsMicros: '22103846',
  payoutMicros: '0',
  feesMicros: '612000',
  pnlMicros: '-3508154',
  sharesMicros: '38461538',
  soldMicros: '38460000',
  remainingMicros: '1538',
  underlyingAtEntry: '97412.550000',
  underlyingAtExit: '101398.123456',
  entryPrice: '0.650000',
  exitPrice: '0.574723',
  exitReason: 'emergency:timeout',
  durationSeconds: 151,
  attemptCount: 4,
  refusals: [
    { cause: 'no-liquidity', count: 1 },
    { cause: 'unsettled-buy', count: 3 },
    { cause: 'rate-limited', count: 2 },
    { cause: 'from-the-future', count: 1 },
  ],
};

describe('toEmbed', () => {
  it('shows a forced exit with its figures and reasons', () => {
    const notice = noticeOf(anAlert({ positionId: VIEW.positionId, position: VIEW, atMs: 1_773_307_385_000 }));
    const embed = embedOf(notice);
    expect(embed.title).toBe('🟢 LIVE · BTC UP · sold (forced exit)');
    expect(embed.footer.text).toContain(VIEW.positionId);
    expect(embed.timestamp).toBe('2026-03-12T09:23:05.000Z');
    expect(fieldOf(notice, 'Result')).toBe('**-$3.51** (-14.0 %)');
    expect(fieldOf(notice, 'Shares')).toBe('38.46 bought\n38.46 sold\n0.00 left');
    expect(fieldOf(notice, 'Paid')).toBe('$25.00\nat 65.0¢');
    expect(fieldOf(notice, 'Got')).toBe('$22.10\nat 57.5¢');
    expect(fieldOf(notice, 'Fees')).toBe('$0.61');
    expect(fieldOf(notice, 'Why')).toContain('forced exit, its exit time had come');
    expect(fieldOf(notice, 'Setbacks')?.split('\n')).toEqual([
      '3 × the bought shares had not settled yet',
      "2 × the venue's rate limit was reached",
      '1 × no match at our price',
      '1 × from-the-future',
    ]);
    expect(fieldOf(notice, 'BTC')).toBe('$97,412.55 → $101,398.12');
    expect(fieldOf(notice, 'Orders')).toBe('4 orders, held 2 min 31 s');
  });

  it('shows a profit with its sign and an open result as open', () => {
    const won = noticeOf(anAlert({ position: { ...VIEW, pnlMicros: '1230000', payoutMicros: '5000000' } }));
    expect(fieldOf(won, 'Result')).toBe('**+$1.23** (+4.9 %)');
    expect(fieldOf(won, 'Got')).toContain('payout $5.00');
    const open = noticeOf(anAlert({ position: { ...VIEW, closedAtMs: null, pnlMicros: null } }));
    expect(fieldOf(open, 'Result')).toBe('not final yet');
    const nothing = noticeOf(anAlert({ position: { ...VIEW, costMicros: '0', pnlMicros: '0' } }));
    expect(fieldOf(nothing, 'Result')).toBe('**$0.00**');
  });

  it('says that a cost is unknown, and shows what was found and what others took', () => {
    const guarded = { ...VIEW, origin: 'guard', foundMicros: VIEW.sharesMicros, costMicros: null, entryPrice: null };
    const told = noticeOf(anAlert({ position: { ...guarded, pnlMicros: null, leftMicros: '6000000' } }));
    expect(fieldOf(told, 'Result')).toBe('unknown');
    expect(fieldOf(told, 'Paid')).toBe('unknown');
    expect(fieldOf(told, 'Shares')).toContain('38.46 found in the wallet');
    expect(fieldOf(told, 'Shares')).toContain('6.00 sold or moved elsewhere');
    expect(fieldOf(told, 'Shares')).not.toContain('bought');
  });

  it('tells that shares of others are guarded, and that others ended a position', () => {
    const titleOf = (position: Position) => {
      const event = stateChangeOf(null, position);
      return event === null ? '' : embedOf({ kind: 'event', event }).title;
    };
    expect(titleOf(aPosition({ state: 'holding', origin: 'guard' }))).toContain('guarded');
    expect(titleOf(aPosition({ state: 'holding' }))).toContain('bought');
    const elsewhere = { exitReason: 'elsewhere', forceClosed: false } as const;
    expect(titleOf(aPosition({ state: 'exited', ...elsewhere }))).toContain('ended elsewhere');
  });

  it('distinguishes paper from live', () => {
    const paper = embedOf(noticeOf(anAlert({ position: { ...VIEW, mode: 'paper' } })));
    expect(paper.title).toContain('PAPER');
    expect(paper.description).toContain('no real money');
    expect(embedOf(noticeOf(anAlert({ position: VIEW }))).description).not.toContain('Paper');
  });

  it('has a title of its own for every kind of alert, and a colour for each severity', () => {
    const titles = ALERT_KINDS.map((kind) => embedOf(noticeOf(anAlert({ kind }))).title);
    expect(new Set(titles).size).toBe(ALERT_KINDS.length);
    const colours = (['info', 'warning', 'page'] as const).map(
      (severity) => embedOf(noticeOf(anAlert({ severity }))).color,
    );
    expect(new Set(colours).size).toBe(3);
  });

  it('has a title for every state', () => {
    for (const state of POSITION_STATES) {
      const event = stateChangeOf(null, aPosition({ state }));
      if (event === null) throw new Error('every state is a change from nothing');
      expect(embedOf({ kind: 'event', event }).title).toMatch(/PAPER · BTC UP · \w+/);
    }
  });

  it('tells of a partial exit as such, and when the rest is due', () => {
    const position = aPosition({ state: 'holding', trades: [aBuyTrade(), aSellTrade({ sharesMicros: 18_000_000n })] });
    const event = stateChangeOf(aPosition({ state: 'exiting' }), position);
    if (event === null) throw new Error('holding is a change from exiting');
    expect(event).toMatchObject({ isNews: true });
    const { title, description, fields } = toEmbed({ kind: 'event', event });
    expect(title).toContain('sold in part');
    expect(description).toContain('Exit at');
    expect(fields.find(({ name }) => name === 'Shares')?.value).toContain('18.00 left');
  });

  it('shows when the exit of a new holding is due', () => {
    const position = aPosition({ state: 'holding' });
    const event = stateChangeOf(null, position);
    if (event === null) throw new Error('holding is a change from nothing');
    const dueAt = new Date(position.exitDueAtMs).toISOString().slice(11, 19);
    expect(embedOf({ kind: 'event', event }).description).toContain(`Exit at ${dueAt} UTC`);
  });

  it('shows the rule that sold, with the price it saw and its level', () => {
    const firedRule = {
      rule: 'stop-loss',
      priceMicros: 440_000n,
      levelMicros: 450_000n,
      atMs: 1_773_307_200_000,
    } as const;
    const sold = aPosition({ state: 'exited', exitReason: 'rule:stop-loss', forceClosed: false, firedRule });
    const notice = noticeOf(anAlert({ kind: 'rule-exit', severity: 'warning', position: describePosition(sold) }));
    expect(embedOf(notice).title).toContain('sold by its rule');
    expect(fieldOf(notice, 'Rule')).toBe('stop-loss: all shares would sell at 44.0¢, its level is 45.0¢');
    expect(fieldOf(notice, 'Why')).toContain('rule:stop-loss');
    const later = noticeOf(anAlert({ position: { ...describePosition(sold), firedRule: null } }));
    expect(fieldOf(later, 'Rule')).toBeUndefined();
  });

  it('shows the rules of a new holding, or that those of a preset were left out', () => {
    const rules = { stopLossMicros: 450_000n, holdAboveMicros: 970_000n, preset: 'careful' };
    const textOf = (position: Position) => {
      const event = stateChangeOf(null, position);
      if (event === null) throw new Error('holding is a change from nothing');
      return embedOf({ kind: 'event', event }).description;
    };
    const holding = aPosition({ state: 'holding', origin: 'watch' });
    expect(textOf({ ...holding, policy: { ...holding.policy, rules } })).toContain(
      'Rules: stop-loss 45.0¢, held at its exit from 97.0¢ on; preset careful.',
    );
    const refusedPreset = { preset: 'careful', code: 'rule-invalid', message: 'The price is not known.' } as const;
    expect(textOf({ ...holding, refusedPreset })).toContain(
      'Rules: none, those of preset careful were refused: The price is not known.',
    );
    expect(textOf(holding)).not.toContain('Rules');
  });

  it('shows cause, advice and the text of the venue when an operator has to act', () => {
    const venueText = 'not enough balance / allowance ```@everyone``` [click](https://example.com)';
    const notice = noticeOf(anAlert({ kind: 'needs-human', severity: 'page', cause: 'missing-approval', venueText }));
    expect(embedOf(notice).description).toContain('the exchange is not approved to move the shares');
    expect(embedOf(notice).description).toContain('Give the exchange its approval');
    // Inside its block, and only there: nothing in it ends the block.
    expect(fieldOf(notice, 'The venue said')?.split('```')).toHaveLength(3);
  });

  it('shows everything that the venue said, and how often', () => {
    const venueWords = [
      { text: 'a web page instead of an answer: Attention Required! | Cloudflare', count: 17 },
      { text: 'could not run the execution ```', count: 1 },
    ];
    const failed = anAlert({ kind: 'sell-failed', severity: 'page', cause: 'blocked-before-venue', venueWords });
    const said = fieldOf(noticeOf(failed), 'The venue said');
    expect(said).toContain('17 × a web page instead of an answer');
    expect(said).toContain('1 × could not run the execution ´´´');
    expect(embedOf(noticeOf(failed)).description).toContain('blocked before the venue');
  });

  it("leaves shares that were not sold to the market's result, live as on paper", () => {
    for (const mode of ['live', 'paper']) {
      const failed = anAlert({ kind: 'sell-failed', severity: 'page', position: { ...VIEW, mode } });
      expect(embedOf(noticeOf(failed)).description).toContain("the market's result decides what they pay");
    }
  });

  it('has advice for exactly the causes that page the operator', () => {
    expect(REFUSAL_CAUSES.filter((cause) => REACTIONS[cause].pageAtCount !== null)).toEqual(
      REFUSAL_CAUSES.filter((cause) => ADVICE[cause] !== undefined),
    );
  });

  it('escapes markdown in text from outside', () => {
    const alarm = embedOf({ kind: 'alarm', title: 'AWS Budgets', text: 'Look [here](https://example.com)' });
    expect(alarm.title).toContain('AWS Budgets');
    expect(alarm.description).toContain('\\[here\\]');
  });

  it('shows the impact of an alarm first and the runbook last, and a resolved alarm without a runbook', () => {
    const alarm = {
      kind: 'watch-alarm',
      name: 'tminus-paper-PositionOverdue',
      state: 'ALARM',
      impact: 'Shares were not sold.',
      reason: 'Threshold Crossed: 1 datapoint [1.0] was greater than or equal to the threshold.',
      runbook: 'What to do: README.md, Operate, "Position past its end".',
    } as const;
    const raised = embedOf(alarm);
    expect(raised.title).toContain('ALARM · tminus-paper-PositionOverdue');
    expect(raised.description).toBe('Shares were not sold.');
    expect(raised.fields.map(({ name }) => name)).toEqual(['Measured', 'What to do']);
    expect(raised.fields.at(-1)?.value).toBe('README.md, Operate, "Position past its end".');
    const over = embedOf({ ...alarm, state: 'OK' });
    expect(over.description).toBe('Resolved: Shares were not sold.');
    expect(over.fields.map(({ name }) => name)).toEqual(['Measured']);
    const blind = embedOf({ ...alarm, state: 'INSUFFICIENT_DATA', impact: null, reason: null, runbook: null });
    expect(blind.fields).toEqual([]);
    expect(new Set([raised.color, over.color, blind.color]).size).toBe(3);
  });

  it('keeps every limit of Discord, whatever the texts', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 9_000, size: 'max' }),
      fc.constantFrom('', ' ', '\u200b', '`'.repeat(5_000), '*'.repeat(5_000), '😀'.repeat(3_000)),
    );
    const micros = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).map(String);
    const notices = fc.oneof(
      fc.record({ kind: fc.constant('alarm' as const), title: text, text }),
      fc
        .record({
          mode: text,
          asset: text,
          outcome: text,
          positionId: text,
          marketSlug: text,
          exitReason: text,
          venueText: text,
          causes: fc.array(text, { maxLength: 40 }),
          pnlMicros: fc.option(micros),
          costMicros: micros,
          atMs: fc.oneof(fc.integer(), fc.double()),
        })
        .map(({ venueText, causes, atMs, ...some }) =>
          noticeOf(
            anAlert({
              atMs,
              venueText,
              position: { ...VIEW, ...some, refusals: causes.map((cause) => ({ cause, count: 1 })) },
            }),
          ),
        ),
    );
    fc.assert(
      fc.property(notices, (notice) => {
        const embed = embedOf(notice);
        const isIn = (value: string, lengthMax: number) => value.trim().length > 0 && value.length <= lengthMax;
        expect(isIn(embed.title, EMBED_LIMITS.title)).toBe(true);
        expect(isIn(embed.description, EMBED_LIMITS.description)).toBe(true);
        expect(isIn(embed.footer.text, EMBED_LIMITS.footer)).toBe(true);
        expect(embed.fields.length).toBeLessThanOrEqual(EMBED_LIMITS.fieldCount);
        for (const { name, value } of embed.fields) {
          expect(isIn(name, EMBED_LIMITS.fieldName) && isIn(value, EMBED_LIMITS.fieldValue)).toBe(true);
        }
        expect(embedLength(embed)).toBeLessThanOrEqual(EMBED_LIMITS.total);
        const texts = [embed.title, embed.description, ...embed.fields.map(({ value }) => value)];
        expect(texts.every((each) => each.isWellFormed())).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('fitEmbed', () => {
  const embed = {
    title: 't'.repeat(300),
    description: 'd'.repeat(5_000),
    color: 1,
    footer: { text: 'position-1' },
    fields: Array.from({ length: 30 }, (_, index) => ({
      name: `field ${index}`,
      value: 'v'.repeat(300),
      inline: true,
    })),
  };

  it('drops fields from the end until the whole is short enough', () => {
    const fitted = fitEmbed(embed);
    expect(embedLength(fitted)).toBeLessThanOrEqual(EMBED_LIMITS.total);
    // 256 + 4,096 + 10 leave room for five fields of about 307 units each.
    expect(fitted.fields.map(({ name }) => name)).toEqual(['field 0', 'field 1', 'field 2', 'field 3', 'field 4']);
    expect(fitted.footer.text).toBe('position-1');
  });

  it('has at most twenty-five fields', () => {
    const fields = embed.fields.map((field) => ({ ...field, value: 'v' }));
    expect(fitEmbed({ ...embed, fields }).fields).toHaveLength(EMBED_LIMITS.fieldCount);
  });

  it('repairs a text with half a character, which could not be sent', () => {
    const broken = fitEmbed({ ...embed, title: 'a\ud83d', description: '\ud83d'.repeat(5_000) });
    expect(broken.title).toBe('a\ufffd');
    expect(broken.description.isWellFormed()).toBe(true);
  });
});

describe('clip', () => {
  it('marks what it cut off and never splits a character', () => {
    expect(clip('abcdef', 4)).toBe('abc…');
    expect(clip('abcd', 4)).toBe('abcd');
    expect(clip('ab😀cd', 4)).toBe('ab…');
  });

  it('never returns a text that Discord treats as empty', () => {
    expect(clip(' \n\u200b', 10)).toBe('–');
  });
});
