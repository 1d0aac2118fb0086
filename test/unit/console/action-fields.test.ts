import { describe, expect, it } from 'vitest';
import { ACTION_KINDS } from '#lib/console/act/action-message.ts';
import { parseAction } from '#lib/console/act/parse-action.ts';
import { fieldsOf, initialValues, toRequest } from '#lib/console/page/act/fields.ts';

describe('the forms of actions', () => {
  it.each(ACTION_KINDS)('offer no live mode for %s where the stage has no real money', (kind) => {
    const modes = fieldsOf(kind, false).find(({ name, control }) => name === 'mode' && kind !== 'halt' && control);
    expect(JSON.stringify(modes?.control ?? [])).not.toContain('live');
  });

  it('propose paper for an opening, also on a live stage', () => {
    expect(initialValues(fieldsOf('open', true))).toMatchObject({ mode: 'paper', asset: 'BTC', window: '5m' });
  });

  it('leave out what is empty, and the window where a market is named', () => {
    const fields = fieldsOf('open', true);
    const values = { ...initialValues(fields), side: ' up ', usd: '25', holdAbove: '' };
    const inWindow = { mode: 'paper', asset: 'BTC', window: '5m', side: 'up', usd: '25' };
    expect(toRequest(fields, values, null)).toEqual(inWindow);
    const { asset: _, window: __, ...named } = inWindow;
    const marketSlug = 'will-it-rain';
    expect(toRequest(fields, { ...values, marketSlug }, null)).toEqual({ ...named, marketSlug });
    expect(toRequest(fieldsOf('exit', true), { shares: '', minPrice: '0.8' }, 'a')).toEqual({
      positionId: 'a',
      minPrice: '0.8',
    });
  });

  it.each(['open', 'guard', 'exit', 'halt'] as const)('have no field that the request of %s does not know', (kind) => {
    const fields = fieldsOf(kind, true);
    const all = Object.fromEntries(fields.map(({ name, initial = 'x' }) => [name, initial]));
    const parsed = parseAction({ kind, request: toRequest(fields, all, kind === 'exit' ? 'a' : null) });
    const faults = 'faults' in parsed ? parsed.faults : [];
    expect(faults.filter(({ message }) => message.startsWith('unknown field'))).toEqual([]);
  });
});
