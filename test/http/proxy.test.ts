import { expect, it } from 'vitest';
import { bypassesProxy } from '../../engine/http/proxy.ts';

it.each([
  ['https://a.corp/', 'a.corp'],
  ['https://a.corp/', 'corp'],
  ['https://a.corp/', '.corp'],
  ['https://a.corp/', '*.corp'],
  ['https://a.corp/', 'x.example, CORP'],
  ['https://a.corp./', 'corp.'],
  ['https://a.corp/', 'a.corp:443'],
  ['http://a.corp/', 'a.corp:80'],
  ['https://a.corp:8443/', 'a.corp:8443'],
  ['https://a.corp:8443/', 'a.corp'],
  ['https://10.0.0.1/', '10.0.0.1'],
  ['https://[fd00::1]/', '[fd00::1]'],
  ['https://[fd00::1]/', 'fd00::1'],
  ['https://[fd00::1]:8443/', '[fd00::1]:8443'],
  ['https://anything/', '*'],
])('sends %s past the proxy for `%s`', (url, noProxy) => {
  expect(bypassesProxy(new URL(url), noProxy)).toBe(true);
});

it.each([
  ['https://a.corp/', ''],
  ['https://a.corp/', ' , '],
  ['https://a.corp/', 'b.a.corp'],
  ['https://xcorp/', 'corp'],
  ['https://a.corp.example/', 'corp'],
  ['https://a.corp/', 'a.corp:8443'],
  ['https://a.corp:8443/', 'a.corp:443'],
  ['https://a.corp/', '.'],
  ['https://[fd00::1]/', '[fd00::1]:8443'],
])('sends %s through the proxy for `%s`', (url, noProxy) => {
  expect(bypassesProxy(new URL(url), noProxy)).toBe(false);
});
