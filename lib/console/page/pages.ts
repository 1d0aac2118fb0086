import type { FunctionComponent } from 'preact';
import type { PageProps } from './page-props.ts';

export type Page = {
  /** Of the address: `history` is `#/history`. */
  readonly path: string;
  readonly title: string;
  /** The key that opens it; null for a page that is opened from another. */
  readonly key: string | null;
  /** Its module is loaded when the page is opened. */
  load(): Promise<FunctionComponent<PageProps>>;
};

/** Every page of the console, in the order of its navigation (lib/console/README.md tells how one is added). */
export const PAGES: readonly Page[] = [
  { path: '', title: 'Now', key: 'n', load: async () => (await import('./now/now-page.ts')).NowPage },
  {
    path: 'history',
    title: 'History',
    key: 'h',
    load: async () => (await import('./history/history-page.ts')).HistoryPage,
  },
  {
    path: 'position',
    title: 'A position',
    key: null,
    load: async () => (await import('./position/position-page.ts')).PositionPage,
  },
];
