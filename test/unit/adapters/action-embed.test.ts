import { describe, expect, it } from 'vitest';
import { toEmbed } from '#lib/adapters/discord/discord-embed.ts';
import { decodeDomainEvent, encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import { OPERATOR_ACTIONS, type OperatorAction } from '#lib/domain/news/operator-action.ts';

const ACTION: OperatorAction = {
  actionId: 'action-1',
  action: 'tighten-limits',
  mode: 'live',
  atMs: Date.UTC(2026, 10, 30, 3, 0, 1),
  by: 'alice (AWS key ASIA0000, account 111122223333)',
  reason: 'a *bad* day',
  limits: { budgetMicrosMax: '5000000', openCountMax: '2', ofALaterRelease: '7' },
};

/** As it arrives: through the bus. */
const embedOf = (action: OperatorAction) => {
  const event = decodeDomainEvent(JSON.parse(encodeDomainEvent({ type: 'operator-action', action })));
  return toEmbed({ kind: 'event', event });
};

describe('a change by an operator', () => {
  it('is told with who, when, why and what', () => {
    const embed = embedOf(ACTION);
    expect(embed.title).toBe('🟠 LIVE · limits tightened');
    expect(embed.description).toContain('at most $5.00 per position, 2 open positions, ofALaterRelease 7');
    expect(JSON.stringify(embed.fields)).toContain('alice \\\\(AWS key ASIA0000');
    expect(JSON.stringify(embed.fields)).toContain('a \\\\*bad\\\\* day');
    expect(JSON.stringify(embed.fields)).toContain('03:00:01');
  });

  it.each(OPERATOR_ACTIONS)('of every kind has words, without a name as well: %s', (action) => {
    const embed = embedOf({ ...ACTION, action, by: null, reason: null, limits: null });
    expect(embed.title).toMatch(/^(?:🟠|🔵) LIVE · /u);
    expect(JSON.stringify(embed.fields)).toContain('unknown');
  });
});
