import { describe, expect, it } from 'vitest';
import { toEmbed } from '#lib/adapters/discord/discord-embed.ts';
import { decodeDomainEvent, encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import type { ForeignHolding } from '#lib/domain/news/foreign-holding.ts';

const NOW_MS = Date.UTC(2026, 10, 30, 12, 0);

function cardOf(changes: Partial<ForeignHolding> = {}) {
  const holding: ForeignHolding = {
    wallet: '0x52908400098527886E0F7030069857D2E4169EE7',
    conditionId: `0x${'ab'.repeat(32)}`,
    marketVersion: 'v1',
    marketSlug: 'btc-updown-5m-1796040000',
    marketEndsAtMs: NOW_MS + 180_000,
    isEndCertain: true,
    isResolved: false,
    ...{ besidePositionId: null, ownPositionId: null, afterPositionId: null },
    atMs: NOW_MS,
    outcomes: [{ tokenId: '1', name: 'Up', sharesMicros: '6000000', worthMicros: '3120000' }],
    refusal: null,
    ...changes,
  };
  // As it travels.
  const event = decodeDomainEvent(JSON.parse(encodeDomainEvent({ type: 'foreign-holding', holding })));
  return JSON.stringify(toEmbed({ kind: 'event', event }));
}

describe('the card of shares without a position', () => {
  it('says what is held, what it sells for, when the market ends, and how to sell', () => {
    const card = cardOf();
    for (const text of ['6.00 Up', '$3.12', 'ends 12:03', 'not guarded']) expect(card).toContain(text);
    expect(card).toContain('tminus sell-now --market btc-updown-5m-1796040000');
  });

  it('names the position whose exit came before these shares', () => {
    expect(cardOf({ afterPositionId: 'p`1' })).toContain('Position `p1` had this side, and ended before.');
  });

  it('names the position that can take them in, with the command for it alone', () => {
    const card = cardOf({ ownPositionId: 'p`1' });
    expect(card).toContain('than position `p1` bought. **They are not guarded**');
    expect(card).toContain('tminus guard --market btc-updown-5m-1796040000 --side Up` has the position take them in');
    expect(card).not.toContain('sell-now');
    expect(cardOf({ ownPositionId: 'p1', isEndCertain: false })).not.toContain('--exit-at');
  });

  it('names the command that guards them, with a time where the end is not known, and of the larger side', () => {
    expect(cardOf()).toContain('tminus guard --market btc-updown-5m-1796040000 --side Up`');
    const outcomes = [
      { tokenId: '1', name: 'Yes', sharesMicros: '6000000', worthMicros: null },
      { tokenId: '2', name: 'No `way`', sharesMicros: '9000000', worthMicros: null },
    ];
    expect(JSON.parse(cardOf({ isEndCertain: false, outcomes })).description).toContain(
      '--side "No way" --exit-at TIME`',
    );
  });

  it.each([
    ['exit-time-required', 'tminus guard'],
    ['pairs', 'tminus merge --market btc-updown-5m-1796040000'],
    ['market-over', 'after the result'],
    ['neg-risk', 'website'],
  ])('says why a stage that guards left them alone, and what to do: %s', (code, advice) => {
    const card = cardOf({ refusal: { code, message: `It is so [because](https://evil.example) ${code}` } });
    expect(card).toContain('It is so');
    expect(card).not.toContain('[because](');
    expect(card).toContain(advice);
  });

  it('names the redemption alone once the market is resolved', () => {
    const card = cardOf({ isResolved: true });
    expect(card).toContain('tminus redeem --market btc-updown-5m-1796040000');
    expect(card).not.toContain('sell-now');
  });

  it('says which end and which worth are not known', () => {
    expect(cardOf({ isEndCertain: false })).toContain('the real end is not known');
    const unknown = cardOf({
      marketEndsAtMs: null,
      isEndCertain: false,
      outcomes: [{ tokenId: '1', name: null, sharesMicros: '20000', worthMicros: null }],
    });
    for (const text of ['its end is not known', 'unknown', '0.02']) expect(unknown).toContain(text);
  });

  it('never advises a command that would sell a position of the suite, or that names no market', () => {
    expect(cardOf({ besidePositionId: 'p1' })).not.toContain('sell-now --market');
    expect(cardOf({ marketSlug: null })).not.toContain('tminus');
  });

  it('shows names of the venue as text', () => {
    const card = cardOf({ marketSlug: 'x` [free](http://evil)' });
    expect(card).not.toContain('[free](http');
    expect(card).not.toContain('x` ');
  });
});
