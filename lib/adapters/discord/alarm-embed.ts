import type { Notice } from '#lib/ports/notifier.ts';
import { field, plain } from './discord-figures.ts';
import type { DiscordEmbed } from './discord-limits.ts';
import { SEVERITY_LOOKS } from './discord-words.ts';

type WatchAlarm = Extract<Notice, { readonly kind: 'watch-alarm' }>;

const FOOTER = { text: 'the suite itself, not a position' };

/** Nobody has to get up for an alarm that is over; one that cannot see anything is no proof of anything. */
const STATES = {
  ALARM: { look: SEVERITY_LOOKS.page, word: 'ALARM' },
  OK: { look: SEVERITY_LOOKS.info, word: 'over' },
  INSUFFICIENT_DATA: { look: SEVERITY_LOOKS.warning, word: 'no data' },
} as const;

/** What is lost comes first, then what was measured, and last where it says what to do. */
export function alarmEmbed({ name, state, impact, reason, runbook }: WatchAlarm): DiscordEmbed {
  const { look, word } = STATES[state];
  const isOver = state === 'OK';
  return {
    title: `${look.icon} ${word} · ${name}`,
    description: impact === null ? 'The alarm does not say what is lost.' : `${isOver ? 'Over: ' : ''}${plain(impact)}`,
    color: look.color,
    fields: [
      ...(reason === null ? [] : [field('Measured', plain(reason), false)]),
      ...(runbook === null || isOver ? [] : [field('What to do', plain(runbook.replace(/^What to do: /, '')), false)]),
    ],
    footer: FOOTER,
  };
}

/** Text that nobody gave a form: taken seriously, because it may be an alarm of a kind we do not know. */
export function textEmbed(title: string, text: string): DiscordEmbed {
  const look = SEVERITY_LOOKS.page;
  return { title: `${look.icon} ${title}`, description: plain(text), color: look.color, fields: [], footer: FOOTER };
}
