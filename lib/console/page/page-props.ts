import type { Api } from './api.ts';
import type { Live } from './live.ts';
import type { Store } from './store.ts';

/** What every page gets: requests, what is live, and what follows its name in the address. */
export type PageProps = { readonly api: Api; readonly live: Store<Live>; readonly params: readonly string[] };
