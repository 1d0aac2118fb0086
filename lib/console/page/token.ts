/** Of this tab: it survives a reload, and ends with the tab. */
const KEY = 'tminus-console-token';

const TOKEN = /^#token=([\w-]{1,200})$/;

/** The token of the address that the console printed, which leaves the address bar; otherwise that of this tab. */
export function takeToken(): string | null {
  const [, given] = TOKEN.exec(location.hash) ?? [];
  if (given === undefined) return sessionStorage.getItem(KEY);
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, '', '/#/');
  return given;
}

/** Whether the address has a token, such as that of a later run pasted into this tab. */
export const hasNewToken = (): boolean => TOKEN.test(location.hash);
