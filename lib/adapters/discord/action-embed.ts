import type { OperatorAction } from '#lib/domain/news/operator-action.ts';
import { limitsText } from '#lib/words/limit-words.ts';
import { isoTime, utcTime } from '#lib/words/time-text.ts';
import type { DiscordEmbed } from './discord-limits.ts';
import { field, NEWS_LOOK, plain, SEVERITY_LOOKS } from './discord-look.ts';

const WORDS = {
  halt: { look: SEVERITY_LOOKS.warning, headline: 'openings halted', meaning: 'Nothing is opened. Exits go on.' },
  resume: { look: NEWS_LOOK, headline: 'openings allowed again', meaning: 'The halt has ended.' },
  'tighten-limits': {
    look: SEVERITY_LOOKS.warning,
    headline: 'limits tightened',
    meaning: 'From the next opening on. Open positions are not affected.',
  },
  'reset-limits': {
    look: SEVERITY_LOOKS.warning,
    headline: 'limits no longer tightened',
    meaning: "The stage's own limits hold again.",
  },
} as const;

/** Who changed what may be opened, when and why. */
export function actionEmbed({ action, mode, atMs, by, reason, limits }: OperatorAction): DiscordEmbed {
  const { look, headline, meaning } = WORDS[action];
  return {
    title: `${look.icon} ${mode.toUpperCase()} · ${headline}`,
    description: limits === null ? meaning : `**${plain(limitsText(limits))}**\n${meaning}`,
    color: look.color,
    fields: [
      field('Who', by === null ? 'unknown' : plain(by), true),
      field('When', utcTime(atMs, atMs), true),
      field('Why', reason === null ? 'not said' : plain(reason), false),
    ],
    footer: { text: '`tminus status` shows what holds now' },
    timestamp: isoTime(atMs),
  };
}
