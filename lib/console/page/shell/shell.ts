import { html } from 'htm/preact';
import type { ComponentChildren, FunctionComponent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ActionDialog } from '../act/action-dialog.ts';
import { useActionKeys } from '../act/action-keys.ts';
import type { Api } from '../api.ts';
import type { Live } from '../live.ts';
import type { PageProps } from '../page-props.ts';
import { PAGES } from '../pages.ts';
import { linkTo, useRoute } from '../router.ts';
import { type Store, useStore } from '../store.ts';
import { Announcer } from './announcer.ts';
import { Band } from './band.ts';
import { KeysDialog, useKeys } from './keys.ts';
import { LinkNotice } from './link-notice.ts';

export type ShellProps = { readonly api: Api; readonly live: Store<Live> };

/** The frame of every page: whose suite this is, whether it answers, where else one can go. */
export function Shell({ api, live }: ShellProps): ComponentChildren {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const isLive = useStore(live, ({ now }) => now.sections.about?.isLive ?? false);
  const { helpAskCount } = useKeys();
  useActionKeys();
  const isFirst = useRef(true);
  const address = [route.page, ...route.params].join('/');
  useEffect(() => {
    // Another page is read from its beginning, also by a screen reader.
    if (!isFirst.current) {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    isFirst.current = false;
  }, [address]);
  useEffect(() => {
    document.documentElement.dataset.money = isLive ? 'live' : 'paper';
  }, [isLive]);
  return html`
    <button type="button" class="skip" onClick=${() => main.current?.focus()}>Skip to the content</button>
    <${Band} live=${live} page=${route.page} />
    <${LinkNotice} live=${live} />
    <main class="page" ref=${main} tabindex="-1">
      <${CurrentPage} key=${route.page} api=${api} live=${live} page=${route.page} params=${route.params} />
    </main>
    <${Announcer} live=${live} />
    <${ActionDialog} api=${api} live=${live} />
    <${KeysDialog} askCount=${helpAskCount} />
  `;
}

function CurrentPage({ page, ...props }: PageProps & { readonly page: string }): ComponentChildren {
  const found = PAGES.find(({ path }) => path === page);
  const [loaded, setLoaded] = useState<{ readonly Component: FunctionComponent<PageProps> } | 'failed' | null>(null);
  useEffect(() => {
    document.title = found === undefined ? 'T-minus' : `${found.title} · T-minus`;
    found?.load().then(
      (Component) => setLoaded({ Component }),
      () => setLoaded('failed'),
    );
  }, [found]);
  if (found === undefined) {
    return html`<p role="alert">There is no page here. <a href=${linkTo('')}>Now</a> shows what is open.</p>`;
  }
  if (loaded === 'failed') return html`<p role="alert">This page could not be loaded. Reload it.</p>`;
  if (loaded === null) return html`<p>Loading…</p>`;
  return html`<${loaded.Component} ...${props} />`;
}
