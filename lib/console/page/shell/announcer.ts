import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Live } from '../live.ts';
import { type Store, useStore } from '../store.ts';

/** Tells screen readers what happens, wherever the reader is; never the ticking clock. */
export function Announcer({ live }: { readonly live: Store<Live> }): ComponentChildren {
  const newest = useStore(live, ({ now }) => now.sections.news?.[0]);
  const first = useRef<string | null>(null);
  const [text, setText] = useState('');
  useEffect(() => {
    if (newest === undefined) return;
    // What happened before the page was opened is read where it stands.
    if (first.current === null) first.current = newest.id;
    else setText(`${newest.what}: ${newest.text}`);
  }, [newest?.id]);
  return html`<p role="status" class="visually-hidden">${text}</p>`;
}
