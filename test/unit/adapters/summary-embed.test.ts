import { describe, expect, it } from 'vitest';
import { toEmbed } from '#lib/adapters/discord/discord-embed.ts';
import { EMBED_LIMITS, embedLength } from '#lib/adapters/discord/discord-limits.ts';
import { decodeDomainEvent, encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import { decodeNoticeMessage } from '#lib/contracts/notice-message.ts';
import { type DaySummary, summariseDay } from '#lib/domain/news/day-summary.ts';
import { REFUSAL_CAUSES } from '#lib/domain/refusal/refusal.ts';
import { HALT } from '#test/factories/a-halt.ts';
import { aPosition } from '#test/factories/a-position.ts';

const ABOUT = { stage: 'paper', day: '2026-11-22', unreadableCount: 0, halts: [] };
const eventOf = (summary: DaySummary) => ({ type: 'daily-summary', summary }) as const;
const embedOf = (summary: DaySummary) => toEmbed({ kind: 'event', event: eventOf(summary) });

function aBusyDay(): DaySummary {
  const setbacks = REFUSAL_CAUSES.map((cause, index) => ({ cause, count: 20 - index, healedMs: [1_500] }));
  const entries = [
    { position: aPosition({ state: 'exited' }), setbacks },
    { position: aPosition({ state: 'voided' }), setbacks: [] },
    { position: aPosition({ state: 'worthless', mode: 'live' }), setbacks: [] },
  ];
  return summariseDay(entries, ABOUT);
}

describe("the day's summary in Discord", () => {
  it('shows live before paper, money first, and the most frequent setbacks', () => {
    const embed = embedOf(aBusyDay());
    expect(embed.title).toContain('Day 2026-11-22');
    expect(embed.description).toContain('3 positions ended');
    expect(embed.fields[0]).toMatchObject({ name: 'LIVE · result', value: expect.stringContaining('-$23.97') });
    const setbacks = embed.fields.find(({ name }) => name === 'PAPER · setbacks')?.value;
    expect(setbacks?.split('\n')).toHaveLength(7);
    expect(setbacks).toContain('overcome after 1.5 s (median)');
    expect(embed.fields.map(({ name }) => name)).toContain('PAPER · lateness of exits');
    expect(embedLength(embed)).toBeLessThanOrEqual(EMBED_LIMITS.total);
  });

  it('reports a day without ends, and warns of unreadable positions', () => {
    const quiet = embedOf({ ...ABOUT, modes: [] });
    expect(quiet.description).toBe('No position ended on this day.');
    expect(quiet.fields).toEqual([]);
    const broken = embedOf({ ...ABOUT, modes: [], unreadableCount: 2 });
    expect(broken.description).toContain('2 more cannot be read');
    expect(broken.color).not.toBe(quiet.color);
  });

  it('warns of halted openings: since when, by whom and why', () => {
    const halted = embedOf({ ...ABOUT, modes: [], halts: [{ mode: 'live', halt: HALT }] });
    expect(halted.description).toContain(
      '**Openings are halted (live)** since 2026-03-12 08:00:00 UTC by alice: "the venue is in maintenance"',
    );
    expect(halted.color).not.toBe(embedOf({ ...ABOUT, modes: [] }).color);
  });

  it('survives the event bus, and a second copy is the same notice', () => {
    const event = eventOf(aBusyDay());
    expect(decodeDomainEvent(JSON.parse(encodeDomainEvent(event)))).toEqual(event);
    const detail = JSON.parse(encodeDomainEvent(event));
    const body = JSON.stringify({ source: 'tminus', 'detail-type': 'Daily Summary', detail });
    expect(decodeNoticeMessage(body, 'm1').noticeKey).toBe('daily-summary#2026-11-22');
    expect(decodeNoticeMessage(body, 'm2').noticeKey).toBe('daily-summary#2026-11-22');
  });
});
