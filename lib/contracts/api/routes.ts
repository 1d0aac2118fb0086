/** What the API does, each action once: by HTTP under its route, by invoke as `{"action": "exit", …}`. */
export const ROUTES = {
  open: { method: 'POST', path: '/open' },
  guard: { method: 'POST', path: '/guard' },
  exit: { method: 'POST', path: '/positions/{positionId}/exit' },
  'exit-all': { method: 'POST', path: '/exit' },
  halt: { method: 'POST', path: '/halt' },
  resume: { method: 'POST', path: '/resume' },
  list: { method: 'GET', path: '/positions' },
  show: { method: 'GET', path: '/positions/{positionId}' },
  day: { method: 'GET', path: '/days/{day}' },
  status: { method: 'GET', path: '/status' },
} as const satisfies Record<string, Route>;

type Route = { readonly method: 'GET' | 'POST'; readonly path: string };
export type Action = keyof typeof ROUTES;
/** Everything but opening and guarding, which trade and have their own path through the function. */
export type DeskAction = Exclude<Action, 'open' | 'guard'>;

export function isAction(name: unknown): name is Action {
  return typeof name === 'string' && Object.hasOwn(ROUTES, name);
}

export type FoundRoute =
  | { readonly found: 'action'; readonly action: Action; readonly params: Readonly<Record<string, string>> }
  | { readonly found: 'other-methods'; readonly allow: readonly string[] }
  | { readonly found: 'nothing' };

/** The path of callers from before there were routes. */
const OLDER_OPEN_PATH = '/';

export function findRoute(method: string, rawPath: string): FoundRoute {
  const path = rawPath.replace(/(?<=.)\/$/, '');
  if (path === OLDER_OPEN_PATH) return findRoute(method, ROUTES.open.path);
  const allow: string[] = [];
  for (const [action, route] of Object.entries(ROUTES)) {
    const params = matchPath(route.path, path);
    if (params === undefined || !isAction(action)) continue;
    if (route.method === method) return { found: 'action', action, params };
    allow.push(route.method);
  }
  return allow.length === 0 ? { found: 'nothing' } : { found: 'other-methods', allow };
}

function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = decode(value);
    else if (part !== value) return undefined;
  }
  return params;
}

/** A part that is not valid percent-encoding stays as it is, and is refused as an id. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
