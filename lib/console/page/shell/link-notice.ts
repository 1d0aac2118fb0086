import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { utcTime } from '#lib/words/time-text.ts';
import { consoleNowMs, type Live } from '../live.ts';
import { type Store, useStore } from '../store.ts';

/** Says when what is shown is not what is, and since when. */
export function LinkNotice({ live }: { readonly live: Store<Live> }): ComponentChildren {
  const text = useStore(live, noticeOf);
  return html`<div role="alert" class="link-notice">${text !== null && html`<p>${text}</p>`}</div>`;
}

function noticeOf({ line, now, lastAtMs }: Live): string | null {
  const time = (atMs: number): string => utcTime(atMs, consoleNowMs());
  if (line.state === 'refused') return line.message;
  if (line.state === 'lost') {
    const shown = lastAtMs === null ? '' : ` What is shown is of ${time(lastAtMs)}.`;
    return `The console is not reachable since ${time(line.sinceMs)}.${shown} Trying again; after a new start of \`tminus console\`, open the address that it prints.`;
  }
  const { link } = now.sections;
  if (link?.state !== 'lost') return null;
  const shown = link.lastReadAtMs === null ? '' : ` What is shown is of ${time(link.lastReadAtMs)}.`;
  return `The suite is not reachable since ${time(link.sinceMs)}.${shown} Trying again. ${link.reason}`;
}
