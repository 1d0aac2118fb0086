import type { Notice } from '#lib/ports/notifier.ts';
import type { DiscordEmbed } from './discord-limits.ts';
import { field, plain, SEVERITY_LOOKS } from './discord-look.ts';

type WatchAlarm = Extract<Notice, { readonly kind: 'watch-alarm' }>;

const FOOTER = { text: 'about T-minus itself, not a position' };

/** The states of a CloudWatch alarm. Missing data is a warning: it proves neither health nor failure. */
const STATES = {
  ALARM: { look: SEVERITY_LOOKS.page, word: 'ALARM' },
  OK: { look: SEVERITY_LOOKS.info, word: 'resolved' },
  INSUFFICIENT_DATA: { look: SEVERITY_LOOKS.warning, word: 'no data' },
} as const;

export function alarmEmbed({ name, state, impact, reason, runbook }: WatchAlarm): DiscordEmbed {
  const { look, word } = STATES[state];
  const isOver = state === 'OK';
  return {
    title: `${look.icon} ${word} · ${name}`,
    description: impact === null ? 'The alarm names no impact.' : `${isOver ? 'Resolved: ' : ''}${plain(impact)}`,
    color: look.color,
    fields: [
      ...(reason === null ? [] : [field('Measured', plain(reason), false)]),
      ...(runbook === null || isOver ? [] : [field('What to do', plain(runbook.replace(/^What to do: /, '')), false)]),
    ],
    footer: FOOTER,
  };
}

/** Text of an unknown form, shown as a page: it may be an alarm of a new kind. */
export function textEmbed(title: string, text: string): DiscordEmbed {
  const look = SEVERITY_LOOKS.page;
  return { title: `${look.icon} ${title}`, description: plain(text), color: look.color, fields: [], footer: FOOTER };
}
