import type { AlertSeverity } from '#lib/domain/news/alert.ts';
import type { DiscordField } from './discord-limits.ts';

/** Icon and colour by severity: green, amber, red, readable at a glance and without colours. */
export const SEVERITY_LOOKS = {
  info: { icon: '🟢', color: 0x2ecc71 },
  warning: { icon: '🟠', color: 0xf39c12 },
  page: { icon: '🔴', color: 0xe74c3c },
} as const satisfies Record<AlertSeverity, { icon: string; color: number }>;

/** News that is not an alert, such as a new holding. */
export const NEWS_LOOK = { icon: '🔵', color: 0x3498db } as const;

export function field(name: string, value: string, inline: boolean): DiscordField {
  return { name, value, inline };
}

/** Text from outside, with markdown escaped: it could hide a link behind other words. */
export function plain(text: string): string {
  return text.replace(/[\\*_~`|>[\]()#]/g, '\\$&');
}

/** Inside a command: a backtick would end it, and the rest could be markdown. */
export function quoted(text: string): string {
  return text.replace(/[^\w.-]/g, '');
}
