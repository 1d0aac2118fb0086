import { describe, expect, it } from 'vitest';
import { type GuardedRequest, judgeRequest } from '#lib/console/server/judge-request.ts';

const TOKEN = 'a-token-of-this-run';
const OWN: GuardedRequest = {
  path: '/api/now',
  port: 41_000,
  host: '127.0.0.1:41000',
  origin: 'http://127.0.0.1:41000',
  fetchSite: 'same-origin',
  authorization: `Bearer ${TOKEN}`,
};

const codeOf = (changes: Partial<GuardedRequest>) => judgeRequest({ ...OWN, ...changes }, TOKEN)?.code ?? null;

describe('the guard of the console', () => {
  it.each([
    ['its own page', {}],
    ['a program without a browser', { origin: undefined, fetchSite: undefined }],
    ['the name localhost', { host: 'localhost:41000', origin: 'http://localhost:41000' }],
    ['the name of IPv6', { host: '[::1]:41000', origin: 'http://[::1]:41000' }],
    ['capitals in a name', { host: 'LocalHost:41000', origin: 'http://localhost:41000' }],
    ['an address that was pasted, for the page itself', { path: '/', fetchSite: 'none', authorization: undefined }],
  ])('answers %s', (_who, changes) => {
    expect(codeOf(changes)).toBeNull();
  });

  it.each([
    ['no token', { authorization: undefined }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['that of another run', { authorization: 'Bearer another-token' }],
    ['a part of it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['more than it', { authorization: `Bearer ${TOKEN}x` }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
  ])('asks for the token where there is %s', (_what, changes) => {
    expect(codeOf(changes)).toBe('wrong-token');
  });

  it.each([
    ['another name for this machine', { host: 'evil.example:41000', origin: 'http://evil.example:41000' }],
    ['another port', { host: '127.0.0.1:8080' }],
    ['no port', { host: '127.0.0.1' }],
    ['a name that begins like ours', { host: '127.0.0.1.evil.example:41000' }],
    ['no name', { host: undefined }],
  ])('refuses a request for %s, with the token too', (_what, changes) => {
    expect(codeOf(changes)).toBe('foreign-host');
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:3000' }],
    ['a file or a sandbox', { origin: 'null' }],
    ['our name over another scheme', { origin: 'https://127.0.0.1:41000' }],
    ['our other name', { origin: 'http://localhost:41000' }],
  ])('refuses a request of a page of %s, with the token too', (_what, changes) => {
    expect(codeOf(changes)).toBe('foreign-origin');
  });

  it.each(['cross-site', 'same-site', 'anything'])('refuses %s requests, also to files', (fetchSite) => {
    expect(codeOf({ fetchSite })).toBe('cross-site');
    expect(codeOf({ fetchSite, path: '/', origin: undefined, authorization: undefined })).toBe('cross-site');
  });
});
